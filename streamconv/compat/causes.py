"""Causes: where a client departed from the standard, with the bytes there, as what a difference may come of."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from streamconv.compat.profile import Departure
from streamconv.compat.reading import Note
from streamconv.record import Record

_KEPT: Final = 64  # the latest ones
_BEFORE: Final = 24  # bytes of a line that are shown before the place, where it is deep in it
_SHOWN: Final = 64  # bytes


class Cause(msgspec.Struct, frozen=True):
    """Why events differ, and the bytes that bring it about."""

    departure: Departure
    offset: int  # byte from 0
    line: int  # from 1
    excerpt: bytes  # of that line
    cut_before: bool  # the line begins before the excerpt
    cut_after: bool


class Causes:
    """The latest causes that were noted in one client's reading."""

    def __init__(self) -> None:
        self._causes: deque[Cause] = deque(maxlen=_KEPT)

    def add(self, note: Note, record: Record) -> None:
        """A note whose place is in the record. Of each departure the first in a record is enough."""
        if not any(one.departure == note.departure and one.offset >= record.offset for one in self._causes):
            self._causes.append(_located(note.departure, note.offset, record))

    def latest(self) -> Cause | None:
        """The last one that was noted."""
        return self._causes[-1] if self._causes else None

    def of(self, record: Record, at: int | None = None, departure: Departure | None = None) -> Cause | None:
        """What a difference in a record comes of, whose event the line at byte `at` dispatched.

        It is `departure`, where that is known to be it. Else what was noted at that line; else the first that was noted
        in the record; else the latest before, as an id that was not told shows only later.
        """
        if departure is not None:
            return _located(departure, record.offset, record)
        inside = [one for one in self._causes if one.offset >= record.offset]
        exact = next((one for one in inside if one.offset == at), None)
        return exact or next(iter(inside), self.latest())


def _located(departure: Departure, offset: int, record: Record) -> Cause:
    """With the line of the record's bytes that holds the byte."""
    within = min(max(0, offset - record.offset), len(record.raw))
    start = line = 0
    lines = record.raw.splitlines(keepends=True) or [b""]
    while line < len(lines) - 1 and start + len(lines[line]) <= within:
        start += len(lines[line])
        line += 1
    text = lines[line]
    first = max(0, within - start - _BEFORE) if len(text) > _SHOWN else 0
    excerpt = text[first : first + _SHOWN]
    return Cause(departure, offset, record.line + line, excerpt, first > 0, first + len(excerpt) < len(text))
