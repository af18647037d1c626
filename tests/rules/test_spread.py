"""Values and arrays that are spread over the lines of NDJSON: each is one finding, not one a line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.rules.spread import Spread
from tests.reading import bytewise, cut, decode
from tests.rules.judging import found, names


def _put_together(stream: bytes) -> list[tuple[str, bytes]]:
    spread = Spread()
    records = spread.feed(decode("ndjson", [stream]))
    return [(record.kind, record.raw) for record in records + spread.finish()]


@pytest.mark.parametrize(
    "value",
    [
        b'{\n  "a": 1\n}\n',
        b'{\n\n"a":1\n\n}\n',
        b'{"a":\n"x"}\n',
        b'{\n"a":[\n1,\n {},\n []\n]\n}\r\n',
        b'[\n  1\n]\n',
        b'[\n[1],\n {"a":2}\n]\n',
        b'{\n"a":"]"\n}\n',
    ],
)  # fmt: skip
def test_the_lines_of_a_value_are_one_invalid_record(value: bytes) -> None:
    before, after = b'{"b":1}\n', b'{"b":2}\n'
    assert _put_together(before + value + after) == [("event", before), ("invalid", value), ("event", after)]


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"a":1,\n', b'{"b":2}\n'],  # a line that was cut, and the next record
        [b'{"a":1,\n', b'{"b":}\n'],
        [b"{\n", b'"a":\n', b"}\n"],
        [b"{\n", b'{"a":1}\n'],
        [b"{\n", b'"a":1} 2\n'],
        [b'"a\n', b'b"\n'],
        [b"x\n", b"y\n"],
        [b"{}}\n"],
        [b"{\n"],
    ],
)
def test_lines_that_make_no_value_stay_what_they_are(lines: list[bytes]) -> None:
    for last in ([], [b"1\n"]):
        assert [raw for _, raw in _put_together(b"0\n" + b"".join(lines + last))] == [b"0\n", *lines, *last]


def test_a_value_that_the_stream_ends_in_is_incomplete() -> None:
    assert _put_together(b'0\n{\n"a":\n1') == [("event", b"0\n"), ("incomplete", b'{\n"a":\n1')]
    assert names("ndjson", b'0\n{\n"a":\n') == ["ndjson-truncated"]


def test_an_array_document_is_its_first_line() -> None:
    array = b'[\n{"a":1},\n{"a":2}\n]\n'
    assert _put_together(array) == [("invalid", b"[\n")]
    assert _put_together(b'[{"a":1},\n{"a":2}\n]\n') == [("invalid", b'[{"a":1},\n')]
    assert _put_together(array + b'{"b":1}\n') == [("invalid", b"[\n"), ("event", b'{"b":1}\n')]
    assert found("ndjson", array) == [("ndjson-array-document", 1, 1)]


@pytest.mark.parametrize("lines", [b'[\n{"a":1},\n{"a":2}\n', b'[\n{"a":1},\n', b"[\n", b"[1,\n2]\n"])
def test_an_array_document_that_is_not_closed_is_cut(lines: bytes) -> None:
    count = lines.count(b"\n")
    assert [(rule, line) for rule, line, _ in found("ndjson", lines)] == [
        ("ndjson-array-document", 1),
        ("ndjson-truncated", count),
    ]


def test_an_array_after_a_record_is_a_value_like_any_other() -> None:
    assert found("ndjson", b'1\n[\n  {"a":1}\n]\n') == [("ndjson-multi-line-value", 2, 1)]


def test_a_line_that_begins_like_a_record_and_is_one_is_not_swallowed() -> None:
    assert _put_together(b'1\n[\n{"a":1}\n]\n')[1:] == [
        ("invalid", b"[\n"),
        ("event", b'{"a":1}\n'),
        ("invalid", b"]\n"),
    ]


def test_what_is_given_up_is_said_so() -> None:
    """Who mends must not take a line for a record of its own that may be part of a broken value."""
    spread = Spread()
    records = decode("ndjson", [b'0\n{\n"a":\nx\n1\n'])
    assert [record.raw for record in spread.feed(records)] == [b"0\n", b"{\n", b'"a":\n', b"x\n", b"1\n"]
    assert [record.raw for record in spread.given_up] == [b"{\n", b'"a":\n']
    assert spread.feed([]) == spread.given_up == []
    assert [record.raw for record in spread.feed(decode("ndjson", [b"{\n"]))] == []
    assert [record.raw for record in spread.finish()] == [record.raw for record in spread.given_up] == [b"{\n"]


@pytest.mark.usefixtures("unmeasured")
def test_no_more_than_a_megabyte_is_held_back() -> None:
    lines = b"{\n" + b'"a":1,\n' * 200_000
    spread = Spread()
    records = decode("ndjson", [lines])
    assert len(spread.feed(records)) == len(records)
    assert spread.finish() == []


_VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=10,
)


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(st.tuples(_VALUES, st.booleans()), max_size=6), st.lists(st.integers(0, 200), max_size=4))
def test_a_value_that_json_printed_is_one_finding(values: list[tuple[object, bool]], cuts: list[int]) -> None:
    """After a first record, each value is one record, printed on one line or on many, however the bytes come."""
    texts = [json.dumps(value, indent=1 if printed else None) for value, printed in values]
    wanted = [("invalid" if "\n" in text else "event", f"{text}\n".encode()) for text in texts]
    stream = "".join(f"{text}\n" for text in ["{}", *texts]).encode()
    for chunks in ([stream], bytewise(stream), cut(stream, cuts)):
        spread = Spread()
        records = spread.feed(decode("ndjson", chunks)) + spread.finish()
        assert [(record.kind, record.raw) for record in records[1:]] == wanted
