"""Strategies of hypothesis: streams that are right, and streams that are hostile, for tests of parsers.

    @given(strategies.streams("sse"))
    def test_my_parser(data): ...

Needs hypothesis, which a test that uses strategies has.
"""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from streamconv.formats import encoder, writable
from streamconv.record import Record

_JSON_FORMATS: Final = ("ndjson", "stream+json", "json", "json-seq")
_MOST: Final = 12  # events of a stream
_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)
_NAME: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), min_size=1, max_size=8)
_SCALARS: Final = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT

# What formats are made of, right, wrong, and cut: sequences of these go deeper into a parser than any bytes do.
_SSE: Final = (
    *(b"data:", b"data: ", b"data", b"id: 1", b"id:", b"event: x", b"event", b"retry: 5", b"retry: x", b":c", b": "),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b" ", b"a", b"x:", b"\0", b"\xef\xbb\xbf", b"\xef", b"\xff"),
    *("今".encode(), "\u2028".encode(), "\x85".encode(), b'{"a":1}', b"[DONE]", b"data: [DONE]\n\n", b"data: {}\n\n"),
)
_JSON: Final = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b'"a"', b"1", b"-", b".", b"e9", b"true", b"tr", b"null", b"NaN"),
    *(b"\\", b"\\u12", b"\\ud800", b"\n", b"\r\n", b" ", b"\x1e", b"\xef\xbb\xbf", b"\xef", b"\xff", "今".encode()),
    *(b'{"a":1}', b'{"a":1}\n', b'\n{\n "b": [2]\n}\n', b"[1,2]", b'\x1e{"a":1}\n', b"[" * 40, b"1" * 40, b"1e400"),
)


def json_values() -> st.SearchStrategy[Any]:
    """What JSON can say: integers of any size, text of any script, nested a few levels deep."""
    return st.recursive(
        _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=8
    )


def records(format: str) -> st.SearchStrategy[Record]:
    """Events that a format can carry; of an event stream, with names, ids, retry times, comments and text.

    Raises ValueError for the name of no format that can be written.
    """
    payload = json_values().map(_dumped)
    name = writable(format).name
    if name in _JSON_FORMATS:
        return st.builds(Record, data=payload, carries=st.just("json"))
    if name not in ("sse", "records"):
        raise ValueError(f"{name} is not written from events alone")
    lines = st.lists(_TEXT.filter(lambda text: "\n" not in text), max_size=2).map(tuple)
    return st.builds(
        Record,
        data=payload | _TEXT,
        event=st.none() | _NAME,
        id=st.none() | _NAME,
        retry=st.none() | st.integers(0, 10**9),
        comments=lines,
    )


def streams(format: str) -> st.SearchStrategy[bytes]:
    """Well-formed streams of a format: some events, as this project writes them. Raises as `records`."""
    some = st.lists(records(format), min_size=1, max_size=_MOST)
    if writable(format).name == "ndjson":  # one line that is an array reads as a document, not as lines
        some = some.filter(lambda one: len(one) > 1 or not (one[0].data or "").startswith("["))
    return some.map(lambda one: _written(format, one))


def hostile(format: str) -> st.SearchStrategy[bytes]:
    """Streams that a parser of this format must stand: pieces of it in any order, any bytes, and right ones cut short.

    Raises as `records`.
    """
    pieces = st.lists(st.sampled_from(_SSE if writable(format).name == "sse" else _JSON), max_size=30).map(b"".join)
    cut = st.builds(lambda data, end: data[: end % (len(data) + 1)], streams(format), st.integers(0, 10**6))
    return pieces | st.binary(max_size=60) | cut


def splits(data: bytes) -> st.SearchStrategy[list[bytes]]:
    """Ways to cut `data` into chunks."""
    cuts = st.lists(st.integers(0, len(data)), max_size=8).map(sorted)
    return cuts.map(lambda at: [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True)])


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _written(format: str, some: list[Record]) -> bytes:
    write = encoder(format)
    return write.feed(some) + write.finish()
