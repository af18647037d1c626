"""A timed capture is taken off where the first bytes say that it is one, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from streamconv import TimedBytes
from streamconv.captures import Capture, Opened, open_stream, parse_chain
from streamconv.formats.timed import MAGIC, Head, TimedWriter
from tests.reading import bytewise

CAPTURE = TimedWriter(Head("a.sse", "text/plain", "POST https://example.com/")).feed(TimedBytes(b"data: 1\n\n", 0.5))


def _open(pieces: Iterable[bytes], chain: str | None = None) -> Capture:
    opened = Opened(iter(pieces), "x.timed")
    return open_stream(opened) if chain is None else open_stream(opened, parse_chain(chain))


@pytest.mark.parametrize("pieces", [[CAPTURE], [*bytewise(CAPTURE)], [CAPTURE[:-1]]])
def test_a_capture_gives_its_chunks_and_tells_its_header(pieces: list[bytes]) -> None:
    capture = _open(pieces)
    chunks = [(chunk, getattr(chunk, "time", None)) for chunk in capture.chunks if chunk]
    assert chunks == [(b"data: 1\n\n", 0.5)]
    assert [layer.name for layer in capture.layers] == ["timed"]
    assert (capture.content_type, capture.method, capture.url) == ("text/plain", "POST", "https://example.com/")
    assert capture.name == "x.timed[timed]"


def test_other_chunks_pass_as_they_are() -> None:
    first = TimedBytes(b"data: x", 1.5)
    assert [chunk for chunk in _open([first, b"y\n\n"]).chunks if chunk] == [b"data: x", b"y\n\n"]


@pytest.mark.parametrize("pieces", [[MAGIC[:5], b"x"], [MAGIC[:5]]])
def test_what_begins_like_a_capture_and_is_none_passes_too(pieces: list[bytes]) -> None:
    capture = _open(pieces)
    assert b"".join(capture.chunks) == b"".join(pieces)
    assert capture.layers == ()


def test_a_capture_that_lost_its_header_is_taken_off_where_it_is_asked_for() -> None:
    assert b"".join(_open([b'{"b":"x"}\n'], "timed").chunks) == b"x"


def test_the_header_may_be_written_by_another_tool() -> None:
    head = {"format": "application/x-streamconv-timed", "version": 1, "source": "x"}
    for indent in ("", " \n"):
        capture = _open([indent.encode(), json.dumps(head).encode() + b'\n{"b": "data: x"}\n'])
        assert b"".join(capture.chunks) == b"data: x"
        assert ([layer.name for layer in capture.layers], capture.source) == (["timed"], "x")
    bare = json.dumps({**head, "format": "application/json"}).encode() + b"\n"
    assert b"".join(_open([bare[:20], bare[20:]]).chunks) == bare


def test_a_capture_inside_a_capture_is_taken_off_too() -> None:
    inside = TimedWriter(Head("outer")).feed(TimedBytes(CAPTURE, 7.0))
    capture = _open([inside])
    assert [chunk.time for chunk in capture.chunks if isinstance(chunk, TimedBytes)] == [0.5]
    assert [layer.name for layer in capture.layers] == ["timed", "timed"]
