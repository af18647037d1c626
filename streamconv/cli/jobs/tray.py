"""Memory that a helper shares with its parent, in which they lay the large bytes of what they say to each other.

Advice to the reader. Through a pipe, which holds 64 KiB, large bytes go only while both are at it. These two speak in
turn, and who listens takes a copy of all bytes before it answers, so one tray does for both. What it has no room for,
and all else, goes through the pipe. It is pickled, which is safe because nobody else can write to them.
"""

from __future__ import annotations

import mmap
import pickle
from typing import Any, BinaryIO, Final

ROOM: Final = 16 << 20  # bytes; pages that are never used take no memory
_LARGE: Final = 16 * 1024  # bytes


class Tray:
    """Made before the fork, it is the same in both processes."""

    def __init__(self, room: int = ROOM) -> None:
        self._memory = mmap.mmap(-1, room)

    def dump(self, value: Any, pipe: BinaryIO) -> None:
        """Hand a value over to the other process."""
        _Laying(pipe, self._memory).dump(value)
        pipe.flush()

    def load(self, pipe: BinaryIO) -> Any:
        """What the other process handed over. Raises EOFError and UnpicklingError where it has gone."""
        return _Taking(pipe, self._memory).load()


class _Laying(pickle.Pickler):
    def __init__(self, pipe: BinaryIO, memory: mmap.mmap) -> None:
        super().__init__(pipe, pickle.HIGHEST_PROTOCOL)
        self._memory = memory
        self._end = 0  # of what lies there

    def persistent_id(self, value: Any) -> tuple[int, int] | None:
        """Where the bytes lie; None for what goes through the pipe."""
        if type(value) is not bytes or len(value) < _LARGE or self._end + len(value) > len(self._memory):
            return None
        start, self._end = self._end, self._end + len(value)
        self._memory[start : self._end] = value
        return start, self._end


class _Taking(pickle.Unpickler):
    def __init__(self, pipe: BinaryIO, memory: mmap.mmap) -> None:
        super().__init__(pipe)
        self._memory = memory

    def persistent_load(self, place: tuple[int, int]) -> bytes:
        """The bytes that lie there."""
        start, end = place
        return self._memory[start:end]
