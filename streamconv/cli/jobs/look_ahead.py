"""What patterns match in a stream, seen ahead by helpers of `check`, for the one process that judges it.

Advice to the reader. Most of what checking a large event stream costs is to match patterns of records that no rule has
anything to say of. Helpers are given the segments to come, with the patterns that were asked for last. Who judges asks,
at each place, for the pattern that it would try there; where that was not looked for, it looks itself. So nothing hangs
on helpers but time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from streamconv.cli.jobs.crew import Helpers
from streamconv.cli.jobs.errands import Errand, Errands
from streamconv.formats.cutting import Cutter
from streamconv.rules.stretch import SOUGHT, Stretch, find_all
from streamconv.rules.stretches import Ahead

_PATTERNS: Final = 4  # that are looked for at once


class Look(msgspec.Struct, frozen=True):
    """A segment of a stream, and what is to be looked for in it."""

    format: str
    offset: int
    data: bytes
    patterns: tuple[bytes, ...]


def look(asked: Look) -> Generator[None, None, list[tuple[int, int, Stretch]]]:
    """Find the stretches of a segment, as `find_all` gives them: what a helper does. It asks nothing."""
    yield from ()
    return [*find_all(asked.format, asked.data, [*map(re.compile, asked.patterns)])]


class LookAhead(Ahead):
    """Cuts a stream in segments, and knows what helpers have seen in the one that was given last. They are hired for
    the first stream in which stretches are sought.
    """

    def __init__(self, hire: Callable[[], Helpers]) -> None:
        self._hire = hire
        self._patterns: list[bytes] = []  # in the order of asking at the last place, then those of the places before
        self._place, self._asked = -1, 0  # the last place, and how many were asked for there
        self._seen: dict[tuple[int, bytes], Stretch] = {}

    def __call__(self, offset: int, pattern: bytes) -> Stretch | None:
        """The stretch that matches from this offset in the stream on; None where nobody has looked."""
        self._asked = self._asked + 1 if offset == self._place else 1
        self._place = offset
        others = [one for one in self._patterns if one != pattern]
        self._patterns = [*others[: self._asked - 1], pattern, *others[self._asked - 1 :]][:_PATTERNS]
        return self._seen.get((offset, pattern))

    def cut(self, format: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The segments of the stream, each once it was looked at, as far as anything was to be looked for."""
        if format not in SOUGHT:
            yield from chunks
            return
        errands = Errands(self._hire())
        cutter = Cutter(format)
        offset = 0
        for segments in chain(map(cutter.feed, chunks), map(Cutter.finish, (cutter,))):
            for data in segments:
                asked = Look(format, offset, data, tuple(self._patterns))
                offset += len(data)
                yield from self._in_turn(errands.add(asked, away=bool(asked.patterns)))
                if not self._patterns:  # so that the first are known soon
                    yield from self._in_turn(errands.finish())
        yield from self._in_turn(errands.finish())

    def _in_turn(self, errands: Iterable[Errand]) -> Iterator[bytes]:
        for asked, seen in errands:
            found = ((asked.offset + at, asked.patterns[number], one) for at, number, one in seen or ())
            self._seen = {(offset, pattern): stretch for offset, pattern, stretch in found}
            yield asked.data
