"""Lists of event types with `...` in them, which stands for any run of events: where do they stop to match?"""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import NamedTuple

Pattern = Sequence[str | EllipsisType]


class Mismatch(NamedTuple):
    """The first event, from 0, that does not fit (one past the last: the end), and what was wanted there."""

    at: int
    expected: str


def mismatch(types: Sequence[str], pattern: Pattern) -> Mismatch | None:
    """Where the types are not what the pattern says; None where they are.

    What stands before the first `...` is the beginning, what stands after the last is the end, and each run between two
    comes somewhere in between, in order: the first place where it fits is taken, which never makes a later one fail.
    """
    first, *others = _runs(pattern)
    wrong = _differs(types, 0, first)
    if wrong is not None:
        return wrong
    at = len(first)
    if not others:
        return Mismatch(at, "the end") if at < len(types) else None
    *between, last = others
    for run in between:
        found, farthest = _find(types, at, run)
        if found is None:
            return farthest
        at = found + len(run)
    start = len(types) - len(last)
    if start < at:  # too few events are left
        return _differs(types, at, last) or Mismatch(len(types), _quoted(last[len(types) - at :]))
    return _differs(types, start, last)


def _runs(pattern: Pattern) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for one in pattern:
        if isinstance(one, str):
            runs[-1].append(one)
        else:
            runs.append([])
    return runs


def _differs(types: Sequence[str], start: int, run: Sequence[str]) -> Mismatch | None:
    for number, expected in enumerate(run):
        if start + number >= len(types) or types[start + number] != expected:
            return Mismatch(min(start + number, len(types)), repr(expected))
    return None


def _find(types: Sequence[str], start: int, run: Sequence[str]) -> tuple[int | None, Mismatch]:
    """Where the run comes first, at or after `start`; and where it came the farthest, to show if it comes nowhere."""
    longest, farthest = 0, Mismatch(len(types), f"{_quoted(run)} before it")
    for at in range(start, len(types)):
        wrong = _differs(types, at, run)
        if wrong is None:
            return at, farthest
        if wrong.at - at > longest:
            longest, farthest = wrong.at - at, wrong
    return (None, farthest) if run else (start, farthest)


def _quoted(run: Sequence[str]) -> str:
    return ", ".join(map(repr, run))
