"""Feeding bytes to decoders in every way, and bytes worth feeding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import pairwise

from hypothesis import strategies as st

from streamconv import Record, arun, decoder
from streamconv.formats.pieces import MAX_RECORD_SIZE

READABLE = ["sse", "ndjson", "stream+json", "json", "json-seq", "records"]


def decode(format: str, chunks: Iterable[bytes], max_record_size: int = MAX_RECORD_SIZE) -> list[Record]:
    """All records of these chunks."""
    reader = decoder(format, max_record_size=max_record_size)
    records: list[Record] = []
    for chunk in chunks:
        records += reader.feed(chunk)
    return records + reader.finish()


def adecode(format: str, chunks: Iterable[bytes]) -> list[Record]:
    """The same through the asynchronous driver."""

    async def later() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def collect() -> list[Record]:
        return [record async for record in arun(later(), decoder(format))]

    return asyncio.run(collect())


def bytewise(data: bytes) -> Iterator[bytes]:
    """One byte at a time."""
    return (data[at : at + 1] for at in range(len(data)))


def cut(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """At these offsets."""
    edges = sorted({0, len(data), *(at for at in cuts if at < len(data))})
    return (data[start:end] for start, end in pairwise(edges))


def everything(record: Record) -> tuple[object, ...]:
    """All attributes but the time, which only the source knows."""
    return tuple(getattr(record, name) for name in Record.__struct_fields__ if name != "time")


# Pieces that formats are made of, so that random sequences of them go deep into the decoders.
_SSE = [
    *(
        b"data:",
        b"data: ",
        b"data",
        b"id: 1",
        b"id:",
        b"event:x",
        b"event",
        b"retry:5",
        b":c",
        b": ",
        b"x:",
        b" ",
        b"a",
    ),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\xef\xbb\xbf", b"\xef", b"\xff", b"\xe4\xbb\x8a", b"\0", b'{"a":1}'),
]
_JSON = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b'"a"',
        b"1",
        b"-",
        b".",
        b"e",
        b"true",
        b"tr",
        b"null",
        b"\\",
        b"\\u12",
    ),
    *(b"\n", b"\r\n", b" ", b"\x1e", b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xe4\xbb\x8a", b'{"a":1}', b'\n{"b":[2]}\n'),
    *(b"[1,2]", b'\x1e{"a":1}\n', b'{"event":"x","data":{}}\n', b'{"text":"x","id":"7"}', b"  "),
]


def hostile(format: str) -> st.SearchStrategy[bytes]:
    """Arbitrary bytes, and sequences of the format's own pieces."""
    pieces = st.lists(st.sampled_from(_SSE if format == "sse" else _JSON), max_size=30).map(b"".join)
    return st.one_of(st.binary(max_size=60), pieces)
