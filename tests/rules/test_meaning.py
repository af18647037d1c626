"""What is listened to, and for how long: recognition, the records that pass as alike, memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Problem
from streamconv.protocols import PATIENCE, Protocol, recognise
from streamconv.protocols.event import Event, event_of
from streamconv.protocols.sign import Delta, Whole
from streamconv.rules import RULES, Checker, selected
from streamconv.rules.alike import Alike
from streamconv.rules.llm import BEGIN, END_TURN, HI, MESSAGE_STOP, STOP, block, chat
from streamconv.rules.llm_tools import call
from tests.protocols.streams import streams
from tests.reading import decode
from tests.rules.judging import judge, names

DONE = b"data: [DONE]\n\n"


def _asking_always(format: str, stream: bytes) -> list[Problem]:
    """What is found where no record is taken for one that is like another."""
    checker = Checker(format, RULES)
    checker._alike._futile = 64  # as where nothing was like any sample
    return checker.feed(stream) + checker.finish()


def _alike(stream: bytes, format: str = "sse") -> list[bool]:
    """Of each record, whether it passes as alike after the records before it were samples."""
    alike = Alike()
    said = []
    for record in decode(format, [stream]):
        said.append(alike(record))
        if not said[-1]:
            alike.learn(record)
    return said


# Records alike.


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b"}\n\n', True),
        (b'data: {"content":""}\n\n', b'data: {"content":"b \\n \\" \\u4eca \\\\"}\n\n', True),
        (b'data: {"content" : "a","n":1}\n\n', b'data: {"content" : "b","n":1}\n\n', True),
        (b'data: {"text":"a","delta":"b"}\n\n', b'data: {"text":"","delta":""}\n\n', True),
        (b'event: x\ndata: {"text":"a"}\n\n', b'event: x\ndata: {"text":"b"}\n\n', True),
        (b'data: {"content":"a"}\n\n', 'data: {"content":"今天"}\n\n'.encode(), True),
        (b'data: {"n":1}\n\n', b'data: {"n":1}\n\n', True),
        # Anything else differs, or is to be looked at.
        (b'data: {"content":"a"}\n\n', b'data: {"content":null}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b","n":1}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b"} \n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b\\"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\ud83d\\ude42"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\x"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\x00"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\xff"}\n\n', False),
        (b'data: {"content":"a"}\n\n', 'data: {"content":"\u2028"}\n\n'.encode(), False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"' + b"x" * 300_000 + b'"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'event: x\ndata: {"content":"a"}\n\n', False),
        (b'data: {"finish_reason":"a"}\n\n', b'data: {"finish_reason":"b"}\n\n', False),
        (b'id: 1\ndata: {"content":"a"}\n\n', b'id: 1\ndata: {"content":"a"}\n\n', False),
        (b": ping\n\n", b": ping\n\n", False),
    ],
)
def test_records_alike(one: bytes, other: bytes, expected: bool) -> None:
    assert _alike(one + other) == [False, expected]


def test_a_record_that_knows_when_it_came_is_never_alike() -> None:
    alike = Alike()
    record = decode("sse", [b'data: {"content":"a"}\n\n'])[0]
    alike.learn(record)
    assert alike(record)
    assert not alike(record.replace(time=0.5))
    alike.forget()
    assert not alike(record)


def test_a_few_samples_are_kept_and_none_are_taken_where_nothing_is_like_them() -> None:
    kinds = b"".join(b'data: {"content":"a","n":%d}\n\n' % n for n in range(4))
    assert _alike(kinds * 2) == [False] * 4 + [True] * 4
    kinds += b'data: {"content":"a","n":4}\n\n'
    assert not any(_alike(kinds * 2))
    never = b"".join(b'data: {"content":"a","n":%d}\n\n' % n for n in range(70))
    assert _alike(never + b'data: {"content":"a","n":69}\n\n' * 2)[-2:] == [False, False]


WORDS = b"".join(chat({"content": f"{n}"}) for n in range(20))
TWO = b"".join(chat({"content": f"{n}"}, choice=n % 2) for n in range(20))


@pytest.mark.parametrize(
    "stream",
    [
        HI + WORDS + STOP + DONE,
        HI + TWO + STOP + DONE,
        HI + WORDS + chat({}, usage={"n": 1}) + WORDS + STOP + DONE,
        HI + WORDS + STOP + DONE + WORDS,
        HI + WORDS + b"data: {\n\n" + WORDS + b"data:x\n\n" + WORDS,
        BEGIN + block(*"abcdefgh") + END_TURN + MESSAGE_STOP,
        BEGIN + block(*"abcdefgh").replace(b"content_block_start", b"ping") + block(*"abc", index=1) + MESSAGE_STOP,
    ],
)
def test_nothing_is_passed_over_because_it_is_alike(stream: bytes) -> None:
    assert judge("sse", [stream]) == _asking_always("sse", stream)


@given(st.lists(st.integers(0, 11), max_size=30))
def test_nothing_is_passed_over_in_any_order(order: list[int]) -> None:
    """Whatever comes between records that are alike, the problems are those of asking about every record."""
    pieces = [
        *(chat({"content": "a"}), chat({"content": "b"}), chat({"content": "a"}, choice=1), chat({"content": ""})),
        *(STOP, chat({}, "length"), chat({}, usage={"n": 1}), DONE, b": ping\n\n"),
        *(b'data: {"error":{"message":"x"}}\n\n', chat({"content": "\u2028"}), chat({"content": "x"}, "stop", 1)),
    ]
    stream = HI + b"".join(pieces[index] for index in order)
    assert judge("sse", [stream]) == _asking_always("sse", stream)


def test_nothing_is_passed_over_in_real_streams(captures: Path) -> None:
    for stream in streams(captures):
        assert judge(stream.format, [stream.data]) == _asking_always(stream.format, stream.data), stream.name


# Listening.


def test_who_does_not_select_the_family_pays_nothing() -> None:
    assert names("sse", HI, rules=selected(["sse"])) == []
    assert Checker("sse", selected(["sse"]))._meaning is None


def test_one_rule_alone_says_what_it_says_among_all() -> None:
    stream = BEGIN + block("Hi") + MESSAGE_STOP + BEGIN
    together = judge("sse", [stream], selected(["llm"]))
    alone = [problem for rule in selected(["llm"]) for problem in judge("sse", [stream], [rule])]
    assert sorted(map(str, together)) == sorted(map(str, alone))
    assert len(together) == 2


def test_long_streams_take_no_more_memory_than_short_ones() -> None:
    """The text is not kept, also where no record is like another."""
    checker = Checker("sse", selected(["llm"]))
    odd = {"content": [{"token": "x", "logprob": 0}]}
    chunks = [
        b"".join(chat({"content": "x" * 1000}, logprobs=odd, created=n) for n in range(at, at + 300))
        for at in range(0, 3000, 300)
    ]
    checker.feed(chunks[0])
    tracemalloc.start(1)
    try:
        for chunk in chunks[1:]:
            assert checker.feed(chunk) == []
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000  # of 3 MB


def _protocol_of(events: list[Event]) -> type[Protocol] | None:
    return next((found[0] for event in events[:PATIENCE] if (found := recognise(event)) is not None), None)


def _spoken(captures: Path) -> Iterator[tuple[str, type[Protocol], list[Event]]]:
    """The name of each stream that is of a protocol, that, and its events."""
    for stream in streams(captures):
        events = [event_of(record) for record in stream.records() if record.kind == "event" and not record.is_end]
        protocol = _protocol_of(events)
        if protocol is not None:
            yield stream.name, protocol, events


def _signs(protocol: type[Protocol], events: list[Event]) -> int:
    """How many signs there are; fails unless they are the same where all is forgotten after every event."""
    keeps, forgets = protocol(), protocol()
    told = 0
    for event in events:
        signs = [*forgets.take(event)]
        forgets.forget()
        assert [*keeps.take(event)] == signs
        told += len(signs)
    return told


_TEXT = b'data: {"id":"c","object":"text_completion","choices":[{"index":0,"text":"a","finish_reason":null}]}\n\n'


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (HI + WORDS + TWO + STOP, 43),
        (
            call(0, "{", id="a", name="x")
            + call(1, "{", id="b", name="y")
            + call(0, "}")
            + call(0, "{", id="c", name="z"),
            9,
        ),
        (HI + STOP + (HI + STOP).replace(b'"c1"', b'"c2"'), 6),
        (_TEXT * 3 + _TEXT.replace(b"null", b'"stop"'), 6),
        (BEGIN + block("a") + block("b", index=1) + END_TURN + MESSAGE_STOP, 10),
    ],
)
def test_what_is_forgotten_changes_no_sign(stream: bytes, told: int) -> None:
    events = [event_of(record) for record in decode("sse", [stream])]
    protocol = _protocol_of(events)
    assert protocol is not None
    assert _signs(protocol, events) == told


def test_what_is_forgotten_changes_no_sign_of_real_streams(captures: Path) -> None:
    assert sum(_signs(protocol, events) for _, protocol, events in _spoken(captures)) > 5000


# Protocols that repeat something else than the sum of their deltas.
_OTHERWISE = {"hugging-face-tgi": "generated_text begins with the prompt where return_full_text asks for it"}


def test_who_repeats_a_text_says_so(captures: Path) -> None:
    """Of all others, text that is alike is not heard again, so it could not be summed."""
    for name, protocol, events in _spoken(captures):
        speaker = protocol()
        signs = [sign for event in events for sign in speaker.take(event)]
        parts = {sign.part for sign in signs if isinstance(sign, Delta)}
        if any(isinstance(sign, Whole) and sign.part in parts for sign in signs):
            assert protocol.repeats or protocol.name in _OTHERWISE, (name, protocol.name)
