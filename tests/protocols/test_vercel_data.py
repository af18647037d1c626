"""Data streams of the Vercel AI SDK 4: parts with one-letter codes add up to the message of `useChat`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamconv import Record, convert, read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message, Part
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Open, Sign, Start, Usage

USAGE = {"promptTokens": 3, "completionTokens": 4}
TOOLS = b"""f:{"messageId":"msg-1"}
g:"Let me "
g:"look."
j:{"signature":"abc"}
i:{"data":"sealed"}
g:"Now."
b:{"toolCallId":"c1","toolName":"weather"}
c:{"toolCallId":"c1","argsTextDelta":"{\\"city\\": \\"Os"}
c:{"toolCallId":"c1","argsTextDelta":"lo\\"}"}
9:{"toolCallId":"c1","toolName":"weather","args":{"city":"Oslo"}}
a:{"toolCallId":"c1","result":"rain"}
e:{"finishReason":"tool-calls","usage":{"promptTokens":1,"completionTokens":2},"isContinued":false}
f:{"messageId":"msg-1"}
0:"It "
e:{"finishReason":"length","isContinued":true}
f:{"messageId":"msg-1"}
0:"rains."
h:{"sourceType":"url","id":"s1","url":"https://example.com"}
k:{"data":"aGk=","mimeType":"text/plain"}
2:[{"n":1},2]
8:["seen"]
e:{"finishReason":"stop","isContinued":false}
d:{"finishReason":"stop","usage":{"promptTokens":3,"completionTokens":4}}
8:["late"]
0:"after the end"
"""


def records(stream: bytes, format: str = "vercel-data-stream") -> list[Record]:
    return [*read(stream, format, control=True, report=lambda problem: None)]


def assembled(stream: bytes) -> Message:
    assembler = Assembler()
    assembler.feed(records(stream))
    assembler.finish()
    return assembler.snapshot()


def signs(stream: bytes) -> list[Sign]:
    return [sign for _, sign in Assembler().feed(records(stream))]


def test_the_message_of_use_chat() -> None:
    call = {"toolCallId": "c1", "toolName": "weather", "args": {"city": "Oslo"}, "result": "rain"}
    invocation = {"state": "result", "step": 0, **call}
    details = [
        {"type": "text", "text": "Let me look.", "signature": "abc"},
        {"type": "redacted", "data": "sealed"},
        {"type": "text", "text": "Now."},
    ]
    message = assembled(TOOLS)
    assert message.native == {
        "id": "msg-1",
        "role": "assistant",
        "content": "It rains.",
        "reasoning": "Let me look.Now.",
        "parts": [
            {"type": "step-start"},
            {"type": "reasoning", "reasoning": "Let me look.Now.", "details": details},
            {"type": "tool-invocation", "toolInvocation": invocation},
            {"type": "step-start"},
            {"type": "text", "text": "It rains."},
            {"type": "step-start"},
            {"type": "source", "source": {"sourceType": "url", "id": "s1", "url": "https://example.com"}},
            {"type": "file", "data": "aGk=", "mimeType": "text/plain"},
        ],
        "toolInvocations": [invocation],
        "annotations": ["seen", "late"],
        "data": [{"n": 1}, 2],
    }
    assert (message.verdict.stream, message.verdict.finish, message.usage) == ("complete", "stop", USAGE)


def test_its_parts_in_the_common_shape() -> None:
    reasoning, call, result, text, source, file, *data = assembled(TOOLS).choice().parts
    sealed = [{"type": "text", "text": "Let me look.", "signature": "abc"}, {"type": "redacted", "data": "sealed"}]
    assert reasoning == Part("reasoning", "Let me look.Now.", value={"details": sealed})
    assert call == Part("tool_call", '{"city": "Oslo"}', "c1", "weather", {"city": "Oslo"})
    assert result == Part("tool_result", "rain", "c1", "weather")
    assert text == Part("text", "It rains.")
    assert [source.type, file.type] == ["source", "file"]
    assert [part.value for part in data] == [
        {"type": "data", "data": {"n": 1}},
        {"type": "data", "data": 2},
        {"type": "message_annotations", "annotation": "seen"},
        {"type": "message_annotations", "annotation": "late"},
    ]


def test_the_signs_of_a_message() -> None:
    assert signs(TOOLS) == [
        Start("msg-1"),
        Delta("reasoning 0", "reasoning", "Let me "),
        Delta("reasoning 0", "reasoning", "look."),
        Delta("reasoning 0", "reasoning", "Now."),
        Open("tool c1"),
        Call("tool c1", 0, "c1", "weather"),
        Delta("tool c1", "arguments", '{"city": "Os'),
        Delta("tool c1", "arguments", 'lo"}'),
        Close("tool c1"),
        Usage(),
        Delta("text 1", "text", "It "),
        Delta("text 2", "text", "rains."),
        Usage(),
        Finish("stop"),
        End(),
    ]


@pytest.mark.parametrize("lines", range(1, 23))
def test_before_its_end_it_is_not_complete(lines: int) -> None:
    message = assembled(b"".join(TOOLS.splitlines(keepends=True)[:lines]))
    assert message.verdict.stream == "no-terminator"


def test_a_truncated_call_never_looks_complete() -> None:
    message = assembled(b"".join(TOOLS.splitlines(keepends=True)[:9]))
    assert message.choice().parts[-1] == Part("tool_call", '{"city": "Oslo"}', "c1", "weather", partial=True)
    (invocation,) = message.native["toolInvocations"]
    assert invocation == {
        "state": "partial-call",
        "step": 0,
        "toolCallId": "c1",
        "toolName": "weather",
        "argsText": '{"city": "Oslo"}',
    }


def test_text_is_partial_until_its_step_ends() -> None:
    assert assembled(b'0:"a"\n').choice().parts == (Part("text", "a", partial=True),)
    assert assembled(b'0:"a"\ne:{"isContinued":false}\n').choice().parts == (Part("text", "a"),)
    assert "id" not in assembled(b'0:"a"\n').native


def test_an_error_is_said_and_what_follows_is_read() -> None:
    message = assembled(b'0:"a"\n3:"boom"\n3:"again"\nd:{"finishReason":"error"}\n')
    assert (message.error, message.verdict.stream, message.verdict.finish) == ("boom", "in-band-error", "error")
    assert signs(b"3:{}\n") == [Error("")]


def test_results_of_calls_that_never_came_and_shapes_that_nobody_knows() -> None:
    message = assembled(
        b'a:{"toolCallId":"x","result":{"n":1}}\n4:{"id":"a"}\n0:7\nj:{"signature":1}\nf:{}\nc:{"toolCallId":"y"}\n'
    )
    deep = b"[" * 2000 + b"]" * 2000
    parts = message.choice().parts
    assert [(part.type, part.id, part.value) for part in parts] == [
        ("tool_call", "x", None),
        ("tool_result", "x", {"n": 1}),
        ("data", None, {"type": "assistant_message", "value": {"id": "a"}}),
        ("data", None, {"type": "text", "value": 7}),
        ("tool_call", "y", None),
    ]
    assert assembled(b"h:" + deep + b"\n").native["parts"][0]["source"] == deep.decode()


def test_it_is_known_by_its_parts_where_another_format_carries_them() -> None:
    carried = b"".join(convert(TOOLS, to="records", format="vercel-data-stream"))
    assembler = Assembler()
    assembler.feed(records(carried, "records"))
    message = assembler.snapshot()
    assert (message.protocol, message.text, message.verdict.stream) == ("vercel-data", "It rains.", "complete")


def test_scalars_are_their_values() -> None:
    event: dict[str, Any] = json.loads('{"content": "\\u4eca\\ud83d\\ude00"}')
    assert assembled(b'0:"\\u4eca\\ud83d\\ude00"\n').text == event["content"]
