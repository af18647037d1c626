"""Events of which the rules must hear all text, told as one: that it is done, and that no fault is lost by it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.formats import decoder
from streamconv.protocols.sign import Delta
from streamconv.rules import RULES, Checker
from streamconv.rules.llm import HI, chat, named
from streamconv.rules.llm_tools import call
from streamconv.rules.meaning import Saying
from streamconv.rules.shape import shape
from streamconv.rules.told import Told, told
from tests.reading import decode
from tests.rules.judging import judge, judge_plainly, judge_shortly
from tests.rules.speech import FAULTS, SPEECHES, as_lines, as_values, called, format_of, spoiled

TEXTS = [f"w{number} " for number in range(40)]
_SPEECHES = pytest.mark.parametrize("name", SPEECHES)


def _made(format: str, stream: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many records are made of a stream that comes in small blocks."""
    made = 0
    reader = type(decoder(format))
    read = reader.feed

    def feed(self: object, item: bytes) -> list[object]:
        nonlocal made
        batch = read(self, item)  # type: ignore[arg-type]
        made += len(batch)
        return [*batch]

    monkeypatch.setattr(reader, "feed", feed)
    judge(format, [stream[at : at + 16384] for at in range(0, len(stream), 16384)])
    return made


@_SPEECHES
def test_few_records_are_made_of_what_models_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what makes checking it fast."""
    events = [*SPEECHES[name]([f"word {number}" for number in range(2000)])]
    assert _made(format_of(name), b"".join(events), monkeypatch) < len(events) / 8
    assert _made("ndjson", b"".join(as_lines(events)), monkeypatch) < len(events) / 8
    assert _made("stream+json", b"".join(as_values(events)), monkeypatch) < len(events) / 8


@pytest.mark.parametrize("name", ["words", "blocks", "parts", "run", "lines"])
def test_few_records_are_made_of_many_answers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pattern is made for each of them."""
    answer = [*SPEECHES[name]([f"word {number}" for number in range(200)])]
    events = as_lines([event for number in range(20) for event in called(answer, f"n{number}")])
    assert _made("ndjson", b"".join(events), monkeypatch) < len(events) / 8


def test_few_records_are_made_of_answers_that_come_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [chat({"content": f"{number}"}, id=f"c{number % 2}") for number in range(2000)]
    assert _made("sse", HI + b"".join(said), monkeypatch) < len(said) / 8


@_SPEECHES
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_in_its_place(name: str, fault: str) -> None:
    events = [*SPEECHES[name](TEXTS)]
    for at in (len(events) // 4, len(events) * 3 // 4):
        stream = spoiled(events, at, fault)
        assert judge_shortly(format_of(name), stream) == judge_plainly(format_of(name), stream)


@_SPEECHES
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_in_its_place_in_the_second_of_two_answers(name: str, fault: str) -> None:
    events = [*SPEECHES[name](TEXTS[:12])]
    for format, written in (("ndjson", as_lines), ("stream+json", as_values)):
        answers = written([*called(events, "n1"), *called(events, "n2")])
        stream = spoiled(answers, len(answers) * 3 // 4, fault)
        assert judge_shortly(format, stream) == judge_plainly(format, stream)


def test_text_of_a_part_that_has_not_begun_is_found_between_others() -> None:
    """Nothing tells it from those but what it is called."""
    events = [*SPEECHES["parts"](TEXTS)]
    stream = spoiled(events, len(events) - 20, "another name")
    found = [(problem.rule, problem.line) for problem in judge("sse", [stream])]
    assert found == [("llm-block-order", 2 * (len(events) - 20) + 1)]


def test_a_last_fragment_that_is_no_text_does_not_hide_where_the_one_before_stands() -> None:
    events = as_lines([*SPEECHES["run"](TEXTS)])
    last = max(at for at, event in enumerate(events) if b"TOOL_CALL_ARGS" in event)
    stream = spoiled(events, last, "no UTF-8")
    found = [(problem.rule, problem.line) for problem in judge("ndjson", [stream])]
    assert found == [("json-invalid-utf8", last + 1), ("llm-tool-arguments", last)]


_TEXT = st.sampled_from(["a", " ", "", '"', "\\", "{", "今天", "\n", "😀", "x" * 30])


@given(
    st.sampled_from([*SPEECHES]),
    st.lists(_TEXT, min_size=2, max_size=40),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from([*FAULTS])), max_size=2),
    st.booleans(),
    st.lists(st.sampled_from(["c1", "n1", "n2"]), min_size=1, max_size=3),
    st.sampled_from(["", "ndjson", "stream+json"]),
)
def test_no_fault_is_passed_over(
    name: str, texts: list[str], faults: list[tuple[int, str]], crlf: bool, answers: list[str], format: str
) -> None:
    """Streams with a fault or two: the problems are those of asking about every record."""
    events = [event for answer in answers for event in called([*SPEECHES[name](texts)], answer)]
    events = as_lines(events) if format == "ndjson" else as_values(events) if format else events
    format = format or format_of(name)
    for at, fault in faults:
        events[at % len(events)] = spoiled(events[at % len(events) :][:1], 0, fault)
    stream = b"".join(events)
    stream = stream.replace(b"\n", b"\r\n") if crlf else stream
    assert judge_shortly(format, stream) == judge_plainly(format, stream)


def test_a_fragment_that_spoils_the_arguments_is_named() -> None:
    fragments = [call(0, f"{number}, ") for number in range(400)]
    fragments[300] = call(0, "], ")
    asked = call(0, "[", id="c", type="function", name="f") + b"".join(fragments)
    stream = asked + call(0, "0]") + chat({}, "tool_calls") + b"data: [DONE]\n\n"
    (problem,) = judge("sse", [stream])
    assert (problem.rule, problem.line) == ("llm-tool-arguments", 2 * 301 + 1)


def test_a_number_that_is_missing_is_named() -> None:
    events = [*SPEECHES["responses"](TEXTS)]
    found = [(problem.rule, problem.line) for problem in judge("sse", [spoiled(events, 30, "lost")])]
    assert found[0] == ("llm-sequence-gap", 30 * 3 + 2)
    assert [rule for rule, _ in found[1:]] == ["llm-sum-differs"]


def test_numbers_go_on_behind_events_that_have_none() -> None:
    def delta(**number: int) -> bytes:
        return named("response.output_text.delta", output_index=0, content_index=0, delta="a", **number)

    numbered = b"".join(delta(sequence_number=number) for number in range(20))
    stream = numbered + delta() * 40 + delta(sequence_number=30)
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    assert "llm-sequence-gap" in [problem.rule for problem in judge("sse", [stream])]


def _calls(count: int, *, between: bytes = b"") -> bytes:
    """A message of so many calls, each of twelve fragments."""
    opened = (call(n, "[", id=f"c{n}", type="function", name="f") for n in range(count))
    said = ((call(n, f'"a{m}", ') + between for m in range(10)) for n in range(count))
    calls = (one + b"".join(more) + call(n, "0]") for n, (one, more) in enumerate(zip(opened, said, strict=True)))
    return HI + b"".join(calls) + chat({}, "tool_calls") + b"data: [DONE]\n\n"


def test_few_records_are_made_of_each_call_after_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [_made("sse", _calls(count), monkeypatch) for count in (10, 30)]
    blocks = 2 * (len(_calls(30)) - len(_calls(10))) // 16384 + 2  # what stands round their ends
    assert made[1] - made[0] <= 20 * 4 + blocks  # its start, one or two fragments, and the last


@pytest.mark.parametrize("between", [b": ping\n\n", b": a\n: b\n\n: c\n\n", b": \xff\n\n", b": ping\r\n\r\n"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_comments_may_stand_between_what_is_told(between: bytes, end: bytes) -> None:
    stream = (_calls(4, between=between) + b"data: \xff\n\n").replace(b"\n", end)
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_a_fault_in_a_call_of_another_index_is_named() -> None:
    stream = _calls(8).replace(call(5, '"a7", '), call(5, '"a7" '))
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    assert [problem.line for problem in judge("sse", [stream])] == [2 * (1 + 5 * 12 + 8) + 1 + 2]


def test_a_fault_in_another_call_of_the_same_index_is_named() -> None:
    """The first one was left inside of a string, in which all would be in order."""
    first = call(0, '["', id="c0", type="function", name="f") + call(0, "a ") * 12
    second = (
        call(0, "[", id="c1", type="function", name="f") + call(0, "1, ") * 12 + call(0, "0] ") + call(0, "1, ") * 12
    )
    stream = HI + first + second + chat({}, "tool_calls") + b"data: [DONE]\n\n"
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    faults = [problem.line for problem in judge("sse", [stream]) if problem.rule == "llm-tool-arguments"]
    assert faults == [2 * (1 + 12) + 1, 2 * (1 + 13 + 13 + 1) + 1]


def test_arguments_that_are_wrong_are_never_whole() -> None:
    """However many fragments come at once, a name that follows begins no other call, where calls have no ids."""
    fragments = call(0, '["a", ', name="f") + (call(0, "x") + call(0, "1")) * 12 + call(0, "]")
    stream = HI + fragments + call(0, "{}", name="g") + chat({}, "tool_calls") + b"data: [DONE]\n\n"
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    assert len([problem for problem in judge("sse", [stream]) if problem.rule == "llm-tool-id"]) == 1


def test_calls_whose_fragments_come_mixed_are_heard_one_by_one() -> None:
    mixed = b"".join(call(number % 2, '"a", ') for number in range(80))
    opened = b"".join(call(index, "[", id=f"c{index}", type="function", name="f") for index in (0, 1))
    closed = call(0, "0]") + call(1, "0") + chat({}, "tool_calls") + b"data: [DONE]\n\n"
    stream = HI + opened + mixed + closed
    assert [problem.rule for problem in judge("sse", [stream])] == ["llm-tool-arguments"]
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_where_arguments_end_is_named_where_those_of_another_call_follow() -> None:
    def fragment(id: str, text: str) -> bytes:
        return b'data: {"type":"TOOL_CALL_ARGS","toolCallId":"%b","delta":"%b"}\n\n' % (id.encode(), text.encode())

    begun = b'data: {"type":"RUN_STARTED","threadId":"t","runId":"r"}\n\n' + fragment("a", "[")
    stream = begun + fragment("a", "1,") * 20 + fragment("b", "1")
    stream += b'data: {"type":"TOOL_CALL_END","toolCallId":"a"}\n\n'
    assert judge_shortly("sse", stream) == judge_plainly("sse", stream)
    assert [problem.line for problem in judge("sse", [stream]) if problem.rule == "llm-tool-arguments"] == [2 * 21 + 1]


def test_arguments_that_may_be_all_so_far_are_heard_one_by_one() -> None:
    """DashScope's: several pieces in one would be taken for the first one grown."""

    def fragment(text: str, reason: str = "null", **names: str) -> bytes:
        calls = [{"index": 0, **names, "function": {"name": "f", "arguments": text}}]
        choice = {"message": {"content": "", "tool_calls": calls}, "finish_reason": reason}
        return b"data:" + json.dumps({"output": {"choices": [choice]}, "request_id": "r"}).encode() + b"\n\n"

    asked = fragment("", id="c") + fragment("[") * 40
    for closing, found in ((40, []), (39, ["llm-tool-arguments"])):
        stream = asked + fragment("]") * closing + fragment("", "tool_calls")
        assert [problem.rule for problem in judge("sse", [stream])] == found
        assert judge_shortly("sse", stream) == judge_plainly("sse", stream)


def test_memory_is_bounded() -> None:
    """The protocol lets go of what it was told."""
    checker = Checker("sse", RULES)
    checker.feed(HI + call(0, '["', id="c", type="function", name="f"))
    for _ in range(40):
        assert checker.feed(b"".join(call(0, "x" * 50) for _ in range(400))) == []
    assert checker._meaning is not None
    assert len(repr(checker._meaning._assembler.snapshot())) < 200_000  # of 800 000


@pytest.mark.parametrize(
    ("event", "text", "expected"),
    [
        (b'data: {"arguments":"a\\n","index":1}\n\n', "a\n", True),
        (b'data: {"arguments":"a\\n","index":1}\n\n', "a", False),  # the protocol takes it from elsewhere
        (b'data: {"arguments":"a","delta":"a"}\n\n', "a", False),  # it is not clear from where
        (b'data: {"index":1}\n\n', "a", False),
        (b'id: 1\ndata: {"arguments":"a"}\n\n', "a", False),
        (b'data: {"arguments":"a","sequence_number":1}\n\n', "a", True),
    ],
)
def test_what_can_be_told(event: bytes, text: str, expected: bool) -> None:
    sample = _sample(event, text)
    assert (sample is not None) is expected


def _sample(event: bytes, text: str, *, numbered: bool = False) -> Told | None:
    (record,) = decode("sse", [event])
    saying = Saying((Delta("0", "arguments", text),), True, numbered)
    found = shape(record.raw, (record.data or "").encode(), free=False, told=True, counted=numbered)
    match = re.fullmatch(found.grouped, record.raw)
    return None if match is None else told(record, saying, match, [hole.kind for hole in found.holes])


def test_an_event_that_has_a_number_in_its_sequence_shows_it() -> None:
    assert _sample(b'data: {"delta":"a","sequence_number":1}\n\n', "a", numbered=True) is not None
    assert _sample(b'data: {"delta":"a","sequence_number":-1}\n\n', "a", numbered=True) is None
