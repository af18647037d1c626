"""Assistant Transport of assistant-ui: chunks find their part by its path, and add up to one message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Start, Usage
from tests.protocols.events import Event, assembled, digest, kinds, parts, records, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def chunk(type: str, *path: int, **members: Any) -> dict[str, Any]:
    return {"type": type, "path": [*path], **members}


def part(type: str, **members: Any) -> dict[str, Any]:
    return chunk("part-start", part={"type": type, **members})


STEP = {"type": "step-start", "messageId": "m"}
USAGE = {"inputTokens": 1, "outputTokens": 2}
DONE = {"type": "complete", "reason": "unknown"}
RUN: list[Event] = [
    STEP,
    part("text"),
    chunk("text-delta", 0, textDelta="It "),
    chunk("text-delta", 0, textDelta="rains.", providerMetadata={"p": 1}),
    chunk("part-finish", 0),
    part("tool-call", toolCallId="c", toolName="weather"),
    chunk("text-delta", 1, textDelta='{"city": "Os'),
    chunk("text-delta", 1, textDelta='lo"}'),
    chunk("tool-call-args-text-finish", 1),
    chunk("result", 1, result="rain", isError=False),
    chunk("part-finish", 1),
    chunk("step-finish", finishReason="stop", usage=USAGE, isContinued=False),
    "[DONE]",
]


def test_chunks_add_up_to_the_message() -> None:
    message = assembled(*RUN)
    assert message.native == {
        "role": "assistant",
        "status": {"type": "running"},  # until a message-finish says more
        "parts": [
            {"type": "text", "text": "It rains.", "status": DONE, "providerMetadata": {"p": 1}},
            {
                "type": "tool-call",
                "toolCallId": "c",
                "toolName": "weather",
                "argsText": '{"city": "Oslo"}',
                "state": "result",
                "status": DONE,
                "result": "rain",
                "isError": False,
            },
        ],
        "metadata": {
            "unstable_state": None,
            "unstable_data": [],
            "unstable_annotations": [],
            "steps": [
                {
                    "state": "finished",
                    "messageId": "m",
                    "finishReason": "stop",
                    "usage": USAGE,
                    "isContinued": False,
                }
            ],
            "custom": {},
        },
    }
    assert (message.verdict.stream, message.verdict.finish, message.usage) == ("complete", "stop", USAGE)
    assert message.choice().parts == (
        Part("text", "It rains.", value={"providerMetadata": {"p": 1}}),
        Part("tool_call", '{"city": "Oslo"}', "c", "weather", {"city": "Oslo"}),
        Part("tool_result", "rain", "c", value={"result": "rain", "isError": False}),
    )


def test_the_signs_of_a_message() -> None:
    assert signs(*RUN)[:-1] == [
        Start("m"),
        Open("part 0"),
        Delta("part 0", "text", "It "),
        Delta("part 0", "text", "rains."),
        Close("part 0"),
        Open("part 1"),
        Call("part 1", 0, "c", "weather"),
        Delta("part 1", "arguments", '{"city": "Os'),
        Delta("part 1", "arguments", 'lo"}'),
        Close("part 1"),
        Usage(),
        Finish("stop"),
    ]


@pytest.mark.parametrize("size", range(1, len(RUN)))
def test_before_its_end_it_is_not_complete(size: int) -> None:
    assert assembled(*RUN[:size]).verdict.stream == "no-terminator"


def test_a_truncated_call_never_looks_complete() -> None:
    (call,) = parts(assembled(*RUN[:8]), "tool_call")
    assert (call.partial, call.arguments) == (True, None)
    (broken,) = parts(assembled(*RUN[:7], chunk("part-finish", 1)), "tool_call")
    assert (broken.partial, broken.arguments) == (True, None)


@pytest.mark.parametrize(
    ("reason", "status", "finish"),
    [
        ("stop", "complete", "stop"),
        ("tool-calls", "requires-action", "tool_calls"),
        ("length", "incomplete", "length"),
    ],
)
def test_how_it_finished(reason: str, status: str, finish: str) -> None:
    continued = chunk("step-finish", finishReason="length", isContinued=True)
    message = assembled(continued, STEP, chunk("message-finish", finishReason=reason, usage=USAGE), "[DONE]")
    assert message.native["status"] == {"type": status, "reason": reason}
    assert message.verdict.finish == finish
    assert [step["state"] for step in message.native["metadata"]["steps"]] == ["finished", "started"]


def test_a_result_that_is_not_the_last_leaves_the_call_running() -> None:
    events = [*RUN[:9], chunk("result", 1, result={"n": 1}, isPreliminary=True), chunk("part-finish", 1)]
    message = assembled(*events)
    assert message.native["parts"][1]["status"] == {"type": "running"}
    (result,) = parts(message, "tool_result")
    assert (result.text, result.value) == ("", {"result": {"n": 1}, "isPreliminary": True})


def test_state_data_and_annotations() -> None:
    misfit = {"type": "append-text", "path": ["no"], "value": "x"}
    operations = [
        {"type": "set", "path": ["a"], "value": "1"},
        {"type": "append-text", "path": ["a"], "value": "2"},
        misfit,
        {"type": "dance"},
    ]
    message = assembled(
        chunk("update-state", operations=operations),
        chunk("data", data=[1]),
        chunk("annotations", annotations=["x"]),
        part("source", url="https://example.com"),
        part("file", data="aGk="),
        part("data", name="n", data=1),
        part("reasoning"),
        chunk("text-delta", 3, textDelta="hm"),
    )
    assert message.native["metadata"]["unstable_state"]["a"] == "12"
    assert [one["operations"] for one in message.native["others"]] == [[misfit], [{"type": "dance"}]]
    assert kinds(message) == ["source", "file", "data", "reasoning", *["data"] * 5]


def test_an_earlier_snapshot_stays_as_it_was() -> None:
    assembler = Assembler()
    assembler.feed(records(STEP, part("file", data="aGk=", mimeType="text/plain")))
    (before,) = assembler.snapshot().choice().parts
    assembler.feed(records(chunk("part-finish", 0)))
    assert before.value == {"type": "file", "data": "aGk=", "mimeType": "text/plain"}
    assert assembler.snapshot().choice().parts[0].value == {**before.value, "status": DONE}


def test_errors() -> None:
    error = chunk("error", error="overloaded", code="503")
    message = assembled(*RUN[:3], error, error, chunk("message-finish", finishReason="stop"))
    assert message.verdict.evidence == "an error in the stream: overloaded (503)"
    assert message.native["status"]["error"] == {"error": "overloaded", "code": "503"}
    assert assembled(*RUN[:3], ("error", "gone")).error == "gone"


def test_chunks_that_find_no_part_are_kept() -> None:
    odd = [
        chunk("text-delta", 7, textDelta="x"),
        chunk("part-finish"),
        chunk("result", 0, result=1),
        chunk("new"),
    ]
    message = assembled(
        part("text"),
        *odd,
        {"type": "data", "data": 7},
        chunk("part-start", part=7),
        chunk("text-delta", 1, textDelta="y"),
        chunk("text-delta", 0, textDelta=7),
    )
    assert message.native["others"] == [*odd, {"type": "data", "data": 7}, chunk("text-delta", 1, textDelta="y")]
    assert kinds(message)[:2] == ["text", "data"]


@pytest.mark.parametrize(
    "event", [{"type": "text-delta", "textDelta": "x"}, {"type": "data", "data": []}, {"type": "part-start"}]
)
def test_it_is_not_recognised_by_less(event: Event) -> None:
    assert assembled(event).protocol is None


def test_a_capture_adds_up_to_what_was_read_in_it(captures: Path) -> None:
    (stream,) = (one for one in streams(captures) if one.name == "assistant-transport.sse")
    _, message = added(stream.records())
    types = ["reasoning", "text", "tool_call", "tool_result", "source", "text", "file", "data", "data", "data"]
    assert (kinds(message), message.verdict.stream, message.verdict.finish) == (types, "complete", "stop")
    assert digest(message.text) == "5564d8dbc8f1"
    assert message.usage == {"inputTokens": 12, "outputTokens": 34}
