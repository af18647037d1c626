"""Filters, their composition, the two drivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from streamconv import Record, TimedBytes, arun, decoder, each, encoder, keep, pipe, run
from streamconv.filters import Skip, Tail, Take
from streamconv.pipeline import BLOCK, blocks

STREAM = b"".join(b"data: %d\n\n" % number for number in range(1, 7))


def test_a_pipe_is_a_filter() -> None:
    chain = pipe(decoder("sse"), encoder("ndjson", payload="json"))
    assert chain.feed(b"data: 1\n") == b""
    assert chain.feed(b"\ndata: 2\n\n") == b"1\n2\n"
    assert chain.finish() == b""


def test_finish_passes_what_each_filter_held_back_through_the_next() -> None:
    chain = pipe(decoder("ndjson"), Tail(2), encoder("json"))
    assert chain.feed(b"{}\n[]\n[1]") == b""
    assert chain.finish() == b"[[]\n,[1]\n]\n"


def test_run_flattens_batches_and_leaves_out_empty_bytes() -> None:
    assert [record.data for record in run([STREAM], decoder("sse"), Skip(4))] == ["5", "6"]
    assert [*run([b"data: 1\n", b"\n"], decoder("sse"), encoder("raw"))] == [b"data: 1\n\n"]
    assert [*run([[Record(data="{}")]], encoder("ndjson"))] == [b"{}\n"]
    assert [*run([], decoder("sse"))] == []


def test_done_stops_the_reading_and_finishes_what_stands_after() -> None:
    read: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(1, 100):
            read.append(number)
            yield b"data: {}\n\ndata: cut"

    written = run(chunks(), decoder("sse"), Take(2), encoder("json", payload="text"))
    # The cut event is not spoken of: the input was left, it did not end.
    assert b"".join(written) == b'["{}"\n,"cutdata: {}"\n]\n'
    assert read == [1, 2]


def test_done_inside_a_pipe_inside_a_pipe() -> None:
    inner = pipe(decoder("sse"), pipe(Take(3), Tail(1)))
    assert [record.data for record in run([STREAM, STREAM], pipe(inner, Tail(5)))] == ["3"]


def test_nothing_is_read_past_a_take_of_nothing() -> None:
    assert [*run([STREAM], decoder("sse"), Take(0), encoder("json"))] == [b"[]\n"]


def test_arun_is_run_over_chunks_that_are_awaited() -> None:
    read: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            read.append(number)
            yield STREAM

    async def collect() -> list[str | None]:
        return [record.data async for record in arun(chunks(), decoder("sse"), Take(8))]

    assert asyncio.run(collect()) == ["1", "2", "3", "4", "5", "6", "1", "2"]
    assert read == [0, 1]


def test_each_and_keep_lift_plain_functions() -> None:
    chain = run([STREAM], decoder("sse"), keep(lambda record: record.data != "2"), each(lambda record: record.data))
    assert [*chain] == ["1", "3", "4", "5", "6"]
    assert [*run([[Record(data="1", id="7")]], each(lambda record: record.replace(id=None)))] == [Record(data="1")]
    assert keep(bool).finish() == []


def test_a_huge_chunk_is_cut_into_blocks_that_keep_its_time() -> None:
    assert [*blocks(b"x" * BLOCK)] == [b"x" * BLOCK]
    assert [*map(len, blocks(b"x" * (2 * BLOCK + 1)))] == [BLOCK, BLOCK, 1]
    assert {piece.time for piece in blocks(TimedBytes(b"x" * (BLOCK + 1), 1.5))} == {1.5}
    assert [*blocks([1, 2])] == [[1, 2]]
    with pytest.raises(TypeError):
        TimedBytes(b"x")  # type: ignore[call-arg]
