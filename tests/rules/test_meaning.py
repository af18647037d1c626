"""What is listened to, and for how long: recognition, the records that pass as alike, memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamconv.protocols.event import Event, event_of
from streamconv.protocols.protocol import PATIENCE, Protocol
from streamconv.protocols.registry import recognise
from streamconv.protocols.sign import Delta, Whole
from streamconv.rules import Checker, selected
from streamconv.rules.llm import BEGIN, END_TURN, HI, MESSAGE_STOP, STOP, block, chat
from streamconv.rules.llm_tools import call
from tests.protocols.streams import streams
from tests.reading import decode
from tests.rules.judging import judge, names

DONE = b"data: [DONE]\n\n"
WORDS = b"".join(chat({"content": f"{n}"}) for n in range(20))
TWO = b"".join(chat({"content": f"{n}"}, choice=n % 2) for n in range(20))


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
