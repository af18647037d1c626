"""Comparing what a client makes of a stream with what the standard does, record by record.

Advice to the reader. Both read the same bytes, so nothing needs to be searched: an event of the client belongs to the
record that holds the line which dispatched it. A client may be late (it waits for more bytes), so a record is compared
once no event can come for it any more.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, Literal

import msgspec

from streamconv.captures.places import Place
from streamconv.compat.causes import Cause, Causes
from streamconv.compat.handling import PASSED_ON, handle
from streamconv.compat.profile import Handling, Profile, Told
from streamconv.compat.reading import ClientEvent, Note, Reader
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.protocols.event import event_of
from streamconv.protocols.protocol import PATIENCE
from streamconv.protocols.registry import recognise
from streamconv.record import Record

Kind = Literal["lost", "extra", "changed", "raised"]

_END: Final = sys.maxsize  # a byte that is in no stream
_LINE_ENDS: Final = frozenset({b"\n", b"\r\n", b"\r"})
_READ: Final = 64  # empty lines at each end of a flood


class Difference(msgspec.Struct):
    """An event that a client does not have as the standard does."""

    kind: Kind
    cause: Cause | None  # None where none is known
    place: Place  # in the file: of the cause, else of the record
    number: int | None = None  # of the event, as all commands count them; None for an extra one
    ours: ClientEvent | None = None  # as the standard has it
    theirs: ClientEvent | None = None
    more: int = 0  # events that follow and are lost for the same cause


class Level:
    """What reaches one caller of a client: the caller of its reader of event streams, or of the SDK round it."""

    def __init__(self, tells: tuple[Told, ...], handling: Handling | None, most: int) -> None:
        self._tells = tells
        self._handling = handling
        self._most = most
        self.seen = 0
        self.lost = 0
        self.extra = 0
        self.changed = 0
        self.raised = 0  # 1 where an exception ended the reading at no event of the standard
        self.ended: Cause | None = None  # why nothing was read any more
        self.differences: list[Difference] = []  # the first ones
        self._last_loss: Cause | None = None

    @property
    def differing(self) -> int:
        """What is not as the standard has it."""
        return self.lost + self.extra + self.changed + self.raised

    @property
    def compared(self) -> int:
        """How many events of the standard were compared."""
        return self.seen + self.lost + self.changed

    @property
    def more(self) -> int:
        """How much differs of which nothing is kept."""
        return self.differing - sum(1 + one.more for one in self.differences)

    @property
    def is_full(self) -> bool:
        """True where what else differs is only counted."""
        return len(self.differences) >= self._most

    def refuse(self, record: Record) -> None:
        """A record of a response that the client does not read."""
        self.lost += record.kind == "event"

    def compare(self, record: Record, events: list[ClientEvent], causes: Causes) -> None:
        """Compare the client's events of one record with the one that the standard has, or has not."""
        ours = _standard(record)
        matched = self._matched(events, ours)
        missing = ours is not None
        lost_by = self.ended
        for event in events:
            if self.ended is not None:
                break
            handled = PASSED_ON if self._handling is None else handle(event, self._handling)
            cause = causes.of(record, event.at, handled.departure)
            if event is matched and handled.reaches_caller:
                missing = False
                self._count(record, ours, event, cause, causes)
            elif event is matched:
                lost_by = cause
            elif handled.outcome == "raised":
                self.raised += 1
                self._tell(Difference("raised", cause, causes.place(record, cause), theirs=event))
            elif handled.outcome == "passed on":
                self.extra += 1
                self._tell(Difference("extra", cause, causes.place(record, cause), theirs=event))
            if handled.over:
                self.ended = cause
        if missing:
            self.lost += 1
            self._lose(record, ours, lost_by or self.ended or causes.of(record), causes)

    def fail(self, cause: Cause) -> None:
        """An exception has ended the reading of the bytes. Where no event was lost by it, that is told by itself."""
        if self.ended is None:
            self.ended = cause
            if self._last_loss != cause:
                self.raised += 1
                self._tell(Difference("raised", cause, cause.place))

    def _matched(self, events: list[ClientEvent], ours: ClientEvent | None) -> ClientEvent | None:
        """The event that stands for the standard's one: the first that is alike, else the first."""
        if ours is None:
            return None
        return next((one for one in events if self._alike(one, ours)), next(iter(events), None))

    def _count(
        self, record: Record, ours: ClientEvent | None, theirs: ClientEvent, cause: Cause | None, causes: Causes
    ) -> None:
        if ours is not None and self._alike(theirs, ours):
            self.seen += 1
            return
        self.changed += 1
        self._tell(Difference("changed", cause, causes.place(record, cause), record.number, ours, theirs))

    def _lose(self, record: Record, ours: ClientEvent | None, cause: Cause | None, causes: Causes) -> None:
        self._last_loss = cause
        last = self.differences[-1] if self.differences else None
        if last is not None and last.kind == "lost" and cause is not None and last.cause == cause:
            last.more += 1
        else:
            self._tell(Difference("lost", cause, causes.place(record, cause), record.number, ours))

    def _tell(self, difference: Difference) -> None:
        if len(self.differences) < self._most:
            self.differences.append(difference)

    def _alike(self, theirs: ClientEvent, ours: ClientEvent) -> bool:
        return (
            theirs.data == ours.data
            and (theirs.type == ours.type or "type" not in self._tells)
            and (theirs.last_event_id == ours.last_event_id or "id" not in self._tells)
        )


class Client:
    """One client's reading of a stream, and how it compares: `framing` for its reader of event streams, `handled` for
    the SDK round it. `refused` is what it refuses of the response, of which it then reads nothing.
    """

    def __init__(self, profile: Profile, refused: str, most: int, limit: int, placed: Callable[[Place], Place]) -> None:
        self.profile = profile
        self.refused = refused
        self.framing = Level(profile.tells, None, most)
        handling = profile.handling
        self.handled = None if handling is None else Level(handling.tells, handling, most)
        self._reader = Reader(profile, limit=limit)
        self._causes = Causes(placed)
        self._records: deque[Record] = deque()  # that were read and are not yet compared
        self._events: deque[ClientEvent] = deque()  # of them
        self._notes: deque[Note] = deque()

    def feed(self, record: Record) -> None:
        """The next record of the stream."""
        if self.refused:
            self.framing.refuse(record)
            return
        self._records.append(record)
        self._take(self._reader.feed(record.raw), self._reader.settled)

    def feed_empty_lines(self, lines: Sequence[Record]) -> None:
        """The next records, which are empty lines that end alike.

        In a flood of them two do what the two before did (to some clients it takes two to end a block), and leave all
        as it was. So those in the middle are only counted; the last ones are read, for their places to be known.
        """
        middle = lines[_READ:-_READ]
        if len(middle) < 2:
            self._feed_all(lines)
            return
        self._feed_all(lines[:_READ])
        before = [level.extra for level in self._levels()]
        self._feed_all(middle[:2])
        grown = [(level, level.extra - count) for level, count in zip(self._levels(), before, strict=True)]
        again = len(middle) // 2 - 1 if all(level.is_full or not more for level, more in grown) else 0
        for level, more in grown:
            level.extra += again * more
        self._reader.skip(2 * again * len(lines[0].raw))
        self._feed_all(lines[_READ + 2 + 2 * again :])

    def _feed_all(self, records: Iterable[Record]) -> None:
        for record in records:
            self.feed(record)

    def finish(self, *, ended: bool) -> None:
        """The stream has ended; or no more of it was seen, and what is not known by now stays so."""
        if self.refused:
            return
        if ended:
            self._take(self._reader.finish(), _END)
        settled = _END if ended or self._reader.ended is not None else self._reader.settled
        if self._records and self._records[0].offset + len(self._records[0].raw) <= settled:
            self._compare(self._records.popleft())
        cause = self._causes.latest()
        if self._reader.ended is not None and cause is not None:
            for level in self._levels():
                level.fail(cause)

    def _levels(self) -> list[Level]:
        return [self.framing] if self.handled is None else [self.framing, self.handled]

    def level(self, protocol: str | None, *, named: bool) -> Level:
        """What reaches the caller of the SDK, where the stream is of a protocol that it is for or it was asked for by
        name; else of its reader of event streams: that it fails on strangers is no news.
        """
        handling = self.profile.handling
        if self.handled is None or handling is None or self.refused:
            return self.framing
        made_for_it = not handling.protocols or protocol in handling.protocols
        return self.handled if named or made_for_it else self.framing

    def _take(self, events: list[ClientEvent], settled: int) -> None:
        """Compare the records of which all is known; the last one waits, as the end of the stream may add to it."""
        self._events += events
        self._notes += self._reader.take_notes()
        if self._reader.ended is not None:
            settled = _END
        while len(self._records) > 1 and self._records[1].offset <= settled:
            self._compare(self._records.popleft())

    def _compare(self, record: Record) -> None:
        end = self._records[0].offset if self._records else _END
        while self._notes and self._notes[0].offset < end:
            self._causes.add(self._notes.popleft(), record)
        events: list[ClientEvent] = []
        while self._events and self._events[0].at < end:
            events.append(self._events.popleft())
        for level in self._levels():
            level.compare(record, events, self._causes)


class Comparison:
    """All clients asked for over one stream. Feed it the records of the stream, of every kind.

    `content_type` and `status` are those of the response, "" and None where they are not known; `most` differences of a
    client are kept, and none is held for larger than `limit` bytes; `placed` tells where a place is in the file.
    `cut_at` is the line of a record too large to be read: from there on nothing is compared.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        *,
        content_type: str = "",
        status: int | None = None,
        most: int = 3,
        limit: int = MAX_RECORD_SIZE,
        placed: Callable[[Place], Place] = lambda place: place,
    ) -> None:
        self.clients = [Client(one, one.refuses(content_type, status), most, limit, placed) for one in profiles]
        self.events = 0
        self.protocol: str | None = None
        self.cut_at: int | None = None

    def feed(self, item: Iterable[Record], /) -> None:
        """The next records."""
        for line_end, records in groupby(item, _line_end):
            if line_end and self.cut_at is None:
                lines = [*records]
                for client in self.clients:
                    client.feed_empty_lines(lines)
            else:
                for record in records:
                    self._feed(record)

    def _feed(self, record: Record) -> None:
        if record.kind == "invalid" and self.cut_at is None:
            self.cut_at = record.line
        if self.cut_at is not None:
            return
        if record.kind == "event":
            self.events += 1
            self._recognise(record)
        for client in self.clients:
            client.feed(record)

    def finish(self, *, ended: bool = True) -> None:
        """The stream has ended; or no more of it was seen, and `events` are those that could be compared."""
        for client in self.clients:
            client.finish(ended=ended)
        if not ended:
            self.events = max(client.framing.compared for client in self.clients)

    def _recognise(self, record: Record) -> None:
        if self.protocol is None and self.events <= PATIENCE:
            found = recognise(event_of(record))
            self.protocol = None if found is None else found[0].name


def _line_end(record: Record) -> bytes:
    """What ends the line, where a record is an empty one; b"" for all others."""
    return record.raw if record.kind == "control" and record.raw in _LINE_ENDS else b""


def departed(theirs: ClientEvent, ours: ClientEvent, tells: Iterable[Told]) -> list[Told]:
    """What the client tells otherwise than the standard. Its id is the last one that it has told."""
    alike = {
        "data": theirs.data == ours.data,
        "type": theirs.type == ours.type,
        "id": theirs.last_event_id == ours.last_event_id,
    }
    return [one for one in tells if not alike[one]]


def _standard(record: Record) -> ClientEvent | None:
    """The event that a record is."""
    if record.kind != "event":
        return None
    id = record.last_event_id
    return ClientEvent(record.data or "", record.type, bool(record.event), id, id, record.offset)
