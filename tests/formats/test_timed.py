"""`timed`: chunks and their times survive; a line that is none is named with its place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Problem, StreamError, TimedBytes, decoder, encoder, run
from streamconv.formats.timed import MAGIC, Head, TimedReader, TimedWriter
from tests.reading import bytewise

HEADER = b'{"format":"application/x-streamconv-timed","version":1}\n'


def _written(*chunks: bytes, head: Head = Head()) -> bytes:
    writer = TimedWriter(head)
    return b"".join([*map(writer.feed, chunks), writer.finish()])


def _read(capture: bytes) -> list[tuple[bytes, float | None]]:
    """The chunks, which are the same byte by byte."""

    def chunks(*pieces: bytes) -> list[tuple[bytes, float | None]]:
        return [(chunk, getattr(chunk, "time", None)) for chunk in run(pieces, TimedReader())]

    whole = chunks(capture)
    assert chunks(*bytewise(capture)) == whole
    return whole


def _problems(capture: bytes) -> list[tuple[str, int | None, int | None, int | None, str]]:
    problems: list[Problem] = []
    [*run([capture], TimedReader(problems.append))]
    return [(one.rule, one.line, one.column, one.offset, one.message) for one in problems]


def test_a_capture_is_a_header_and_a_line_a_chunk() -> None:
    head = Head("chat.sse", "text/event-stream", "GET http://localhost/")
    chunks = (
        TimedBytes(b"data: \xe4\xbb", 0.0),
        TimedBytes(b'\x8a\n\n"', 0.41234567),
        b"\n\0",
        TimedBytes(b"x", math.inf),
    )
    assert _written(*chunks, head=head) == (
        b'{"format":"application/x-streamconv-timed","version":1,'
        b'"source":"chat.sse","content_type":"text/event-stream","request":"GET http://localhost/"}\n'
        b'{"t":0.0,"b64":"ZGF0YTog5Ls="}\n'
        b'{"t":0.412346,"b64":"igoKIg=="}\n'
        b'{"b":"\\n\\u0000"}\n'
        b'{"b":"x"}\n'
    )
    assert _written() == HEADER
    assert HEADER.startswith(MAGIC)


@given(
    st.lists(st.tuples(st.one_of(st.binary(min_size=1), st.text(min_size=1).map(str.encode)), st.integers(0, 10**9)))
)
def test_chunks_and_their_times_survive(chunks: list[tuple[bytes, int]]) -> None:
    """For all chunks: reading what was written gives the same chunks, their times to the microsecond."""
    timed = [(data, at / 10**6) for data, at in chunks]
    assert _read(_written(*(TimedBytes(data, time) for data, time in timed))) == timed


def test_a_chunk_that_does_not_know_its_time_is_written_without_one() -> None:
    assert _written(b"a", TimedBytes(b"b", 0.25)) == HEADER + b'{"b":"a"}\n{"t":0.25,"b":"b"}\n'


def test_a_chunk_that_no_reader_should_have_to_hold_is_cut() -> None:
    data = b"x" * (2**20 + 1)
    assert [len(chunk) for chunk in run([_written(data)], TimedReader())] == [2**20, 1]
    assert _written(b"", b"a") == HEADER + b'{"b":"a"}\n'


def test_keys_in_any_order_and_unknown_ones_are_read_and_blank_lines_passed_over() -> None:
    reader = TimedReader()
    header = b'{"version":1,"colour":"red","source":"a","format":"application/x-streamconv-timed"}\r\n'
    capture = header + b'\n{"b":"x","t":1,"q":[]}'
    assert [*run([capture], reader)] == [b"x"]
    assert reader.head == Head("a")
    assert _read(b'{"b":""}\n{"t":2,"b64":"AA=="}\n') == [(b"\0", 2.0)]
    assert _read(b"") == []


def test_a_line_that_is_no_chunk_is_reported_and_the_next_is_read() -> None:
    assert _problems(HEADER + b'{"t":0,"b":"a"}\n{"b":x}\n  {"b":5}\n{"t":1}\n{"b":"","b64":""}\n[1]\n{"b":"') == [
        ("timed-invalid", 3, 6, 77, "not JSON: found 'x', expected a value"),
        (
            "timed-invalid",
            4,
            3,
            82,
            "not a line of a timed capture: Expected `str | null`, got `int` - at `$.b`",
        ),
        ("timed-invalid", 5, 1, 90, "not a line of a timed capture: a chunk is 'b', a string, or 'b64', base64"),
        ("timed-invalid", 6, 1, 98, "not a line of a timed capture: a chunk is 'b', a string, or 'b64', base64"),
        ("timed-invalid", 7, 1, 116, "not a line of a timed capture: an object is expected"),
        ("timed-truncated", 8, 1, 120, "the stream ends inside this record, expected the rest of a string"),
    ]
    problems: list[Problem] = []
    assert [*run([b'{"b":"a"}\nx\n{"b":"b"}\n'], TimedReader(problems.append))] == [b"a", b"b"]
    with pytest.raises(StreamError, match="timed-invalid"):
        _read(b"x\n")


def test_a_header_that_is_not_ours_is_said() -> None:
    assert [
        one[4] for one in _problems(b'{"format":"other"}\n{"format":"application/x-streamconv-timed","version":2}\n')
    ] == [
        "not a line of a timed capture: 'format' is 'other', not 'application/x-streamconv-timed'",
        "not a line of a timed capture: version 2; this streamconv reads version 1",
    ]


def test_captures_that_were_joined_are_said_to_be() -> None:
    capture = _written(b"a") + _written(b"b")
    assert _problems(capture) == [
        (
            "timed-joined",
            3,
            1,
            len(_written(b"a")),
            "the header of another capture: its chunks are read as if they went on with those before",
        )
    ]
    assert _read(capture) == [(b"a", None), (b"b", None)]


def test_chunks_are_no_records() -> None:
    with pytest.raises(ValueError, match=r"holds chunks, not records: streamconv\.formats\.timed\.TimedReader"):
        decoder("timed")
    with pytest.raises(ValueError, match=r"holds chunks, not records: streamconv\.formats\.timed\.TimedWriter"):
        encoder("timed")
    with pytest.raises(ValueError, match="can be read, not written"):
        encoder("aws-eventstream")
