"""Events by their position."""

from __future__ import annotations

from collections import deque

from streamconv.pipeline import Filter
from streamconv.record import Record


class Skip(Filter[list[Record], list[Record]]):
    """All events but the first `count`."""

    def __init__(self, count: int) -> None:
        self._left = count

    def feed(self, item: list[Record], /) -> list[Record]:
        """The events of this batch that are past the count."""
        events = [record for record in item if record.kind == "event"]
        skipped = min(self._left, len(events))
        self._left -= skipped
        return events[skipped:]

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []


class Take(Filter[list[Record], list[Record]]):
    """The first `count` events; then it is done, and the input is read no further."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.done = count == 0

    def feed(self, item: list[Record], /) -> list[Record]:
        """The events of this batch that are within the count."""
        taken = [record for record in item if record.kind == "event"][: self._left]
        self._left -= len(taken)
        self.done = self._left == 0
        return taken

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []


class Tail(Filter[list[Record], list[Record]]):
    """The last `count` events, at the end of the input."""

    def __init__(self, count: int) -> None:
        self._last: deque[Record] = deque(maxlen=count)

    def feed(self, item: list[Record], /) -> list[Record]:
        """Nothing: which are the last is known at the end."""
        self._last.extend([record for record in item if record.kind == "event"])
        return []

    def finish(self) -> list[Record]:
        """The last events."""
        return [*self._last]
