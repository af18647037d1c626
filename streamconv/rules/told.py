"""Events alike of which the rules must hear all text, told as one: their texts are taken out of the bytes and joined.

Advice to the reader. What is told is one of the events with the texts of all in the place of its own. Protocols add
texts up, so that what follows means the same as after hearing one by one, and rules that count take the last number;
those of protocols whose texts `grow` are never told.
All must speak of the same place, and their numbers have no gap. The events are matched one by one, since what they say
is wanted of each.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Final, NamedTuple

import orjson

from streamconv.pipeline import BLOCK
from streamconv.protocols.sign import Delta
from streamconv.record import Record
from streamconv.rules.meaning import Meaning, Saying
from streamconv.rules.shape import Hole, comments
from streamconv.rules.stretch import Stretch, is_clean

_kind: Final = itemgetter(0)

Row = tuple[bytes, ...]
"""What one event has in its holes."""


class Told(NamedTuple):
    """A sample of the events, and the pattern of each of them, whose groups are its holes."""

    record: Record
    delta: Delta
    pattern: re.Pattern[bytes]
    holes: list[Hole]
    before: bytes  # its payload up to the text
    after: bytes  # what follows the text

    def find(self, block: bytes, start: int) -> tuple[Stretch, list[Row]] | None:
        """The events that match from `start` on and speak of the same place, and comments between them: a stretch that
        ends before the last event, and what each has in its holes, the last one, too.
        """
        match_one = self.pattern.match
        match_comments = re.compile(comments(self.record) or b"(?!)").match
        places = [at for at, (kind, _) in enumerate(self.holes) if kind == "place"]
        own = [self.holes[at].value for at in places]
        rows: list[Row] = []
        end = last = start
        lines = blocks = 0  # of comments
        before = (0, 0)  # the same before the last event
        while True:
            match = match_one(block, end, end + BLOCK)
            if match is not None:
                row = match.groups()
                if [row[at] for at in places] != own:
                    break
                rows.append(row)
                last, before = end, (lines, blocks)
            else:
                match = match_comments(block, end, end + BLOCK)
                if match is None:
                    break
                lines += match[0].count(b"\n")
                blocks += 1
            end = match.end()
        events = len(rows) - 1
        if events < 1 or not is_clean(block[start:end]):
            return None
        lines, blocks = before
        lines += events * self.record.raw.count(b"\n")
        return Stretch(last - start, events + blocks, events, lines, None, ()), rows

    def tell(self, rows: list[Row], meaning: Meaning) -> Record | None:
        """Tell what these events say, less the last, and return it; None where nothing was told.

        The last one is heard next, and shows where the text ends that was told.
        """
        text, number = b"", None
        for (kind, _), column in zip(self.holes, zip(*rows, strict=True), strict=True):
            if kind == "text":
                text = b"".join(column[:-1])
            elif kind == "number":
                number = _last_but_one(column, meaning.number)
                if number is None:
                    return None
        record = self.record.replace(data=(self.before + text + self.after).decode())
        delta = self.delta._replace(text=orjson.loads(b'"%b"' % text))
        return record if meaning.hear_all(record, delta, len(rows) - 1, number) else None

    def again(self, record: Record, saying: Saying) -> Told | None:
        """The same with this record as the sample, where it matches: it may speak of another place."""
        match = self.pattern.fullmatch(record.raw)
        if match is None:
            return None
        holes = [Hole(kind, value) for (kind, _), value in zip(self.holes, match.groups(), strict=True)]
        return told(record, saying, self.pattern, holes)

    def is_where(self, other: Told) -> bool:
        """True where both speak of the same place."""
        return all(kind != "place" or one == two for (kind, one), (_, two) in zip(self.holes, other.holes, strict=True))


def _last_but_one(numbers: tuple[bytes, ...], before: int | None) -> int | None:
    """That of the numbers, where they go on without a gap; else None."""
    counted = [*map(int, numbers)]
    first = counted[0] if before is None else before + 1
    return counted[-2] if counted == [*range(first, first + len(counted))] else None


def told(record: Record, saying: Saying, pattern: re.Pattern[bytes], holes: list[Hole]) -> Told | None:
    """What is to know of events like this record; None where the text stands in no single place, as it is."""
    kinds = [*map(_kind, holes)]
    if record.id is not None or kinds.count("text") != 1 or kinds.count("number") != saying.numbered:
        return None
    found = pattern.fullmatch(record.raw)
    at, delta = kinds.index("text"), saying.deltas[0]
    if found is None or orjson.loads(b'"%b"' % holes[at].value) != delta.text:
        return None
    data = (record.data or "").encode()
    start = len(record.raw.rpartition(data)[0])
    before, after = record.raw[start : found.start(at + 1)], record.raw[found.end(at + 1) : start + len(data)]
    return Told(record, delta, pattern, holes, before, after)
