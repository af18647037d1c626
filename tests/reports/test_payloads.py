"""Payloads are shown as they are written, safe to print, and at a cost of what is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Record
from streamconv.reports import payloads
from streamconv.reports.cells import width
from streamconv.reports.excerpt import visible
from streamconv.reports.payloads import (
    Span,
    in_one_line,
    indented,
    is_json,
    painted,
    shortened,
    text_in_one_line,
    whole,
)


def shown(record: Record, columns: int = 200, *, colour: bool = False) -> str:
    return painted(in_one_line(record, columns), colour=colour)


def lines(record: Record) -> list[str]:
    return [painted(spans, colour=False) for spans in whole(record)]


def of_json(data: str) -> Record:
    return Record(data=data, carries="json")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (r'"\u4f60\u597d"', '"你好"'),
        (r'"\ud83d\ude00"', '"😀"'),
        (r'"\ud83d \ude00 \ud83d\u0041"', r'"\ud83d \ude00 \ud83dA"'),
        (r'"\n\t\u001b\u0000\u202e\u200d"', r'"\n\t\u001b\u0000\u202e\u200d"'),
        (r'"\"\u0022 \\ \u005c \/"', r'"\"\u0022 \\ \u005c /"'),
        (r'"\\u4f60"', r'"\\u4f60"'),
        ('"\x1b[2J\u202e\x9b"', r'"\x1b[2J\u202e\x9b"'),
        ('{"a":1.0,\n  "b":[1e400, -0],"b":123456789012345678901234567890}',
         '{"a":1.0, "b":[1e400, -0],"b":123456789012345678901234567890}'),
        ('  {"cut": "in a str', '{"cut": "in a str'),
        ('{"bad": nul, \x07}', r'{"bad": nul, \x07}'),
    ],
)  # fmt: skip
def test_json_is_shown_as_it_is_written_with_its_visible_escapes_decoded(written: str, wanted: str) -> None:
    assert shown(of_json(written)) == wanted


def test_what_is_cut_ends_with_an_ellipsis() -> None:
    record = of_json('{"name":"你好你好"}')
    assert shown(record, 18) == '{"name":"你好你好…'
    assert shown(record, 17) == '{"name":"你好你…'
    assert shown(record, 8) == '{"name"…'
    assert shown(record, 19) == record.data


@given(st.lists(st.text(st.sampled_from("a你🙂e\u0301❤\ufe0f"), max_size=12), max_size=4), st.integers(1, 12))
def test_what_is_shortened_fits(texts: list[str], columns: int) -> None:
    line = painted(shortened([Span("text", text) for text in texts], columns), colour=False)
    assert width(line) <= columns
    whole_line = "".join(texts)
    assert line == whole_line or (line.endswith("…") and whole_line.startswith(line[:-1]))


def test_text_and_other_records_are_shown_with_nothing_hidden() -> None:
    assert shown(Record(data="first\nsecond\x1b]0;x\x07")) == r"first\nsecond\x1b]0;x\x07"
    assert shown(Record(data="[DONE]", carries="json")) == "[DONE]"
    assert shown(Record(data="")) == ""
    assert shown(Record("control", raw=b": hi\x1b[m\n\n", comments=("hi",))) == ": hi␛[m"
    assert shown(Record("control", raw=b"\r\n")) == ""
    assert shown(Record("invalid", raw=b'\xff{"a"\n', data=None)) == '<FF>{"a"'
    assert shown(Record("invalid", raw=b"x" * 100), 10) == "xxxxxxxxx…"


@given(st.text(st.sampled_from('{}[]:," \\nu4f60你\n\t1'), max_size=40), st.integers(1, 30))
def test_a_plain_line_reads_as_one_in_colour(text: str, columns: int) -> None:
    record = of_json(text)
    plain = painted(in_one_line(record, columns, plain=True), colour=False)
    assert plain == shown(record, columns)


@pytest.mark.parametrize("columns", [0, -5])
@pytest.mark.parametrize("record", [of_json('{"a":1}'), Record(data="a text"), Record("invalid", raw=b"{")])
def test_where_there_is_no_room_nothing_is_shown(record: Record, columns: int) -> None:
    assert in_one_line(record, columns) == in_one_line(record, columns, plain=True) == []


def test_of_bytes_no_more_are_looked_at_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[bytes] = []

    def looks(raw: bytes) -> str:
        looked_at.append(raw)
        return visible(raw)

    monkeypatch.setattr(payloads, "visible", looks)
    assert shown(Record("invalid", raw=b"x" * 10_000), 80) == "x" * 79 + "…"
    assert shown(Record("invalid", raw="🙂".encode() * 10_000), 80) == "🙂" * 39 + "…"
    assert [len(raw) for raw in looked_at] == [320, 320]


def test_colour_tells_keys_strings_numbers_and_words_apart() -> None:
    painted_line = shown(of_json('{"k":["s",-1.5e3,true]}'), colour=True)
    assert painted_line == (
        '{\x1b[34m"k"\x1b[0m:[\x1b[32m"s"\x1b[0m,\x1b[36m-1.5e3\x1b[0m,\x1b[35mtrue\x1b[0m]}'
    )  # fmt: skip


def test_a_payload_is_indented_token_by_token() -> None:
    record = of_json('{"a":{"b":[],"c":{ },"n":1.0},"a":[1,[2],"x: ,"]}')
    assert lines(record) == [
        "{",
        '  "a": {',
        '    "b": [],',
        '    "c": {},',
        '    "n": 1.0',
        "  },",
        '  "a": [',
        "    1,",
        "    [",
        "      2",
        "    ],",
        '    "x: ,"',
        "  ]",
        "}",
    ]


def test_scalars_and_texts_are_whole() -> None:
    assert lines(of_json(" 12 ")) == ["12"]
    assert lines(Record(data="one\r\ntwo\rthree\n\x1b[2J")) == ["one", "two", "three", r"\x1b[2J"]
    assert lines(of_json('{"cut":\n[')) == ['{"cut":', "["]
    assert lines(Record("control", raw=b": a\n: b\n\n")) == [": a", ": b"]


def test_deep_payloads_are_indented_so_far_only() -> None:
    deep = [*indented("[" * 1000 + "]" * 1000)]
    assert len(deep) == 1999
    assert max(len(painted(line, colour=False)) for line in deep) <= 42


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_indenting_changes_only_white_space(value: object) -> None:
    text = json.dumps(value)
    there = "\n".join(painted(line, colour=False) for line in indented(text))
    assert json.loads(there) == value
    assert there == "\n".join(painted(line, colour=False) for line in indented(json.dumps(value, indent=3)))


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("data", ['"' + "x" * 10_000_000 + '"', "[" * 5_000_000, '{"a":"' + "\\u4f60" * 1_000_000])
def test_one_line_of_a_huge_payload_looks_at_what_is_shown_only(data: str) -> None:
    line = text_in_one_line(data, 80, json=True)
    assert sum(len(span.text) for span in line) <= 80
    assert line[-1].text == "…"


def test_what_is_meant_as_json() -> None:
    assert is_json(of_json("1"))
    assert is_json(Record(data=' {"a'))
    assert not is_json(Record(data="1", carries="text"))
    assert not is_json(Record(data="[DONE]"))
    assert not is_json(Record())
