"""Rows: every record of a capture once, decoded and judged once, with its problems beside it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from streamconv import Problem, Record, read
from streamconv.captures import Opened, open_streams, parse_chain
from streamconv.examine import Examination, Row
from streamconv.problem import Severity
from streamconv.record import Kind
from streamconv.rules import RULES
from tests.conftest import FIXTURES
from tests.reading import READABLE, bytewise, decode, everything


def examine(chunks: Iterable[bytes], name: str = "stdin", format: str | None = None) -> Examination:
    (capture,) = open_streams(Opened(iter(chunks), name))
    return Examination(capture, format, RULES)


def beside(row: Row) -> list[tuple[str, str]]:
    return [(problem.rule, problem.place) for problem in row.problems]


SSE = b": hi\n\nretry: 5\n\nid: 7\n\nevent: x\n\nevent: a\ndata: 1\n\n\ndata: 2\n\ndata: cut"


def test_the_label_of_a_row_says_what_it_is() -> None:
    rows = [*examine([SSE]).rows()]
    assert [row.label for row in rows] == [
        "comment", "retry", "id", "no data", "a", "blank", "message", "incomplete",
    ]  # fmt: skip
    assert [row.size for row in rows] == [6, 10, 7, 10, 18, 1, 9, 9]
    assert [row.label for row in examine([b'{"a":1}\n{"a":\n'], format="ndjson").rows()] == ["message", "invalid"]
    assert [row.label for row in examine([b'[{"a":1}]\n']).rows()] == ["message", "framing", "blank"]


@pytest.mark.parametrize("format", READABLE)
def test_rows_are_the_records_of_the_decoder(format: str) -> None:
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_file() and path.stat().st_size < 10_000:
            data = path.read_bytes()
            (capture,) = open_streams(Opened(iter([data]), "stdin"), parse_chain(format))
            examination = Examination(capture, format, ())
            rows = [*examination.rows()]
            wanted = decode(format, [data])
            assert [everything(row.record) for row in rows] == [everything(record) for record in wanted]
            assert examination.events == sum(record.kind == "event" for record in wanted)


@pytest.mark.parametrize("name", ["cut-event.sse", "bad-line.ndjson", "array-document.ndjson", "no-blank-line.sse"])
def test_no_problem_is_lost_and_none_is_said_twice(name: str) -> None:
    data = (FIXTURES / "broken" / name).read_bytes()
    wanted = sorted(str(problem) for problem in examine([data], name).problems())
    assert wanted
    for chunks in ([data], bytewise(data)):
        examination = examine(chunks, name, "ndjson" if name.endswith("ndjson") else "sse")
        shown: list[Problem] = [problem for row in examination.rows() for problem in row.problems]
        assert sorted(str(problem) for problem in shown + examination.loose) == wanted


def test_rows_are_what_reading_gives_whatever_the_name_claims() -> None:
    path = FIXTURES / "broken" / "array-document.ndjson"
    examination = examine([path.read_bytes()], str(path))
    assert [row.record for row in examination.rows()] == [*read(path, control=True)]
    assert examination.choice is not None
    assert examination.choice.disagreement


def test_problems_are_beside_their_records() -> None:
    rows = [*examine([b'{"a":1}\n{"a":NaN}\n\n{"a":2}\n']).rows()]
    assert [beside(row) for row in rows] == [[], [("json-nan-infinity", "2:6")], [("ndjson-blank-line", "3:1")], []]


def test_a_value_over_lines_is_a_problem_of_its_first_line() -> None:
    rows = [*examine([b'{"a":1}\n{\n  "b": 1\n}\n{"a":2}\n'], format="ndjson").rows()]
    assert [len(row.record.raw.splitlines()) for row in rows] == [1] * 5
    assert [row.label for row in rows] == ["message", "invalid", "invalid", "invalid", "message"]
    assert beside(rows[1]) == [("ndjson-multi-line-value", "2:1")]
    assert not any(row.problems for row in rows if row is not rows[1])


def test_a_row_does_not_wait_for_what_only_the_next_line_shows() -> None:
    taken: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b'{"a":1}\n', b'{"b":\n', b'{"c":1}\n'):
            taken.append(chunk)
            yield chunk

    examination = examine(chunks(), format="ndjson")
    rows = examination.rows()
    assert next(rows).problems == ()
    assert next(rows).record.data == '{"b":'
    assert len(taken) == 2
    assert examination.loose == []
    assert next(rows).problems == ()
    assert [(problem.rule, problem.place) for problem in examination.loose] == [("ndjson-invalid-json", "2:6")]


def test_what_is_of_no_record_is_loose() -> None:
    examination = examine([b": only a comment\n\n"])
    (row,) = examination.rows()
    assert row.problems == ()
    assert [problem.rule for problem in examination.loose] == ["sse-no-events"]
    assert examination.choice is not None
    assert examination.choice.format == "sse"


def test_what_is_no_stream_has_no_rows() -> None:
    examination = examine([b"<!doctype html><html>"])
    assert [*examination.rows()] == []
    assert [problem.rule for problem in examination.loose] == ["capture-html"]


def test_the_places_are_those_of_the_file(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n"
    rows = [*examine([head + b'{"a":1}\n{"a":NaN}\n']).rows()]
    assert beside(rows[1]) == [("json-nan-infinity", "5:6")]
    assert rows[1].record.line == 2
    assert beside([*examine([gzip.compress(b'{"a":1}\n{"a":NaN}\n')]).rows()][1]) == [("json-nan-infinity", "2:6")]


def test_the_gap_is_the_time_since_the_record_before() -> None:
    head = {"format": "application/x-streamconv-timed", "version": 1}
    chunks = [
        {"b": "data: 0\n\n"},
        {"t": 1.0, "b": "data: 1\n\ndata: 2\n\n"},
        {"t": 1.5, "b": ": ping\n\n"},
        {"t": 4, "b": "data: 3\n\n"},
    ]
    lines = b"".join(json.dumps(line).encode() + b"\n" for line in [head, *chunks])
    rows = [*examine([lines]).rows()]
    assert [row.record.time for row in rows] == [None, 1.0, 1.0, 1.5, 4.0]
    assert [row.gap for row in rows] == [None, None, 0.0, 0.5, 2.5]


@pytest.mark.parametrize("time", ["-1e308", "1.7e308", "-1e13", "1000000000001"])
def test_a_time_that_nobody_can_mean_is_none(time: str) -> None:
    head = '{"format":"application/x-streamconv-timed","version":1}\n'
    chunks = [(time, "data: 1\\n\\n"), ("1e12", "data: 2\\n\\n"), (time, ": 3\\n\\n"), ("1e12", "data: 4\\n\\n")]
    lines = head + "".join(f'{{"t":{at},"b":"{text}"}}\n' for at, text in chunks)
    rows = [*examine([lines.encode()]).rows()]
    assert [(row.record.time, row.gap) for row in rows] == [(None, None), (1e12, None), (None, None), (1e12, 0.0)]


def test_a_row_can_be_made_by_hand() -> None:
    row = Row(Record(data="1", raw=b"data: 1\n\n"))
    assert (row.label, row.size, row.gap, row.problems) == ("message", 9, None, ())


@pytest.mark.parametrize(
    ("kind", "severities", "worst"),
    [
        ("event", [], None),
        ("event", ["info", "warning"], "warning"),
        ("incomplete", ["warning", "error", "info"], "error"),
        ("invalid", [], "error"),
        ("invalid", ["warning"], "error"),
    ],
)
def test_a_row_is_as_bad_as_its_worst_problem(kind: Kind, severities: list[Severity], worst: Severity | None) -> None:
    problems = tuple(Problem(rule="x", severity=severity, message="") for severity in severities)
    assert Row(Record(kind), problems=problems).severity == worst
