"""Where the bytes that a layer passed on stood in what it was given, so that an editor can open the place."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

KEPT: Final = 32 * 1024  # cuts remembered, at least; problems are of the latest records

_CONTINUATION: Final = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that begin no character


class Place(NamedTuple):
    """A place in a stream; None where it is not known."""

    line: int | None  # from 1
    column: int | None  # code points, from 1
    offset: int | None  # bytes, from 0


class _Position:
    """A position that moves over bytes."""

    def __init__(self) -> None:
        self.offset = 0
        self.line = 1
        self.column = 1

    def move(self, data: bytes) -> None:
        lines = data.count(b"\n")
        if lines:
            self.line += lines
            self.column = 1
            tail = data[data.rfind(b"\n") + 1 :]
        else:
            tail = data
        self.column += len(tail) if tail.isascii() else len(tail.translate(None, _CONTINUATION))
        self.offset += len(data)


class _Segment(NamedTuple):
    """Where a run of bytes that was kept begins, inside the layer and outside."""

    inner: Place
    outer: Place


class Places:
    """Told by a layer, in order, what it cuts and what it keeps. `outer` then maps a place of what was kept."""

    def __init__(self) -> None:
        self._inner = _Position()
        self._outer = _Position()
        self._segments: list[_Segment] = []
        self._offsets: list[int] = []  # of the segments, inside
        self._cut = True  # the next bytes kept begin a segment

    @property
    def here(self) -> Place:
        """The place, outside, of the next byte."""
        return Place(self._outer.line, self._outer.column, self._outer.offset)

    def cut(self, data: bytes) -> None:
        """These bytes are the layer's own."""
        self._outer.move(data)
        self._cut = self._cut or bool(data)

    def keep(self, data: bytes) -> None:
        """These bytes are passed on."""
        if data:
            self.rest()
        self._inner.move(data)
        self._outer.move(data)

    def rest(self) -> None:
        """All that follows is passed on: nothing more need be told."""
        if self._cut:
            inner = Place(self._inner.line, self._inner.column, self._inner.offset)
            self._segments.append(_Segment(inner, self.here))
            self._offsets.append(self._inner.offset)
            self._cut = False
            if len(self._segments) > 2 * KEPT:
                del self._segments[:KEPT], self._offsets[:KEPT]

    def outer(self, place: Place) -> Place | None:
        """The place, outside, of a place inside; None where it is not known, or too far back."""
        if place.line is None or place.offset is None:
            return None
        at = bisect_right(self._offsets, place.offset) - 1
        if at < 0:
            return None
        inner, outer = self._segments[at]
        assert inner.line is not None and outer.line is not None  # a segment knows all  # noqa: PT018
        assert inner.offset is not None and outer.offset is not None  # noqa: PT018
        column = place.column
        if column is not None and place.line == inner.line:
            assert inner.column is not None and outer.column is not None  # noqa: PT018
            column += outer.column - inner.column
        return Place(place.line + outer.line - inner.line, column, place.offset + outer.offset - inner.offset)
