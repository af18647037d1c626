"""What faults do to the steps of a response, and what is said of those that cannot be made."""

from __future__ import annotations

import pytest

from streamconv.live.answers import Answers, Replaying, Request
from streamconv.live.faults import FAULTS, Fault, parse_fault
from streamconv.live.recording import record_source
from streamconv.live.script import Faulty, Span, Step, split_at

DATA = [b"data: a\n\n", b"data: \xc3\xa9\n\n", b"data: c\n\n"]  # 9, 10 and 9 bytes
SCRIPT = [Step(data, 1.0) for data in DATA]
SPANS = [Span(0, 9, None), Span(9, 19, None), Span(19, 28, None)]


def _faulty(*faults: str, seed: int = 0) -> Faulty:
    return Faulty(map(parse_fault, faults), SPANS, 28, seed)


def _first(*faults: str, seed: int = 0) -> list[Step]:
    return [step for step in _faulty(*faults, seed=seed).first(SCRIPT) if step != Step(b"")]


def _sent(script: list[Step]) -> bytes:
    return b"".join(step.data for step in script)


def test_steps_are_cut_at_a_byte() -> None:
    script = [Step(b"ab", 1.0), Step(b"cd", 2.0, "break")]
    assert split_at(script, 3) == ([Step(b"ab", 1.0), Step(b"c", 2.0)], [Step(b"d", 0.0, "break")])
    assert split_at(script, 2) == ([Step(b"ab", 1.0)], [Step(b"cd", 2.0, "break")])
    assert split_at(script, 4) == (script, [])
    assert split_at(script, 9) == (script, [])
    assert split_at(script, 0) == ([Step(b"", 1.0)], [Step(b"ab"), Step(b"cd", 2.0, "break")])


def test_without_faults_nothing_changes() -> None:
    assert _first() == SCRIPT
    assert _first("status=500") == SCRIPT


def test_the_connection_breaks_after_an_event_or_a_byte() -> None:
    assert _first("cut-record=1") == [SCRIPT[0], Step(b"", then="break")]
    assert _first("cut-record=0") == [Step(b"", 1.0), Step(b"", then="break")]
    assert _first("cut-byte=11") == [SCRIPT[0], Step(b"da", 1.0), Step(b"", then="break")]
    assert _sent(_first("cut-byte=0")) == b""


def test_a_stall_is_for_ever_or_for_a_while() -> None:
    assert _first("stall=2") == [*SCRIPT[:2], Step(b"", then="stall")]
    assert _first("stall=2:0.5") == [*SCRIPT[:2], Step(b"", 0.5), SCRIPT[2]]


def test_an_event_comes_twice_also_where_chunks_are_not_events() -> None:
    assert _first("duplicate=2") == [*SCRIPT[:2], Step(DATA[1]), SCRIPT[2]]
    pieces = [Step(b"".join(DATA)[:13]), Step(b"".join(DATA)[13:])]
    assert _sent(_faulty("duplicate=2").first(pieces)) == DATA[0] + DATA[1] * 2 + DATA[2]


def test_the_end_does_not_come() -> None:
    assert _first("drop-end") == SCRIPT[:2]


def test_bytes_are_rewritten() -> None:
    assert [step.data for step in _first("split-utf8")] == [DATA[0], b"data: \xc3", b"\xa9\n\n", DATA[2]]
    assert [step.wait for step in _first("split-utf8")] == [1.0, 1.0, 0.0, 1.0]
    assert _sent(_first("crlf")) == _sent(SCRIPT).replace(b"\n", b"\r\n")
    assert _sent(_first("bom")) == b"\xef\xbb\xbf" + _sent(SCRIPT)
    assert _sent(Faulty([Fault("bom")], [], 0, 0).first([])) == b"\xef\xbb\xbf"


def test_crlf_that_is_there_stays() -> None:
    script = [Step(b"a\r"), Step(b""), Step(b"\nb\r\n\n")]
    assert _sent(Faulty([Fault("crlf")], [], 0, 0).first(script)) == b"a\r\nb\r\n\r\n"


def test_faults_come_together() -> None:
    script = _first("duplicate=1", "cut-record=2", "bom", "crlf", "split-utf8")
    assert _sent(script) == b"\xef\xbb\xbf" + (DATA[0] * 2 + DATA[1]).replace(b"\n", b"\r\n")
    assert script[-1] == Step(b"", then="break")
    assert _sent(_first("cut-byte=2", "bom")) == b"\xef\xbb"


def test_who_resumes_gets_the_rest_without_what_goes_wrong_once() -> None:
    faulty = _faulty("cut-record=2", "stall=3", "duplicate=3", "bom", "cut-byte=1", "crlf", "split-utf8")
    assert _sent(faulty.resumed(SCRIPT, 9)) == (DATA[1] + DATA[2]).replace(b"\n", b"\r\n")
    assert _sent(_faulty("drop-end").resumed(SCRIPT, 9)) == DATA[1]


def test_the_seed_chooses_the_places_that_are_left_open() -> None:
    places = {len(_sent(_first("cut-byte", seed=seed))) for seed in range(40)}
    assert len(places) > 10
    assert places <= {*range(1, 29)}
    assert _first("cut-byte", seed=7) == _first("cut-byte", seed=7)
    assert {len(_sent(_first("duplicate", seed=seed))) for seed in range(40)} == {37, 38}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("cut-record=4", "cut-record: the stream has no event 4; it has 3"),
        ("duplicate=0", "duplicate: the stream has no event 1; it has 3"),
        ("cut-byte=29", "cut-byte: the stream has no byte 29; it has 28"),
    ],
)
def test_a_place_that_is_not_there_is_said(fault: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _faulty(fault)


def test_an_empty_stream_has_no_places() -> None:
    for name in ("cut-record", "stall", "duplicate", "drop-end"):
        with pytest.raises(ValueError, match=f"{name}: the stream has no event 1; it has 0"):
            Faulty([Fault(name)], [], 0, 0)


def test_in_another_format_a_place_that_is_not_there_is_the_last() -> None:
    asked = Request("GET", "/", {"accept": "application/x-ndjson"}, b"")
    every = ("cut-byte=30", "cut-record=3", "stall=3", "duplicate=3", "drop-end")
    sent = {}
    for source in ([b"data: 1\n\n", b"data: [DONE]\n\n", b"data: 3\n\n"], [b"data: [DONE]\n\n"] * 3):
        for fault in every:
            answers = Answers({"/": record_source(source, "sse")}, Replaying(faults=[parse_fault(fault)]), own=True)
            answer = answers.to(asked)
            assert answer.status == 200
            sent[fault, len(source[0])] = _sent([*answer.steps])
    one, three = b'"1"\n', b'"3"\n'
    assert [sent[fault, 9] for fault in every] == [*(one + three,) * 3, one + three * 2, one]
    assert {sent[fault, 14] for fault in every} == {b""}


def test_faults_are_read() -> None:
    assert parse_fault("cut-record=3") == Fault("cut-record", 3)
    assert parse_fault("stall=2:0.5") == Fault("stall", 2, 0.5)
    assert parse_fault("status=503:2") == Fault("status", 503, 2)
    assert all(parse_fault(name) == Fault(name) for name in FAULTS if name != "status")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cut-recrd=1", "no fault 'cut-recrd'; did you mean 'cut-record'?"),
        ("xyz", "no fault 'xyz'; there are cut-byte, cut-record, stall, "),
        ("cut-byte=x", "'cut-byte=x': write cut-byte=N"),
        ("cut-byte=", "'cut-byte=': write cut-byte=N"),
        ("cut-record=1:2", "'cut-record=1:2': write cut-record=N"),
        ("bom=1", "'bom=1': write bom, without a number"),
        ("status", "'status': write status=CODE"),
        ("status=200", "'status=200': a status that is an error is 400 to 599"),
    ],
)
def test_a_fault_that_is_none_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_fault(text)
    assert str(raised.value).startswith(message)
