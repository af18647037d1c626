"""Where the lines of two streams differ, as `diff -u` shows it (POSIX, diff), in time that is linear in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from typing import Final

_WINDOWS: Final = (16, 256, 4096, 65536)  # lines that are looked at for the next that both have
_SMALL: Final = 256  # in larger ones, lines that are there often are no place to go on: it would be quadratic
_CONTEXT: Final = 3  # lines round what differs


def unified(before: Sequence[str], after: Sequence[str], name: str) -> Iterator[str]:
    """The lines of the difference, without their ends; none where there is none."""
    groups = _Nearby(before, after).get_grouped_opcodes(_CONTEXT)
    for at, group in enumerate(groups):
        if not at:
            yield from (f"--- a/{name}", f"+++ b/{name}")
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
        for tag, start, end, start_after, end_after in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[start:end])
                continue
            yield from (f"-{line}" for line in before[start:end])
            yield from (f"+{line}" for line in after[start_after:end_after])


def _range(start: int, end: int) -> str:
    """As the format has it: from 1, the count left out where it is one; an empty one stands after its line."""
    if end - start == 1:
        return f"{end}"
    return f"{start + (end > start)},{end - start}"


class _Nearby(SequenceMatcher[str]):
    """Finds what both have in common from place to place: what was mended goes on alike a few lines further on.

    SequenceMatcher looks for the longest match in all of both, for every match again.
    """

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        super().__init__(None, before, after, autojunk=False)
        self._before = before
        self._after = after

    def get_matching_blocks(self) -> list[Match]:
        """As in SequenceMatcher."""
        before, after = len(self._before), len(self._after)
        blocks = [Match(0, 0, 0)]
        i = j = 0
        while i < before and j < after:
            found = self._next(i, j)
            for match in found:
                last = blocks[-1]
                i, j = match.a + match.size, match.b + match.size
                if (match.a - last.a, match.b - last.b) == (last.size, last.size):  # they go on from each other
                    blocks[-1] = Match(last.a, last.b, last.size + match.size)
                else:
                    blocks.append(match)
            if not found:
                i, j = i + _WINDOWS[-1], j + _WINDOWS[-1]
        return [*blocks, Match(before, after, 0)]

    def _next(self, i: int, j: int) -> list[Match]:
        """What is common from these lines on; none where it is too far."""
        size = self._common(i, j)
        if size:
            return [Match(i, j, size)]
        for window in _WINDOWS:
            before, after = self._before[i : i + window], self._after[j : j + window]
            near = SequenceMatcher(None, before, after, autojunk=window > _SMALL)
            if found := near.get_matching_blocks()[:-1]:
                return [Match(i + match.a, j + match.b, match.size) for match in found]
        return []

    def _common(self, i: int, j: int) -> int:
        """How many lines are equal from there."""
        most = min(len(self._before) - i, len(self._after) - j)
        return next((n for n in range(most) if self._before[i + n] != self._after[j + n]), most)
