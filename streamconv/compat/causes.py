"""Causes: where a client departed from the standard, with the bytes there, as what a difference may come of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from streamconv.captures.places import Place
from streamconv.compat.profile import Departure
from streamconv.compat.reading import Note
from streamconv.record import Record

_KEPT: Final = 64  # the latest ones
_BEFORE: Final = 24  # bytes of a line that are shown before the place, where it is deep in it
_SHOWN: Final = 64  # bytes
_CONTINUATION: Final = range(0x80, 0xC0)  # bytes of UTF-8 that begin no character


class Cause(msgspec.Struct, frozen=True):
    """Why events differ, and the bytes that bring it about."""

    departure: Departure
    offset: int  # byte of the stream, from 0
    place: Place  # in the file
    excerpt: bytes  # of that line
    cut_before: bool  # the line begins before the excerpt
    cut_after: bool


class Causes:
    """The latest causes that were noted in one client's reading. `placed` tells where a place is in the file."""

    def __init__(self, placed: Callable[[Place], Place]) -> None:
        self._placed = placed
        self._causes: deque[Cause] = deque(maxlen=_KEPT)

    def place(self, record: Record, cause: Cause | None) -> Place:
        """Where the cause is; where none is known, the record."""
        if cause is not None:
            return cause.place
        return self._placed(Place(record.line, None, record.offset))

    def add(self, note: Note, record: Record) -> None:
        """A note whose place is in the record. Of each departure the first in a record is enough."""
        if not any(one.departure == note.departure and one.offset >= record.offset for one in self._causes):
            self._causes.append(self._located(note.departure, note.offset, record))

    def latest(self) -> Cause | None:
        """The last one that was noted."""
        return self._causes[-1] if self._causes else None

    def of(self, record: Record, at: int | None = None, departure: Departure | None = None) -> Cause | None:
        """What a difference in a record comes of, whose event the line at byte `at` dispatched.

        It is `departure`, where that is known to be it. Else what was noted at that line; else the first that was noted
        in the record; else the latest before, as an id that was not told shows only later.
        """
        if departure is not None:
            return self._located(departure, record.offset, record)
        inside = [one for one in self._causes if one.offset >= record.offset]
        exact = next((one for one in inside if one.offset == at), None)
        return exact or next(iter(inside), self.latest())

    def _located(self, departure: Departure, offset: int, record: Record) -> Cause:
        """With the line that holds the byte; an empty one says nothing by itself, so with its record up to it."""
        within = min(max(0, offset - record.offset), len(record.raw))
        line, start, end = -1, 0, 0
        for text in record.raw.splitlines(keepends=True):
            line, start, end = line + 1, end, end + len(text)
            if within < end:
                break
        if not record.raw[start:end].strip(b"\r\n"):
            line = start = 0
            within = end
        place = self._placed(Place(record.line + line, None, record.offset + start))
        first = start if end - start <= _SHOWN else _boundary(record.raw, max(start, within - _BEFORE))
        last = min(end, _boundary(record.raw, first + _SHOWN))
        return Cause(departure, offset, place, record.raw[first:last], first > start, last < end)


def _boundary(data: bytes, at: int) -> int:
    """The byte, or the one before it with which its character begins."""
    begin = at
    while at - begin < 3 and 0 < begin < len(data) and data[begin] in _CONTINUATION:
        begin -= 1
    return begin
