"""Stream, what all rules see of the stream that is being checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import eq, gt
from typing import Final, NamedTuple

import orjson

from streamconv.record import Record

KEEPALIVE: Final = 15.0  # seconds; WHATWG HTML 9.2.7: "a comment line every 15 seconds or so"
_COUNTED: Final = 18  # digits of an id; longer ones are names


class Ids(NamedTuple):
    """Ids that stand one after the other, none of them the one before, and no number smaller than the one before."""

    first: str
    last: str
    least: int | None  # the first that is a number; None where none is
    most: int | None  # the last one


def in_order(written: Sequence[bytes]) -> Ids | None:
    """What is to know of ids, of which there are some; None where they are not in order."""
    first, last = number_of(written[0].decode()), number_of(written[-1].decode())
    if first is not None and last == first + len(written) - 1:  # it is likely that they count on
        counted = orjson.dumps([*range(first, last + 1)])  # the fastest that writes numbers
        if counted == b"[%b]" % b",".join(written):
            return Ids(written[0].decode(), written[-1].decode(), first, last)
    ids = [*map(bytes.decode, written)]
    all_counted = "".join(ids).isdigit() and max(map(len, ids)) <= _COUNTED
    numbers = [*map(int, ids)] if all_counted else [one for one in map(number_of, ids) if one is not None]
    if any(map(eq, ids, ids[1:])) or any(map(gt, numbers, numbers[1:])):
        return None
    return Ids(ids[0], ids[-1], numbers[0] if numbers else None, numbers[-1] if numbers else None)


class Stream:
    """What is known of the stream that is being checked: from outside, and so far."""

    def __init__(
        self,
        format: str,
        *,
        content_type: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        keepalive: float = KEEPALIVE,
    ) -> None:
        self.format = format
        self.content_type = content_type
        self.status = status  # of the HTTP response; None where there was none
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.keepalive = keepalive  # seconds: the longest silence that is no problem
        self.size = 0  # bytes so far
        self.events = 0
        self.before: Record | None = None  # the record before the one at hand
        self.id_before = ""  # the last id that was written
        self.number_before = -1  # the last one that is a number
        self.place = (1, 1, 0)  # line, column and offset of the record at hand, at the end of the last byte
        self.silence = 0.0  # seconds without a byte before the chunk that completed the record at hand

    def goes_on(self, id: str) -> bool:
        """True where this id is not the one before, and no smaller number."""
        number = number_of(id)
        return id != self.id_before and (number is None or number >= self.number_before)

    def go_on(self, ids: Ids) -> bool:
        """The same of several, which are in order; if so, they are the ones before from now on."""
        if ids.first == self.id_before or (ids.least is not None and ids.least < self.number_before):
            return False
        self.id_before = ids.last
        self.number_before = self.number_before if ids.most is None else ids.most
        return True

    def remember(self, record: Record) -> None:
        """Make this record the one before."""
        self.before = record
        if record.id:
            self.id_before = record.id
            number = number_of(record.id)
            self.number_before = self.number_before if number is None else number

    @property
    def media_type(self) -> str:
        """The essence of the content type: lower case, without parameters (MIME Sniffing, 4.1)."""
        return self.content_type.partition(";")[0].strip().lower()


def number_of(id: str) -> int | None:
    """The number that an id is; None where it is a name, or too long to count."""
    return int(id) if len(id) <= _COUNTED and id.isascii() and id.isdigit() else None
