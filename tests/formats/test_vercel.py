"""`vercel-data-stream`: codes and their names, and lines that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamconv import Problem, Record, convert
from streamconv.formats.faults import fault
from streamconv.formats.vercel import PARTS
from tests.reading import bytewise, decode, everything

FORMAT = "vercel-data-stream"


def _read(stream: bytes) -> list[Record]:
    records = decode(FORMAT, [stream])
    assert [*map(everything, decode(FORMAT, bytewise(stream)))] == [*map(everything, records)]
    return records


def test_an_event_is_the_name_of_its_code_and_its_text_unchanged() -> None:
    records = _read(b'\xef\xbb\xbff:{"messageId":"1"}\n0:"a\\u0062" \r\n\nd: {"n":1.0}')
    assert records == [
        Record(data='{"messageId":"1"}', event="start_step"),
        Record(data='"a\\u0062"', event="text"),
        Record("control"),
        Record(data='{"n":1.0}', event="finish_message"),
    ]
    assert [(record.offset, record.line, record.number) for record in records] == [
        (5, 1, 1),
        (25, 2, 2),
        (37, 3, None),
        (41, 4, 3),
    ]
    assert {record.carries for record in records} == {"json"}


def test_every_code_has_a_name() -> None:
    assert sorted(PARTS) == [bytes((code,)) for code in b"0123456789abcdefghijk"]
    assert len({*PARTS.values()}) == len(PARTS)
    assert [record.event for record in _read(b"".join(code + b":1\n" for code in PARTS))] == [*PARTS.values()]


@pytest.mark.parametrize(
    ("line", "rule", "words", "column", "offset"),
    [
        (b"z:1\n", "vercel-unknown-code", "a line does not begin with a code of this format", 1, 6),
        (b"hello\n", "vercel-unknown-code", "a line does not begin with a code of this format", 1, 6),
        (b'0"a"\n', "vercel-unknown-code", "a line does not begin with a code of this format", 1, 6),
        (b' 0:"a"\n', "vercel-unknown-code", "a line does not begin with a code of this format", 2, 7),
        (b"0:\n", "vercel-invalid-line", "no value after the code", 3, 8),
        (b"0:a\n", "vercel-invalid-line", "not JSON: found 'a', expected a value", 3, 8),
        (b'2:["\xe4\xbb\x8a", x]\n', "vercel-invalid-line", "not JSON: found 'x', expected a value", 9, 16),
        (b'0:"a', "vercel-truncated", "the stream ends inside this record, expected the rest of a string", 3, 8),
        (b"0:", "vercel-truncated", "the stream ends inside this record", 1, 6),
        (b"0", "vercel-truncated", "the stream ends inside this record", 1, 6),
    ],
)
def test_a_line_that_is_none_is_left_out_with_its_place(
    line: bytes, rule: str, words: str, column: int, offset: int
) -> None:
    records = _read(b'0:"a"\n' + line)
    problem = fault(records[1])
    assert (problem.rule, problem.line, problem.column, problem.offset) == (rule, 2, column, offset)
    assert problem.message.startswith(words)
    assert records[1].kind == ("invalid" if line.endswith(b"\n") else "incomplete")


def test_captures_say_what_their_client_read(captures: Path) -> None:
    files = sorted(captures.glob("*.data-stream.txt"))
    problems: list[Problem] = []
    for path in files:
        lines = [line.partition(":") for line in path.read_text().splitlines()]
        events = b"".join(convert(path, "records", report=problems.append, stable=True)).splitlines()
        for (code, _, text), row in zip(lines, map(json.loads, events), strict=True):
            assert row["event"] == PARTS[code.encode()]
            assert (row["data"] if "data" in row else json.loads(row["text"])) == json.loads(text)
    assert problems == []
    print(f"{len(files)} captures")
    assert len(files) >= 4


def test_a_line_over_the_limit_comes_in_pieces_and_the_next_is_read() -> None:
    stream = b'0:"1234567890"\r\n0:"b"\n0:"1234567890'
    whole = decode(FORMAT, [stream], 8)
    assert [*map(everything, decode(FORMAT, bytewise(stream), 8))] == [*map(everything, whole)]
    assert [(record.kind, len(record.raw), record.line) for record in whole] == [
        ("invalid", 8, 1),
        ("invalid", 8, 1),
        ("event", 6, 2),
        ("invalid", 8, 3),
        ("invalid", 5, 3),
    ]
    assert (fault(whole[0]).rule, whole[2].data, whole[2].number) == ("record-too-large", '"b"', 1)
