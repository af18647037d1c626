"""The verdict: whole, cut and inside what, without an end, or in an error; each with its evidence and its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamconv import assemble
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Verdict
from tests.aws_messages import event as aws_event
from tests.reading import decode


def sse(*payloads: Any) -> bytes:
    """An event stream of these payloads, without names."""
    return b"".join(
        b"data: %b\n\n" % (payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)).encode()
        for payload in payloads
    )


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0) -> dict[str, Any]:
    """A chunk of chat.completions."""
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def call(arguments: str, **named: str) -> dict[str, Any]:
    """A fragment of a tool call."""
    function = {"arguments": arguments, **({"name": named["name"]} if "name" in named else {})}
    return chunk({"tool_calls": [{"index": 0, "function": function, **({"id": "t1"} if named else {})}]})


HELLO = sse(chunk({"role": "assistant", "content": "你好"}))
WHOLE = HELLO + sse(chunk({}, "stop"), "[DONE]")
MESSAGE: dict[str, Any] = {
    "type": "message_start",
    "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []},
}
BLOCK: dict[str, Any] = {
    "type": "content_block_start",
    "index": 0,
    "content_block": {"type": "tool_use", "id": "t1", "name": "weather", "input": {}},
}
ARGUMENTS: dict[str, Any] = {
    "type": "content_block_delta",
    "index": 0,
    "delta": {"type": "input_json_delta", "partial_json": '{"city": "Par'},
}


def verdict(data: bytes, format: str | None = "sse", **known: Any) -> Verdict:
    """The verdict on these bytes, of which nothing invalid is raised."""
    return assemble(data, format, report=lambda problem: None, **known).verdict


def test_a_whole_stream_is_complete() -> None:
    found = verdict(WHOLE)
    assert found == Verdict("complete", "stop", "[DONE]", number=3, line=5)
    assert found.complete
    assert verdict(sse(MESSAGE, {"type": "message_stop"})).evidence == "message_stop"


def test_a_stream_that_ends_after_a_record_has_no_terminator() -> None:
    assert verdict(HELLO) == Verdict("no-terminator", None, "no [DONE]: the stream ends after event 1, in the text", 1)
    finished = verdict(HELLO + sse(chunk({}, "stop")))
    assert finished == Verdict("no-terminator", "stop", "no [DONE]: the stream ends after event 2", 2)
    assert not finished.complete


def test_what_comes_after_the_end_is_not_of_the_message() -> None:
    message = assemble(WHOLE + HELLO)
    assert (message.text, message.verdict.stream) == ("你好", "complete")


def test_where_there_can_be_no_done_the_finish_is_the_end() -> None:
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in (chunk({"content": "a"}), chunk({}, "length")))
    found = verdict(lines, "ndjson")
    assert found == Verdict(
        "complete", "length", "every choice has finished; ndjson does not carry [DONE]", number=2, line=2
    )
    assert verdict(lines.splitlines(keepends=True)[0], "ndjson").stream == "no-terminator"


def test_all_choices_must_finish() -> None:
    two = [chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk({}, "stop")]
    lines = [json.dumps(one).encode() + b"\n" for one in two]
    assert verdict(b"".join(lines), "ndjson").stream == "no-terminator"
    lines.append(json.dumps(chunk({}, "stop", index=1)).encode())
    assert verdict(b"".join(lines), "ndjson").stream == "complete"


def test_a_protocol_without_any_end_mark_ends_where_every_choice_has_finished() -> None:
    part = {"candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}, "index": 0}]}
    last = {"candidates": [{**part["candidates"][0], "finishReason": "STOP"}]}
    assert verdict(sse(part, last)) == Verdict("complete", "stop", "every choice has finished", number=2, line=3)
    assert verdict(sse(part)).evidence == "no finish reason: the stream ends after event 1, in the text"
    assert verdict(sse(part, "[DONE]")).evidence == "[DONE]"
    array = json.dumps([part, last]).encode()
    assert verdict(array, "json").stream == "complete"
    assert verdict(array[:-1], "json") == Verdict("cut-in-json", "stop", "cut before the array is closed", 2, 1)
    inside = verdict(array[: len(array) // 2 + 10], "json")
    assert (inside.stream, inside.evidence) == (
        "cut-in-json",
        "cut inside the JSON of event 2, line 1, in the text",
    )


def test_cut_inside_json() -> None:
    data = HELLO + sse(chunk({"content": "abc"}))[:-20]
    assert verdict(data) == Verdict(
        "cut-in-json", None, "cut inside the JSON of event 2, line 3, in the text", number=1, line=3
    )


def test_cut_inside_a_character() -> None:
    """In a line of data, in a line of JSON, in an array, in a message of AWS."""
    at = HELLO.index("好".encode()) + 1
    for size in (at, at + 1):
        found = verdict(HELLO + HELLO[:size])
        assert (found.stream, found.evidence) == (
            "cut-in-utf8",
            "cut inside a character, in event 2, line 3, in the text",
        )
    assert verdict(HELLO + HELLO[: at + 2]).stream == "cut-in-json"
    line = json.dumps(chunk({"content": "é好😀"}), ensure_ascii=False).encode()
    for char in "é好😀":
        for size in range(1, len(char.encode())):
            cut = line[: line.index(char.encode()) + size]
            assert verdict(line + b"\n" + cut, "ndjson").stream == "cut-in-utf8"
            assert verdict(line + cut, "stream+json").stream == "cut-in-utf8"
            assert verdict(b"[" + line + b"," + cut, "json").stream == "cut-in-utf8"
            assert verdict(b"\x1e" + line + b"\n\x1e" + cut, "json-seq").stream == "cut-in-utf8"
    message = aws_event("contentBlockDelta", json.dumps({"delta": {"text": "好"}}, ensure_ascii=False).encode())
    cut = message[: message.index("好".encode()) + 2]
    found = verdict(message + cut, "aws-eventstream")
    place = f"cut inside a character, in event 2, byte {len(message)}"
    assert (found.stream, found.line, found.evidence.partition(", in the text")[0]) == ("cut-in-utf8", None, place)
    assert verdict(message + message[:-6], "aws-eventstream").stream == "cut-in-json"
    assert verdict(message + message[:-2], "aws-eventstream").stream == "cut-in-event"
    assert verdict(message + message[:7], "aws-eventstream").stream == "cut-in-event"


def test_cut_inside_an_event() -> None:
    for tail in (b"event: x\n", b"data: plain text", b"dat", b"data: [DO", b"data:"):
        found = verdict(HELLO + tail)
        assert (found.stream, found.evidence) == ("cut-in-event", "cut inside event 2, line 3, in the text"), tail


def test_an_event_that_lacks_only_its_empty_line_is_shown_and_said() -> None:
    """Clients discard it (WHATWG HTML 9.2.6); who looks wants to see what was there."""
    message = assemble(HELLO + sse(chunk({"content": "!"}))[:-1])
    assert message.text == "你好!"
    assert message.verdict.stream == "cut-in-event"
    assert message.verdict.evidence == (
        "the last event on line 3 lacks the empty line that ends it: clients discard it, in the text"
    )
    assert verdict(WHOLE[:-1]).evidence == "[DONE] on line 5 lacks the empty line that ends it: clients discard it"
    stopped = verdict(sse(MESSAGE, {"type": "message_stop"})[:-1])
    assert stopped.evidence == "message_stop on line 3 lacks the empty line that ends it: clients discard it"
    assert (stopped.stream, stopped.line) == ("cut-in-event", 3)


STOPPED = sse(MESSAGE, {"type": "message_stop"})


def test_events_after_the_end_are_counted() -> None:
    """They are of another stream, or of a server that does not know its own end: nobody may take them for read."""
    assert verdict(STOPPED + HELLO) == Verdict(
        "complete", None, "message_stop (1 event after it was not read)", number=3, line=3
    )
    assert verdict(STOPPED + WHOLE).evidence == "message_stop (2 events after it were not read)"
    assert verdict(WHOLE + WHOLE).evidence == "[DONE] (3 events after it were not read)"
    assert verdict(STOPPED[:-1] + b"\n" + HELLO + b": bye\n\n").stream == "complete"


def test_what_belongs_after_an_end_is_not_counted() -> None:
    """Gateways add `[DONE]` to any stream, and Anthropic's pings go on; also where they lack their empty line."""
    ping = b"event: ping\n" + sse({"type": "ping"})
    for after in (
        sse("[DONE]"),
        ping,
        ping + sse("[DONE]"),
        b": bye\n\n",
        b"data: [DONE]\n",
        b"data: [DONE]",
        ping[:-1],
    ):
        found = verdict(STOPPED + after)
        assert (found.stream, found.evidence) == ("complete", "message_stop"), after


@pytest.mark.parametrize(
    ("after", "evidence"),
    [
        (b"data: {", "cut inside the JSON of event 4, line 7, after [DONE]"),
        (b"data: [DO", "cut inside event 4, line 7, after [DONE]"),
        (sse("[DONE]")[:-1], "[DONE] on line 7 lacks the empty line that ends it: clients discard it, after [DONE]"),
        (
            HELLO + b"data: {",
            "cut inside the JSON of event 5, line 9, after [DONE] (1 event after it was not read)",
        ),
        (HELLO[:-1], "the last event on line 7 lacks the empty line that ends it: clients discard it, after [DONE]"),
    ],
)
def test_a_tail_after_the_end_is_cut(after: bytes, evidence: str) -> None:
    message = assemble(WHOLE + after)
    assert message.verdict.stream.startswith("cut-in-")
    assert message.verdict.evidence == evidence
    assert message.text == "你好"


def test_a_stream_that_ends_inside_a_tool_call_says_so() -> None:
    found = assemble(sse(MESSAGE, BLOCK, ARGUMENTS))
    assert found.verdict.evidence == (
        "no message_stop: the stream ends after event 3, in a tool call's arguments (weather)"
    )
    (part,) = found.choice().parts
    assert (part.partial, part.arguments, part.text) == (True, None, '{"city": "Par')
    tools = sse(call("", name="weather"), call('{"city"'))
    assert verdict(tools + sse(call(': "Paris"}'))[:-9]).evidence == (
        "cut inside the JSON of event 3, line 5, in a tool call's arguments (weather)"
    )
    nameless = sse(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}))
    assert verdict(nameless).evidence == "no [DONE]: the stream ends after event 1, in a tool call's arguments"


def test_a_cut_between_parts_is_in_none() -> None:
    text = {**BLOCK, "content_block": {"type": "text", "text": ""}}
    delta = {**ARGUMENTS, "delta": {"type": "text_delta", "text": "a"}}
    assert verdict(sse(MESSAGE, text, delta)).evidence.endswith(", in the text")
    stop = {"type": "content_block_stop", "index": 0}
    assert verdict(sse(MESSAGE, text, delta, stop)).evidence == "no message_stop: the stream ends after event 4"


ERROR = {"error": {"message": "too busy", "type": "overloaded", "code": None}}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (HELLO + sse(ERROR), 3),
        (HELLO + sse(ERROR, "[DONE]"), 3),
        (HELLO + b"event: error\n" + sse(ERROR), 3),
        (HELLO + b"error: " + json.dumps(ERROR["error"]).encode() + b"\n\n", 3),
        (HELLO + json.dumps(ERROR, indent=2).encode() + b"\n\n", 3),
        (HELLO + json.dumps(ERROR).encode(), 3),
        (HELLO + b": ping\n" + json.dumps(ERROR, indent=2).encode(), 3),
        (sse(ERROR), 1),
        (sse(ERROR, "[DONE]"), 1),
        (b"event: error\n" + sse(ERROR) + b"event: done\n" + sse({}), 1),
    ],
)
def test_an_error_in_the_stream(data: bytes, line: int) -> None:
    """In an event, in a field that clients ignore, or outside the framing; before any protocol shows itself, too."""
    message = assemble(data)
    assert message.verdict.stream == "in-band-error"
    assert message.verdict.evidence == "an error in the stream: too busy (overloaded)"
    assert message.verdict.line == line
    assert message.error == ERROR["error"]


@pytest.mark.parametrize(
    "error",
    [
        sse(ERROR),
        sse({"type": "error", "message": "too busy"}),
        b"event: error\n" + sse(ERROR["error"]),
        json.dumps(ERROR).encode() + b"\n\n",
        sse(ERROR)[:-1],
    ],
)
def test_an_error_after_the_end_is_one(error: bytes) -> None:
    message = assemble(WHOLE + error)
    assert (message.verdict.stream, message.verdict.line, message.text) == ("in-band-error", 7, "你好")
    assert message.verdict.evidence.startswith("an error in the stream: too busy")
    assert message.error is not None
    assert assemble(HELLO + b"error: first\n\n" + sse("[DONE]") + error).error == "first"


def test_an_error_as_text() -> None:
    assert verdict(HELLO + b"error: out of memory\n\n").evidence == "an error in the stream: out of memory"
    assert verdict(b"event: error\ndata: no\n\n").evidence == "an error in the stream: no"
    assert verdict(b'event: error\ndata: {"a":1}\n\n').evidence == "an error in the stream: without a message"
    assert verdict(b"event: error\ndata: {}\n\n").evidence == "an error in the stream: {}"


def test_the_first_error_counts() -> None:
    two = assemble(HELLO + b"error: first\n\nerror: second\n\n" + sse(ERROR))
    assert two.verdict.evidence == "an error in the stream: first"


def _without_empty_lines(data: bytes) -> bytes:
    return data.replace(b"\n\n", b"\n")


def test_events_without_empty_lines_between_them_are_read_all_the_same() -> None:
    """To a client they are one event, which is no JSON; who looks wants to see the answer, and above all the error."""
    failed = assemble(_without_empty_lines(HELLO + b": ping\n\n" + sse(ERROR)))
    assert (failed.protocol, failed.text, failed.error) == ("openai-chat", "你好", ERROR["error"])
    assert (failed.verdict.stream, failed.verdict.line) == ("in-band-error", 3)
    unknown = assemble(_without_empty_lines(sse({"a": 1}, ERROR)))
    assert (unknown.protocol, unknown.verdict.stream, unknown.verdict.line) == (None, "in-band-error", 2)
    whole = assemble(_without_empty_lines(WHOLE))
    assert (whole.text, whole.choice().finish) == ("你好", "stop")
    said = "no empty lines between the events from line 1: clients read none of them"
    assert (whole.verdict.stream, whole.verdict.evidence) == ("cut-in-event", said)
    cut = assemble(_without_empty_lines(HELLO + HELLO + HELLO)[:-20])
    assert (cut.text, cut.verdict.evidence) == ("你好你好", f"{said}, in the text")


def test_one_event_on_several_lines_is_not_taken_for_several() -> None:
    pretty = b"".join(b"data: %b\n" % line for line in json.dumps({"a": [{"b": 1}]}, indent=1).encode().splitlines())
    assert verdict(pretty[:-8]).evidence == "cut inside the JSON of event 1, line 1"
    assert verdict(b'data: {}\ndata: {"a"').evidence == "cut inside the JSON of event 1, line 1"


def test_the_error_of_a_server_that_writes_no_empty_lines(captures: Path) -> None:
    found = assemble(captures / "sap-orchestration-error.txt", report=lambda problem: None).verdict
    assert (found.stream, found.line) == ("in-band-error", 2)


@pytest.mark.parametrize(
    ("body", "evidence"),
    [
        (b'{"error":{"message":"Rate limit","code":"rate_limit"}}', "HTTP status 429: Rate limit (rate_limit)"),
        (b'{"message":"slow down"}', "HTTP status 429: slow down"),
        (b'{"detail":"Not allowed"}\n', "HTTP status 429: Not allowed"),
        (b'[{"error":{"code":429,"message":"Quota","status":"EXHAUSTED"}}]', "HTTP status 429: Quota (429)"),
    ],
)
def test_a_refused_request(body: bytes, evidence: str) -> None:
    head = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n\r\n"
    message = assemble(head + body)
    assert (message.protocol, message.verdict.stream, message.verdict.evidence) == (None, "in-band-error", evidence)


def test_an_error_member_in_a_log_is_no_error_of_the_stream() -> None:
    lines = b'{"level":"error","error":"refused"}\n' * 2
    assert verdict(lines, "ndjson") == Verdict("unknown", None, "no protocol recognised", number=2)
    assert verdict(lines * 40, "ndjson").stream == "unknown"


def test_nothing_was_read() -> None:
    assert Assembler().snapshot().verdict == Verdict("unknown", None, "no events")
    assert assemble(b": comment\n\n").verdict == Verdict("unknown", None, "no events")


def test_a_stream_of_which_nothing_tells_the_end() -> None:
    found = verdict(sse({"text": "a"}), path="text")
    assert found.stream == "unknown"
    assert found.evidence == "the stream ends after event 1; nothing tells where such a stream ends"
    assert verdict(sse({"text": "a"}, "[DONE]"), path="text").stream == "complete"


def test_a_terminator_without_data_counts() -> None:
    """An EventSource passes over it; some servers end so."""
    records = decode("sse", [b'event: metadata\ndata: {"run_id":"r"}\n\nevent: data\ndata: "a"\n\nevent: end\n\n'])
    assembler = Assembler()
    assembler.feed(records)
    assert assembler.snapshot().verdict.stream == "complete"


def test_a_second_message_begins_anew() -> None:
    twice = sse(MESSAGE, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, MESSAGE)
    assert verdict(twice).stream == "no-terminator"
