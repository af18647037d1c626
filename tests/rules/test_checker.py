"""The checker: which rules are asked, of what, and in which order their findings come."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv import Problem, TimedBytes, UnrecognisedError, check
from streamconv.rules import FAMILIES, RULES, Checker, find, selected
from streamconv.rules.capture import wrapped
from tests.reading import READABLE, bytewise, cut, framed, hostile
from tests.rules.judging import found, judge, names

SEVERITIES = {rule.name: rule.severity for rule in RULES}


# Which rules.


def _selected(*select: str, ignore: tuple[str, ...] = ()) -> set[str]:
    return {rule.name for rule in selected(select, ignore)}


def test_rules_are_selected_by_name_family_and_glob() -> None:
    everything = {rule.name for rule in RULES}
    assert _selected() == everything
    assert _selected("sse-bom") == {"sse-bom"}
    assert _selected("seq") == {name for name in everything if name.startswith("seq-")}
    assert _selected("*-bom*") == {"sse-bom", "sse-bom-inside", "json-bom", "json-bom-inside"}
    assert _selected("sse-bom", "http", ignore=("http-204",)) == {"sse-bom", "http-status", "http-buffering"}
    assert _selected(ignore=("*-*",)) == set()
    assert [rule.name for rule in selected(("json-bom", "capture-empty"))] == ["capture-empty", "json-bom"]


def test_a_family_is_what_stands_before_the_first_hyphen() -> None:
    assert {"capture", "http", "sse", "data", "ndjson", "stream", "seq", "json", "lost"} <= {*FAMILIES}
    assert find("sse-bom").name == "sse-bom"


@pytest.mark.parametrize(("name", "near"), [("sse-bomb", "sse-bom"), ("ndjson-blank", "ndjson-blank-line")])
def test_an_unknown_rule_suggests_the_near_one(name: str, near: str) -> None:
    for ask in (find, lambda name: selected([name]), lambda name: selected((), [name])):
        with pytest.raises(ValueError, match=f"^no rule is named '{name}'; did you mean '{near}'\\?$"):
            ask(name)


def test_what_is_near_to_nothing_suggests_nothing() -> None:
    for name in ("xyzzy", "xyz-*", "", "SSE"):
        with pytest.raises(ValueError, match=f"^no rule is named {re.escape(repr(name))}$"):
            selected([name])


def test_only_what_is_selected_is_said() -> None:
    stream = b"\xef\xbb\xbfdata: {\ndata\n\nfoo: 1\n"
    assert names("sse", stream, rules=selected(["sse-bom"])) == ["sse-bom"]
    assert "sse-bom" not in names("sse", stream, rules=selected(ignore=["sse-bom"]))
    assert names("sse", stream, rules=selected(["ndjson"])) == []


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format 'xml'"):
        Checker("xml", RULES)


# What is round a stream.


@pytest.mark.parametrize(
    ("stream", "rule", "place"),
    [
        (b"\x1f\x8b\x08\0", "capture-gzip", (None, 0)),
        (b"\x28\xb5\x2f\xfdxx", "capture-zstd", (None, 0)),
        (b"\xff\xfed\0", "capture-utf16", (None, 0)),
        (b"\xfe\xff\0d", "capture-utf16", (None, 0)),
        (b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", "capture-http-head", (1, 5)),
        (b"HTTP/2 200\r\n", "capture-http-head", (1, 5)),
        (b"<!DOCTYPE html>\n<p>502</p>", "capture-html", (1, 9)),
        (b"\xef\xbb\xbf\r\n  <HTML lang=en>", "capture-html", (1, 12)),
        (b"<?xml version='1.0'?><Error/>", "capture-html", (1, 5)),
        (b"9\r\ndata: 1\n\n\r\n0\r\n\r\n", "capture-chunked", (1, 1)),
        (b"9;ext=1\r\ndata: 1\n\n\r\n0\r\n\r\n", "capture-chunked", (1, 1)),
        (b"F\t;" + b"x" * 64 + b"\r\ndata: 1\n\ndata: \r\n", "capture-chunked", (1, 1)),
    ],
)
@pytest.mark.parametrize("format", ["sse", "ndjson"])
def test_what_is_round_a_stream_is_said_alone(
    format: str, stream: bytes, rule: str, place: tuple[int | None, int]
) -> None:
    whole = judge(format, [stream])
    assert [(problem.rule, (problem.line, problem.length)) for problem in whole] == [(rule, place)]
    assert judge(format, bytewise(stream[:2000])) == judge(format, [stream[:2000]])


@pytest.mark.parametrize(
    "stream",
    [
        *(b"<", b"<p>x</p>", b"<!-", b"HTT", b"\x1f", b"\xff", b"\x28\xb5", b"9\r\ndata: 1\n\n", b"9", b"9\r\nx\r\n"),
        *(b"ff: 1\n\ndata: 1\n\n", b"9\r\ndata: 1\n\nx\r\n", b"12\n\n", b"   ", b" " * 5000 + b"<html>"),
        *(b"\xef\xbb<html>", b"20240101\r\n20240102\r\n", b"10000\r\n" + b"x" * 0x10000 + b"\r\n"),
    ],
)
def test_what_only_looks_like_it_is_a_stream(stream: bytes) -> None:
    wrappers = selected(["capture"], ["capture-empty"])
    assert judge("sse", [stream], wrappers) == []
    assert judge("sse", cut(stream, range(0, len(stream), 1 + len(stream) // 5000)), wrappers) == []


def test_after_it_nothing_more_is_read() -> None:
    checker = Checker("sse", RULES)
    assert not checker.done
    assert [problem.rule for problem in checker.feed(b"HTTP/1.1 200 OK\r\n")] == ["capture-http-head"]
    assert checker.done
    assert checker.feed(b"data: 1\n\n") == []
    assert checker.finish() == []


def test_what_is_round_no_stream_at_all_is_told_from_its_first_bytes() -> None:
    problem = wrapped(b"<html><body>")
    assert problem is not None
    assert problem.rule == "capture-html"
    assert wrapped(b"hello") is None
    assert wrapped(b"<html><body>", selected(["sse"])) is None


def test_a_rule_about_it_that_is_not_selected_does_not_stop_the_reading() -> None:
    stream = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n"
    assert (
        names("sse", stream, rules=selected(ignore=["capture-http-head", "sse-joined-captures"]))
        == ["sse-unknown-field"]
        or judge("sse", [stream], rules=selected(["sse-no-events"])) == []
    )


# What is known from outside.


@pytest.mark.parametrize(
    ("format", "content_type", "rules"),
    [
        ("sse", "", []),
        ("sse", "TEXT/event-stream ; charset=utf-8", []),
        ("sse", "application/json", ["capture-content-type"]),
        ("ndjson", "application/jsonl", []),
        ("ndjson", "text/plain", ["capture-content-type"]),
        ("json-seq", "application/geo+json-seq", []),
        ("json-seq", "application/x-ndjson", ["capture-content-type"]),
    ],
)
def test_content_types(format: str, content_type: str, rules: list[str]) -> None:
    assert names(format, b"", content_type=content_type, rules=selected(["capture-content-type"])) == rules


@pytest.mark.parametrize(
    ("status", "rules"), [(None, []), (200, []), (204, ["http-204"]), (206, ["http-status"]), (503, ["http-status"])]
)
def test_the_status(status: int | None, rules: list[str]) -> None:
    assert names("sse", b"data: 1\n\n", status=status) == rules


def test_a_silence_longer_than_the_keepalive_is_said_once() -> None:
    chunks = [TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b"data: 2\n", 20.0), TimedBytes(b"\n: c\n\n", 21.0)]
    for keepalive, said in ((15.0, [(3, 1)]), (19.9, [(3, 1)]), (20.0, []), (0.5, [(3, 1)])):
        problems = judge("sse", chunks, rules=selected(["sse-keepalive-gap"]), keepalive=keepalive)
        assert [(problem.line, problem.column) for problem in problems] == said
    assert judge("sse", chunks)[0].message == "no byte came for 20.0 s before this"


def test_bursts_after_a_pause_are_said_once_and_the_headers_with_them() -> None:
    burst = b"data: 1\n\n" * 9
    chunks = [TimedBytes(b"data: 0\n\n", 0.0), TimedBytes(burst, 1.5), TimedBytes(burst, 3.0)]
    rules = selected(["http-buffering"])
    problem, *others = judge("sse", chunks, rules=rules)
    assert not others
    assert (problem.line, problem.message) == (3, "at least 8 events arrived at once after 1.50 s: something buffers")
    for headers in ({"Cache-Control": "no-transform, no-cache"}, {"X-Accel-Buffering": "no"}):
        message = judge("sse", chunks, rules=rules, headers=headers)[0].message
        assert message.endswith("something buffers, although the headers ask for none of it")
    for quick in ([chunks[0], TimedBytes(burst, 0.2)], [TimedBytes(burst, 5.0)], [b"data: 0\n\n", burst]):
        assert judge("sse", quick, rules=rules) == []


# In which order, and where.


def test_problems_come_in_the_order_of_their_places() -> None:
    stream = b"data: 1\nfoo: a\x00\nid: 7 \nevent: \xff\ndata: \x0b\n\nid: 7\ndata: 2"
    problems = judge("sse", [stream])
    offsets = [problem.offset for problem in problems if problem.offset is not None]
    assert offsets == sorted(offsets)
    assert len(offsets) >= 7


def test_keys_that_reading_reports_come_with_their_record() -> None:
    rows = b'{"text":"a"}\n{"text":"b","colour":1,"size2":2}\n{"retry":"x"}\n{"text":"c","name":""}'
    assert found("records", rows) == [
        ("records-unknown-key", 2, None),
        ("records-unknown-key", 2, None),
        ("records-invalid", 3, 1),
        ("records-unknown-key", 4, None),
    ]
    assert names("records", rows, rules=selected(["records-invalid"])) == ["records-invalid"]


def test_a_record_over_the_limit_is_said_for_each_piece() -> None:
    stream = b'{"a":1}\n{"a":"' + b"x" * 50 + b'"}\n{"a":2}\n'
    problems = judge("ndjson", [stream], max_record_size=32)
    assert [(problem.rule, problem.line, problem.column, problem.offset) for problem in problems] == [
        ("record-too-large", 2, None, 8),
        ("record-too-large", 2, None, 40),
    ]
    assert problems == judge("ndjson", bytewise(stream), max_record_size=32)


def test_the_lines_of_a_record_over_the_limit_are_not_judged() -> None:
    """Its pieces are cut anywhere: in the middle of a line, of a character, of a line end."""
    stream = "data: 1\n\ndata: 今今今今今今\r\n\r\ndata: 2\n\n".encode()
    for limit in range(9, 26):
        said = [problem.rule for problem in judge("sse", [stream], max_record_size=limit)]
        assert {*said} == {"record-too-large"}
        assert judge("sse", bytewise(stream), max_record_size=limit) == judge("sse", [stream], max_record_size=limit)
    assert names("sse", stream, max_record_size=28) == ["sse-mixed-eol"]


def test_the_library_checks_sources_too() -> None:
    assert [str(problem) for problem in check(b"data: 1\n\nData: 2\n\n")] == [
        "3:1: warning: 'Data' is not a known field: ignored [sse-field-case]"
    ]
    assert [problem.rule for problem in check(b"<html><body>502")] == ["capture-html"]
    with pytest.raises(UnrecognisedError):
        next(check(b"<html><body>502", ignore=["capture"]))
    with pytest.raises(UnrecognisedError):
        next(check(b"hello"))
    with pytest.raises(ValueError, match="no rule is named"):
        check(b"data: 1\n\n", select=["sse-bomb"])


def _line_and_column(format: str, stream: bytes, offset: int) -> tuple[int, int]:
    """The place of a byte, counted in the bytes themselves: of event streams at CR, LF and CRLF, else at LF."""
    before = stream[:offset]
    ends = (b"\n", b"\r") if format == "sse" else (b"\n",)
    lines = before.splitlines(keepends=True) if format == "sse" else re.findall(rb"[^\n]*\n|[^\n]+", before)
    inside_end = format == "sse" and before.endswith(b"\r") and stream[offset : offset + 1] == b"\n"
    open_line = lines.pop() if lines and (inside_end or not lines[-1].endswith(ends)) else b""
    if format != "sse" and open_line.endswith(b"\n"):
        lines.append(open_line)
        open_line = b""
    text = open_line.decode("utf-8", "replace")
    return len(lines) + 1, len(text.removeprefix("\ufeff") if not lines else text) + 1


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_problems_do_not_depend_on_how_the_bytes_come_and_stand_where_they_say(
    format: str, data: st.DataObject
) -> None:
    """Any bytes, any chunking: the same problems; each of a rule, as grave as it, with places that agree."""
    stream = data.draw(st.one_of(hostile(format), framed()) if format == "sse" else hostile(format))
    whole = judge(format, [stream])
    assert judge(format, bytewise(stream)) == whole
    assert judge(format, cut(stream, data.draw(st.lists(st.integers(0, 200), max_size=4)))) == whole
    for problem in whole:
        assert problem.severity == SEVERITIES[problem.rule]
        assert problem.message
        _stands_where_it_says(format, stream, problem)


def _stands_where_it_says(format: str, stream: bytes, problem: Problem) -> None:
    if problem.offset is None:
        assert problem.line is None
        return
    assert 0 <= problem.offset <= problem.offset + problem.length <= len(stream)
    if format == "aws-eventstream":  # which has no lines
        assert (problem.line, problem.column) == (None, None)
        return
    line, column = _line_and_column(format, stream, problem.offset)
    assert problem.line == line
    assert problem.column in (column, None)
