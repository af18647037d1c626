"""Events alike of which the rules must hear all text, told as one: their texts are taken out of the bytes and joined.

Advice to the reader. What is told is one of the events with the texts of all in the place of its own. Protocols add
texts up, so that what follows means the same as after hearing one by one, and rules that count take the last number;
those of protocols whose texts `grow` are never told.
All must speak of the same place, and their numbers have no gap. Should an event stand inside of a comment, more are
found than there are, and nothing is told.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from streamconv.protocols.sign import Delta
from streamconv.record import Record
from streamconv.rules.meaning import Meaning, Saying
from streamconv.rules.shape import Hole, Shape

_kind: Final = itemgetter(0)


class Told(NamedTuple):
    """A sample of the events, and the pattern of each of them, whose groups are its holes."""

    record: Record
    delta: Delta
    pattern: re.Pattern[bytes]
    holes: list[Hole]
    before: bytes  # its payload up to the text
    after: bytes  # what follows the text

    def tell(self, part: bytes, events: int, meaning: Meaning) -> Record | None:
        """Tell what the `events` events in these bytes say, less the last, and return it; None where nothing was told.

        The last one is heard next, and shows where the text ends that was told.
        """
        rows = self.pattern.findall(part)
        if len(rows) != events or events == 1:
            return None
        columns = self._columns(rows)
        text, number = b"", None
        for (kind, value), column in zip(self.holes, columns, strict=True):
            if kind == "text":
                text = b"".join(column[:-1])
            elif kind == "place" and {*column} != {value}:
                return None
            elif kind == "number":
                number = _last_but_one(column, meaning.number)
                if number is None:
                    return None
        record = self.record.replace(data=(self.before + text + self.after).decode())
        delta = self.delta._replace(text=orjson.loads(b'"%b"' % text))
        return record if meaning.hear_all(record, delta, events, number) else None

    def fits(self, record: Record) -> bool:
        """True where a record of this shape speaks of the same place."""
        columns = self._columns(self.pattern.findall(record.raw))
        return all(
            kind != "place" or column == (value,) for (kind, value), column in zip(self.holes, columns, strict=True)
        )

    def _columns(self, rows: list[Any]) -> list[tuple[bytes, ...]]:
        """Of each hole what the events have there."""
        return [*zip(*rows, strict=True)] if len(self.holes) > 1 else [tuple(rows)]


def _last_but_one(numbers: tuple[bytes, ...], before: int | None) -> int | None:
    """That of the numbers, where they go on without a gap; else None."""
    counted = [*map(int, numbers)]
    first = counted[0] if before is None else before + 1
    return counted[-2] if counted == [*range(first, first + len(counted))] else None


def told(record: Record, saying: Saying, shape: Shape) -> Told | None:
    """What is to know of the events of this shape; None where the text stands in no single place, as it is."""
    kinds = [*map(_kind, shape.holes)]
    if record.id is not None or kinds.count("text") != 1 or kinds.count("number") != saying.numbered:
        return None
    pattern = re.compile(shape.grouped)
    found = pattern.fullmatch(record.raw)
    at, delta = kinds.index("text"), saying.deltas[0]
    if found is None or orjson.loads(b'"%b"' % shape.holes[at].value) != delta.text:
        return None
    data = (record.data or "").encode()
    start = len(record.raw.rpartition(data)[0])
    before, after = record.raw[start : found.start(at + 1)], record.raw[found.end(at + 1) : start + len(data)]
    return Told(record, delta, pattern, shape.holes, before, after)
