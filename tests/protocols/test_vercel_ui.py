"""UI message streams of the Vercel AI SDK: what the chunks of its own server and of other writers add up to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamconv import assemble, read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, Error, Finish, Open, Start, Usage
from tests.conftest import FIXTURES
from tests.protocols.events import Event, assembled, kinds, parts, signs

TOOL = {"toolCallId": "c1", "toolName": "weather"}


def chunk(type: str, **members: Any) -> dict[str, Any]:
    return {"type": type, **members}


def text(*deltas: str, id: str = "t") -> list[Event]:
    return [chunk("text-start", id=id), *(chunk("text-delta", id=id, delta=delta) for delta in deltas)]


def test_a_recorded_answer_adds_up() -> None:
    assembler = Assembler()
    assembler.feed([*read(FIXTURES / "protocols" / "ui-message.sse", control=True)])
    message = assembler.snapshot()
    assert message.verdict.stream == "complete"
    assert (message.id, message.model, message.text) == ("msg_1", "mock", "21 °C, 晴。")
    assert message.usage["totalTokens"] == 80
    assert (message.choice().reason, message.choice().finish) == ("stop", "stop")
    assert kinds(message) == ["reasoning", "tool_call", "tool_result", "tool_call", "tool_result", "source", "text"]
    reasoning, call, result, *_ = message.choice().parts
    assert reasoning == Part(
        "reasoning",
        "The weather of 北京 is asked for.",
        value={"id": "r1", "providerMetadata": {"mock": {"signature": "abc"}}},
    )
    written = '{"city": "北京", "days": [1, 2]}'
    assert call == Part("tool_call", written, "call_1", "weather", {"city": "北京", "days": [1, 2]})
    said = {"state": "output-available", "output": {"celsius": 21}}
    assert result == Part("tool_result", "", "call_1", "weather", value=said)
    assert parts(message, "tool_result")[1].text == "Error: no such city"


def test_the_signs_of_an_answer() -> None:
    events: list[Event] = [
        chunk("start", messageId="m"),
        *text("He", "llo"),
        chunk("text-end", id="t"),
        chunk("tool-input-start", **TOOL),
        chunk("tool-input-delta", toolCallId="c1", inputTextDelta="{}"),
        chunk("tool-input-available", input={}, **TOOL),
        chunk("tool-output-available", toolCallId="c1", output=1),
        chunk("finish", finishReason="length", messageMetadata={"usage": {"totalTokens": 3}}),
    ]
    assert signs(*events) == [
        Start("m"),
        Open("text t"),
        Delta("text t", "text", "He"),
        Delta("text t", "text", "llo"),
        Close("text t"),
        Open("tool c1"),
        Call("tool c1", 0, "c1", "weather"),
        Delta("tool c1", "arguments", "{}"),
        Close("tool c1"),
        Usage(),
        Finish("length"),
    ]


@pytest.mark.parametrize(
    ("finish", "stream", "word"),
    [
        (chunk("finish", finishReason="content-filter"), "complete", "content_filter"),
        (chunk("finish", finishReason="interrupted"), "complete", "cancelled"),
        (chunk("abort", reason="closed"), "complete", "cancelled"),
    ],
)
def test_how_it_finished(finish: Event, stream: str, word: str) -> None:
    message = assembled(*text("Hi"), chunk("text-end", id="t"), finish, "[DONE]")
    assert (message.verdict.stream, message.verdict.finish) == (stream, word)
    assert assembled(*text("Hi"), chunk("text-end", id="t"), finish).verdict.stream == "no-terminator"
    assert assembled(chunk("text-start", id="t"), "[DONE]").verdict.finish is None


@pytest.mark.parametrize("member", [{}, {"finishReason": None}, {"finishReason": 7}, {"finishReason": ""}])
def test_a_finish_that_says_no_reason_has_none(member: dict[str, Any]) -> None:
    """The message has finished all the same."""
    events = [*text("Hi"), chunk("text-end", id="t"), chunk("finish", **member)]
    message = assembled(*events, "[DONE]")
    assert (message.choice().reason, message.choice().finish) == (None, None)
    assert (message.verdict.stream, message.verdict.finish) == ("complete", None)
    assert signs(*events)[-1] == Finish(None)
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    assert assemble(lines, "ndjson").verdict.evidence == "every choice has finished; ndjson does not carry [DONE]"
    named = assembled(*events, chunk("finish", finishReason="stop"), chunk("finish", **member))
    assert named.choice().reason == "stop"


def test_what_the_server_says_at_the_end_of_an_abort_is_kept() -> None:
    assert assembled(*text("Hi"), chunk("abort", reason="closed")).native["reason"] == "closed"


def test_a_truncated_call_never_looks_complete() -> None:
    start = chunk("tool-input-start", **TOOL)
    deltas = [chunk("tool-input-delta", toolCallId="c1", inputTextDelta=piece) for piece in ('{"city": "Os', 'lo"}')]
    for events in ([start, deltas[0]], [start, *deltas]):
        (call,) = parts(assembled(*events, "[DONE]"), "tool_call")
        assert (call.partial, call.arguments) == (True, None)
    cut = chunk("tool-input-error", input='{"city": "Os', errorText="not JSON", **TOOL)
    for events in ([start, deltas[0], cut], [cut]):
        (call,) = parts(assembled(*events), "tool_call")
        assert (call.partial, call.arguments, call.text) == (True, None, '{"city": "Os')
    (call,) = parts(assembled(chunk("tool-input-error", input={"a": 1}, errorText="no", **TOOL)), "tool_call")
    assert (call.partial, call.arguments) == (False, {"a": 1})  # the schema refused it, it is whole all the same


def test_native_holds_the_input_so_far_as_text() -> None:
    delta = chunk("tool-input-delta", toolCallId="c1", inputTextDelta='{"a')
    message = assembled(chunk("tool-input-start", title="Weather", **TOOL), delta)
    assert message.native["parts"] == [
        {"type": "tool-weather", "toolCallId": "c1", "state": "input-streaming", "title": "Weather", "rawInput": '{"a'}
    ]


def test_a_call_goes_through_its_states() -> None:
    events: list[Event] = [
        chunk("tool-input-start", dynamic=True, providerMetadata={"p": 1}, **TOOL),
        chunk("tool-input-available", dynamic=True, input={"a": 1}, toolMetadata={"m": 1}, **TOOL),
        chunk("tool-approval-request", approvalId="ok?", toolCallId="c1", reason="costs"),
        chunk("tool-approval-response", approvalId="ok?", approved=True, providerExecuted=True, providerMetadata={}),
        chunk("tool-output-available", toolCallId="c1", output="so far", preliminary=True, later="kept"),
        chunk("tool-output-error", toolCallId="c1", errorText="broken", providerMetadata={"r": 1}),
    ]
    states = [assembled(*events[: n + 1]).native["parts"][0]["state"] for n in range(len(events))]
    assert states == [
        "input-streaming",
        "input-available",
        "approval-requested",
        "approval-responded",
        "output-available",
        "output-error",
    ]
    assert assembled(*events[:5]).native["parts"][0]["preliminary"] is True
    message = assembled(*events)
    assert message.native["parts"] == [
        {
            "type": "dynamic-tool",
            "toolCallId": "c1",
            "toolName": "weather",
            "state": "output-error",
            "input": {"a": 1},
            "errorText": "broken",
            "approval": {"id": "ok?", "requestReason": "costs", "approved": True},
            "providerExecuted": True,
            "toolMetadata": {"m": 1},
            "callProviderMetadata": {},
            "resultProviderMetadata": {"r": 1},
            "later": "kept",
        }
    ]
    denied = assembled(*events[:3], chunk("tool-output-denied", toolCallId="c1"))
    assert [(part.id, part.name, part.value) for part in parts(denied, "tool_result")] == [
        ("c1", "weather", {"state": "output-denied"})
    ]


def test_the_same_id_in_a_later_step_is_another_call() -> None:
    step = [chunk("start-step"), chunk("tool-input-available", input=1, **TOOL), chunk("finish-step")]
    message = assembled(*step, *step, chunk("tool-output-available", toolCallId="c1", output="two"))
    assert kinds(message) == ["tool_call", "tool_call", "tool_result"]


def test_a_step_tried_again_forgets_what_it_sent() -> None:
    """`reset-step`, of version 7: a model that failed is followed by another."""
    first = [chunk("start-step"), *text("kept"), chunk("text-end", id="t"), chunk("finish-step"), chunk("start-step")]
    lost = [*text("lost"), chunk("tool-input-start", **TOOL), chunk("data-x", id="d", data=1), chunk("what")]
    message = assembled(*first, *lost, chunk("reset-step"), *text("again"), "[DONE]")
    assert [part.text for part in message.choice().parts] == ["kept", "again"]
    assert assembled(*text("lost"), chunk("reset-step")).native["parts"] == []


def test_data_with_an_id_replaces_what_it_was_and_passing_data_is_not_kept() -> None:
    message = assembled(
        chunk("data-progress", id="p", data=1),
        chunk("data-note", data="a"),
        chunk("data-progress", id="p", data=2),
        chunk("data-progress", id="p", data=3, transient=True),
        chunk("data-note", data="b"),
        chunk("file", url="https://example.com/a.png", mediaType="image/png"),
    )
    assert [part.get("data") for part in message.native["parts"]] == [2, "a", "b", None]
    assert kinds(message) == ["data", "data", "data", "file"]


def test_metadata_are_merged() -> None:
    message = assembled(
        chunk("start", messageId="m", messageMetadata={"a": {"b": 1}}),
        chunk("message-metadata", messageMetadata={"a": {"c": 2}, "usage": {"totalTokens": 1}}),
        chunk("finish", finishReason="stop", messageMetadata={"usage": {"inputTokens": 2}}),
    )
    assert message.native["metadata"] == {"a": {"b": 1, "c": 2}, "usage": {"totalTokens": 1, "inputTokens": 2}}
    assert assembled(chunk("start", messageId="m", messageMetadata=7)).native["metadata"] == 7


def test_another_message_id_begins_another_message_and_the_same_does_not() -> None:
    first: list[Event] = [chunk("start", messageId="a", messageMetadata={"x": 1}), *text("one")]
    again = assembled(*first, chunk("start", messageId="b"), *text("two"))
    assert (again.id, again.text, "metadata" in again.native) == ("b", "two", False)
    merged = assembled(*first, chunk("start"), chunk("start", messageId="a"), *text("two"))
    assert (merged.id, merged.text) == ("a", "onetwo")


def test_errors_in_the_stream() -> None:
    message = assembled(*text("par"), chunk("error", errorText="overloaded"), chunk("error", errorText="again"))
    assert message.error == chunk("error", errorText="overloaded")
    assert message.verdict.evidence == "an error in the stream: overloaded"
    assert signs(*text(), chunk("error", errorText=7))[-1] == Error("7")
    gateway = assembled(*text("par"), ("error", {"message": "bad gateway", "code": 502}))
    assert (gateway.verdict.stream, gateway.error["code"]) == ("in-band-error", 502)


def test_what_nobody_opened_is_shown_all_the_same() -> None:
    """The SDK throws here; who looks at a capture wants to see what came."""
    message = assembled(
        chunk("reasoning-delta", id="r", delta="hm"),
        chunk("text-delta", id="t", delta="Hi"),
        chunk("tool-input-delta", toolCallId="c", inputTextDelta="{"),
        chunk("tool-output-available", toolCallId="d", output="x"),
        chunk("text-end", id="u"),
    )
    assert [(part.type, part.text) for part in message.choice().parts] == [
        ("reasoning", "hm"),
        ("text", "Hi"),
        ("tool_call", "{"),
        ("tool_call", "null"),
        ("tool_result", "x"),
        ("text", ""),
    ]


def test_chunks_of_no_known_shape_are_kept() -> None:
    odd = [chunk("text-start", id="t", extra=1), chunk("new-chunk", a=1), {"no": "type"}, chunk("tool-output-denied")]
    message = assembled(*odd, chunk("tool-input-delta"), chunk("custom", kind="a.b"))
    assert message.native["parts"] == [
        {"type": "text", "text": "", "state": "streaming", "extra": 1},
        chunk("new-chunk", a=1),
        {"no": "type"},
        chunk("tool-output-denied"),
        chunk("custom", kind="a.b"),
    ]
    assert kinds(message) == ["text", "data", "data", "data", "data"]


def test_a_nameless_tool_of_odd_shape() -> None:
    message = assembled(chunk("tool-input-start", toolCallId="c1", toolName=7), chunk("tool-input-start", **TOOL))
    assert parts(message, "tool_call") == [Part("tool_call", "", "c1", "weather", partial=True)]


@pytest.mark.parametrize(
    "event",
    [
        chunk("start"),  # anybody's word
        chunk("start", pid=7),
        chunk("finish"),
        chunk("start-step", n=1),
        chunk("data-x", data=1, level="info"),
        chunk("text-delta", textDelta="x", path=[0]),  # of Assistant Transport
        chunk("text-start", id=7),
        "text",
    ],
)
def test_it_is_not_recognised_by_less(event: Event) -> None:
    assert assembled(event).protocol != "vercel-ui"
