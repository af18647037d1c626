"""What the encoders write of records, also of those made by hand, and what they say is lost."""

from __future__ import annotations

from typing import Any

import pytest

from streamconv import Problem, Record, StreamError, decoder, encoder, run
from streamconv.formats.faults import fault
from streamconv.formats.losses import LOSSES, losses


def _written(target: str, *records: Record, **options: object) -> bytes:
    return b"".join(run([[*records]], encoder(target, **options)))  # type: ignore[arg-type]


def test_sse_is_written_so_that_every_reader_reads_the_same() -> None:
    record = Record(data="a\nb\r\nc\rd\n", event=" x", id="", retry=5, comments=("hi", "", "two\nlines"))
    assert _written("sse", record).decode() == (
        ": hi\n:\n: two\n: lines\nevent:  x\nid:\nretry: 5\ndata: a\ndata: b\ndata: c\ndata: d\ndata:\n\n"
    )
    assert _written("sse", Record(data="")) == b"data:\n\n"
    assert (
        _written("sse", Record("control", retry=5), Record("control"), Record(data="x")) == b"retry: 5\n\ndata: x\n\n"
    )
    assert _written("sse", Record("control", event="ping")) == b"event: ping\n\n"


@pytest.mark.parametrize("format", ["sse", "ndjson", "json", "json-seq"])
def test_of_no_texts_nothing_is_written(format: str) -> None:
    one: Any = encoder(format)
    assert one.framed(b"") == b""
    assert one.framed(b"1\n2\n").count(b"1") == 1


def test_an_unknown_field_is_written_unless_it_would_be_read_as_something_else() -> None:
    good = (("error", "{}"), ("empty", ""))
    bad = (("", "x"), ("data", "x"), ("a:b", "x"), ("a\nb", "x"), ("a", "x\rdata: y"), ("\ufeffdata", "x"))
    assert _written("sse", Record(data="1", unknown=good + bad)) == b"error: {}\nempty:\ndata: 1\n\n"
    assert [*losses(Record(data="1", unknown=good), "sse")] == []
    assert all([*losses(Record(data="1", unknown=(one,)), "sse")] == ["lost-unknown-field"] for one in bad)


def test_lone_surrogates_never_break_the_output() -> None:
    record = Record(data="\ud83d", event="\ud83d")
    assert _written("sse", record) == b"event: ?\ndata: ?\n\n"
    assert _written("ndjson", record) == b'"\\ud83d"\n'
    assert _written("records", record) == b'{"event":"\\ud83d","text":"\\ud83d","line":1,"offset":0,"size":0}\n'


def test_a_json_payload_that_was_replaced_by_text_becomes_a_string() -> None:
    record = next(run([b"{}\n"], decoder("ndjson")))
    assert _written("ndjson", record.replace(data="hello")) == b'"hello"\n'
    assert _written("ndjson", record.replace(data=" [1,\n 2] ")) == b"[1,2]\n"


def test_without_a_report_invalid_raises_and_losses_pass() -> None:
    assert _written("ndjson", Record(data="{}", id="7", event="x")) == b"{}\n"
    assert _written("ndjson", Record("incomplete", data="{}"), Record("control")) == b""
    assert _written("sse", Record("incomplete", data="{}")) == b""
    for target in ("ndjson", "json-seq", "json", "stream+json", "sse"):
        with pytest.raises(StreamError):
            _written(target, Record("invalid", data="x"))
    with pytest.raises(StreamError, match="data-json-invalid"):
        _written("ndjson", Record(data="x"), payload="json")
    problems: list[Problem] = []
    assert _written("ndjson", Record("invalid", data="x"), Record(data="{}"), report=problems.append) == b"{}\n"
    assert [problem.rule for problem in problems] == ["invalid-record"]


RECORD = Record(data="{}", event="x", id="1", retry=2, comments=("c",), unknown=(("a", "b"),), time=0.5)
JSON = {"lost-event-name", "lost-id", "lost-retry", "lost-unknown-field", "lost-time", "lost-comment"}


@pytest.mark.parametrize(
    ("record", "target", "lost"),
    [
        (RECORD, "ndjson", JSON),
        (RECORD, "json-seq", JSON),
        (RECORD, "sse", {"lost-time"}),
        (RECORD, "records", set()),
        (RECORD, "raw", set()),
        (Record(data='{"event_type":"x"}', event="x"), "ndjson", set()),
        (Record(data='{"type":"y","event":"x"}', event="x"), "ndjson", set()),
        (Record(data='{"a":{"type":"x"}}', event="x"), "ndjson", {"lost-event-name"}),
        (Record(data='{"type"', event="x"), "ndjson", {"lost-event-name"}),
        (Record(data='{"a":' + "[" * 9999 + "]" * 9999 + "}", event="x"), "ndjson", {"lost-event-name"}),
        (Record(data="[1]", event="x"), "ndjson", {"lost-event-name"}),
        (Record(data="", event="message"), "ndjson", set()),
        (Record(data="", event=""), "ndjson", set()),
        (Record("incomplete", data="x", id="1"), "ndjson", {"lost-incomplete"}),
        (Record("invalid", data="x"), "ndjson", set()),
        (Record(data="a\rb"), "sse", {"lost-line-end"}),
        (Record(data="[DONE]"), "ndjson", {"lost-end-marker"}),
        (Record(data="\ufffd", raw=b"data: \xff\n\n"), "records", {"lost-bytes"}),
        (Record(data="\ufffd", raw="data: \ufffd\n\n".encode()), "records", set()),
    ],
)
def test_losses_are_what_the_target_cannot_say(record: Record, target: str, lost: set[str]) -> None:
    assert {*losses(record, target)} == lost
    problems: list[Problem] = []
    _written(target, record, report=problems.append)
    if target != "raw" and record.kind != "invalid":
        assert {problem.rule for problem in problems} == lost
        assert all(problem.severity == LOSSES[problem.rule][0] for problem in problems)


# records


def test_rows_leave_out_what_is_none_or_empty_and_keep_empty_strings() -> None:
    rows = _written("records", Record(data="", event="", id=""), Record("control"), Record("control", retry=3))
    place = b'"line":1,"offset":0,"size":0}\n'
    assert rows == b'{"event":"","id":"","text":"",' + place + b'{"kind":"control","retry":3,' + place


def test_rows_carry_all_that_a_record_knows() -> None:
    record = RECORD.replace(raw=b"12345", offset=9, line=4, number=3, time=0.41234567)
    assert _written("records", record).decode() == (
        '{"n":3,"event":"x","id":"1","retry":2,"comments":["c"],"unknown":[["a","b"]],"data":{},"time":0.412346,'
        '"line":4,"offset":9,"size":5}\n'
    )
    stable = '{"event":"x","id":"1","retry":2,"comments":["c"],"unknown":[["a","b"]],"data":{}}\n'
    assert _written("records", record, stable=True).decode() == stable


@pytest.mark.parametrize("text", ["1", '"a"', "[1,\n2]", " {}", "{x}", '["\\ud83d"]', "[" * 101 + "]" * 101])
def test_what_is_not_safe_to_embed_is_text(text: str) -> None:
    row = _written("records", Record(data=text), stable=True)
    assert row.startswith(b'{"text":')
    assert next(run([row], decoder("records"))).data == text


def test_an_encoder_alone_leaves_out_end_markers_and_what_is_not_json() -> None:
    problems: list[Problem] = []
    records = (Record(data="[DONE]"), Record(data="x"), Record(data="1"))
    assert _written("ndjson", *records, payload="json", report=problems.append) == b"1\n"
    assert [problem.rule for problem in problems] == ["lost-end-marker", "data-json-invalid"]


def test_json_scalars_are_marked_and_stay_json() -> None:
    lines = b'1\n"a"\n{}\n'
    rows = b"".join(run([lines], decoder("ndjson"), encoder("records", stable=True)))
    assert rows == b'{"text":"1","json":true}\n{"text":"\\"a\\"","json":true}\n{"data":{}}\n'
    assert b"".join(run([rows], decoder("records"), encoder("ndjson"))) == lines
    # The scalars of a text stream are text.
    rows = b"".join(run([b"data: 1\n\n"], decoder("sse"), encoder("records", stable=True)))
    assert rows == b'{"text":"1"}\n'


def test_rows_of_several_files_are_several_streams() -> None:
    rows = b'{"file":"a","id":"7","data":{}}\n{"file":"a","text":"1"}\n{"file":"b","text":"1"}\n'
    records = [record for record in run([rows], decoder("records")) if record.kind == "event"]
    assert [(record.last_event_id, record.carries) for record in records] == [
        ("7", "json"),
        ("7", "json"),
        ("", "text"),
    ]


def test_the_end_marker_is_marked() -> None:
    assert _written("records", Record(data="[DONE]"), stable=True) == b'{"text":"[DONE]","end":true}\n'


def test_reading_rows_says_unknown_keys_and_makes_only_wrong_rows_invalid() -> None:
    rows = b"".join(
        line + b"\n"
        for line in (
            b'{"text":"a","colour":"red"}',
            b'{"text":"a","data":{}}',
            b'{"retry":"soon","text":"a"}',
            b'{"kind":"bad"}',
            b'{"comments":"c"}',
            b'{"id":7}',
            b'{"event":"ping"}',
            b'{"kind":"invalid","text":"{x"}',
            b'{"kind":"incomplete","text":"cut","id":"9"}',
            b'{"kind":"control","text":"x"}',
            b'{"retry":-5,"text":"x"}',
            b'{"time":1e999,"text":"x"}',
            b'{"text":"b","time":1.5,"event":null,"entry":2,"unknown":[["a","b"]],"comments":["c"],"end":true,"file":"x","n":null}',
        )
    )
    problems: list[Problem] = []
    records = [*run([rows], decoder("records", report=problems.append))]
    assert [record.kind for record in records if record.raw.strip()] == [
        *(
            "event",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "control",
            "invalid",
            "incomplete",
            *["invalid"] * 3,
            "event",
        )
    ]
    assert records[12] == Record(data="b", unknown=(("a", "b"),), comments=("c",))
    assert (records[12].time, records[12].number, records[12].last_event_id) == (1.5, 2, "")
    assert [fault(record).message for record in records if record.kind == "invalid"] == [
        "not a record: a payload is 'data' or 'text', not both",
        "not a record: 'retry' must be a whole number, not below 0",
        "not a record: 'kind' must be event, control, invalid or incomplete",
        "not a record: 'comments' must be an array of strings",
        "not a record: 'id' must be a string",
        "not a record: the row says that it was none where it was read",
        "not a record: a control record has no payload",
        "not a record: 'retry' must be a whole number, not below 0",
        "not a record: 'time' must be a number",
    ]
    assert [(problem.rule, problem.line) for problem in problems] == [("records-unknown-key", 1)]
    assert "'colour'" in problems[0].message
