"""A timed capture is taken off where the first bytes say that it is one, and nothing else is touched."""

from __future__ import annotations

import pytest

from streamconv import TimedBytes
from streamconv.captures.timed import TimedLayer
from streamconv.formats.timed import MAGIC, Head, TimedWriter
from streamconv.problem import raise_invalid
from tests.reading import bytewise

CAPTURE = TimedWriter(Head("a", "text/plain")).feed(TimedBytes(b"data", 0.5))


def _layer(told: list[Head] | None = None, *, certain: bool = False) -> TimedLayer:
    return TimedLayer(raise_invalid, [].append if told is None else told.append, certain=certain)


@pytest.mark.parametrize("pieces", [[CAPTURE], [*bytewise(CAPTURE)], [CAPTURE[:-1]]])
def test_a_capture_gives_its_chunks_and_tells_its_header(pieces: list[bytes]) -> None:
    told: list[Head] = []
    layer = _layer(told)
    chunks = [chunk for piece in pieces for chunk in layer.feed(piece)] + layer.finish()
    assert [(chunk, getattr(chunk, "time", None)) for chunk in chunks] == [(b"data", 0.5)]
    assert {*told} == {Head("a", "text/plain")}


def test_other_chunks_pass_as_they_are_and_at_once() -> None:
    layer = _layer()
    first = TimedBytes(b"data: x", 1.5)
    assert layer.feed(first)[0] is first
    assert layer.feed(b"y") == [b"y"]
    assert layer.finish() == []


def test_what_begins_like_a_capture_and_is_none_passes_too() -> None:
    layer = _layer()
    start = TimedBytes(MAGIC[:5], 0.5)
    assert layer.feed(start) == []
    chunks = layer.feed(b"x")
    assert chunks == [MAGIC[:5], b"x"]
    assert chunks[0] is start
    ended = _layer()
    ended.feed(MAGIC[:5])
    assert ended.finish() == [MAGIC[:5]]
    assert _layer().finish() == []


def test_a_capture_that_lost_its_header_is_taken_off_where_it_is_certain() -> None:
    told: list[Head] = []
    assert _layer(told, certain=True).feed(b'{"b":"x"}\n') == [b"x"]
    assert told == []
