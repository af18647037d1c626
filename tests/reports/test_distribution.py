"""Distributions: exact where they say so, and else as near as they say, in bounded memory."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.reports.distribution import DISTINCT, Distribution, Timeline, bars


def distribution(values: list[int]) -> Distribution:
    found = Distribution()
    for value in values:
        found.add(value)
    return found


def test_of_nothing() -> None:
    empty = Distribution()
    assert empty.facts() == {"count": 0, "min": None, "median": None, "p95": None, "max": None, "exact": True}
    assert empty.bars() == ""
    assert empty.count_from(0) == 0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200))
def test_quantiles_are_values_that_were_added(values: list[int]) -> None:
    found = distribution(values)
    assert found.quantile(0.5) == statistics.median_low(values)
    assert found.quantile(0.95) == sorted(values)[math.ceil(0.95 * len(values)) - 1]
    assert (found.least, found.most, found.total) == (min(values), max(values), sum(values))
    assert found.count_from(25) == sum(value >= 25 for value in values)


def test_facts_are_told_in_another_unit() -> None:
    assert distribution([1500, 2500, 3500]).facts(1000) == {
        "count": 3, "min": 1.5, "median": 2.5, "p95": 3.5, "max": 3.5, "exact": True,
    }  # fmt: skip


def test_very_many_different_values_are_told_to_within_one_in_512() -> None:
    chance = random.Random(1)
    values = [int(math.exp(chance.uniform(0, 25))) for _ in range(4 * DISTINCT)]
    found = distribution(values)
    assert not found.exact
    assert len(found._counts) < 10_000
    assert (found.least, found.most, found.total, found.count) == (min(values), max(values), sum(values), len(values))
    values.sort()
    for part in (0.001, 0.01, 0.5, 0.95, 0.999, 1.0):
        true, told = values[math.ceil(part * len(values)) - 1], found.quantile(part)
        assert told is not None
        assert abs(told - true) <= true / 512
    assert found.count_from(0) == len(values)


def test_the_histogram_goes_from_the_least_to_the_most_in_steps_of_equal_ratio() -> None:
    assert distribution([7, 7, 7]).bars() == ""
    assert distribution([1, 2]).bars() == "▇▇"
    assert distribution([0, 3, 3, 3]).bars(4) == "▃▁▁▇"  # log2: 0 and 2, over 4 steps
    found = distribution([1] + [1023] * 6)
    assert len(found.bars(24)) == 24
    assert found.bars(24)[0] == "▂"
    assert found.bars(24)[-1] == "▇"


def test_bars_are_as_high_as_their_counts() -> None:
    assert bars([0, 1, 2, 3, 4, 5, 6]) == "▁▂▃▄▅▆▇"
    assert bars([0, 1, 1000]) == "▁▂▇"  # one is not none
    assert bars([0, 0]) == "▁▁"
    assert bars([]) == ""


def test_a_timeline_never_has_more_steps_than_it_may() -> None:
    line = Timeline(4)
    for time in (-1.0, 0.0, 0.001, 0.002, 0.003):
        line.add(time)
    assert line.steps == 4
    assert line.bars() == "▇▄▄▄"
    line.add(0.0155)  # 16 steps of a millisecond are 4 of four
    assert line.steps == 4
    assert line.bars() == "▇▁▁▂"
    line.add(1e300)
    assert line.steps <= 4


@pytest.mark.parametrize("sizes", [(5, 5), (0, 7), (7, 0), (DISTINCT, DISTINCT), (2 * DISTINCT, 9), (9, 2 * DISTINCT)])
def test_what_was_added_apart_is_as_if_it_had_been_added_here(sizes: tuple[int, int]) -> None:
    first, second = ([at * step for at in range(size)] for size, step in zip(sizes, (3, 5), strict=True))
    wanted = distribution([*first, *second])
    merged = distribution(first)
    merged.add_counted(distribution(second))
    at_once = Distribution()
    at_once.add_all(first)
    at_once.add_all(second)
    for found in (merged, at_once):
        assert vars(found) == vars(wanted)
