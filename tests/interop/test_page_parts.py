"""The parts of the page that are plain functions, one by one, in Chromium: tables of what goes in and what comes out.

Run by `.ci/interop`, which has the browser; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from streamconv import jsontext
from streamconv.reports.page import SCRIPTS, script_of
from tests.interop.pages import browser, needs_chromium

pytest.importorskip("playwright", reason="run by .ci/interop")
pytestmark = needs_chromium

Evaluate = Callable[..., Any]


@pytest.fixture(scope="module")
def js() -> Iterator[Evaluate]:
    """Evaluates an expression in which `x` is the value given, among the functions of the page."""
    parts = script_of([name for name in SCRIPTS if name != "main.js"])
    with browser() as chromium:
        page = chromium.new_page()

        def evaluate(expression: str, x: object = None) -> Any:
            return page.evaluate(f"x => {{ {parts}\nreturn {expression} }}", x)

        yield evaluate


# JSON as text

VALID = [
    "{}",
    "[]",
    ' \t\r\n{"a" : [ 1 , 2.0 , -0 , 1e400 ] , "b":{}}\n',
    '"a\\"b\\\\"',
    '["\\\\","\\\\\\"",",]}"]',
    '{"a":1,"a":2,"__proto__":{"x":[]},"\\u0061":3}',
    "123456789012345678901234567890",
    '[[[[]]],[{"k":[{}]}]]',
    "true",
    "null",
    '"\\ud800"',
    '{"今天":"🙂","":""}',
]


@pytest.mark.parametrize("text", VALID)
def test_children_are_found_as_they_were_written(js: Evaluate, text: str) -> None:
    walk = """(function walk(value) {
        const inner = value.kind === 'object' || value.kind === 'array' ? children(x, value.start).map(walk) : null;
        return [value.key, value.kind, x.slice(value.start, value.end), inner];
    })(root(x))"""
    assert js("isJSON(x)", text)
    assert _rebuilt(js(walk, text)) == jsontext.compact(text.encode("utf-8", "surrogatepass")).decode()


def _rebuilt(node: list[Any]) -> str:
    """A text without white space again, of what was found."""
    _, kind, text, inner = node
    if kind == "object":
        assert all(isinstance(child[0], str) for child in inner)
        return "{" + ",".join(f"{child[0]}:{_rebuilt(child)}" for child in inner) + "}"
    if kind == "array":
        assert [child[0] for child in inner] == [*range(len(inner))]
        return "[" + ",".join(map(_rebuilt, inner)) + "]"
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("text", ["", "{", "{,}", "[1,]", "nul", "'a'", "{} {}", "NaN", "01", '"\n"', "[DONE]"])
def test_what_is_no_json_is_told(js: Evaluate, text: str) -> None:
    assert not js("isJSON(x)", text)


def test_deep_nesting_is_walked(js: Evaluate) -> None:
    deep = "[" * 5000 + "]" * 5000
    assert js("isJSON(x) && [root(x).end, children(x, 0).length, children(x, 4999).length]", deep) == [10_000, 1, 0]


def test_many_children_come_in_parts(js: Evaluate) -> None:
    text = json.dumps([*range(1000)])
    keys = "children(x, 0, 3, 990).map(({ key, start, end }) => [key, x.slice(start, end)])"
    assert js(keys, text) == [[990, "990"], [991, "991"], [992, "992"]]
    assert js("children(x, 0, 20, 990).length", text) == 10


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("@", '{"a":[{"b":1.0},2],"odd name":{"\\"":null},"a":[3]}'),
        ("a", "[3]"),
        ("a[0]", "3"),
        ("a[1]", None),
        ("a.b", None),
        ('"odd name"', '{"\\"":null}'),
        ('"odd name"."\\""', "null"),
        ("none", None),
    ],
)
def test_a_path_leads_to_a_value(js: Evaluate, path: str, found: str | None) -> None:
    text = '{"a":[{"b":1.0},2],"odd name":{"\\"":null},"a":[3]}'
    assert js("lookUp(x[0], steps(x[1]))", [text, path]) == found


@pytest.mark.parametrize("path", ["a[", "a b", "[*]", "a | b", ""])
def test_what_is_no_path_is_told(js: Evaluate, path: str) -> None:
    assert js("steps(x)", path) is None


def test_each_step_of_a_path_is_read_back(js: Evaluate) -> None:
    keys = ['"plain"', '"odd name"', '"\\u0022"', '"1a"', 7]
    assert js("x.map(key => steps(step(key).replace(/^\\./, ''))[0])", keys) == ["plain", "odd name", '"', "1a", 7]


# Bytes and characters


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ~", "plain ~"),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("\0\x1b[0m\x7f\x85", r"\x00\x1b[0m\x7f\x85"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("\ufeff\u2028\u00ad", r"\ufeff\u2028\xad"),
        ("\ud800x", r"\ud800x"),
        ("\U000e0041", r"\U000e0041"),
        ("今天 👩\u200d💻 é", "今天 👩\u200d💻 é"),
    ],
)
def test_nothing_is_hidden(js: Evaluate, text: str, shown: str) -> None:
    as_nodes = "(d => { d.append(visibleNodes(eval(x))); return d.textContent })(document.createElement('p'))"
    quoted = json.dumps(text)
    assert js("visible(eval(x))", quoted) == shown
    assert js(as_nodes, quoted) == shown


def test_the_dump_is_that_of_hexdump(js: Evaluate) -> None:
    row = js("dumpRow(toBytes(x), 1, 8, 100)", "01234567é\n~")
    assert row == {"offset": "0000006c", "hex": ["c3", "a9", "0a", "7e"], "text": ["·", "·", "·", "~"]}
    assert js("[...fromBase64(x)]", "AP/+") == [0, 255, 254]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("size(0)", "0 B"),
        ("size(999)", "999 B"),
        ("size(1000)", "1.0 kB"),
        ("size(999949)", "999.9 kB"),
        ("size(999950)", "1.0 MB"),
        ("size(7.5e12)", "7500.0 GB"),
        ("duration(0)", "0 s"),
        ("duration(0.000035)", "35 µs"),
        ("duration(0.0124)", "12.4 ms"),
        ("duration(0.515)", "515 ms"),
        ("duration(1.2041)", "1.204 s"),
        ("duration(59.5)", "59.50 s"),
        ("duration(124)", "2 min 04 s"),
        ("duration(-0.5)", "-500 ms"),
        ("counted(1, 'record')", "1 record"),
        ("counted(12345, 'record')", "12,345 records"),
    ],
)
def test_numbers_for_people(js: Evaluate, expression: str, said: str) -> None:
    assert js(expression) == said


# Rows


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"raw": "data: 今🙂x\n\n", "span": [6, 10]}, "今🙂x"),
        ({"raw": "x", "data": ""}, ""),
        ({"raw": ": ping\n", "comments": ["ping", "pong"]}, ": ping : pong"),
        ({"raw": "retry: 5\n", "retry": 5, "unknown": [["meta", "\x1b"]]}, r"retry: 5 meta: \x1b"),
        ({"raw": "junk\n"}, r"junk\n"),
        ({"b64": "/w=="}, "\ufffd"),
        ({"raw": "", "data": '{"a":"\\u4f60\\ud83d\\ude42\\u0022"}'}, '{"a":"你🙂\\u0022"}'),
        ({"raw": "", "data": "\\u4f60 is no JSON"}, "\\u4f60 is no JSON"),
        ({"raw": "", "data": '{"a":"\\u202e"}'}, r'{"a":"\u202e"}'),
    ],
)
def test_a_row_on_one_line(js: Evaluate, row: dict[str, Any], shown: str) -> None:
    assert js("shown(x)", row) == shown


ROWS = [
    {"n": 1, "size": 30, "event": "b", "id": "9", "raw": "", "data": "pear"},
    {"size": 10, "kind": "control", "label": "comment", "raw": "", "comments": ["red apple"]},
    {"n": 2, "size": 20, "id": "10", "raw": "", "data": "apple", "problems": [{"severity": "error"}], "time": 0.5},
    {"n": 3, "size": 10, "event": "a", "raw": "", "data": "pear", "time": 0.25},
]


@pytest.mark.parametrize(
    ("kind", "pattern", "found"),
    [
        ("all", None, [0, 1, 2, 3]),
        ("events", None, [0, 2, 3]),
        ("problems", None, [2]),
        ("all", "APPLE", [1, 2]),
        ("all", "^(a|message)$", [2, 3]),
        ("events", "^9$|comment", [0]),
        ("all", "^$", []),
    ],
)
def test_rows_are_selected(js: Evaluate, kind: str, pattern: str | None, found: list[int]) -> None:
    expression = "[...select(x[0], x[1], x[2] === null ? null : compile(x[2]))]"
    assert js(expression, [ROWS, kind, pattern]) == found


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        ("number", [0, 2, 3, 1], [3, 2, 0, 1]),
        ("size", [1, 3, 2, 0], [0, 2, 1, 3]),
        ("time", [3, 2, 0, 1], [2, 3, 0, 1]),
        ("type", [3, 0, 1, 2], [2, 1, 0, 3]),
        ("id", [0, 2, 1, 3], [2, 0, 1, 3]),
        ("data", [1, 2, 0, 3], [0, 3, 2, 1]),
    ],
)
def test_rows_are_sorted(js: Evaluate, column: str, up: list[int], down: list[int]) -> None:
    """Those without a value come last both ways; equal ones stay as they came."""
    expression = "[...sorted(x[0], Uint32Array.of(0, 1, 2, 3), COLUMNS.find(c => c.name === x[1]), x[2])]"
    assert js(expression, [ROWS, column, False]) == up
    assert js(expression, [ROWS, column, True]) == down


def test_texts_with_the_same_start_are_sorted_by_their_rest(js: Evaluate) -> None:
    texts = ["aaa", "aaab", "aa", "aaa\U0001f642", "aaac", "aaaba", "", "aaa"]
    rows = [{"raw": "", "data": text, "size": 0} for text in texts]
    order = js("[...sorted(x, Uint32Array.from(x.keys()), COLUMNS.find(c => c.name === 'data'), false)]", rows)
    assert [texts[at] for at in order] == sorted(texts, key=lambda text: text.encode("utf-16-be"))


@pytest.mark.parametrize(
    ("row", "format", "data", "sse", "record"),
    [
        (
            {
                "n": 1,
                "event": "a",
                "id": "7",
                "raw": 'x: {"k":1.0}',
                "span": [3, 12],
                "line": 1,
                "offset": 0,
                "size": 9,
            },
            "ndjson",
            '{"k":1.0}\n',
            'event: a\nid: 7\ndata: {"k":1.0}\n\n',
            '{"n":1,"event":"a","id":"7","data":{"k":1.0},"line":1,"offset":0,"size":9}\n',
        ),
        (
            {"n": 2, "raw": "data: b\ndata: c\n\n", "data": "b\nc", "line": 1, "offset": 0, "size": 17},
            "sse",
            "b\nc\n",
            "data: b\ndata: c\n\n",
            '{"n":2,"text":"b\\nc","line":1,"offset":0,"size":17}\n',
        ),
        (
            {
                "kind": "control",
                "label": "comment",
                "comments": ["p"],
                "raw": ":p\n",
                "line": 3,
                "offset": 9,
                "size": 3,
            },
            "ndjson",
            "",
            "",
            '{"kind":"control","comments":["p"],"line":3,"offset":9,"size":3}\n',
        ),
        (
            {"n": 3, "event": "a\nb", "id": "x\0", "raw": "", "data": "1\r2", "line": 1, "offset": 0, "size": 3},
            "aws-eventstream",
            "1\r2\n",
            "data: 1\ndata: 2\n\n",
            '{"n":3,"event":"a\\nb","id":"x\\u0000","text":"1\\r2","line":1,"offset":0,"size":3}\n',
        ),
    ],
)
def test_a_row_to_paste_elsewhere(
    js: Evaluate, row: dict[str, Any], format: str, data: str, sse: str, record: str
) -> None:
    assert js("[asData(x[0]), asSSE(x[0], x[1]), asRecord(x[0])]", [row, format]) == [data, sse, record]
