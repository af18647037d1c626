"""Cutting a stream loses nothing, and cuts where records end as far as they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.formats.cutting import CUTS, Cutter
from tests.reading import cut, hostile


def _cut(format: str, size: int, *chunks: bytes) -> list[bytes]:
    cutter = Cutter(format, size)
    return [segment for chunk in chunks for segment in cutter.feed(chunk)] + cutter.finish()


@pytest.mark.parametrize("format", CUTS)
@given(st.data())
def test_no_byte_is_lost(format: str, data: st.DataObject) -> None:
    stream = data.draw(hostile(format))
    chunks = cut(stream, data.draw(st.lists(st.integers(0, 60), max_size=8)))
    size = data.draw(st.integers(1, 40))
    segments = _cut(format, size, *chunks)
    assert b"".join(segments) == stream
    assert all(segments)
    assert all(len(segment) <= size for segment in segments)


@pytest.mark.parametrize(
    ("format", "stream", "segments"),
    [
        ("sse", b"data: 1\n\ndata: 2\n\ndata", [b"data: 1\n\ndata: 2\n\n", b"data"]),
        ("sse", b"data: 1\r\n\r\ndata: 2\r\n", [b"data: 1\r\n\r\n", b"data: 2\r\n"]),
        ("sse", b"data: 1\r\rdata: 2222222\r", [b"data: 1\r\r", b"data: 2222222\r"]),
        ("ndjson", b"[1]\n[2]\n[3]\n[4]\n[5]\n[", [b"[1]\n[2]\n[3]\n[4]\n[5]\n", b"["]),
        ("stream+json", b'{\n "a": {}\n}\n{\n "a": {}\n', [b'{\n "a": {}\n}', b'\n{\n "a": {}\n']),
        ("stream+json", b"[\n1\n]\n[\n2222222222222\n", [b"[\n1\n]", b"\n[\n2222222222222\n"]),
        ("records", b'{"text":"a"}\r\n{"text":', [b'{"text":"a"}', b'\r\n{"text":']),
        ("json-seq", b"\x1e111111\n\x1e22222222222\n", [b"\x1e111111\n", b"\x1e22222222222\n"]),
        ("vercel-data-stream", b'd:{"a":111}\n0:"cut off here', [b'd:{"a":111}\n', b'0:"cut off here']),
    ],
)
def test_it_is_cut_where_a_record_ends(format: str, stream: bytes, segments: list[bytes]) -> None:
    assert _cut(format, 20, stream) == segments


def test_what_has_no_place_to_cut_is_cut_anywhere() -> None:
    assert _cut("ndjson", 4, b"aaaa", b"aaaa", b"a") == [b"aaaa", b"aaaa", b"a"]


def test_a_place_far_before_the_end_is_found() -> None:
    rest = b"a" * 100_000
    assert _cut("ndjson", 90_000, b"1\n" + rest) == [b"1\n", rest[:90_000], rest[90_000:]]
