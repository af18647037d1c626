"""How values are distributed, in bounded memory: exact while there are not very many different ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

DISTINCT: Final = 100_000  # different values that are counted each by itself
_BITS: Final = 9  # leading bits that are kept of a value from then on
_BARS: Final = "▁▂▃▄▅▆▇"


class Distribution:
    """How often each whole number from 0 was added.

    Once there are more than DISTINCT different ones, `exact` is false: they are then counted by their first nine bits,
    and quantiles are within 1/512 (0.2 %) of what was added. `least`, `most`, `total` and `count` are exact always.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.least: int | None = None
        self.most: int | None = None
        self.exact = True
        self._counts: Counter[int] = Counter()

    def add(self, value: int) -> None:
        """One more value."""
        self.count += 1
        self.total += value
        self.least = value if self.least is None else min(self.least, value)
        self.most = value if self.most is None else max(self.most, value)
        self._counts[value if self.exact else _coarse(value)] += 1
        self._stay_bounded()

    def add_all(self, values: Collection[int]) -> None:
        """Several more."""
        if values:
            self._merge(len(values), sum(values), min(values), max(values), Counter(values))

    def add_counted(self, other: Distribution) -> None:
        """All that were added to another one."""
        if other.least is None or other.most is None:
            return
        if not other.exact:
            self._round()
        self._merge(other.count, other.total, other.least, other.most, other._counts)

    def _merge(self, count: int, total: int, least: int, most: int, counts: Counter[int]) -> None:
        self.count += count
        self.total += total
        self.least = least if self.least is None else min(self.least, least)
        self.most = most if self.most is None else max(self.most, most)
        self._counts.update(counts if self.exact else _all_coarse(counts))
        self._stay_bounded()

    def _stay_bounded(self) -> None:
        if len(self._counts) > DISTINCT:
            self._round()

    def _round(self) -> None:
        self.exact = False
        self._counts = _all_coarse(self._counts)

    def quantile(self, part: float) -> int | None:
        """The least value that this part of all does not exceed (nearest rank); None where there is none."""
        rank = max(1, math.ceil(part * self.count))
        seen = 0
        for value in sorted(self._counts):
            seen += self._counts[value]
            if seen >= rank:
                assert self.least is not None and self.most is not None  # one was added  # noqa: PT018
                return min(max(value, self.least), self.most)
        return None

    def count_from(self, least: int) -> int:
        """How many are at least so large."""
        return sum(times for value, times in self._counts.items() if value >= least)

    def bars(self, most: int = 24) -> str:
        """A histogram in one line, from the least to the most; its steps are of equal ratio."""
        if self.least is None or self.most is None or self.least == self.most:
            return ""
        low, high = math.log2(self.least + 1), math.log2(self.most + 1)
        bins = [0] * min(most, self.most - self.least + 1)
        for value, times in self._counts.items():
            at = int((math.log2(value + 1) - low) / (high - low) * len(bins))
            bins[min(max(at, 0), len(bins) - 1)] += times
        return bars(bins)

    def facts(self, per: int = 1) -> dict[str, Any]:
        """For programs; so many of what was added make one of what is told."""
        found = {"min": self.least, "median": self.quantile(0.5), "p95": self.quantile(0.95), "max": self.most}
        facts: dict[str, Any] = {"count": self.count}
        facts |= {name: value if value is None or per == 1 else value / per for name, value in found.items()}
        return {**facts, "exact": self.exact}


def _all_coarse(counts: Counter[int]) -> Counter[int]:
    coarse: Counter[int] = Counter()
    for value, times in counts.items():
        coarse[_coarse(value)] += times
    return coarse


def _coarse(value: int) -> int:
    """The middle of all values that begin with the same bits."""
    rest = max(0, value.bit_length() - _BITS)
    return (value >> rest << rest) + (1 << rest >> 1)


class Timeline:
    """How many came in each step of time; the steps grow with the time, so that there are never more than `most`."""

    def __init__(self, most: int = 48) -> None:
        self._most = most
        self._step = 1e-3  # seconds
        self._counts: Counter[int] = Counter()
        self._last = 0

    def add(self, time: float) -> None:
        """One more, at so many seconds."""
        at = int(max(0.0, time) / self._step)
        while at >= self._most:
            self._step *= 2
            at //= 2
            self._last //= 2
            counts, self._counts = self._counts, Counter()
            for step, times in counts.items():
                self._counts[step // 2] += times
        self._counts[at] += 1
        self._last = max(self._last, at)

    @property
    def steps(self) -> int:
        """How many there are, up to the last that something came in."""
        return self._last + 1

    def bars(self) -> str:
        """One bar a step."""
        return bars([self._counts[at] for at in range(self.steps)])


def bars(counts: Sequence[int]) -> str:
    """One bar for each count; the lowest is that of none."""
    most = max(counts, default=0)
    return "".join(_BARS[0 if not count else max(1, round(count / most * (len(_BARS) - 1)))] for count in counts)
