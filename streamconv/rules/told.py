"""Events alike of which the rules must hear all text, told as one: their texts are taken out of the bytes and joined.

Advice to the reader. What is told is one of the events with the texts of all in the place of its own. Protocols add
texts up, so that what follows means the same as after hearing one by one, and rules that count take the last number;
those of protocols whose texts `grow` are never told.
All must speak of the same place, and their numbers have no gap. The events are matched one by one, since what they say
is wanted of each.
"""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter
from typing import Final, NamedTuple

import orjson

from streamconv.pipeline import BLOCK
from streamconv.protocols.sign import Delta
from streamconv.record import Record
from streamconv.rules.meaning import Meaning, Saying
from streamconv.rules.shape import Hole, Kind, comments
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
        found, remarks = self._matching(block, start)
        rows = [match.groups() for match in found]
        events = len(rows) - 1
        if events < 1:
            return None
        last, end = found[events].span()
        if not is_clean(block[start:end]):
            return None
        between = [remark[0] for remark in remarks if remark.start() < last]
        lines = events * self.record.raw.count(b"\n") + sum(remark.count(b"\n") for remark in between)
        return Stretch(last - start, events + len(between), events, lines, None, ()), rows

    def _matching(self, block: bytes, start: int) -> tuple[list[re.Match[bytes]], list[re.Match[bytes]]]:
        """The events that match and speak of the same place, and the blocks of comments between them."""
        match_one, match_remark = self.pattern.match, _comments(comments(self.record)).match
        places = [at for at, (kind, _) in enumerate(self.holes, 1) if kind == "place"]
        values = [self.holes[at - 1].value for at in places]
        here = values[0] if len(places) == 1 else tuple(values)  # as `group` gives them
        found: list[re.Match[bytes]] = []
        remarks: list[re.Match[bytes]] = []
        end = start
        while True:
            while (match := match_one(block, end, end + BLOCK)) is not None:
                if places and match.group(*places) != here:
                    return found, remarks
                found.append(match)
                end = match.end()
            if not found or (match := match_remark(block, end, end + BLOCK)) is None:
                return found, remarks
            remarks.append(match)
            end = match.end()

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
        """The same with this record as the sample, where it matches: itself, where that speaks of the same place, and
        of the same part: those who number every call 0 have several in one place.
        """
        match = self.pattern.fullmatch(record.raw)
        if match is None:
            return None
        places = zip(self.holes, match.groups(), strict=True)
        is_same_part = self.delta._replace(text="") == saying.deltas[0]._replace(text="")
        if is_same_part and all(kind != "place" or value == own for (kind, own), value in places):
            return self
        return told(record, saying, match, [*map(_kind, self.holes)])


def _last_but_one(numbers: tuple[bytes, ...], before: int | None) -> int | None:
    """That of the numbers, where they go on without a gap; else None."""
    counted = [*map(int, numbers)]
    first = counted[0] if before is None else before + 1
    return counted[-2] if counted == [*range(first, first + len(counted))] else None


def told(record: Record, saying: Saying, match: re.Match[bytes], kinds: list[Kind]) -> Told | None:
    """What is to know of events like this record, which matches their pattern, whose holes are of these kinds; None
    where the text stands in no single place, as it is.
    """
    if record.id is not None or kinds.count("text") != 1 or kinds.count("number") != saying.numbered:
        return None
    at, delta = kinds.index("text"), saying.deltas[0]
    if orjson.loads(b'"%b"' % match[at + 1]) != delta.text:
        return None
    data = (record.data or "").encode()
    start = len(record.raw.rpartition(data)[0])
    before, after = record.raw[start : match.start(at + 1)], record.raw[match.end(at + 1) : start + len(data)]
    return Told(record, delta, match.re, [*map(Hole, kinds, match.groups())], before, after)


@cache
def _comments(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern or b"(?!)")
