"""Feeding bytes to decoders in every way, and bytes worth feeding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import pairwise

from hypothesis import strategies as st

from streamconv import Record, arun, decoder
from streamconv.formats.pieces import MAX_RECORD_SIZE
from tests.aws_messages import event, message, prelude

WRITABLE = ["sse", "ndjson", "stream+json", "json", "json-seq", "records"]
READABLE = [*WRITABLE, "aws-eventstream", "vercel-data-stream"]


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
SSE_PIECES = [
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


_AWS = [
    *(event("chunk", b"{}"), event("a", b"[1]"), message(b""), message(b"\x01a\x0a"), message(b"", b"\xff")),
    *(event("cut", b"{}")[:-1], event("cut", b"{}")[5:], event("flipped", b"{}").replace(b"flip", b"flop")),
    *(prelude(16, 0), prelude(40, 20), prelude(15, 0), prelude(2**31, 0), b"\0", b"\0\0\0\x10", b"\n", b"x"),
]
_VERCEL = [
    *(b'0:"a"', b"2:[1]", b'd:{"a":1}', b"f:", b"0", b"z:1", b" ", b":", b'"', b"{", b"}", b"1", b"\xe4\xbb\x8a"),
    *(b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xff", b'0:"\\n"\n', b"e: {}\n"),
]
_PIECES = {"sse": SSE_PIECES, "aws-eventstream": _AWS, "vercel-data-stream": _VERCEL}


# Frames of the shapes that are read a block at a time, and some that only look so.
_FRAMES = [
    *(
        b"data: x\n\n",
        b"data: \n\n",
        b"data:  y \n\n",
        b'data: {"a":1}\n\n',
        "data: 今\n\n".encode(),
        b"data: data: \n\n",
    ),
    *(
        b"event: e\ndata: 1\n\n",
        b"event:  e\ndata: 1\nid:  7\n\n",
        b"data: 1\nid: 8\n\n",
        b"event: data: x\ndata: 2\n\n",
    ),
    *(b"data:x\n\n", b"event: \ndata: 1\n\n", b"data: 1\nid: \n\n", b"data: 1\nid: a\0\n\n", b"data: 1\ndata: 2\n\n"),
    *(b": c\n\n", b"\n", b"data: \xff\n\n", b"data: 1\r\n\r\n", b"data: 1\r\r", b"data: a\rid: 1\n\n", b"retry: 5\n\n"),
    *(b":\n\n", b":\r\n\n", b"data:\n\n", b"data: 2\ndata:3\n\n", b"id: 9\nevent: f\ndata: 4\n\n"),
    *(b"data: [DONE]\n\n", b"\xef\xbb\xbfdata: 1\n\n", b"event: e\n\n", b"data: cut\n", "data: a\u2028b\n\n".encode()),
]


def framed() -> st.SearchStrategy[bytes]:
    """Event streams long enough to be read a block at a time, mostly regular."""
    frame = st.one_of(st.sampled_from(_FRAMES[:10]), st.sampled_from(_FRAMES))
    return st.lists(frame, min_size=60, max_size=120).map(b"".join)


def hostile(format: str) -> st.SearchStrategy[bytes]:
    """Arbitrary bytes, and sequences of the format's own pieces."""
    pieces = st.lists(st.sampled_from(_PIECES.get(format, _JSON)), max_size=30).map(b"".join)
    return st.one_of(st.binary(max_size=60), pieces)
