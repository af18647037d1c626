"""A timed capture round a stream: its chunks are the stream, and know when they arrived."""

from __future__ import annotations

from collections.abc import Callable

from streamconv.formats.timed import MAGIC, Head, TimedReader
from streamconv.pipeline import Filter
from streamconv.problem import Report


class TimedLayer(Filter[bytes, list[bytes]]):
    """Takes a timed capture off where the first bytes say that it is one; all else passes as it is.

    `certain` takes it off unseen. What its header says goes to `told` before any chunk is passed on.
    """

    def __init__(self, report: Report, told: Callable[[Head], object], *, certain: bool = False) -> None:
        self._report = report
        self._told = told
        self._reader = TimedReader(report) if certain else None
        self._held: list[bytes] | None = None if certain else []  # while the first bytes do not tell

    def feed(self, item: bytes, /) -> list[bytes]:
        """The chunks in these bytes, or the bytes as they are."""
        if self._held is not None:
            self._held.append(item)
            start = b"".join(self._held)
            if MAGIC.startswith(start):
                return []
            held, self._held = self._held, None
            if not start.startswith(MAGIC):
                return held
            self._reader = TimedReader(self._report)
            item = start
        return [item] if self._reader is None else self._chunks(self._reader.feed(item))

    def finish(self) -> list[bytes]:
        """What was held back."""
        return (self._held or []) if self._reader is None else self._chunks(self._reader.finish())

    def _chunks(self, chunks: list[bytes]) -> list[bytes]:
        if self._reader is not None and self._reader.head is not None:
            self._told(self._reader.head)
        return chunks
