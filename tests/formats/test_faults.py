"""Faults in words, with their exact places."""

from __future__ import annotations

import pytest

from streamconv import Problem, Record, StreamError, convert, each, encoder, read, run
from streamconv.formats.faults import fault, payload_place
from tests.reading import decode


def _problems(stream: bytes, format: str) -> list[tuple[str, int | None, int | None, int | None]]:
    found = [fault(record) for record in decode(format, [stream]) if record.kind in ("invalid", "incomplete")]
    return [(problem.rule, problem.line, problem.column, problem.offset) for problem in found]


def test_columns_count_code_points_and_offsets_bytes() -> None:
    stream = '{"a":1}\n  {"今天🙂":x}\n'.encode()
    assert _problems(stream, "ndjson") == [("ndjson-invalid-json", 2, 10, 24)]
    assert stream[24:25] == b"x"


def test_a_place_over_several_lines_is_that_of_the_bad_byte() -> None:
    stream = '{"a":1}\n{\n  "今": 1,\n  "b" 2\n}\n'.encode()
    assert _problems(stream, "stream+json")[0] == ("stream-invalid-json", 4, 7, 28)
    assert stream[28:29] == b"2"


def test_the_column_is_left_out_where_the_start_of_the_line_was_not_seen() -> None:
    assert _problems(b'{"a":1} {x}\n', "stream+json") == [("stream-invalid-json", 1, None, 9)]
    assert _problems(b"[1, x]", "json") == [("json-invalid", 1, None, 4)]
    assert _problems(b"  {x}\n", "stream+json") == [("stream-invalid-json", 1, 4, 3)]
    assert _problems(b"\xef\xbb\xbf{x}\n", "ndjson") == [("ndjson-invalid-json", 1, 2, 4)]


@pytest.mark.parametrize(
    ("stream", "format", "message"),
    [
        (b"{x}\n1\n", "stream+json", "after a fault, and before any JSON text was read, only a line that starts with"),
        (b"1,2\n", "stream+json", "a comma between values"),
        (b"1 \x1e2\n", "stream+json", "a record separator (U+001E) between values"),
        (b"1 \xef\xbb\xbf2\n", "stream+json", "a byte order mark inside the stream"),
        (b"[\n1,\n2\n]\n", "ndjson", "a line of a JSON array that is spread over lines; --from json reads it"),
        (b"[1] 2\n", "json", "text after the end of the document, or out of place in its array"),
        (b"[1", "json", "the stream ends inside this record"),
        (b"[1\n", "json", "the stream ends before the array is closed"),
        (b"[", "json", "the stream ends before the array is closed"),
        (b'{"kind":"incomplete","text":"x"}\n', "records", "the row says that its stream ended inside this record"),
        (b"[1,\n2\n", "ndjson", "a line of a JSON array that is spread over lines; --from json reads it"),
        (b"7\n", "records", "not a record: an object is expected"),
        (b'\x1e12\x1e{"a":1}\n', "json-seq", "a number or literal without white space after it, which may be cut"),
        (b"1\n", "json-seq", "text without the record separator (U+001E)"),
        (
            b'data: {"a":\nid: 7\nfoo: 1',
            "sse",
            "the stream ends inside this event ('id', 'data', 'foo'); clients discard it",
        ),
    ],
)
def test_faults_say_what_was_found(stream: bytes, format: str, message: str) -> None:
    messages = [
        fault(record).message for record in decode(format, [stream]) if record.kind in ("invalid", "incomplete")
    ]
    assert any(one.startswith(message) for one in messages), messages


def test_a_fault_in_a_payload_is_placed_in_its_data_line() -> None:
    stream = 'data: 1\n\n: c\ndata\ndata:{"今":\r\ndata: x}\nid: 7\n\n'.encode()
    problems: list[Problem] = []
    b"".join(convert(b"data: {}\n\n" + stream, report=problems.append))
    assert [problem.rule for problem in problems] == ["data-json-invalid", "lost-id", "lost-comment"]
    assert (problems[0].line, problems[0].column) == (8, 7)
    assert (b"data: {}\n\n" + stream)[problems[0].offset or 0 :].startswith(b"x}")


def test_a_payload_that_was_replaced_is_placed_where_its_event_ended() -> None:
    problems: list[Problem] = []
    change = each(lambda record: record.replace(data='{"a":xxxxxxxx') if record.number == 2 else record)
    b"".join(convert(b"data: {}\n\ndata: 1\n\n", filters=[change], report=problems.append))
    assert [(problem.rule, problem.line, problem.column) for problem in problems] == [("data-json-invalid", 3, 8)]


def test_a_byte_order_mark_is_no_column() -> None:
    record = decode("sse", [b'\xef\xbb\xbfdata: {"a" 1}\n\n'])[0]
    assert payload_place(record, 5) == (1, 12, 3 + 6 + 5)


def test_a_cut_payload_ends_where_its_event_does() -> None:
    problems: list[Problem] = []
    b"".join(convert(b'data: {}\n\ndata: {"a":\ndata: [\n\n', report=problems.append))
    assert [(problem.rule, problem.line, problem.column) for problem in problems] == [("data-json-truncated", 4, 8)]


def test_the_payload_of_a_records_row_is_placed_by_its_row() -> None:
    problems: list[Problem] = []
    rows = b'{"data":{}}\n{"text":"{x"}\n'
    b"".join(convert(rows, "ndjson", "records", report=problems.append))
    assert [(problem.rule, problem.line, problem.column) for problem in problems] == [("data-json-invalid", 2, None)]


def test_a_record_made_by_hand_has_only_its_kind_to_say() -> None:
    assert str(fault(Record("invalid"))) == "1:1: error: an invalid record [invalid-record]"
    with pytest.raises(StreamError, match="an invalid record"):
        [*run([[Record("invalid")]], encoder("ndjson"))]
    with pytest.raises(StreamError, match="an invalid record"):
        [*run([[Record("invalid")]], encoder("sse"))]
    # A problem of the whole stream has no place.
    assert str(Problem(rule="r", severity="info", message="m")) == "info: m [r]"


def test_a_name_or_id_that_would_start_another_field_is_refused() -> None:
    for record in (Record(data="", event="a\rb"), Record(data="", id="a\nb"), Record(data="", id="a\0b")):
        with pytest.raises(StreamError, match="no event stream can carry"):
            encoder("sse").feed([record])


def test_the_lead_of_an_incomplete_event_is_where_it_starts() -> None:
    problems: list[Problem] = []
    [*read(b"data: a\n\n: c\nevent: x\ndata: cut", report=problems.append)]
    assert [(problem.line, problem.column, problem.offset, problem.length) for problem in problems] == [(3, 1, 9, 22)]
