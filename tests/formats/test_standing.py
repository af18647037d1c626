"""A decoder reads on from where another one stood, as if nothing had happened; and tells when it cannot be left."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv import Record, decoder
from streamconv.formats.standing import Standing
from tests.reading import cut, decode, everything, framed, hostile

RESUMABLE = ["sse", "ndjson", "stream+json", "json-seq", "records", "vercel-data-stream"]


def relayed(format: str, chunks: list[bytes]) -> tuple[list[Record], int]:
    """Decoded by one decoder after the other, each put in place of the last wherever that one can be left."""
    reader: Any = decoder(format)
    records: list[Record] = []
    changes = 0
    for chunk in chunks:
        records += reader.feed(chunk)
        standing = reader.standing
        if standing is not None:
            reader = decoder(format)
            reader.standing = standing
            assert reader.standing == standing
            changes += 1
    return records + reader.finish(), changes


@pytest.mark.parametrize("format", RESUMABLE)
@settings(max_examples=4 * settings().max_examples)
@given(st.data())
def test_changing_decoders_between_records_changes_nothing(format: str, data: st.DataObject) -> None:
    stream = data.draw(hostile(format))
    chunks = [*cut(stream, data.draw(st.lists(st.integers(0, 60), max_size=8)))]
    records, _ = relayed(format, chunks)
    assert [*map(everything, records)] == [*map(everything, decode(format, [stream]))]


@settings(max_examples=2 * settings().max_examples)
@given(framed(), st.lists(st.integers(0, 2000), max_size=8))
def test_nor_between_frames_that_are_read_at_once(stream: bytes, cuts: list[int]) -> None:
    records, _ = relayed("sse", [*cut(stream, cuts)])
    assert [*map(everything, records)] == [*map(everything, decode("sse", [stream]))]


WHOLE = {
    "sse": [b"id: 1\ndata: {}\n\n", b": c\r\n\r\n", b"data: 2\n\n"],
    "ndjson": [b"[1]\n", b"\n", b"2\r\n"],
    "stream+json": [b'{"a":1}', b"\n[2]", b"\n{}"],
    "json-seq": [b"\x1e1\n", b"\x1e{}\n", b"\x1e[]\n"],
    "records": [b'{"data":{},"id":"7","file":"a"}', b'\n{"text":"x","json":true}', b'\n{"text":"y"}'],
    "vercel-data-stream": [b'0:"a"\n', b"d:{}\n", b"2:[]\n"],
}


@pytest.mark.parametrize("format", RESUMABLE)
def test_between_whole_records_a_decoder_can_be_left(format: str) -> None:
    assert relayed(format, WHOLE[format])[1] == 3


OPEN = {
    "sse": [b"data: 1", b"data: 1\n", b"data: 1\r\n\r", b"data: 1\n\n\r"],
    "ndjson": [b"1"],
    "stream+json": [b'{"a"', b"{} ", b"\xef", b"?"],
    "json-seq": [b"\x1e", b"\x1e1", b"\x1e1 "],
    "records": [b'{"data"'],
    "vercel-data-stream": [b"0:"],
}


@pytest.mark.parametrize("format", RESUMABLE)
def test_inside_a_record_it_cannot(format: str) -> None:
    for start in OPEN[format]:
        reader: Any = decoder(format)
        reader.feed(start)
        assert reader.standing is None, start


@pytest.mark.parametrize("format", RESUMABLE)
def test_nor_inside_a_record_that_is_too_large(format: str) -> None:
    reader: Any = decoder(format, max_record_size=4)
    reader.feed(b'\x1e{"a":"' if format == "json-seq" else b'0:"aaaaaa')
    reader.feed(b"aaaa")
    assert reader.standing is None


@pytest.mark.parametrize("format", RESUMABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_line_number_and_id_only_count_and_hand_on(format: str, data: st.DataObject) -> None:
    """From another line, number or id the same records are read."""
    first: Any = decoder(format)
    first.feed(WHOLE[format][0])
    stands = first.standing
    elsewhere: Any = decoder(format)
    elsewhere.standing = msgspec.structs.replace(
        stands, line=stands.line + 40, number=stands.number + 7, last_event_id="before"
    )
    stream = data.draw(hostile(format))
    for one, other in zip(
        first.feed(stream) + first.finish(), elsewhere.feed(stream) + elsewhere.finish(), strict=True
    ):
        number = None if other.number is None else other.number - 7
        there = other.replace(line=other.line - 40, number=number, last_event_id=one.last_event_id)
        assert everything(there) == everything(one)
        assert other.last_event_id in ("before", one.last_event_id)


def test_what_is_not_remembered_is_as_at_the_start() -> None:
    assert Standing() == decoder("sse").standing == decoder("ndjson").standing  # type: ignore[attr-defined]
