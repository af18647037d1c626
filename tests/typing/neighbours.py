"""Read by mypy and pyright, never run: filters that do not fit are refused, those that do keep their types.

Both tools report an ignore comment that is not needed, so each of them proves a refusal.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import assert_type

import streamconv
from streamconv import Filter, Record, arun, decoder, each, encoder, keep, pipe, run
from streamconv.filters import Events, Take

chunks: list[bytes] = []
batches: list[list[Record]] = []


# What fits.
assert_type(run(chunks, decoder("sse")), Iterator[Record])
assert_type(run(chunks, decoder("sse"), encoder("ndjson")), Iterator[bytes])
assert_type(run(batches, encoder("ndjson")), Iterator[bytes])
assert_type(run(chunks, decoder("sse"), Events("message"), Take(3), encoder("sse")), Iterator[bytes])
assert_type(pipe(decoder("sse"), Take(1)), Filter[bytes, list[Record]])
assert_type(pipe(decoder("sse"), Take(1), encoder("sse")), Filter[bytes, bytes])
run(chunks, decoder("sse"), keep(lambda record: record.type == "error"), encoder("ndjson"))
run(chunks, decoder("sse"), each(lambda record: record.replace(id=None)), encoder("ndjson"))


def length(record: Record) -> int:
    return len(record.raw)


assert_type(run(chunks, decoder("sse"), each(length)), Iterator[int])


async def awaited(later: AsyncIterable[bytes]) -> None:
    assert_type(arun(later, decoder("sse")), AsyncIterator[Record])
    assert_type(arun(later, decoder("sse"), encoder("ndjson")), AsyncIterator[bytes])
    arun(chunks, decoder("sse"))  # type: ignore[call-overload]


# What does not.
run(chunks, encoder("ndjson"))  # type: ignore[misc, arg-type]
run(chunks, decoder("sse"), decoder("sse"))  # type: ignore[misc]
run(chunks, encoder("sse"), decoder("sse"))  # type: ignore[misc]
run(batches, decoder("sse"))  # type: ignore[misc]
pipe(encoder("ndjson"), encoder("ndjson"))  # type: ignore[misc]
pipe(decoder("sse"), decoder("ndjson"))  # type: ignore[misc]
pipe(Take(1), decoder("ndjson"))  # type: ignore[misc]
pipe(decoder("sse"), each(length), encoder("ndjson"))  # type: ignore[misc]
run("text", decoder("sse"))  # type: ignore[misc]
streamconv.read("a.sse", control="yes")  # type: ignore[arg-type]
wrong: Filter[bytes, bytes] = decoder("sse")  # type: ignore[assignment]
