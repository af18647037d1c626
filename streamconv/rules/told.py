"""Events alike of which the rules must hear all text, told as one: their texts are taken out of the bytes and joined.

Advice to the reader. What is told is one of the events with the texts of all in the place of its own. Protocols add
texts up, so that what follows means the same as after hearing one by one, and rules that count take the last number.
All must speak of the same place, and their numbers have no gap. Names in quotes and a colon stand nowhere inside of
strings, whose quotes are escaped. Should they stand in the framing, more texts are found than there are events, and
nothing is told.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import orjson

from streamconv.protocols.sign import Delta
from streamconv.record import Record
from streamconv.rules.meaning import Meaning, Saying
from streamconv.rules.shape import NUMBER, PLACE, PLACES, Shape

_TEXT: Final = rb'[ ]?+:[ ]?+"((?:[^"\\]++|\\.)*+)"'
_PLACES = re.compile(rb'"(?:' + b"|".join(PLACES) + rb')"[ ]?+:[ ]?+(' + PLACE + rb")")
_NUMBERS = re.compile(NUMBER + rb"[ ]?+:[ ]?+([0-9]++)")


class Told(NamedTuple):
    """A sample of the events; where in it the text stands."""

    record: Record
    delta: Delta
    texts: re.Pattern[bytes]
    places: list[bytes]
    numbered: bool

    def tell(self, part: bytes, events: int, meaning: Meaning) -> Record | None:
        """Tell what the `events` events in these bytes say, and return it; None where nothing was told."""
        texts = self.texts.findall(part)
        numbers = [*map(int, _NUMBERS.findall(part))] if self.numbered else []
        if len(texts) != events or _PLACES.findall(part) != self.places * events:
            return None
        if self.numbered and not _go_on(numbers, meaning.number, events):
            return None
        text = b"".join(texts)
        delta = self.delta._replace(text=orjson.loads(b'"%b"' % text))
        record = self._record(text)
        return record if meaning.hear_all(record, delta, events, numbers[-1] if numbers else None) else None

    def fits(self, record: Record) -> bool:
        """True where a record of this shape speaks of the same place."""
        return _PLACES.findall(record.raw) == self.places

    def _record(self, text: bytes) -> Record:
        """The sample, with this text in the place of its own."""
        data = (self.record.data or "").encode()
        found = self.texts.search(data)
        assert found is not None  # it is a sample
        return self.record.replace(data=(data[: found.start(1)] + text + data[found.end(1) :]).decode())


def _go_on(numbers: list[int], last: int | None, events: int) -> bool:
    return last is not None and numbers == [*range(last + 1, last + 1 + events)]


def told(record: Record, saying: Saying, shape: Shape) -> Told | None:
    """What is to know of the events of this shape; None where the text stands in no single place, as it is."""
    if record.id is not None or len(shape.texts) != 1:
        return None
    ((name, value),) = shape.texts
    delta = saying.deltas[0]
    if orjson.loads(value) != delta.text:
        return None
    return Told(record, delta, re.compile(re.escape(name) + _TEXT), _PLACES.findall(record.raw), saying.numbered)
