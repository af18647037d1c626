"""Records that pass because some before them were alike, and that nothing is passed over because of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.rules import Stream
from streamconv.rules.alike import Alike
from streamconv.rules.llm import BEGIN, END_TURN, HI, MESSAGE_STOP, STOP, block, chat
from tests.protocols.streams import streams
from tests.reading import decode
from tests.rules.judging import judge_plainly, judge_shortly

DONE = b"data: [DONE]\n\n"


def _alike(stream: bytes, format: str = "sse", *, free: bool = False) -> list[bool]:
    """Of each record, whether it passes as alike after two of each before it were samples."""
    known = Stream(format)
    alike = Alike(known, free=free)
    said = []
    for record in decode(format, [stream]):
        said.append(alike(record))
        if not said[-1]:
            alike.learn(record)
            alike.learn(record)
        known.remember(record)
    return said


def _token(text: str, logprob: float, codes: list[int], others: list[str], index: int = 0) -> bytes:
    """A chat chunk with the probabilities of its token."""
    top = [{"token": one, "logprob": -2.5, "bytes": [1, 2]} for one in others]
    content = [{"token": text, "logprob": logprob, "bytes": codes, "top_logprobs": top}]
    choice = {"index": index, "delta": {"content": text}, "logprobs": {"content": content}, "finish_reason": None}
    return _event({"object": "chat.completion.chunk", "choices": [choice]})


def _event(payload: Any) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b"}\n\n', True),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b \\n \\" \\u4eca \\\\"}\n\n', True),
        (b'data: {"content" : "a","n":1}\n\n', b'data: {"content" : "b","n":1}\n\n', True),
        (b'data: {"text":"a","delta":"b"}\n\n', b'data: {"text":"c","delta":"d"}\n\n', True),
        (b'event: x\ndata: {"text":"a"}\n\n', b'event: x\ndata: {"text":"b"}\n\n', True),
        (b'data: {"content":"a"}\n\n', 'data: {"content":"今天"}\n\n'.encode(), True),
        (b'data: {"n":1}\n\n', b'data: {"n":1}\n\n', True),
        (b'data: {"text":"","obfuscation":""}\n\n', b'data: {"text":"","obfuscation":"x"}\n\n', True),
        # Anything else differs, or is to be looked at.
        (b'data: {"content":""}\n\n', b'data: {"content":"a"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":""}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":null}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b","n":1}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b"} \n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"b\\"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\ud83d\\ude42\\uD83D\\uDE42"}\n\n', True),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\ud83d"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\ude42\\ud83d"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\ud83d\\ud83d\\ude42"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\\x"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\x00"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"\xff"}\n\n', False),
        (b'data: {"content":"a"}\n\n', 'data: {"content":"\u2028"}\n\n'.encode(), False),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"' + b"x" * 300_000 + b'"}\n\n', False),
        (b'data: {"content":"a"}\n\n', b'event: x\ndata: {"content":"a"}\n\n', False),
        (b'data: {"finish_reason":"a"}\n\n', b'data: {"finish_reason":"b"}\n\n', False),
        (b'id: 1\ndata: {"content":"a"}\n\n', b'id: 1\ndata: {"content":"a"}\n\n', False),
        (b'id: 1\ndata: {"content":"a"}\n\n', b'id: 2\ndata: {"content":"a"}\n\n', True),
        (b'id: 2\ndata: {"content":"a"}\n\n', b'id: 1\ndata: {"content":"a"}\n\n', False),
        (b'data: {"content":"a"}\nid: x\n\n', b'data: {"content":"a"}\nid: y\n\n', True),
        (b'data: {"content":"a"}\n\n', b'data: {"content":"a"}\nid: y\n\n', False),
        (b'data: {"content":"a"}\n\n', b": ping\n: \n\n", True),
        (b'data: {"content":"a"}\r\n\r\n', b": ping\r\n\r\n", True),
        (b'data: {"content":"a"}\r\n\r\n', b": ping\n\n", False),
        (b": ping\n\n", b": ping\n\n", False),
        (b'data: {"created":1}\n\n', b'data: {"created":1700000000}\n\n', True),
        (b'data: {"created":1}\n\n', b'data: {"created":9007199254740993}\n\n', False),
        (b'data: {"created":1}\n\n', b'data: {"created":01}\n\n', False),
        (b'data: {"created":1}\n\n', b'data: {"created":1e400}\n\n', False),
        (
            b'data: {"usage":{"n":1,"of":{"x":[1]}},"n":1}\n\n',
            b'data: {"usage":{"n":2,"of":{"x":[0,0]}},"n":1}\n\n',
            True,
        ),
        (b'data: {"usage":{"n":1},"n":1}\n\n', b'data: {"usage":{"n":1},"n":2}\n\n', False),
        (b'data: {"id":"1","content":"a"}\n\n', b'data: {"id":"1","content":"b"}\n\n', True),
        (b'data: {"id":"1","content":"a"}\n\n', b'data: {"id":"2","content":"a"}\n\n', False),
        (b'data: {"id":"1","content":"a"}\n\n', b'data: {"id": "1","content":"a"}\n\n', False),
        (b'data: {"id":"1","of":{"id":"2"}}\n\n', b'data: {"id":"1","of":{"id":"3"}}\n\n', False),
        (b'data: {"id":1,"content":"a"}\n\n', b'data: {"id":2,"content":"a"}\n\n', False),
        (b'data: {"content":["a"]}\n\n', b'data: {"content":["b"]}\n\n', False),
        (b'data: {"content":{"a":"a"}}\n\n', b'data: {"content":{"a":"b"}}\n\n', False),
        (_token("a", -0.5, [97], []), _token("bc", -1e-07, [98, 99], []), True),
        (_token("a", -0.5, [97], ["x", "y"]), _token("bc", 0, [98, 99], ["z", "z"]), True),
        (_token("a", -0.5, [97], ["x"]), _token("a", -0.5, [97], ["x", "y"]), False),
        (_token("a", -0.5, [97], []), _token("a", -0.5, [97], [], index=1), False),
        (b'data: {"content":"a"} x {"content":"a"}\n\n', b'data: {"content":"b"} x {"content":"a"}\n\n', True),
    ],
)
def test_records_alike(one: bytes, other: bytes, expected: bool) -> None:
    assert _alike(one + other) == [False, expected]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1, "b": ["x", None, 2.5]}, {"a": -7, "b": ["\n", True, 0]}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": 1}, {"a": 2**53}, False),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, True),
        ({"a": [1, "x"]}, {"a": [1, "x", "y"]}, False),
        ({"a": {"b": 1}}, {"a": 1}, False),
        ([{"a": 1}], [{"a": 2}], True),
    ],
)
def test_where_nobody_listens_all_values_may_differ(one: Any, other: Any, expected: bool) -> None:
    assert _alike(_event(one) + _event(other), free=True) == [False, expected]
    assert _alike(_event(one) + _event(other)) == [False, False]


def test_lines_of_json_are_alike_too() -> None:
    assert _alike(b'{"a":1}\n{"a":2}\n{"a": 2}\n: ping\n', "ndjson", free=True) == [False, True, False, False]


def test_one_sample_is_not_enough_and_what_was_put_aside_is_back_after_one() -> None:
    alike = Alike(Stream("sse"), free=False)
    record = decode("sse", [b'data: {"content":"a"}\n\n'])[0]
    alike.learn(record)
    assert not alike(record)
    alike.learn(record)
    assert alike(record)
    alike.put_aside()
    assert not alike(record)
    alike.learn(record)
    assert alike(record)


def test_under_another_name_one_sample_is_enough_for_each_shape() -> None:
    alike = Alike(Stream("sse"), free=False)
    kinds = (b'data: {"id":"%b","content":"a"}\n\n', b'data: {"id":"%b","text":"a"}\n\n', b'data: {"text":"a"}\n\n')
    first = decode("sse", [kinds[0] % b"1" + kinds[1] % b"1" + kinds[2]])
    for record in first * 2:
        alike.learn(record)
    assert [*map(alike, first)] == [True, True, True]
    second = decode("sse", [kinds[0] % b"2" + kinds[1] % b"2"])
    assert [*map(alike, second)] == [False, False]
    alike.learn(second[0])
    assert [*map(alike, (*second, *first))] == [True, False, False, False, False]
    alike.learn(second[1])
    assert [*map(alike, second)] == [True, True]


def test_answers_that_come_in_turn_are_alike_each_by_itself() -> None:
    alike = Alike(Stream("sse"), free=False)
    records = decode("sse", [b'data: {"id":"%d","content":"a"}\n\n' % (number % 2) for number in range(8)])
    for record in records:
        alike.learn(record)
    assert [*map(alike, records[:2])] == [True, True]


def test_a_record_that_knows_when_it_came_is_never_alike() -> None:
    alike = Alike(Stream("sse"), free=False)
    record = decode("sse", [b'data: {"content":"a"}\n\n'])[0]
    alike.learn(record)
    alike.learn(record)
    assert alike(record)
    assert not alike(record.replace(time=0.5))


def test_what_is_no_sample() -> None:
    """Text, what has comments, what is large: their patterns would not be worth it."""
    large = b'data: {"content":"' + b"x" * 10_000 + b'"}\n\n'
    for one in (b"data: x\n\n", b': c\ndata: {"content":"a"}\n\n', large):
        assert _alike(one * 2) == [False, False]


def test_a_few_samples_are_kept_and_none_are_taken_where_nothing_is_like_them() -> None:
    kinds = b"".join(b'data: {"content":"a","n":%d}\n\n' % n for n in range(8))
    assert _alike(kinds * 2) == [False] * 8 + [True] * 8
    kinds += b'data: {"content":"a","n":8}\n\n'
    assert not any(_alike(kinds * 2))
    never = b"".join(b'data: {"content":"a","n":%d}\n\n' % n for n in range(70))
    assert _alike(never + b'data: {"content":"a","n":69}\n\n' * 2)[-2:] == [False, False]


def test_of_very_many_kinds_the_first_are_forgotten() -> None:
    alike = Alike(Stream("sse"), free=False)
    kinds = [decode("sse", [b'data: {"content":"a","n":%d}\n\n' % n])[0] for n in range(70)]
    for kind in kinds:
        alike.learn(kind)
        alike._futile = 0  # as where others were not in vain
    alike.learn(kinds[0])
    assert not alike(kinds[0])
    alike.learn(kinds[-1])
    assert alike(kinds[-1])


def test_of_very_many_patterns_the_first_are_made_again() -> None:
    alike = Alike(Stream("sse"), free=False)
    kinds = [decode("sse", [b'data: {"content":"a","n":%d}\n\n' % n])[0] for n in range(70)]
    for kind in [*kinds, kinds[0]]:
        alike.put_aside()
        alike.earn(1 << 20)  # as where others let much pass
        for _ in range(2):
            alike.learn(kind)
        assert alike(kind)


def test_patterns_that_let_nothing_pass_are_not_made_for_ever() -> None:
    """Each kind comes three times: twice to be known, and once to be like it, so that none was learned in vain."""
    alike = Alike(Stream("sse"), free=False)
    names = [b",".join(b'"name_%d_%d":1' % (kind, member) for member in range(100)) for kind in range(60)]
    kinds = [decode("sse", [b"data: {" + one + b"}\n\n"])[0] for one in names]
    told = []
    for kind in kinds:
        alike.learn(kind)
        alike.learn(kind)
        told.append(alike(kind))
    assert told[0]
    assert not any(told[30:])
    alike.earn(1 << 30)
    alike.learn(kinds[-1])
    alike.learn(kinds[-1])
    assert alike(kinds[-1])


WORDS = b"".join(chat({"content": f"{n}"}) for n in range(20))
COSTS = b"".join(chat({"content": f"{n}"}, usage={"total_tokens": n}) for n in range(10, 30))
TWO = b"".join(chat({"content": f"{n}"}, choice=n % 2) for n in range(20))


@pytest.mark.parametrize(
    "stream",
    [
        HI + WORDS + STOP + DONE,
        HI + TWO + STOP + DONE,
        HI + WORDS + chat({}, usage={"n": 1}) + WORDS + STOP + DONE,
        HI + COSTS + STOP + DONE,
        HI + COSTS[: len(COSTS) // 20] + WORDS + STOP + DONE,
        HI + COSTS + WORDS + STOP + DONE,
        HI
        + COSTS
        + STOP
        + chat({"role": "assistant", "content": "a"}, id="c2")
        + COSTS[: len(COSTS) // 20]
        + WORDS
        + STOP,
        HI + WORDS + STOP + DONE + WORDS,
        HI + WORDS + b"data: {\n\n" + WORDS + b"data:x\n\n" + WORDS,
        BEGIN + block(*"abcdefgh") + END_TURN + MESSAGE_STOP,
        BEGIN + block(*"abcdefgh").replace(b"content_block_start", b"ping") + block(*"abc", index=1) + MESSAGE_STOP,
    ],
)
def test_nothing_is_passed_over_because_it_is_alike(stream: bytes) -> None:
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


@given(st.lists(st.integers(0, 13), max_size=30))
def test_nothing_is_passed_over_in_any_order(order: list[int]) -> None:
    """Whatever comes between records that are alike, the problems are those of asking about every record."""
    pieces = [
        *(chat({"content": "a"}), chat({"content": "b"}), chat({"content": "a"}, choice=1), chat({"content": ""})),
        *(
            STOP,
            chat({}, "length"),
            chat({}, usage={"n": 1}),
            chat({"content": "a"}, usage={"n": 2}),
            DONE,
            b": ping\n\n",
        ),
        chat({"content": "a"}, id="c2"),
        *(b'data: {"error":{"message":"x"}}\n\n', chat({"content": "\u2028"}), chat({"content": "x"}, "stop", 1)),
    ]
    stream = HI + b"".join(pieces[index] for index in order)
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_nothing_is_passed_over_in_real_streams(captures: Path) -> None:
    for stream in streams(captures):
        assert judge_shortly(stream.format, stream.data) == judge_plainly(stream.format, stream.data), stream.name
