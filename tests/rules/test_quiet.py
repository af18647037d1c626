"""Records that are called quiet: rules asked all the same find nothing in them, and remember nothing of them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.rules import Stream
from streamconv.rules.quiet import Quiet
from tests.reading import decode, framed, hostile
from tests.rules.judging import judge_plainly, judge_shortly
from tests.test_conformance import CASES


def _quiet(format: str, stream: bytes) -> list[bool]:
    """Of each record of a stream, whether it is passed over."""
    known = Stream(format)
    quiet = Quiet(known)
    said = []
    for record in decode(format, [stream]):
        said.append(quiet(record))
        if not said[-1]:
            quiet.learn(record)
        known.remember(record)
    return said


def _chunk(n: int, content: str, **more: object) -> str:
    delta = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    return json.dumps({"id": "chatcmpl-1", "created": 1700000000 + n, "choices": [delta], **more}, ensure_ascii=False)


_CHAT = "".join(f"data: {_chunk(n, word)}\n\n" for n, word in enumerate(["Hello", " wörld", "今天", "🙂"] * 10))


@pytest.mark.parametrize(
    ("format", "stream"),
    [
        ("sse", _CHAT + "data: [DONE]\n\n"),
        ("sse", _CHAT.replace("\n", "\r\n")),
        ("sse", _CHAT.replace("data: ", "data:")),
        ("sse", _CHAT.replace("data: ", "event: delta\ndata: ")),
        ("sse", "".join(f"id: {n}\nevent: delta\ndata: {n}\n\n" for n in range(40))),
        ("sse", "".join(f"event: delta\nid: {n}\ndata: {n}\n\n" for n in range(40))),
        ("sse", "".join(f"event: delta\ndata: {n}\nid: {n}\n\n" for n in range(40))),
        ("sse", "".join(f"data: tok{n}\n\n: ping\n\n" for n in range(20))),
        ("sse", "".join(f": a\n:\ndata: a\ndata: b{n}\n: c\n\n" for n in range(20))),
        ("ndjson", "".join(f"{_chunk(n, 'x')}\n" for n in range(40))),
        ("ndjson", "".join(f"{_chunk(n, 'x')}\r\n" for n in range(40))),
        ("stream+json", "".join(f"{_chunk(n, 'x')}\n" for n in range(40))),
        ("stream+json", "".join(f"{json.dumps({'a': [n], 'b': {}}, indent=2)}\n" for n in range(40))),
    ],
)
def test_the_streams_of_everyday_are_quiet_but_for_their_first_records(format: str, stream: str) -> None:
    """Which is what makes checking them fast."""
    said = _quiet(format, stream.encode())
    assert said[0] is False
    assert said.count(False) <= 2
    assert judge_shortly(format, stream.encode()) == judge_plainly(format, stream.encode())


@pytest.mark.parametrize(
    "block",
    [
        "\n",
        "data: {\n\n",
        "data: [1,\n\n",
        'data: {"a":1,"a":2}\n\n',
        'data: {"a":1e400}\n\n',
        'data: {"a":\ndata: 1}\n\n',
        "data:x\n\n",
        "data: \n\n",
        "data:  x\n\ndata:y\n\n",
        "data: a\u2028b\n\n",
        "data: a\x0bb\n\n",
        "data: \ufffd\n\n",
        "data: a\0b\n\n",
        "data: x\r\n\r\n",
        "event: error\ndata: 1\n\n",
        "event: open\ndata: 1\n\n",
        "event: a \ndata: 1\n\n",
        "event:  a\ndata: 1\n\n",
        "event:\ndata: 1\n\n",
        "event: a\nevent: b\ndata: 1\n\n",
        "event: a\n\n",
        "id: 7\ndata: 1\n\nid: 7\ndata: 2\n\n",
        "id: 9\ndata: 1\n\nid: 8\ndata: 2\n\n",
        "id: 9\ndata: 1\n\ndata: 2\n\nid: 9\ndata: 3\n\n",
        "id: a\0\ndata: 1\n\n",
        "id: 7\n\n",
        "retry: 3000\ndata: 1\n\n",
        ": comment \x1b[31m\n\n",
        "foo: bar\ndata: 1\n\n",
        "\ufeffdata: 1\n\n",
        "data: x\n",
        "data: x",
        ": ping",
        "data: " + "x" * 300_000 + "\n\n",
    ],
)
@pytest.mark.parametrize("start", ['data: {"a":1}\n\n', "data: x\n\n"])
def test_what_a_rule_speaks_of_is_never_quiet(start: str, block: str) -> None:
    stream = (start * 3 + block + start * 3).encode()
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    stream = (start * 3 + block).encode()
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


@pytest.mark.parametrize("format", ["ndjson", "stream+json"])
@pytest.mark.parametrize(
    "line",
    [
        *("", " ", "1", '"x"', "[1]", "null", '{"a":1} ', ' {"a":1}', '{"a":1}\r', '{"a":1},', '{"a":1}{"b":2}'),
        *('{"a":1} {"b":2}', '{"a":1,"a":2}', '{"a":1e400}', '{"a":"\u2028"}', "{", '{"a":\n1}', "\ufeff{}", "\x1e{}"),
        *('{"a":9007199254740993}', '{"a":"\\ud83d"}', '{"a":"' + "x" * 300_000 + '"}'),
    ],
)
def test_nor_is_a_json_text_that_a_rule_speaks_of(format: str, line: str) -> None:
    start = '{"a":1}\n'
    for stream in (start * 12 + line + "\n" + start * 3, start * 3 + line):
        assert judge_shortly(format, stream.encode()) == judge_plainly(format, stream.encode())


def test_the_marker_of_the_end_is_quiet_among_json_only() -> None:
    assert _quiet("sse", b'data: {"a":1}\n\n' * 2 + b"data: [DONE]\n\n") == [False, True, True]
    assert _quiet("sse", b"data: x\n\n" * 2 + b"data: [DONE]\n\n") == [False, True, True]


def test_values_on_several_lines_are_quiet_once_it_was_said_that_there_are_some() -> None:
    assert _quiet("stream+json", b'{"a":1}\n{"a":1}\n{\n"a":1}\n{\n"a":1}\n') == [False, True, False, True, False]


@pytest.mark.parametrize("case", [case for case in CASES if case["format"] != "json-seq"], ids=lambda case: case["id"])
def test_cases_thirty_times_over(case: dict[str, str]) -> None:
    """Repeated, whatever is wrong stands among records that may be quiet."""
    stream = base64.b64decode(case["input_b64"])
    for repeated in (stream * 30, (stream + b"\n\n") * 30):
        assert judge_shortly(case["format"], repeated) == judge_plainly(case["format"], repeated)


@settings(max_examples=2 * settings().max_examples)
@given(framed(), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
def test_nothing_is_passed_over_in_event_streams(stream: bytes, end: bytes, spaced: bool) -> None:
    """Whatever is quiet, the problems are the same as where every rule is asked about every record."""
    stream = stream.replace(b"\n", end)
    stream = stream if spaced else stream.replace(b"data: ", b"data:")
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40))
def test_nothing_is_passed_over_in_ids(ids: list[tuple[int, bool]]) -> None:
    """The same, of ids that repeat and go back, between events that have none."""
    stream = b"".join(b"id: %d\ndata: x\n\n" % id if has else b"data: x\n\n" for id, has in ids)
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


@settings(max_examples=2 * settings().max_examples)
@given(st.sampled_from(["ndjson", "stream+json"]), hostile("json"), hostile("json"))
def test_nothing_is_passed_over_in_json(format: str, odd: bytes, last: bytes) -> None:
    """The same, of arbitrary bytes among lines of JSON."""
    stream = b'{"a":1}\n{"a":2}\n' + odd + b'\n{"a":3}\n' + last
    assert judge_shortly(format, stream) == judge_plainly(format, stream)
