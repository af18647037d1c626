"""Quantities in few characters: never more than their columns, and never off by a unit at a boundary."""

from __future__ import annotations

import pytest

from streamconv.reports.quantities import counted, duration, seconds, size, size_in_words


@pytest.mark.parametrize(
    ("count", "short", "words"),
    [
        (0, "0", "0 bytes"),
        (1, "1", "1 byte"),
        (999, "999", "999 bytes"),
        (1000, "1.0K", "1.0 KB"),
        (1024, "1.0K", "1.0 KB"),
        (1_000_000, "976.6K", "976.6 KB"),
        (1_048_576, "1.0M", "1.0 MB"),
        (10_485_760, "10.0M", "10.0 MB"),
        (10**9, "953.7M", "953.7 MB"),
        (2**40 * 5000, "5000.0T", "5000.0 TB"),
    ],
)
def test_sizes(count: int, short: str, words: str) -> None:
    assert size(count) == short
    assert size_in_words(count) == words


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (0, "0"),
        (1e-7, "0"),
        (35e-6, "35µs"),
        (0.000999, "999µs"),
        (0.0009996, "1.0ms"),
        (0.0015, "1.5ms"),
        (0.00996, "10ms"),
        (0.515, "515ms"),
        (0.9996, "1.00s"),
        (2.345, "2.35s"),
        (9.996, "10.0s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (125, "2m05s"),
        (3599.6, "1h00m"),
        (3 * 3600 + 5 * 60, "3h05m"),
        (100 * 3600, "4d"),
        (1e300, "1e+295d"),
        (-0.5, "-500ms"),
    ],
)
def test_durations(time: float, shown: str) -> None:
    assert duration(time) == shown


def test_durations_fit_six_columns_and_keep_their_order() -> None:
    times = [10 ** (exponent / 40) for exponent in range(-280, 360)]
    assert max(len(duration(time)) for time in times) <= 6


@pytest.mark.parametrize(
    ("time", "shown"),
    [(0, "0.000"), (9999.9994, "9999.999"), (10000.0, "10000"), (1e6, "1000000"), (1e7, "1.0e+07"), (-5, "-5.000")],
)
def test_seconds_fit_eight_columns(time: float, shown: str) -> None:
    assert seconds(time) == shown
    assert len(shown) <= 8


def test_counts_have_their_plural() -> None:
    assert counted(1, "reply") == "1 reply"
    assert counted(2, "event") == "2 events"
    assert counted(0, "reply", "replies") == "0 replies"
