"""What the times of records say: gaps, stalls, bursts, keep-alives; only what was measured."""

from __future__ import annotations

import pytest

from streamconv import Record
from streamconv.examine import Row
from streamconv.reports.arrivals import Arrivals, Burst

PING = ": ping"


def arrivals(*timed: tuple[float | None, str]) -> Arrivals:
    """Of records, each with a time and its data; a comment begins with a colon, and `type=data` has a type."""
    found = Arrivals()
    before: float | None = None
    number = 0
    for time, said in timed:
        gap = None if time is None or before is None else time - before
        before = before if time is None else time
        if said.startswith(":"):
            found.add(Row(Record("control", comments=(said[1:],), time=time), gap))
        else:
            number += 1
            event, _, data = said.rpartition("=")
            carries = "json" if data.startswith("{") else "text"
            found.add(Row(Record(event=event or None, data=data, number=number, time=time, carries=carries), gap))
    found.finish()
    return found


def test_without_times_nothing_is_known() -> None:
    found = arrivals((None, "x"), (None, "y"))
    assert not found.known
    assert found.facts() is None


def test_the_first_of_each_sort() -> None:
    found = arrivals((0.1, PING), (0.2, '{"delta":{"content":""}}'), (0.3, '{"delta":{"content":"Hi"}}'), (0.5, PING))
    assert (found.first_record, found.first_event, found.first_content) == (0.1, 0.2, 0.3)
    assert found.duration == 0.5


@pytest.mark.parametrize(
    ("data", "content"),
    [
        ('{"choices":[{"delta":{"role":"assistant","content":""}}]}', False),
        ('{"choices":[{"delta":{"content":"a"}}]}', True),
        ('{"type":"content_block_start","content_block":{"type":"text","text":""}}', False),
        ('{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"a"}}', True),
        ('{"response" : "a","done":false}', True),
        ('{"type":"ping"}', False),
        ("[DONE]", False),
        ("a", True),
        ("", False),
    ],
)
def test_content_is_text_or_what_models_name_so(data: str, content: bool) -> None:
    assert (arrivals((1.0, data)).first_content == 1.0) is content


def test_gaps_are_between_records_of_every_kind() -> None:
    found = arrivals((0.0, "a"), (0.010, PING), (0.030, "b"), (0.030, "c"))
    assert (found.gaps.least, found.gaps.quantile(0.5), found.gaps.most) == (0, 10_000, 20_000)


def test_a_clock_that_went_back_makes_no_gap() -> None:
    found = arrivals((5.0, PING), (1.0, PING))
    assert found.gaps.most == 0
    assert found.keepalives.most == 0
    assert found.duration == 5.0


def test_stalls_are_a_second_and_ten_times_the_median() -> None:
    found = arrivals(
        (0.0, "a"), (0.1, "b"), (0.2, "c"), (1.19, "d"), (1.29, "e"), (2.29, "f"), (2.39, PING), (9.39, "g")
    )
    assert found.stalls == 2
    assert [(round(gap, 3), number) for gap, number in found.longest_stalls()] == [(7.0, 7), (1.0, 6)]
    slow = arrivals(*((float(at), "x") for at in range(20)), (25.0, "y"))
    assert slow.stalls == 0  # six times its pace
    assert arrivals((1.0, "x")).stalls == 0


def test_the_five_longest_stalls_are_named() -> None:
    times = [0.0]
    for gap in (2, 0.01, 9, 0.01, 4, 0.01, 8, 0.01, 3, 0.01, 7, 0.01, 5, 0.01):
        times.append(times[-1] + gap)
    found = arrivals(*((time, "x") for time in times))
    assert found.stalls == 7
    assert [round(gap) for gap, _ in found.longest_stalls()] == [9, 8, 7, 5, 4]


def test_a_burst_is_five_events_together_after_a_silence() -> None:
    waited = [(0.515 + at * 3.5e-6, "x") for at in range(11)]
    found = arrivals((0.0, "first"), *waited)
    assert (found.bursts, found.burst_events, found.buffered) == (1, 11, True)
    assert found.largest is not None
    assert (found.largest.events, found.largest.first) == (11, 2)
    assert found.largest.within == pytest.approx(35e-6)
    assert found.largest.after == pytest.approx(0.515)
    assert arrivals((0.0, "first"), *waited[:4]).bursts == 0
    assert arrivals((0.45, "first"), *waited).bursts == 0  # no silence before


def test_comments_hide_no_burst() -> None:
    burst = [(3.0, "x")] * 6
    assert arrivals((0.0, "first"), (3.0, PING), *burst).largest == Burst(6, 2, 0.0, 3.0)
    assert arrivals((0.0, "first"), (2.9, PING), *burst).largest == Burst(6, 2, 0.0, 2.9)  # the longest silence
    assert arrivals((3.0, PING), *burst).largest == Burst(6, 1, 0.0, 3.0)
    assert arrivals((0.0, "first"), *burst[:3], (3.0, PING), *burst[3:]).largest == Burst(6, 2, 0.0, 3.0)
    steady = [(at * 0.01, PING) for at in range(100)]
    assert arrivals(*steady, *[(1.0, "x")] * 6).bursts == 0  # there was no silence


def test_a_stall_that_a_comment_ended_is_before_the_next_event() -> None:
    found = arrivals((0.0, "a"), (5.0, PING), (5.1, "b"), (5.2, "c"), (8.2, PING))
    assert [(round(gap, 3), number) for gap, number in found.longest_stalls()] == [(5.0, 2), (3.0, None)]


def test_all_at_once_after_the_request_is_a_burst() -> None:
    found = arrivals(*[(3.2, "x")] * 6)
    assert found.largest == Burst(6, 1, 0.0, 3.2)
    assert found.buffered
    assert arrivals(*[(0.0, "x")] * 6).bursts == 0  # nobody knows what was before


def test_the_largest_burst_is_told_and_few_bursts_are_no_buffering() -> None:
    steady = [(10 + at * 0.02, "x") for at in range(40)]
    found = arrivals(*[(1.0, "x")] * 5, *[(2.0, "x")] * 7, *[(3.0, "x")] * 6, *steady)
    assert found.bursts == 3
    assert found.burst_events == 18
    assert found.largest is not None
    assert (found.largest.events, found.largest.first) == (7, 6)
    assert not found.buffered


def test_comments_and_pings_keep_alive() -> None:
    found = arrivals((0.0, PING), (5.0, "x"), (15.0, "ping={}"), (30.0, PING), (45.1, PING))
    assert found.keepalives.count == 3
    assert found.keepalives.quantile(0.5) == 15_000_000


def test_facts_are_in_seconds() -> None:
    found = arrivals((0.25, "x"), (2.5, PING), (2.75, "y"), (3.0, PING))
    assert found.facts() == {
        "duration": 3.0,
        "first_record": 0.25,
        "first_event": 0.25,
        "first_content": 0.25,
        "gaps": {"count": 3, "min": 0.25, "median": 0.25, "p95": 2.25, "max": 2.25, "exact": True},
        "stalls": {"count": 0, "longest": []},
        "bursts": {"count": 0, "events": 0, "largest": None, "buffered": False},
        "keepalives": {"count": 1, "min": 0.5, "median": 0.5, "p95": 0.5, "max": 0.5, "exact": True},
    }
