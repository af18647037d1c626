"""The record filters, as a library."""

from __future__ import annotations

import pytest

from streamconv import Problem, Record, decoder, encoder, run
from streamconv.filters import Events, ExpressionError, Guard, Label, Lossless, Skip, Tail, Take, Where

STREAM = (
    b": hi\n\nevent: a.x\ndata: 1\n\nevent: a.y\ndata: 2\n\nevent: b\ndata: 3\n\nretry: 5\n\ndata: [DONE]\n\ndata: cut"
)


def _data(*filters: object) -> list[str | None]:
    return [record.data for record in run([STREAM], decoder("sse"), *filters)]  # type: ignore[call-overload]


def test_events_matches_globs_and_excludes() -> None:
    assert _data(Events("a.*")) == ["1", "2"]
    assert _data(Events("a.*", "message", "!a.y")) == ["1", "[DONE]"]
    assert _data(Events("!a.*")) == ["3", "[DONE]"]
    assert _data(Events("A.*")) == []
    events = Events("none")
    assert _data(events) == []
    assert (events.passed, dict(events.seen)) == (0, {"a.x": 1, "a.y": 1, "b": 1, "message": 1})


def test_positions_count_events_only() -> None:
    assert _data(Skip(1)) == ["2", "3", "[DONE]"]
    assert _data(Take(2)) == ["1", "2"]
    assert _data(Take(9)) == ["1", "2", "3", "[DONE]"]
    assert _data(Tail(2)) == ["3", "[DONE]"]
    assert _data(Tail(0)) == []
    assert _data(Skip(1), Take(1)) == ["2"]


def test_where_judges_payloads_as_converting_does() -> None:
    assert _data(Where("@ == '2'")) == ["2"]
    assert _data(Where("@ == '[DONE]'")) == ["[DONE]"]
    numbers = run([b"1\n2\n"], decoder("ndjson"), Where("@ == `2`"))
    assert [record.data for record in numbers] == ["2"]
    mixed = [
        Record(data='{"a":0}'),
        Record(data='{"a":""}'),
        Record(data='{"a":[]}'),
        Record(data='{"a":{}}'),
        Record("control"),
    ]
    where = Where("a")
    assert [record.data for record in run([mixed], where)] == ['{"a":0}']  # 0 is true in JMESPath
    assert (where.seen, where.passed) == (4, 1)
    past_floats = Record(data="[1" + "0" * 5000 + "]")
    assert not [*run([[past_floats]], Where("avg(@) > `1`"))]  # nothing is found


def test_an_expression_in_jqs_manner_carries_its_mended_form() -> None:
    with pytest.raises(ExpressionError) as raised:
        Where(".a == 1")
    assert raised.value.mended == "a == `1`"
    with pytest.raises(ExpressionError) as raised:
        Label(event="a ==")
    assert raised.value.mended == ""


def test_label_takes_names_and_ids_from_payloads() -> None:
    records = [
        Record(data='{"t":"x","n":7}', event="old"),
        Record(data='{"t":true,"n":1e400}', id="1"),
        Record(data="[DONE]"),
    ]
    labelled = [*run([records], Label(event="t", id="n"))]
    assert [(record.event, record.id) for record in labelled] == [("x", "7"), (None, "1"), (None, None)]
    assert [record.event for record in run([records], Label(id="n"))] == ["old", None, None]


def test_guard_reports_and_leaves_out_what_is_not_whole() -> None:
    problems: list[Problem] = []
    rejected: list[bytes] = []
    guard = Guard(problems.append, reject=rejected.append)
    records = [*run([b"1\n{x}\n2\n[3"], decoder("ndjson"), guard)]
    assert [record.data for record in records] == ["1", "2"]
    assert [problem.rule for problem in problems] == ["ndjson-invalid-json", "ndjson-truncated"]
    assert (rejected, guard.events) == ([b"{x}\n", b"[3"], 2)


def test_guard_passes_on_or_keeps_what_it_is_told_to() -> None:
    def kinds(guard: Guard) -> list[str]:
        return [record.kind for record in run([b"1\n{x}\n2\n[3"], decoder("ndjson"), guard)]

    ignored: list[Problem] = []
    assert kinds(Guard(ignored.append, pass_on=True)) == ["event", "invalid", "event", "incomplete"]
    assert kinds(Guard(ignored.append, keep_incomplete=True)) == ["event", "event", "event"]
    assert kinds(Guard(ignored.append, strict=True)) == ["event"]


def test_lossless_passes_up_to_the_first_loss() -> None:
    problems: list[Problem] = []
    stream = b": no loss that counts\n\ndata: {}\n\nid: 1\ndata: {}\n\ndata: {}\n\n"
    lossless = Lossless("ndjson", problems.append)
    assert b"".join(run([stream], decoder("sse"), lossless, encoder("ndjson"))) == b"{}\n"
    assert [(problem.rule, problem.severity, problem.line) for problem in problems] == [("lost-id", "error", 5)]
    assert b"".join(run([stream], decoder("sse"), Lossless("sse", problems.append), encoder("raw"))) == stream
