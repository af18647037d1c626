"""The laws that every decoder keeps, over arbitrary bytes and cuts.

1. Any bytes, any chunking: the same records in all attributes but `time`.
2. The raw bytes of all records, joined, are the input.
3. Content never raises; too large a record comes as invalid pieces of exactly the limit, and reading goes on after it.
4. Time is linear and memory bounded by the largest record, in the smallest and in the largest chunks.
"""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv import Record, decoder, run
from streamconv.formats.faults import fault
from tests.aws_messages import event, message, prelude
from tests.reading import READABLE, bytewise, cut, decode, everything, framed, hostile


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_chunking_changes_nothing_and_no_byte_is_lost(format: str, data: st.DataObject) -> None:
    stream = data.draw(hostile(format))
    cuts = data.draw(st.lists(st.integers(0, 60), max_size=5))
    limit = data.draw(st.sampled_from([1, 2, 7, 20, 2**26]))
    whole = decode(format, [stream], limit)
    assert b"".join(record.raw for record in whole) == stream
    said = [*map(everything, whole)]
    assert [*map(everything, decode(format, cut(stream, cuts), limit))] == said
    assert [*map(everything, decode(format, bytewise(stream), limit))] == said
    assert all(len(record.raw) <= limit for record in whole)
    _places_are_right(stream, whole)


@settings(max_examples=2 * settings().max_examples)
@given(framed(), st.lists(st.integers(0, 2000), max_size=4), st.sampled_from([600, 2**26]))
def test_blocks_are_read_as_their_lines_are(stream: bytes, cuts: list[int], limit: int) -> None:
    """A block of regular frames goes another way than single bytes do, and says the same."""
    said = [*map(everything, decode("sse", bytewise(stream), limit))]
    assert [*map(everything, decode("sse", [stream], limit))] == said
    assert [*map(everything, decode("sse", cut(stream, cuts), limit))] == said


def _places_are_right(stream: bytes, records: list[Record]) -> None:
    """Offsets count bytes and lie inside the record; every fault has a place in it and words for it."""
    at = 0
    for record in records:
        assert at <= record.offset <= at + len(record.raw)
        at += len(record.raw)
        if record.kind in ("invalid", "incomplete"):
            problem = fault(record)
            assert problem.message
            assert problem.offset is not None
            assert record.offset <= problem.offset <= at


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_numbers_count_events_only_and_lines_count_line_ends(format: str, data: st.DataObject) -> None:
    stream = data.draw(hostile(format))
    records = decode(format, [stream])
    numbers = [record.number for record in records if record.kind == "event"]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert all(record.number is None for record in records if record.kind != "event")
    if format == "aws-eventstream":
        assert {record.line for record in records} <= {1}  # it has no lines
    elif format != "sse":
        for record in records:
            assert record.line == stream.count(b"\n", 0, record.offset) + 1


LARGE = 2_000_000
HUGE_RECORDS = {
    "sse": b"data: " + b"x" * LARGE + b"\n\n",
    "ndjson": b'{"a":"' + b"x" * LARGE + b'"}\n',
    "stream+json": b'{"a":"' + b"x" * LARGE + b'"}\n',
    "json": b'[{"a":"' + b"x" * LARGE + b'"}]',
    "json-seq": b'\x1e{"a":"' + b"x" * LARGE + b'"}\n',
    "records": b'{"text":"' + b"x" * LARGE + b'"}\n',
    "aws-eventstream": event("x", b"x" * LARGE),
    "vercel-data-stream": b'0:"' + b"x" * LARGE + b'"\n',
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("format", READABLE)
def test_a_huge_record_in_tiny_chunks_is_read_once(format: str) -> None:
    """Reading the prefix again with every chunk would take hours here: 2 MB in chunks of 2 bytes are a million."""
    data = HUGE_RECORDS[format]
    records = decode(format, (data[at : at + 2] for at in range(0, len(data), 2)))
    assert [record.kind for record in records if record.kind != "control"] == ["event"]
    assert len(records[0].data or "") >= LARGE


SHAPES = {
    "one long string": b'{"a":"' + b"x" * LARGE,
    "one long number": b"1" * LARGE,
    "white space": b" " * LARGE,
    "brackets": b"[" * LARGE,
    "blank lines": b"\n" * 300_000,
    "values on one line": b"{}" * 300_000,
    "bytes that are not UTF-8": b"\xff" * LARGE,
    "bad lines that open brackets": b'{"a":[[[[x\n' * 100_000,
    "commas": b"," * 300_000,
    "record separators": b"\x1e" * 300_000,
    "carriage returns": b"\r" * 300_000,
    "escapes": b'"' + b"\\u0041" * 300_000,
    "NUL bytes": b"\0" * LARGE,
    "preludes that promise much": prelude(LARGE, 0) * 100_000,
    "preludes inside preludes": (prelude(LARGE, 0) + prelude(16, 0) + b"\0\0\0\0") * (LARGE // 28),
    "what may be a prelude": b"\0\0\1\0\0\0\0\x57" * 100_000,
    "headers": message(b"".join(b"\x04%04x\0" % at for at in range(20_000))),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("format", READABLE)
def test_hostile_shapes_end(format: str, shape: str) -> None:
    data = SHAPES[shape]
    chunks = (data[at : at + 4096] for at in range(0, len(data), 4096))
    assert sum(len(record.raw) for record in run(chunks, decoder(format))) == len(data)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("format", READABLE)
def test_memory_is_bounded_by_the_limit_not_the_record(format: str) -> None:
    """A record 60 times the limit goes through without being held."""
    piece = b"x" * 65536
    tracemalloc.start()
    reader = decoder(format, max_record_size=2**20)
    size = 0
    for _ in range(960):
        size += sum(len(record.raw) for record in reader.feed(piece))
    size += sum(len(record.raw) for record in reader.finish())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 960 * 65536
    assert peak < 8 * 2**20


@pytest.mark.usefixtures("unmeasured")
def test_one_huge_chunk_costs_no_more_than_its_records() -> None:
    """The driver cuts it: the batch of a chunk is never the whole chunk's."""
    data = b"data: x\n\n" * 200_000
    tracemalloc.start()
    count = sum(1 for record in run([data], decoder("sse")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 8 * 2**20
