"""Stretches that are passed over: what is counted of them, what stops them, and that no problem is lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.formats import decoder as decoder_of
from streamconv.pipeline import BLOCK
from streamconv.rules import RULES, Checker
from streamconv.rules.llm import STOP, chat
from streamconv.rules.shape import run, shape
from streamconv.rules.stretch import Stretch, find, find_all
from tests.reading import decode, framed
from tests.rules import orderly
from tests.rules.judging import judge, judge_plainly, judge_shortly
from tests.test_conformance import CASES


def _made(stream: bytes, monkeypatch: pytest.MonkeyPatch, format: str = "sse", **known: int) -> int:
    """How many records are made of a stream that comes in small blocks."""
    made = 0
    reader = type(decoder_of(format))
    read = reader.feed

    def feed(self: object, item: bytes) -> list[object]:
        nonlocal made
        batch = read(self, item)  # type: ignore[arg-type]
        made += len(batch)
        return [*batch]

    monkeypatch.setattr(reader, "feed", feed)
    judge(format, [stream[at : at + 16384] for at in range(0, len(stream), 16384)], **known)
    return made


_FORMATS = {orderly.logs: "ndjson", orderly.values: "stream+json"}
_KINDS = pytest.mark.parametrize("kind", [orderly.tokens, orderly.lines, orderly.objects, orderly.chats, *_FORMATS])


@_KINDS
def test_few_records_are_made_of_streams_in_order(
    kind: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what makes checking them fast."""
    stream, format = kind(2000), _FORMATS.get(kind, "sse")
    assert _made(stream, monkeypatch, format) < len(decode(format, [stream])) / 8


@_KINDS
def test_who_keeps_records_gets_all_of_them(kind: Callable[[int], bytes]) -> None:
    stream, format = kind(200), _FORMATS.get(kind, "sse")
    checker = Checker(format, RULES, keeps_records=True)
    kept = []
    for at in range(0, len(stream), 4096):
        checker.feed(stream[at : at + 4096])
        kept += checker.records
    checker.finish()
    assert [*kept, *checker.records] == decode(format, [stream])


def test_where_records_are_not_kept_there_are_none() -> None:
    checker = Checker("sse", RULES)
    checker.feed(orderly.tokens(20))
    assert checker.records == []


def test_a_small_limit_of_records_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _made(orderly.tokens(200), monkeypatch, max_record_size=1000) == 200


@_KINDS
@pytest.mark.parametrize(
    "odd",
    [
        *(b"data: {\n\n", b"data: a\xff\n\n", b"data: a\xe2\x80\xa8\n\n", b"data: \xef\xbf\xbd\n\n", b"data:x\n\n"),
        *(b"\n", b"data: x\r\n\r\n", b"id: 7\ndata: 1\n\n", b"id: 7\r\ndata: 1\r\n\r\nid: 7\r\ndata: 1\r\n\r\n"),
        *(b'{\n  "n": 1\n}', b'{"a":\n1}{"a":1}\n', b"[1]\nnull\n", b'{"a":"\xff"}\n', b'{"a":1,"a":2}\n', b'{"a": "'),
        *(b"event: error\ndata: 1\n\n", b": \x1b\n\n", b"data: a\0\n\n", b"data: [DONE]\n\n", b"foo\n\n", b""),
    ],
)
def test_what_stands_between_stretches_is_found_in_its_place(kind: Callable[[int], bytes], odd: bytes) -> None:
    stream, format = kind(80) + odd + kind(80) + odd, _FORMATS.get(kind, "sse")
    assert judge_shortly(format, stream) == judge_plainly(format, stream)


@pytest.mark.parametrize("comment", [b": ping\n\n", b": ping\r\n\r\n", b": a\n: b\n\n", b":\n\n"])
def test_few_records_are_made_of_comments(comment: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before the first event, and where the events round them are of no pattern."""
    assert _made(comment * 2000, monkeypatch) < 2000 / 8
    assert _made(b'data: {"a":1}\n\n' + comment * 2000, monkeypatch) < 2000 / 8


@pytest.mark.parametrize("start", [b"", b": c\r\n\r\n", b": c\r\r", b"\n", b"data: x\n\n", b'data: {"a":1}\r\n\r\n'])
@pytest.mark.parametrize("comment", [b": ping\n\n", b": ping\r\n\r\n", b": a\r\n: b\n\n", b": \x07\n\n", b": \xff\n\n"])
def test_what_comments_hold_and_what_follows_them_is_found_in_its_place(start: bytes, comment: bytes) -> None:
    for more in (comment * 40, b": ping\n\n" * 40 + comment):
        stream = start + more + b"data: \xff\nid: 7\n\n" + more + b"id: 7\ndata: x"
        assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_comments_are_counted() -> None:
    checker = Checker("sse", RULES, keeps_records=True, passes=True)
    checker._start = None  # nothing is held back
    checker.feed(b": a\n: b\n\n" * 100)
    assert len(checker.records) + sum(passed.records for _, passed in checker.passed) == 100
    assert checker.standing is not None
    assert (checker.standing.line, checker.standing.offset) == (301, 900)


def test_what_is_counted() -> None:
    """Events, lines and the last id, which the end of the stream tells of."""
    stream = orderly.lines(200)
    checker = Checker("sse", RULES)
    for at in range(0, len(stream), 1000):
        checker.feed(stream[at : at + 1000])
    assert (checker.stream.events, checker.stream.id_before) == (200, "199-0")
    problem = checker.feed(b"data: \xff\r\n\r\n")[0]
    assert (problem.line, problem.offset) == (200 * 6 + 1, len(stream) + 6)
    assert problem.record is not None
    assert (problem.record.number, problem.record.last_event_id) == (201, "199-0")


def test_the_place_behind_a_stretch_of_values() -> None:
    """The line goes on behind a value, and so do its columns."""
    stream = "".join('{\n"n": "ö"}\n{"n": "öö"}\n' for _ in range(200)).encode()
    checker = Checker("stream+json", RULES)
    checker.feed(stream[:400])
    checker.feed(stream[400:-1])
    assert checker.stream.place == (600, 12, len(stream) - 1)
    (problem,) = checker.feed(b" x\n")
    assert (problem.rule, problem.line, problem.column) == ("stream-invalid-json", 600, 13)


def _found(block: bytes, sample: bytes) -> Stretch | None:
    (record,) = decode("ndjson", [sample])
    pattern = shape(record.raw, (record.data or "").encode(), free=False, named=True).pattern
    return find("ndjson", block, 0, re.compile(run([pattern])))


def test_a_stretch_is_of_one_name_and_may_be_longer_than_a_block() -> None:
    def line(name: int) -> bytes:
        return b'{"id":"%d","text":"%b"}\n' % (name, b"x" * 78)

    many = BLOCK // 100 + 50
    for records in (many, BLOCK // 100):  # beyond a block, and up to its end
        stretch = _found(line(1) * records + line(2) * many, line(1))
        assert stretch is not None
        assert (stretch.records, stretch.size, stretch.names) == (records - 1, (records - 1) * len(line(1)), (b"1",))
    assert _found(line(1) + line(2) * many, line(1)) is None


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["format"] in ("sse", "stream+json")], ids=lambda case: case["id"]
)
@pytest.mark.parametrize("around", [b"data: x\n\n", b'data: {"a":"x"}\r\n\r\n', chat({"content": "x"})])
def test_cases_between_stretches(case: dict[str, str], around: bytes) -> None:
    around = around if case["format"] == "sse" else b'{\n "a": 1}\n'
    stream = around * 30 + base64.b64decode(case["input_b64"]) + around * 30
    assert judge_shortly(case["format"], stream) == judge_plainly(case["format"], stream)


_RECORDS = [
    *(b": c\n: d\n\n", b":\n\n"),
    *(b"data: x\n\n", b"event: e\ndata: y\n\n", b": c\n\n", b"id: 1\ndata: x\n\n", b"id: 2\ndata: x\n\n"),
    *(b"data: x\nid: 3\n\n", b"event: e\nid: n\ndata: x\n\n", b'data: {"a":1}\n\n', b'data: {"a":2}\n\n'),
    *(chat({"content": "a"}), chat({"content": "b"}), STOP, b"data: [DONE]\n\n", b"\n", b"data: \xe2\x80\xa8\n\n"),
]


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(st.tuples(st.sampled_from(_RECORDS), st.integers(1, 40)), max_size=12), framed(), st.booleans())
def test_nothing_is_passed_over(runs: list[tuple[bytes, int]], odd: bytes, crlf: bool) -> None:
    """Runs of records, and whatever is between them: the problems are those of asking about every record."""
    stream = b"".join(record * times for record, times in runs)
    stream = stream + odd + stream
    stream = stream.replace(b"\n", b"\r\n") if crlf else stream
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_who_looks_ahead_looks_under_the_names_that_were_last_until_others_have_come_by() -> None:
    """Of each pattern by itself; the first record under other names, and what stands near it, is read plainly."""
    a, b = (re.compile(rb"data: (?P<name>%b\d)\n\n(?:data: (?P=name)\n\n)*+" % kind) for kind in (b"a", b"b"))
    block = b"".join(b"data: %b\n\n" % name * 50 for name in (b"a1", b"b1", b"a1", b"b2", b"a2"))
    found = [(at, number, at + stretch.size) for at, number, stretch in find_all("sse", block, [a, b])]
    assert found == [(0, 0, 490), (560, 1, 990), (1060, 0, 1490), (1690, 1, 1990), (2190, 0, 2490)]
