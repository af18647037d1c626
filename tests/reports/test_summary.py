"""What is told of a stream whose records are passed over is what is told of it record by record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.captures import Opened, open_stream
from streamconv.detect import Chooser
from streamconv.examine import Examination
from streamconv.problem import Problem
from streamconv.reports import summary
from streamconv.reports.summary import Summary, line, rows
from streamconv.rules import RULES, Checker
from streamconv.rules.llm import chat
from streamconv.rules.stretches import Passed
from tests.protocols.streams import streams
from tests.rules.speech import FAULTS, SPEECHES, as_lines, as_values, called, format_of, spoiled

TEXTS = [f"w{number} " for number in range(60)]


class Plainly(Examination):
    """Gives all rows."""

    def _judged(self, chooser: Chooser, **kept: bool) -> Iterator[tuple[Checker | None, list[Problem]]]:
        return super()._judged(chooser, **{**kept, "passes": False})


def _told(kind: type[Examination], chunks: list[bytes], format: str) -> tuple[list[Any], int]:
    """All that is told, and how many records were passed over."""
    capture = open_stream(Opened(iter(chunks), f"x.{format}"))
    found, examination = Summary(capture), kind(capture, format, RULES)
    passed = 0
    for row in examination.rows_and_passed():
        if isinstance(row, Passed):
            found.pass_over(row)
            passed += row.records
            continue
        found.add(row)
        for problem in examination.take_loose():
            found.add_problem(problem)
    for problem in examination.take_loose():
        found.add_problem(problem)
    found.format = format
    found.finish()
    return [found.facts(), [*found.rules], [*rows(found)], line(found)], passed


def _tells_the_same(stream: bytes, format: str, size: int) -> int:
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    told, passed = _told(Examination, chunks, format)
    plainly, none = _told(Plainly, chunks, format)
    assert told == plainly
    assert not none
    return passed


@pytest.mark.parametrize("name", SPEECHES)
def test_most_of_what_models_say_is_passed_over(name: str) -> None:
    events = [*SPEECHES[name](TEXTS * 5)]
    assert _tells_the_same(b"".join(events), format_of(name), 16384) > 200
    for format, written in (("ndjson", as_lines), ("stream+json", as_values)):
        answers = written([*called(events, "n1"), *called(events, "n2")])
        assert _tells_the_same(b"".join(answers), format, 16384) > 200


@pytest.mark.parametrize("name", SPEECHES)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_told_where_there_is_a_fault(name: str, fault: str) -> None:
    events = [*SPEECHES[name](TEXTS)]
    _tells_the_same(spoiled(events, len(events) // 3, fault), format_of(name), 2000)
    answers = as_values([*called(events, "n1"), *called(events, "n2")])
    _tells_the_same(spoiled(answers, len(answers) * 2 // 3, fault), "stream+json", 2000)


@given(st.sampled_from([*SPEECHES]), st.lists(st.sampled_from(["a", "", '"', " ", "😀"]), min_size=20), st.data())
def test_wherever_it_ends(name: str, texts: list[str], data: st.DataObject) -> None:
    """Cut in the text, in arguments, in a record: the state, its evidence, and the place of it."""
    stream = b"".join(SPEECHES[name](texts))
    end = data.draw(st.integers(1, len(stream)))
    _tells_the_same(stream[:end], format_of(name), data.draw(st.sampled_from([300, 2000])))


def test_what_follows_the_end_is_looked_at() -> None:
    stream = b"".join(SPEECHES["words"](TEXTS))
    _tells_the_same(stream + stream + b'data: {"error":{"message":"no"}}\n\n', "sse", 1000)


def test_a_stream_that_nobody_knows_is_passed_over() -> None:
    assert _tells_the_same(b"".join(b'{"n":%d}\n' % n for n in range(2000)), "ndjson", 4096) > 1000
    assert _tells_the_same(b"data: x\n\n: ping\n\n" * 2000, "sse", 4096) > 1000


def test_the_event_that_a_stream_nobody_knows_is_cut_in_is_named() -> None:
    """However long nobody has looked for a protocol any more."""
    stream = b"".join(b'data: {"n":%d}\n\n' % number for number in range(130)) + b'data: {"n":'
    (facts, *_), _ = _told(Examination, [stream], "sse")
    assert facts["verdict"]["evidence"] == "cut inside the JSON of event 131, line 261"
    assert facts["verdict"]["event"] == 130


def test_a_very_long_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose text is let go of on the way."""
    monkeypatch.setattr(summary, "_KEPT", 10_000)
    stream = b"".join(chat({"content": "x" * 300}) for _ in range(600))
    assert _tells_the_same(stream, "sse", 1 << 14) > 400


def test_real_streams(captures: Path) -> None:
    told = [_tells_the_same(stream.data, stream.format, 4096) for stream in streams(captures)]
    assert len(told) > 100
