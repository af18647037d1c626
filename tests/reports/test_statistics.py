"""Statistics agree with what anybody would count, and are told in lines that fit."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import streamconv
from streamconv import Record
from streamconv.captures import Opened, open_streams
from streamconv.examine import Examination, Row
from streamconv.problem import Problem
from streamconv.reports import statistics_text
from streamconv.reports.cells import width
from streamconv.reports.statistics import OTHER_TYPES, Statistics
from streamconv.reports.statistics_text import block, problems, table
from streamconv.rules import RULES
from tests.conftest import FIXTURES


def counted(path: Path) -> Statistics:
    """All that stands in a file of one stream."""
    return examined(path)[0]


def examined(path: Path) -> tuple[Statistics, str]:
    """The same, and what the file is: its layers and its format."""
    (capture,) = open_streams(Opened(iter([path.read_bytes()]), str(path)))
    examination = Examination(capture, None, RULES)
    found = Statistics()
    for row in examination.rows():
        found.add(row)
    for problem in examination.loose:
        found.add_problem(problem)
    found.finish()
    assert examination.choice is not None
    return found, ",".join([*(layer.name for layer in capture.layers), examination.choice.format])


def of_rows(*rows: Row) -> Statistics:
    found = Statistics()
    for row in rows:
        found.add(row)
    found.finish()
    return found


def agree(path: Path) -> None:
    """The same counted by other means: from the records that the library reads, and by Python's own statistics."""
    found, chain = examined(path)
    records = [*streamconv.read(path, control=True, report=lambda problem: None)]
    events = [record for record in records if record.kind == "event"]
    sizes = [len((record.data or "").encode()) for record in events]
    wanted = [problem.rule for problem in streamconv.check(path, chain) if not problem.rule.startswith("capture-")]
    facts = found.facts()
    assert facts["bytes"] == sum(len(record.raw) for record in records)
    assert sum(facts["records"].values()) == len(records)
    assert facts["types"] == Counter(record.type for record in events)
    assert facts["comments"] == sum(len(record.comments) for record in records)
    assert facts["ids"]["count"] == sum(record.id is not None for record in records)
    assert facts["payload_sizes"]["total"] == sum(sizes)
    if sizes:
        p95 = sorted(sizes)[math.ceil(0.95 * len(sizes)) - 1]
        told = [facts["payload_sizes"][name] for name in ("min", "median", "p95", "max")]
        assert told == [min(sizes), statistics.median_low(sizes), p95, max(sizes)]
    texts = sum(not _is_json(record) and not record.is_end for record in events)
    assert facts["payloads"] == {
        "json": len(events) - texts - sum(record.is_end for record in events),
        "text": texts,
        "end": sum(record.is_end for record in events),
    }
    assert facts["problems"]["rules"] == Counter(wanted)
    times = [record.time for record in records if record.time is not None]
    if times:
        gaps = sorted(round((after - before) * 1e6) for before, after in pairwise(times))
        assert facts["times"]["duration"] == max(times)
        assert facts["times"]["gaps"]["count"] == len(gaps)
        assert facts["times"]["gaps"]["median"] == statistics.median_low(gaps) / 1e6
        assert facts["times"]["gaps"]["p95"] == gaps[math.ceil(0.95 * len(gaps)) - 1] / 1e6
    else:
        assert facts["times"] is None


def _is_json(record: Record) -> bool:
    """By Python's own reader; a scalar is JSON only where the stream carries JSON."""
    try:
        value = json.loads(record.data or "")
    except ValueError:
        return False
    return isinstance(value, dict | list) or record.carries == "json"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.*")) + sorted((FIXTURES / "broken").iterdir()), ids=str)
def test_they_agree_with_an_independent_count(path: Path) -> None:
    if path.suffix != ".json" or path.name in ("array.json", "cut-array.json", "bad-element.json"):
        agree(path)


def test_they_agree_where_times_are_known(tmp_path: Path) -> None:
    lines = [{"format": "application/x-streamconv-timed", "version": 1}]
    lines += [{"t": round(at * at * 0.01, 6), "b": f'data: {{"n":{at}}}\n\n: ping\n\n'} for at in range(40)]
    path = tmp_path / "a.timed"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    agree(path)
    assert counted(path).arrivals.known


def test_they_agree_on_real_captures(captures: Path) -> None:
    files = sorted(captures.glob("*.sse")) + sorted(captures.glob("*.ndjson"))
    for path in files:
        agree(path)
    print(f"{len(files)} captures")
    assert len(files) >= 50


def test_types_are_counted_in_bounded_memory() -> None:
    found = of_rows(
        *(Row(Record(event=f"type {n}", data="")) for n in range(1500)), Row(Record(event="type 0", data=""))
    )
    assert len(found.types) == 1001
    assert found.types[OTHER_TYPES] == 500
    assert found.types["type 0"] == 2


def test_of_a_long_type_its_start_is_kept() -> None:
    found = of_rows(*(Row(Record(event="t" * length, data="")) for length in (256, 257, 100_000)))
    assert found.types == {"t" * 256: 1, "t" * 256 + "…": 2}


def lines_of(found: Statistics, columns: int = 80, *, live: bool = False) -> list[str]:
    lines = [*block(found, columns, live=live)]
    assert all(width(line) <= columns for line in lines)
    return lines


def test_a_block_says_what_there_is() -> None:
    assert lines_of(counted(FIXTURES / "ping.sse")) == [
        "  events      2 of 3 records, 121 bytes",
        "  types       progress 2",
        "  payloads    1 JSON, 1 text",
        "  sizes       min 13, median 13, p95 17, max 17",
        "              13 ▇▁▁▁▇ 17",
        "  ids         1: a",
        "  comments    1",
        "  retry       1500 ms",
        "  problems    none",
    ]


def test_a_block_of_a_broken_stream_says_so() -> None:
    assert lines_of(counted(FIXTURES / "broken" / "cut-event.sse")) == [
        "  events      1 of 2 records, 60 bytes",
        "  unreadable  1 incomplete",
        "  payloads    1 JSON",
        "  sizes       min 7, median 7, p95 7, max 7",
        "  ids         1: 2",
        "  problems    1 error: sse-unterminated-event; 1 warning: sse-unterminated-line",
    ]


def event(time: float, gap: float | None, number: int, data: str = '{"text":"x"}') -> Row:
    return Row(Record(data=data, id=str(number), number=number, time=time, carries="json"), gap)


def test_a_block_with_times_says_what_they_suggest() -> None:
    rows = [event(0.1, None, 1, "{}")]
    rows += [event(0.615 + at * 3.5e-6, 0.515 if not at else 3.5e-6, at + 2) for at in range(11)]
    rows += [event(4.0, 4.0 - rows[-1].record.time, 13)]  # type: ignore[operator]
    lines = lines_of(of_rows(*rows), live=True)
    assert lines[4:] == [
        "  ids         13, from 1 to 13",
        "  problems    none",
        "  time        4.00s",
        "  first       event after 100ms, content after 615ms",
        "  gaps        min 4µs, median 4µs, p95 3.38s, max 3.38s",
        "              4µs ▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▂ 3.38s",
        "  arrivals    0 ▂▁▁▁▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂ 4.00s",
        "  stalls      1, the longest 3.38s before #13",
        "  bursts      1 with 11 events; the largest 11 from #2 within 35µs after 515ms",
        "",
        "11 events arrived within 35µs after 515ms: something buffers; curl without -N",
        "does, too",
    ]
    assert lines_of(of_rows(*rows))[-1] == "11 events arrived within 35µs after 515ms: something buffers"


def test_keepalives_and_stalls_without_an_event_after_them() -> None:
    ping = [Row(Record("control", comments=("ping",), time=15.0 * at), 15.0 if at else None) for at in range(3)]
    lines = lines_of(of_rows(*ping))
    assert "  first       record after 0" in lines
    assert "  keep-alive  every 15.0s (3 comments or pings)" in lines
    late = of_rows(*(Row(Record("control", time=at), 0.1) for at in (0.1, 0.2)), Row(Record("control", time=9.0), 8.8))
    assert "  stalls      1, the longest 8.80s" in lines_of(late)


def test_a_burst_that_is_not_most_of_the_stream_suggests_nothing() -> None:
    rows = [event(1.0, 0.0 if at else None, at + 1) for at in range(5)]
    rows += [event(1.0 + at * 0.02, 0.02, 5 + at) for at in range(1, 20)]
    assert lines_of(of_rows(*rows))[-1] == "  bursts      1 with 5 events; the largest 5 from #1 at once after 1.00s"


def test_long_names_are_cut_and_the_most_frequent_types_named() -> None:
    rows = [Row(Record(event="t" * 30 + str(at % 9), data="x", id="i" * 99)) for at in range(100)]
    lines = lines_of(of_rows(*rows))
    assert lines[1] == f"  types       {'t' * 30}0 12, and 8 more"
    assert f"  ids         100, from {'i' * 23}… to {'i' * 23}…" in lines
    assert lines_of(of_rows(Row(Record(event="\x1b[2J" * 40, data=""))))[1].endswith("… 1")


def test_as_many_types_are_named_as_there_is_room_for() -> None:
    def told(types: dict[str, int]) -> str:
        found = Statistics()
        found.types.update(types)
        return lines_of(found)[1]

    assert told({"a" * 29: 3, "b" * 31: 1}) == f"  types       {'a' * 29} 3, {'b' * 31} 1"  # exactly
    assert told({"a" * 29: 3, "b" * 32: 1}) == f"  types       {'a' * 29} 3, and 1 more"
    assert told({"a" * 22: 3, "b" * 23: 2, "c" * 12: 1}) == f"  types       {'a' * 22} 3, {'b' * 23} 2, and 1 more"
    assert told({"a" * 23: 3, "b" * 24: 2, "c": 1}) == f"  types       {'a' * 23} 3, {'b' * 24} 2, c 1"
    assert told({"a" * 41: 2, "b": 1}) == f"  types       {'a' * 39}… 2, b 1"


def test_types_that_there_is_no_room_for_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(statistics_text, "printable", lambda text: looked_at.append(text) or text)
    found = Statistics()
    found.types.update(f"type {at}" for at in range(1000))
    lines_of(found)
    assert len(looked_at) < 10


def test_quantiles_that_are_not_exact_are_said_to_be() -> None:
    found = Statistics()
    found.kinds["event"] = 1
    for size in range(200_001):
        found.sizes.add(size)
    told = lines_of(found)[2]
    assert told.startswith("  sizes       min 0, median about ")
    assert told.endswith(", max 195.3K")


def test_a_table_has_a_line_for_each_stream_with_its_name_at_the_end() -> None:
    path = FIXTURES / "broken" / "cut-event.sse"
    rows = [
        ("ping.sse", counted(FIXTURES / "ping.sse")),
        ("x/" * 30 + "cut.sse", counted(path)),
        ("none", Statistics()),
    ]
    assert [*table(rows, 80)] == [
        "events bytes median p95 max problems  name",
        "     2   121     13  17  17        -  ping.sse",
        "     1    60      7   7   7    1E 1W  …x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/cut.sse",
        "     0     0      -   -   -        -  none",
    ]
    timed = of_rows(event(0.5, None, 1), event(1.0, 0.5, 2))
    assert [*table([*rows[:1], ("timed", timed)], 80)] == [
        "events bytes median p95 max  time first gap p95 problems  name",
        "     2   121     13  17  17     -     -       -        -  ping.sse",
        "     2     0     12  12  12 1.00s 500ms   500ms        -  timed",
    ]


def test_only_what_is_wrong_counts_as_a_problem() -> None:
    found = Statistics()
    for severity, rule in (
        ("info", "x"),
        ("warning", "x"),
        ("info", "z"),
        ("error", "y"),
        ("error", "x"),
        ("error", "x"),
    ):
        found.add_problem(Problem(rule=rule, severity=severity, message=""))  # type: ignore[arg-type]
    assert problems(found) == "3 errors: x, y; 1 warning: x"
    assert found.facts()["problems"] == {"error": 3, "warning": 1, "info": 2, "rules": {"x": 4, "z": 1, "y": 1}}
