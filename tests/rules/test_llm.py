"""What is said of a model's stream: each rule where it is broken, and silent where it only looks like it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from streamconv.protocols.sign import Channel
from streamconv.rules import llm, llm_parts, llm_tools, meaning, selected
from streamconv.rules.llm import BEGIN, END_TURN, HI, MESSAGE_STOP, STOP, block, chat, named
from streamconv.rules.llm_tools import call
from tests.reading import bytewise
from tests.rules.judging import judge

DONE = b"data: [DONE]\n\n"
LLM = selected(["llm"])

Said = list[tuple[str, int | None, str]]  # rule, line, message or its start


def said(stream: bytes, format: str = "sse", **known: Any) -> list[tuple[str, int | None, str]]:
    """What the rules of this family say, which does not depend on how the bytes come."""
    problems = judge(format, [stream], LLM, **known)
    assert judge(format, bytewise(stream), LLM, **known) == problems
    return [(problem.rule, problem.line, problem.message) for problem in problems]


def says(stream: bytes, expected: Said, format: str = "sse", **known: Any) -> None:
    """Fails unless just this is said."""
    found = said(stream, format, **known)
    assert [one[:2] for one in found] == [one[:2] for one in expected], found
    for (_, _, message), (_, _, start) in zip(found, expected, strict=True):
        assert message.startswith(start)


def lines(*values: object) -> bytes:
    """NDJSON."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def payloads(stream: bytes) -> bytes:
    """The same stream as NDJSON."""
    return b"".join(line[6:] + b"\n" for line in stream.splitlines() if line.startswith(b"data: {"))


# The end.

CUT = "the stream ends after event 1 with neither a finish reason nor [DONE]: the answer is cut off"


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (HI + STOP + DONE, []),
        (HI, [("llm-cut-off", None, CUT)]),
        (HI + STOP, [("llm-done-missing", None, "no [DONE] at the end of the stream")]),
        (HI + DONE, [("llm-no-finish-reason", None, "no event says why the answer finished")]),
        # Where the framing shows the cut, what is missing is said beside it.
        (HI + b"data: {", [("llm-done-missing", None, "no"), ("llm-no-finish-reason", None, "no event")]),
        (HI + STOP + b"data: {", [("llm-done-missing", None, "no")]),
        (HI + STOP + b"data: [DONE]\n", [("llm-done-missing", None, "no")]),
        # One of two choices.
        (
            HI + chat({"content": "Hi"}, choice=1) + STOP + DONE,
            [("llm-no-finish-reason", None, "no event says why choice 1 finished")],
        ),
        (
            b"".join(chat({"content": "Hi"}, choice=choice) for choice in range(12)) + STOP + DONE,
            [("llm-no-finish-reason", None, "no event says why choice 1, 2, 3, 4, 5, 6, 7, 8, … finished")],
        ),
        (BEGIN + block("Hi") + END_TURN + MESSAGE_STOP, []),
        (
            BEGIN + block("Hi"),
            [
                (
                    "llm-cut-off",
                    None,
                    "the stream ends after event 4 with neither a finish reason nor message_stop: the answer is cut",
                )
            ],
        ),
        (BEGIN + block("Hi") + END_TURN, [("llm-no-stop", None, "no message_stop at the end of the stream")]),
        (BEGIN + block("Hi") + MESSAGE_STOP, [("llm-no-finish-reason", None, "no event says why the answer")]),
        (
            BEGIN + block("Hi") + b"event: mess",
            [("llm-no-stop", None, "no"), ("llm-no-finish-reason", None, "no event")],
        ),
        # An error explains what is missing.
        (
            HI + b'data: {"error":{"message":"overloaded","code":503}}\n\n',
            [("llm-error-event", 3, "the server failed: overloaded (503)")],
        ),
    ],
)
def test_the_end(stream: bytes, expected: Said) -> None:
    says(stream, expected)


def test_a_format_of_json_texts_cannot_carry_the_marker() -> None:
    says(payloads(HI + STOP), [], "ndjson")
    ends = "the stream ends after event 1 with no finish reason: the answer is cut off"
    says(payloads(HI), [("llm-cut-off", None, ends)], "ndjson")


def test_a_protocol_without_reasons_is_cut_off_where_its_last_event_is_missing() -> None:
    run = b'data: {"type":"RUN_STARTED","threadId":"t","runId":"r"}\n\n'
    ends = "the stream ends after event 1 with no RUN_FINISHED: the answer is cut off"
    says(run, [("llm-cut-off", None, ends)])
    says(run + b'data: {"type":"RUN_FINISHED","threadId":"t","runId":"r"}\n\n', [])


def test_a_protocol_that_nothing_ends_is_never_cut_off() -> None:
    says(b'data: {"value":"Hi"}\n\n' * 3, [])


def test_a_last_message_that_is_not_ended_is_not_ended_by_the_one_before() -> None:
    again = BEGIN.replace(b"m1", b"m2")
    says(BEGIN + block("a") + END_TURN + again + block("b"), [("llm-cut-off", None, "the stream ends after event 9")])


def test_what_follows_the_terminator_is_said_once() -> None:
    after = "an event after [DONE], where clients have stopped reading"
    says(HI + STOP + DONE + HI + HI, [("llm-after-done", 7, after)])
    says(HI + STOP + DONE + b"data: bye\n\n", [("llm-after-done", 7, after)])
    says(HI + STOP + DONE + DONE, [("llm-after-done", 7, after)])
    whole = BEGIN + block("Hi") + END_TURN + MESSAGE_STOP
    says(whole + BEGIN, [("llm-after-done", 20, "an event after message_stop, where")])


def test_pings_and_added_markers_may_follow_it() -> None:
    says(BEGIN + block("Hi") + END_TURN + MESSAGE_STOP + named("ping") + DONE + b": bye\n\n", [])


# Errors.


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n', 4),
        (b'error: {"message":"Overloaded","code":"overloaded_error"}\n\n', 3),
        (b'{"error":{"message":"Overloaded","code":"overloaded_error"}}\n\n', 3),
    ],
)
def test_an_error_is_said_however_it_is_sent(event: bytes, expected: int) -> None:
    says(HI + event, [("llm-error-event", expected, "the server failed: Overloaded (overloaded_error)")])


def test_an_error_without_words_or_with_too_many() -> None:
    says(HI + b'data: {"error":{"code":7}}\n\n', [("llm-error-event", 3, "the server failed: it does not say why (7)")])
    ((_, _, message),) = said(HI + b'data: {"error":{"message":"' + b"x" * 5000 + b'"}}\n\n')
    assert message == "the server failed: " + "x" * 199 + "…"


def test_the_same_error_is_said_once() -> None:
    failed = {"code": "server_error", "message": "Oh"}
    stream = b"".join(
        b"data: " + json.dumps(event).encode() + b"\n\n"
        for event in (
            {"type": "response.created", "sequence_number": 0, "response": {"id": "r1"}},
            {"type": "error", "sequence_number": 1, "error": failed},
            {"type": "response.failed", "sequence_number": 2, "response": {"id": "r1", "error": failed}},
        )
    )
    says(stream, [("llm-error-event", 3, "the server failed: Oh (server_error)")])


def test_a_refused_request_is_an_error_also_where_it_shows_no_protocol() -> None:
    refused = {"error": {"message": "no such model", "code": 404}}
    error = ("llm-error-event", 1, "the server failed: no such model (404)")
    says(b"data: " + json.dumps(refused).encode() + b"\n\n", [error])
    says(lines(refused), [error], "ndjson")


@pytest.mark.parametrize(
    "log",
    [
        lines({"level": "error", "error": "no such file"}),
        lines({"error": {"message": "one"}}, {"error": {"message": "two"}}),
        lines(*({"n": n} for n in range(31)), {"error": {"message": "late"}}, {"choices": [{"delta": {}}]}),
        b"1\n" * 40,
    ],
)
def test_logs_and_records_of_no_protocol_say_nothing(log: bytes) -> None:
    says(log, [], "ndjson")


def test_comments_before_the_first_event_may_be_many() -> None:
    says(b": PROCESSING\n\n" * 100 + HI, [("llm-cut-off", None, CUT)])
    says(b'error: {"message":"a"}\n\n' + HI, [("llm-error-event", 1, "the server failed: a")])


def test_what_came_before_the_protocol_was_clear_is_judged_at_its_place() -> None:
    error = b'data: {"error":{"message":"early"}}\n\n'
    says(error + HI + STOP + DONE, [("llm-error-event", 1, "the server failed: early")])


# Names of events.


def test_a_name_that_is_not_the_type() -> None:
    stream = BEGIN + block("Hi") + END_TURN + MESSAGE_STOP.replace(b"event: message_stop", b"event: message")
    says(
        stream,
        [("llm-type-mismatch", 17, "the event is named 'message', and its payload has the type 'message_stop'")],
    )


def test_a_name_without_a_type_and_a_type_of_a_protocol_without_names_are_none() -> None:
    says(BEGIN + b"event: x\ndata: {}\n\nevent: y\ndata: [1]\n\n" + block("Hi") + END_TURN + MESSAGE_STOP, [])
    says(HI.replace(b'{"id"', b'{"type":"x","id"').replace(b"data", b"event: chunk\ndata", 1) + STOP + DONE, [])


def test_events_without_names_are_said_once() -> None:
    stream = (BEGIN + block("Hi") + END_TURN + MESSAGE_STOP).replace(b"event: ", b": ")
    says(stream, [("llm-unnamed-events", 2, "events without names, by which clients of Anthropic Messages read them")])
    says(payloads(stream), [], "ndjson")


# Reasons, messages, usage.


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (HI + STOP + STOP + DONE, []),
        (
            HI + STOP + chat({}, "length") + DONE,
            [("llm-finish-twice", 5, "the answer finishes a second time, for 'length'; the first time it was 'stop'")],
        ),
        (
            HI + STOP + chat({}, "stop", 1) + chat({}, "length", 1) + DONE,
            [("llm-finish-twice", 7, "choice 1 finishes a second time, for 'length'")],
        ),
        (
            HI + chat({}, "x" * 50) + DONE,
            [("llm-finish-unknown", 3, f"'{'x' * 39}…' is no finish reason of OpenAI chat completions")],
        ),
        (
            BEGIN + BEGIN.replace(b"m1", b"m2") + block("Hi") + END_TURN + MESSAGE_STOP,
            [("llm-start-twice", 5, "a message begins, and the one before has not ended")],
        ),
        (
            HI + chat({}, usage={"total_tokens": 9}) + HI + STOP + DONE,
            [("llm-usage-not-last", 3, "the answer goes on after its usage")],
        ),
        (HI + chat({}, usage={"total_tokens": 1}) + HI + chat({}, "stop", usage={"total_tokens": 2}) + DONE, []),
        (HI + chat({"content": "a"}, usage={"total_tokens": 1}) + STOP + DONE, []),
    ],
)
def test_reasons_messages_and_usage(stream: bytes, expected: Said) -> None:
    says(stream, expected)


def test_a_finish_without_a_reason_is_none_that_is_unknown() -> None:
    """Its tool calls are over with it, as with any other."""
    start: dict[str, Any] = {"type": "start", "messageId": "m"}
    tool = {"toolCallId": "c", "toolName": "t"}
    finish = {"type": "finish"}
    asks = [
        {"type": "tool-input-start", **tool},
        {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": "{"},
    ]
    says(lines(start, {"type": "start-step"}, finish), [], "ndjson")
    found = judge("ndjson", [lines(start, *asks, finish)], selected(["llm-tool-arguments"]))
    assert [(problem.line, problem.message) for problem in found] == [
        (3, NO_JSON + "they end where a string or '}' should follow")
    ]


def test_the_usage_of_another_message_is_its_own() -> None:
    first = HI + STOP + chat({}, usage={"total_tokens": 9})
    second = (HI + STOP).replace(b'"c1"', b'"c2"')
    says(payloads(first + second), [], "ndjson")


# Parts.

OPENED = named("content_block_start", index=0, content_block={"type": "text", "text": ""})
DELTA = named("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hi"})
CLOSED = named("content_block_stop", index=0)
END = END_TURN + MESSAGE_STOP


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (OPENED + DELTA + CLOSED, []),
        (DELTA + DELTA + CLOSED, [("llm-block-order", 5, "part '0' is added to, and is not open")]),
        (CLOSED, [("llm-block-order", 5, "part '0' ends, and is not open")]),
        (OPENED + CLOSED + DELTA + CLOSED, [("llm-block-order", 11, "part '0' is added to, and is not open")]),
        (OPENED + OPENED + CLOSED, [("llm-block-order", 8, "part '0' is started again, and has not ended")]),
        (OPENED + CLOSED + CLOSED, [("llm-block-order", 11, "part '0' ends, and is not open")]),
        (OPENED + DELTA, [("llm-unclosed-block", 5, "part '0' is started and never ends")]),
    ],
)
def test_blocks(events: bytes, expected: Said) -> None:
    says(BEGIN + events + END, expected)


def test_a_second_message_has_blocks_of_its_own() -> None:
    says(BEGIN + OPENED + BEGIN + OPENED + CLOSED + END, [("llm-start-twice", 8, "a message begins")])


def test_a_block_that_the_stream_was_cut_in_is_not_said() -> None:
    says(BEGIN + OPENED + DELTA, [("llm-cut-off", None, "the stream ends")])


def test_no_more_is_remembered_than_an_honest_stream_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (llm, llm_parts, llm_tools, meaning):
        monkeypatch.setattr(module, "MOST", 2)
    starts = b"".join(OPENED.replace(b'"index":0', b'"index":%d' % n) for n in range(4))
    unclosed = "part '1' is started and never ends"
    says(BEGIN + starts + OPENED + END, [("llm-unclosed-block", 5, "part '0'"), ("llm-unclosed-block", 8, unclosed)])
    calls = b"".join(call(n, "{", id=f"c{n}", name="x") for n in (0, 1, 3))
    choices = b"".join(chat({"content": "a"}, "stop", n) for n in range(4)) + chat({}, "length", 3) + DONE
    arguments = NO_JSON + "they end"
    says(calls + choices, [("llm-tool-arguments", 1, arguments), ("llm-tool-arguments", 3, arguments)])
    answers = lines(*({**ANSWER, "id": n} for n in (0, 1, 2, 2)), *({**ASK, "id": n} for n in (3, 4, 5)))
    assert judge("ndjson", [answers], selected(["llm-rpc-id"])) == []
    answers = lines(*({**ASK, "id": n} for n in (0, 1)), *({**ANSWER, "id": n} for n in (0, 1)))
    answers += lines({**ASK, "id": 2}, {**ANSWER, "id": 2}, {**ANSWER, "id": 2})
    says(answers, [("llm-rpc-id", 7, "a response to request '2', which was not made")], "ndjson")
    deltas = b"".join(_numbered(1).replace(b'_index":0', b'_index":%d' % n) for n in range(4))
    assert judge("sse", [deltas], selected(["llm-sum-differs"])) == []


# Numbers.


def _numbered(*numbers: int) -> bytes:
    return b"".join(
        b'data: {"type":"response.output_text.delta","sequence_number":%d,"output_index":0,"delta":"a"}\n\n' % number
        for number in numbers
    )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((0, 1, 2), []),
        ((41, 42), []),  # a stream that was resumed
        ((0, 1, 4), ["event 4 comes after event 1: 2 missing"]),
        (
            (0, 2, 1),
            ["event 2 comes after event 0: 1 missing", "event 1 comes after event 2: the numbers go"],
        ),
        ((3, 3), ["event 3 comes after event 3: the numbers go back"]),
    ],
)
def test_numbers(numbers: tuple[int, ...], expected: list[str]) -> None:
    found = judge("sse", [_numbered(*numbers)], selected(["llm-sequence-gap"]))
    assert [problem.message[: len(start)] for problem, start in zip(found, expected, strict=True)] == expected


# Tool calls.

NO_JSON = "the arguments of a tool call are no JSON text: "
ASKS = chat({}, "tool_calls") + DONE


def _calls(*fragments: bytes) -> bytes:
    return b"".join(fragments) + ASKS


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (_calls(call(0, "{", id="a", name="x"), call(1, "{}", id="b", name="y"), call(0, "}")), []),
        (
            _calls(call(1, "{}", id="a", name="x")),
            [("llm-tool-index", 1, "a tool call begins with the index 1")],
        ),
        (
            _calls(call(0, "{}", id="a", name="x"), call(2, "{}", id="b", name="y")),
            [("llm-tool-index", 3, "a tool call begins with the index 2, not 1")],
        ),
        (
            _calls(call(0, "{}", id="a", name="x"), call(0, "{}", id="b", name="y")),
            [("llm-tool-index", 3, "another tool call has the index 0: clients take both for one")],
        ),
        (
            _calls(call(None, "{}", id="a", name="x")),
            [("llm-tool-index", 1, "a tool call without an index; it is call 0")],
        ),
        (_calls(call(0, "{}", name="x")), [("llm-tool-id", 1, "a tool call begins without id")]),
        (_calls(call(0, "{}", id="a")), [("llm-tool-id", 1, "a tool call begins without name")]),
        (_calls(call(0, "{}")), [("llm-tool-id", 1, "a tool call begins without id and name")]),
        (_calls(call(0, "{", id="a", name="x"), call(0, "}", id="a")), []),
        (
            _calls(call(0, "{", id="a", name="x"), call(0, "}", id="b")),
            [("llm-tool-id", 3, "the tool call 'a' goes on under another id, 'b'")],
        ),
        # As it was before there were several: one call, without index and id.
        (_calls(chat({"function_call": {"name": "x", "arguments": "{}"}})), []),
    ],
)
def test_tool_calls(stream: bytes, expected: Said) -> None:
    says(stream, expected)


def _tool(index: int, *fragments: str, **more: Any) -> Iterator[bytes]:
    yield named("content_block_start", index=index, content_block={"type": "tool_use", **more})
    for fragment in fragments:
        yield named("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": fragment})
    yield named("content_block_stop", index=index)


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        (("", '{"a"', ":1}"), []),
        ((), []),
        ((" ", '{"a":1} '), []),
        (
            ("{}", "{}"),
            [("llm-tool-arguments", 11, NO_JSON + "more text follows")],
        ),
        (
            ("{}{}", "{}"),
            [("llm-tool-arguments", 8, NO_JSON + "more text follows")],
        ),
        (("{x", "}"), [("llm-tool-arguments", 8, NO_JSON + "expected ")]),
        (
            ("{", '"a":1'),
            [("llm-tool-arguments", 11, NO_JSON + "they end where ")],
        ),
    ],
)
def test_arguments(fragments: tuple[str, ...], expected: Said) -> None:
    reason = named("message_delta", delta={"stop_reason": "tool_use"})
    says(BEGIN + b"".join(_tool(0, *fragments, id="t", name="x")) + reason + MESSAGE_STOP, expected)


def test_half_a_character_in_the_arguments_is_no_text() -> None:
    reason = named("message_delta", delta={"stop_reason": "tool_use"})
    tool = b"".join(_tool(0, '"HALF"', id="t", name="x")).replace(b"HALF", b"\\ud83d")
    says(BEGIN + tool + reason + MESSAGE_STOP, [("llm-tool-arguments", 8, "the arguments of a tool call are no JSON")])


def test_arguments_that_ran_out_of_tokens_are_not_whole() -> None:
    reason = named("message_delta", delta={"stop_reason": "max_tokens"})
    says(BEGIN + b"".join(_tool(0, "{", id="t", name="x")) + reason + MESSAGE_STOP, [])


def test_a_tool_of_another_protocol_needs_what_its_clients_need() -> None:
    reason = named("message_delta", delta={"stop_reason": "tool_use"})
    says(BEGIN + b"".join(_tool(0)) + reason + MESSAGE_STOP, [("llm-tool-id", 5, "a tool call begins without id and")])


def test_text_that_a_tool_takes_as_it_is_is_no_json() -> None:
    custom = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "grep", "input": "x.*y"}}
    says(chat({"tool_calls": [custom]}) + ASKS, [])


def test_arguments_are_judged_where_the_call_ends_in_protocols_without_reasons() -> None:
    events = [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "x"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{"},
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ]
    says(lines(*events), [("llm-tool-arguments", 3, NO_JSON + "they end")], "ndjson")


# The whole again.


@pytest.mark.parametrize(
    ("deltas", "whole", "expected"),
    [
        (("Hel", "lo"), "Hello", []),
        ((), "Hello", []),
        (("Hel", "o"), "Hello", "the deltas do not add up to this text: 4 characters in the deltas, 5 in the whole"),
        (("Hel", "lu"), "Hello", "the deltas do not add up to this text: 5 characters in the deltas, 5 in the whole"),
        (("\ud83d", "\ude00"), "\U0001f600", "the deltas do not add up to this text: 2 characters"),
    ],
)
def test_sums(deltas: tuple[str, ...], whole: str, expected: str | list[str]) -> None:
    place = {"output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "r"}},
        *({"type": "response.output_text.delta", "delta": delta, **place} for delta in deltas),
        {"type": "response.output_text.done", "text": whole, **place},
    ]
    found = judge("ndjson", [lines(*events)], selected(["llm-sum-differs"]))
    assert [problem.message[: len(expected)] for problem in found] == ([expected] if expected else [])


def test_a_sum_that_differs_is_said_whatever_the_text_is() -> None:
    """What a tool takes as it is, too; the words that a message has for a channel are those of each."""
    place = {"output_index": 0, "item_id": "i"}
    events = [
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.custom_tool_call_input.delta", "delta": "ab", **place},
        {"type": "response.custom_tool_call_input.done", "input": "abc", **place},
    ]
    (problem,) = judge("ndjson", [lines(*events)], selected(["llm-sum-differs"]))
    assert problem.message == (
        "the deltas do not add up to this text of input: 2 characters in the deltas, 3 in the whole"
    )
    assert llm_parts._CHANNELS.keys() == {*get_args(Channel)}


# JSON-RPC.

ASK = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
ANSWER = {"jsonrpc": "2.0", "id": 1, "result": {}}
OTHER = {"jsonrpc": "2.0", "id": "b", "result": {}}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((ANSWER,), []),
        ((ASK, ANSWER), []),
        ((ASK, ASK, ANSWER), []),
        ((ANSWER, OTHER), []),
        (({**ANSWER, "id": None}, {**ANSWER, "id": None}), []),
        ((ANSWER, ANSWER), [("llm-rpc-id", 2, "a second response to request '1'")]),
        ((ASK, ANSWER, ANSWER), [("llm-rpc-id", 3, "a second response to request '1'")]),
        ((ASK, ANSWER, OTHER), [("llm-rpc-id", 3, "a response to request 'b', which was not made")]),
        (
            (ASK, {**ASK, "id": "b" * 60}, ANSWER),
            [("llm-rpc-id", 2, f"request '{'b' * 39}…' has no response")],
        ),
    ],
)
def test_requests_and_responses(messages: tuple[object, ...], expected: Said) -> None:
    found = judge("ndjson", [lines(*messages)], selected(["llm-rpc-id"]))
    assert [(problem.rule, problem.line, problem.message) for problem in found] == expected
