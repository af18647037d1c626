"""Assembler: what records say, as they come; Message: what they add up to, in one shape for all providers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import streamconv
from streamconv import Assembler, Message, StreamError, aassemble, assemble
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.registry import find, protocol_of
from streamconv.protocols.sign import Delta, End, Finish, Start
from tests.conftest import FIXTURES
from tests.protocols.test_ending import HELLO, WHOLE, chunk, sse
from tests.reading import decode


def test_the_message_of_a_fixture() -> None:
    message = assemble(FIXTURES / "openai-chat.sse")
    assert message.protocol == "openai-chat"
    assert message.text == "Hello, world!"
    assert (message.id, message.model) == ("chatcmpl-1", "test-model")
    assert message.usage == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert message.choice(0).finish == "stop"
    assert message.choice(7) == Choice(7)
    assert message.verdict.complete
    assert message.native["object"] == "chat.completion"


def test_one_shape_for_all_providers() -> None:
    assert assemble(FIXTURES / "anthropic.sse").normalized() == {
        "protocol": "anthropic-messages",
        "id": "msg_1",
        "model": "test-model",
        "role": "assistant",
        "parts": [{"type": "text", "text": "Hello, world!"}],
        "finish": "stop",
        "reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 4},
        "verdict": {"stream": "complete", "finish": "stop", "evidence": "message_stop", "number": 10, "line": 28},
    }
    assert Message(protocol=None).normalized() == {
        "parts": [],
        "role": None,
        "finish": None,
        "verdict": {"stream": "unknown", "finish": None, "evidence": "nothing was read", "number": None, "line": None},
    }
    assert Message(protocol=None).text == ""


def test_several_choices_are_all_there() -> None:
    two = sse(chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk({}, "stop"), "[DONE]")
    normalized = assemble(two).normalized()
    assert [choice["index"] for choice in normalized["choices"]] == [0, 1]
    assert normalized["parts"] == normalized["choices"][0]["parts"]


def test_what_is_said_comes_with_its_record_once_the_protocol_is_known() -> None:
    assembler = Assembler()
    first = decode("sse", [b'event: ping\ndata: {"type":"ping"}\n\n'])
    assert assembler.feed(first) == []
    said = assembler.feed(decode("sse", [WHOLE]))
    assert [type(sign) for _, sign in said if isinstance(sign, Start | Delta | Finish | End)] == [
        Start,
        Delta,
        Finish,
        End,
    ]
    assert all(record.kind == "event" for record, _ in said)
    assert assembler.evidence
    assert assembler.finish() == []


def test_a_protocol_must_show_itself_in_the_first_events() -> None:
    late = Assembler()
    late.feed(decode("sse", [sse(*[{"n": 1}] * 31), WHOLE]))
    assert late.snapshot().protocol == "openai-chat"
    too_late = Assembler()
    too_late.feed(decode("sse", [sse(*[{"n": 1}] * 32), WHOLE]))
    assert too_late.snapshot().protocol is None
    assert too_late.gave_up


def test_it_gives_up_at_once_and_only_where_no_protocol_can_show_itself_any_more() -> None:
    assembler = Assembler()
    assembler.feed(decode("sse", [sse(*[{"n": 1}] * 31)]))
    assert not assembler.gave_up
    assembler.feed(decode("sse", [sse({"n": 1})]))
    assert assembler.gave_up
    assert not Assembler(find("gemini")()).gave_up
    over = Assembler()
    over.feed(decode("sse", [sse({"n": 1})]))
    over.finish()
    assert over.gave_up


def test_a_protocol_that_was_asked_for_is_not_looked_for() -> None:
    assembler = Assembler(find("gemini")())
    assert assembler.evidence == "asked for"
    assembler.feed(decode("sse", [WHOLE]))
    assert assembler.snapshot().protocol == "gemini"


def test_a_protocol_or_a_path() -> None:
    assert protocol_of(None) is None
    with pytest.raises(ValueError, match="a path is for streams of no known protocol"):
        assemble(b"", protocol="gemini", path="a")
    assert assemble(sse({"a": "x"}, {"a": "y"}), path="a").text == "xy"
    with pytest.raises(ValueError, match="JMESPath"):
        assemble(b"", path="a[")


def test_an_invalid_record_raises_unless_it_is_reported() -> None:
    lines = b'{"model":"m","created_at":"t","response":"a","done":false}\n{nonsense\n'
    with pytest.raises(StreamError):
        assemble(lines)
    problems: list[streamconv.Problem] = []
    assert assemble(lines, report=problems.append).text == "a"
    assert [problem.rule for problem in problems] == ["ndjson-invalid-json"]


def test_the_same_for_what_is_awaited() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(WHOLE), 7):
            yield WHOLE[at : at + 7]

    assert asyncio.run(aassemble(chunks())) == assemble(WHOLE)
    assert asyncio.run(aassemble(chunks(), path="choices[0].delta.content")).text == "你好"


def test_one_stream_of_a_container(tmp_path: Path) -> None:
    with pytest.raises(streamconv.CaptureError, match="streams"):
        assemble(FIXTURES / "captures" / "chromium.har")
    assert assemble(FIXTURES / "captures" / "chromium.har", entry="*/chat.ndjson").text == "Hello, world!"


def test_halves_of_a_character_in_two_fragments_become_one() -> None:
    grown = Growing("a\ud83d")
    grown.append("\ude00")
    assert str(grown) == "a😀"
    assert grown.grow("a😀b") == "b"
    grown.append("\ud83d")
    assert str(grown) == "a😀b\ud83d"  # a lone one stays what it is


def test_a_part_says_only_what_it_has() -> None:
    assert repr(Part("text", "a")).startswith("Part(type='text', text='a'")
    assert assemble(HELLO).choice().parts == (Part("text", "你好"),)


@pytest.mark.parametrize(
    "first", ['{"id":"c","object":"chat.completion.chunk","choices":[]}', '{"jsonrpc":"2.0","id":1}']
)
def test_of_two_errors_the_first_is_kept_and_judged(first: str) -> None:
    records = decode("sse", [f'data: {first}\n\ndata: {{"error":"one"}}\n\ndata: {{"error":"two"}}\n\n'.encode()])
    assembler = Assembler()
    assembler.feed(records)
    message = assembler.snapshot()
    assert message.error == "one"
    assert message.verdict.evidence == "an error in the stream: one"


def test_an_error_that_says_nothing_does_not_hide_the_one_after_it() -> None:
    started = b'data: {"id":"c","object":"chat.completion.chunk","choices":[]}\n\n'
    assert assemble(started + b'event: error\ndata:\n\ndata: {"error":"two"}\n\n').error == "two"
