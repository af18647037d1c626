"""Stretches that are passed over: what is counted of them, what stops them, and that no problem is lost."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.formats.sse import SSEDecoder
from streamconv.rules import RULES, Checker
from streamconv.rules.llm import STOP, chat
from tests.reading import decode, framed
from tests.rules import orderly
from tests.rules.judging import judge, judge_plainly, judge_shortly
from tests.test_conformance import CASES


def _made(stream: bytes, monkeypatch: pytest.MonkeyPatch, **known: int) -> int:
    """How many records are made of a stream that comes in small blocks."""
    made = 0
    read = SSEDecoder.feed

    def feed(decoder: SSEDecoder, item: bytes) -> list[object]:
        nonlocal made
        batch = read(decoder, item)
        made += len(batch)
        return [*batch]

    monkeypatch.setattr(SSEDecoder, "feed", feed)
    judge("sse", [stream[at : at + 16384] for at in range(0, len(stream), 16384)], **known)
    return made


_KINDS = pytest.mark.parametrize("kind", [orderly.tokens, orderly.lines, orderly.objects, orderly.chats])


@_KINDS
def test_few_records_are_made_of_streams_in_order(
    kind: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what makes checking them fast."""
    stream = kind(2000)
    assert _made(stream, monkeypatch) < len(decode("sse", [stream])) / 8


@_KINDS
def test_who_keeps_records_gets_all_of_them(kind: Callable[[int], bytes]) -> None:
    stream = kind(200)
    checker = Checker("sse", RULES, keeps_records=True)
    kept = []
    for at in range(0, len(stream), 4096):
        checker.feed(stream[at : at + 4096])
        kept += checker.records
    checker.finish()
    assert [*kept, *checker.records] == decode("sse", [stream])


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
        *(b"event: error\ndata: 1\n\n", b": \x1b\n\n", b"data: a\0\n\n", b"data: [DONE]\n\n", b"foo\n\n", b""),
    ],
)
def test_what_stands_between_stretches_is_found_in_its_place(kind: Callable[[int], bytes], odd: bytes) -> None:
    stream = kind(80) + odd + kind(80) + odd
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


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


@pytest.mark.parametrize("case", [case for case in CASES if case["format"] == "sse"], ids=lambda case: case["id"])
@pytest.mark.parametrize("around", [b"data: x\n\n", b'data: {"a":"x"}\r\n\r\n', chat({"content": "x"})])
def test_cases_between_stretches(case: dict[str, str], around: bytes) -> None:
    stream = around * 30 + base64.b64decode(case["input_b64"]) + around * 30
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


_RECORDS = [
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
