"""The source line of a problem: the caret is under the bytes meant, whatever they are, and nothing is hidden."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from streamconv import Problem, Record
from streamconv.reports.excerpt import excerpt, visible
from tests.reading import READABLE, framed, hostile
from tests.rules.judging import judge


def _drawn(format: str, stream: bytes, rule: str, columns: int = 80) -> str:
    """The first problem of a rule as it is shown: the line, and the caret under it."""
    problem = next(one for one in judge(format, [stream]) if one.rule == rule)
    shown = excerpt(problem, columns)
    assert shown is not None
    assert cell_len(shown.text) <= max(columns, 20)
    return f"{shown.text}\n{' ' * shown.indent}{'^' * shown.width}"


@pytest.mark.parametrize(
    ("format", "stream", "rule", "drawn"),
    [
        ("ndjson", '{"a":x}\n', "ndjson-invalid-json", '{"a":x}␊\n     ^'),
        ("ndjson", '{"é":x}\n', "ndjson-invalid-json", '{"é":x}␊\n     ^'),
        ("ndjson", '{"e\u0301":x}\n', "ndjson-invalid-json", '{"e\u0301":x}␊\n     ^'),
        # CJK and emoji are two columns wide.
        ("ndjson", '{"今天":x}\n', "ndjson-invalid-json", '{"今天":x}␊\n        ^'),
        ("ndjson", '{"🙂":x}\n', "ndjson-invalid-json", '{"🙂":x}␊\n      ^'),
        ("sse", "今天\ndata: 1\n\n", "sse-unknown-field", "今天␊\n^^^^"),
        # What would move the cursor, or not be seen, is shown.
        ("ndjson", '{"a":\t\tx}\n', "ndjson-invalid-json", '{"a":␉␉x}␊\n       ^'),
        ("ndjson", '{"a":"\x1b[31m"}\n', "json-control-char", '{"a":"␛[31m"}␊\n      ^'),
        ("sse", "data: a\0\x7f\n\n", "sse-nul", "data: a␀␡␊\n       ^"),
        ("sse", "data: a\u2028b\n\n", "sse-linesep-in-value", "data: a<U+2028>b␊\n       ^^^^^^^^"),
        ("sse", "data: a\u202eb\x0b\n\n", "sse-linesep-in-value", "data: a<U+202E>b␋␊\n                ^"),
        ("sse", "\ufeffdata: 1\n\n", "sse-bom", "<BOM>data: 1␊\n^^^^^"),
        ("ndjson", "\ufeff{x}\n", "ndjson-invalid-json", "<BOM>{x}␊\n      ^"),
        # Line ends, and what is missing after them.
        ("sse", "data: a\rfoo: b\r\r", "sse-bare-cr", "data: a␍\n       ^"),
        ("sse", "data: a\rfoo: b\r\r", "sse-unknown-field", "foo: b␍\n^^^"),
        ("ndjson", '{"a":1}\r\n', "ndjson-crlf", '{"a":1}␍␊\n       ^^'),
        ("ndjson", '{"a":1}', "ndjson-missing-final-newline", '{"a":1}\n       ^'),
        ("ndjson", "1\n\n2\n", "ndjson-blank-line", "␊\n^"),
        ("sse", "data: 1\n\nevent: x\ndata: 2\n", "sse-unterminated-event", "event: x␊\n^^^^^^^^"),
        ("sse", "data: 1\n\ndata: 2", "sse-unterminated-line", "data: 2\n       ^"),
        # Records that share a line.
        ("stream+json", '{"a":1},{"b":2}\n', "stream-comma", "…,\n ^"),
        ("stream+json", '{"今":1} \ufeff{}\n', "json-bom-inside", "… <BOM>\n  ^^^^^"),
        ("json-seq", "\x1e{}\x1e{}\n", "seq-missing-lf", "␞{}\n   ^"),
    ],
)
def test_the_caret_is_under_the_bytes_meant(format: str, stream: str, rule: str, drawn: str) -> None:
    assert _drawn(format, stream.encode(), rule) == drawn


@pytest.mark.parametrize(
    ("stream", "drawn"),
    [
        (b"data: caf\xe9\n\n", "data: caf<E9>␊\n         ^^^^"),
        (b"data: \xe6\xb0\n\n", "data: <E6><B0>␊\n      ^^^^^^^^"),
        (b"data: \xe4\xbb\x8a\xff\xe4\xbb\x8a\n\n", "data: 今<FF>今␊\n        ^^^^"),
    ],
)
def test_bytes_that_are_not_utf8_are_shown_as_bytes(stream: bytes, drawn: str) -> None:
    assert _drawn("sse", stream, "sse-invalid-utf8") == drawn


def test_a_long_line_is_cut_round_the_place() -> None:
    start = b'{"a":x' + b"y" * 500 + b"}\n"
    assert _drawn("ndjson", start, "ndjson-invalid-json", 30) == '{"a":x' + "y" * 22 + "…\n     ^"
    middle = b'{"' + b"x" * 250 + b'":y' + b"z" * 250 + b"}\n"
    assert _drawn("ndjson", middle, "ndjson-invalid-json", 30) == f'…{"x" * 12}":y{"z" * 13}…\n{" " * 15}^'
    end = b'{"k":"' + b"x" * 500 + b'",}\n'
    assert _drawn("ndjson", end, "ndjson-invalid-json", 30) == f'…{"x" * 24}",}}␊\n{" " * 27}^'
    wide = b'{"k":"' + "今".encode() * 100 + b'":' + b"}\n"
    assert _drawn("ndjson", wide, "ndjson-invalid-json", 30) == f'…{"今" * 12}":}}␊\n{" " * 26}^'


def test_a_line_of_megabytes_is_looked_at_near_the_place_only() -> None:
    for before, after in ((10_000, 10_000), (0, 10_000), (10_000, 0)):
        line = b'{"' + b"x" * before + b'":y' + b"z" * after + b"}\n"
        text, caret = _drawn("ndjson", line, "ndjson-invalid-json", 40).split("\n")
        assert text[len(caret) - 1] == "y"
        assert text.startswith("…" if before else '{"":y')
        assert text.endswith("…" if after else "y}␊")


def test_a_finding_wider_than_the_terminal_fills_it() -> None:
    line = b'{"a":1}{"b":"' + b"x" * 300 + b'"}\n'
    assert _drawn("ndjson", line, "ndjson-two-values", 40) == f'…{{"b":"{"x" * 32}…\n {"^" * 38}'


def test_a_terminal_is_never_taken_for_narrower_than_twenty_columns() -> None:
    assert (
        _drawn("ndjson", b'{"' + b"x" * 50 + b'":y}\n', "ndjson-invalid-json", 3) == f'…{"x" * 13}":y}}␊\n{" " * 16}^'
    )


def test_what_has_no_place_has_no_line() -> None:
    def problem(record: Record | None, offset: int | None) -> Problem:
        return Problem(rule="r", severity="error", message="m", record=record, offset=offset)

    record = Record("invalid", raw=b"x\n")
    assert excerpt(problem(None, 3), 80) is None
    assert excerpt(problem(record, None), 80) is None
    assert excerpt(problem(Record("invalid"), 0), 80) is None
    assert excerpt(problem(record, 0), 80) == ("x␊", 0, 1)
    assert excerpt(problem(record, 99), 80) == ("x␊", 2, 1)


def test_visible_hides_nothing() -> None:
    assert visible(b"a b\t\r\n\x00\x7f\x1b\xe9") == "a b␉␍␊␀␡␛<E9>"
    assert visible("é今\ufeff\u200b\x85\U000e0001".encode()) == "é今<BOM><U+200B><U+0085><U+E0001>"
    assert visible(b"\xed\xa0\xbd\xf0\x9f") == "<ED><A0><BD><F0><9F>"


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_no_excerpt_is_wider_than_asked_or_holds_a_control_character(format: str, data: st.DataObject) -> None:
    """Of any problem of any bytes: it fits, nothing in it moves the cursor, the caret is inside or right after it."""
    stream = data.draw(st.one_of(hostile(format), framed()) if format == "sse" else hostile(format))
    columns = data.draw(st.integers(20, 100))
    for problem in judge(format, [stream]):
        shown = excerpt(problem, columns)
        if shown is not None:
            assert cell_len(shown.text) <= columns
            assert shown.width >= 1
            assert shown.indent + shown.width <= cell_len(shown.text) + 1
            assert not {unicodedata.category(char) for char in shown.text} & {"Cc", "Cf", "Zl", "Zp"}


def test_plain_bytes_are_text_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamconv.reports.excerpt._cells", None)  # not cut into cells
    assert visible(b'{"a":1} ~') == '{"a":1} ~'
    assert visible(b"") == ""
