"""What the cases do not say of reading: kinds at the end, recovery, sizes, and hand-made corners of each format."""

from __future__ import annotations

from streamconv import Record
from tests.reading import bytewise, decode


def _kinds(stream: bytes, format: str) -> list[tuple[str, str | None]]:
    whole = [(record.kind, record.data) for record in decode(format, [stream])]
    assert [(record.kind, record.data) for record in decode(format, bytewise(stream))] == whole
    return [*whole]


# sse


def test_a_comment_or_retry_without_its_line_end_is_no_lost_event() -> None:
    assert _kinds(b"data: a\n\n: bye", "sse") == [("event", "a"), ("control", None)]
    assert _kinds(b"data: a\n\nretry: 5", "sse") == [("event", "a"), ("control", None)]
    assert _kinds(b"data: a\n\nretry: 5\n", "sse") == [("event", "a"), ("incomplete", None)]
    assert _kinds(b"data: a\n\n: bye\n", "sse") == [("event", "a"), ("control", None)]
    assert _kinds(b"\xef\xbb\xbf", "sse") == [("control", None)]


def test_a_last_line_that_a_cr_ends_is_complete() -> None:
    assert _kinds(b"data: a\r\r", "sse") == [("event", "a")]
    assert _kinds(b"data: a\r", "sse") == [("incomplete", "a")]


def test_unknown_fields_are_kept_as_pairs() -> None:
    record = decode("sse", [b'error: {"a":1}\nnocolon\ndata: x\n\n'])[0]
    assert record == Record(data="x", unknown=(("error", '{"a":1}'), ("nocolon", "")))


def test_the_first_payload_that_says_something_tells_what_the_stream_carries() -> None:
    def carried(stream: bytes) -> list[str | None]:
        return [record.carries for record in decode("sse", [stream]) if record.kind == "event"]

    assert carried(b"data: {}\n\ndata: x\n\n") == ["json", "json"]
    assert carried(b"data: x\n\ndata: {}\n\n") == ["text", "text"]
    assert carried(b"data: {x\n\ndata: {}\n\n") == ["text", "text"]
    assert carried(b"data:\n\ndata: [DONE]\n\ndata: [1]\n\n") == [None, None, "json"]


def test_a_retry_of_thousands_of_digits_is_ignored_not_raised() -> None:
    record = decode("sse", [b"retry: " + b"9" * 5000 + b"\ndata: x\n\n"])[0]
    assert record == Record(data="x")


def test_an_oversized_event_comes_in_pieces_with_the_lines_they_start_at() -> None:
    stream = b"data: 1\n\ndata: 12345\r\ndata: 1234567\r\n\r\ndata: 2\n\n"
    records = decode("sse", [stream], max_record_size=12)
    assert [(record.kind, record.line) for record in records] == [
        ("event", 1),
        ("invalid", 3),
        ("invalid", 4),
        ("invalid", 4),
        ("event", 6),
    ]
    assert [len(record.raw) for record in records] == [9, 12, 12, 6, 9]
    assert records[-1].number == 2


# ndjson


def test_a_bad_line_is_dropped_and_the_next_is_read() -> None:
    assert _kinds(b'1\n{"a":\n3\nfals', "ndjson") == [
        ("event", "1"),
        ("invalid", '{"a":'),
        ("event", "3"),
        ("incomplete", "fals"),
    ]


def test_an_array_over_lines_is_invalid_up_to_its_bracket_and_then_reading_resumes() -> None:
    assert [kind for kind, _ in _kinds(b"\n[1,\n2\n]\n3\n", "ndjson")] == [
        "control",
        "invalid",
        "invalid",
        "invalid",
        "event",
    ]
    assert [kind for kind, _ in _kinds(b"1\n[2,\n3\n", "ndjson")] == ["event", "invalid", "event"]
    assert [kind for kind, _ in _kinds(b"[", "ndjson")] == ["invalid"]


def test_white_space_round_a_text_belongs_to_the_line_not_the_payload() -> None:
    record = decode("ndjson", [b"\xef\xbb\xbf \t{} \r\n"])[0]
    assert (record.data, record.offset, record.line) == ("{}", 5, 1)


# stream+json


def test_texts_need_no_space_between_them() -> None:
    assert _kinds(b'{}[]"a""b"1 2', "stream+json") == [("event", text) for text in ("{}", "[]", '"a"', '"b"', "1", "2")]


def test_after_a_fault_reading_resumes_past_the_next_line_end() -> None:
    assert _kinds(b'1 {"a":x} 2\n3', "stream+json") == [("event", "1"), ("invalid", '{"a":x} 2'), ("event", "3")]
    assert _kinds(b'"a\nb"\n{}', "stream+json") == [("invalid", '"a'), ("invalid", 'b"'), ("event", "{}")]


def test_a_text_of_nothing_but_white_space_is_no_event() -> None:
    assert _kinds(b" \n\t", "stream+json") == [("control", None)]
    assert _kinds(b"\xef\xbb", "stream+json") == [("invalid", "\ufffd")]
    assert _kinds(b"1\n\xef\xbbx\n2", "stream+json") == [("event", "1"), ("invalid", "\ufffdx"), ("event", "2")]


# json


def test_a_document_that_is_no_array_is_one_event() -> None:
    assert _kinds(b'\xef\xbb\xbf {\n"a": 1 }\n', "json") == [("event", '{\n"a": 1 }'), ("control", None)]
    assert _kinds(b"7", "json") == [("event", "7")]
    assert _kinds(b"", "json") == []
    assert _kinds(b"\xef\xbb", "json") == [("invalid", "\ufffd")]
    assert _kinds(b"{}x\ny", "json") == [("event", "{}"), ("invalid", "x"), ("invalid", "y")]
    assert _kinds(b"{x}\n{}", "json") == [("invalid", "{x}"), ("invalid", "{}")]


def test_an_array_gives_its_elements_and_its_brackets_are_no_events() -> None:
    assert _kinds(b"[1,[2],{}]", "json") == [("event", "1"), ("event", "[2]"), ("event", "{}"), ("control", None)]
    assert _kinds(b"[ ]\n", "json") == [("control", None), ("control", None)]


def test_a_bad_element_is_dropped_and_reading_resumes_at_the_next() -> None:
    pretty = b'[\n  {\n    "a": [\n      x\n    ],\n    "b": 1\n  },\n  {\n    "a": 2\n  }\n]\n'
    events = [data for kind, data in _kinds(pretty, "json") if kind == "event"]
    assert events == ['{\n    "a": 2\n  }']
    assert [data for kind, data in _kinds(b"[1,\nx,\n,3\n]", "json") if kind == "event"] == ["1", "3"]
    assert [data for kind, data in _kinds(b"[1 2\n,3]", "json") if kind == "event"] == ["1", "3"]


def test_an_array_that_is_not_closed_ends_incomplete_even_with_no_byte_left() -> None:
    assert _kinds(b"[1,2,", "json")[-1] == ("incomplete", None)
    assert _kinds(b"[12", "json") == [("incomplete", "12")]
    assert _kinds(b"[{}", "json") == [("event", "{}"), ("incomplete", None)]
    assert decode("json", [b"[{}"])[-1].raw == b""


# json-seq


def test_an_element_ends_at_its_line_end_or_the_next_separator() -> None:
    assert _kinds(b'\x1e{"a":\n1}\x1e"x"\x1e[]', "json-seq") == [
        ("event", '{"a":\n1}'),
        ("event", '"x"'),
        ("event", "[]"),
    ]
    assert _kinds(b"\x1etrue \n", "json-seq") == [("event", "true")]
    assert _kinds(b"\x1etrue ", "json-seq") == [("event", "true")]


def test_a_number_or_literal_without_white_space_after_it_may_be_cut() -> None:
    assert _kinds(b"\x1e12", "json-seq") == [("incomplete", "12")]
    assert _kinds(b"\x1etrue\x1e1\n", "json-seq") == [("invalid", "true"), ("event", "1")]


def test_two_texts_in_an_element_are_none() -> None:
    assert _kinds(b"\x1e{}{}\n\x1e1\n", "json-seq") == [("invalid", "{}{}"), ("event", "1")]
    assert _kinds(b"\x1e\x1e1\n", "json-seq") == [("control", None), ("event", "1")]
    assert _kinds(b"\x1e{} x", "json-seq") == [("invalid", "{} x")]


# records


def test_rows_are_read_whatever_jq_did_to_them() -> None:
    rows = b'{\n  "id": "7",\n  "data": {"a": 1.0},\n  "n": 99\n}{"text":"x","event":null}\n{"data":2024}\n'
    records = decode("records", [rows])
    events = [record for record in records if record.kind == "event"]
    assert events == [Record(data='{"a": 1.0}', id="7"), Record(data="x"), Record(data="2024")]
    assert [(record.number, record.last_event_id) for record in events] == [(1, "7"), (2, "7"), (3, "7")]
