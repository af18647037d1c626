"""Rules about the events of an event stream: what is dispatched, what is not, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streamconv.formats.faults import fault
from streamconv.problem import Problem
from streamconv.rules.lines import Line
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream, number_of

_RESERVED: Final = frozenset({"open", "error"})


class UnterminatedEvent(Rule):
    """The stream ends inside an event: its empty line is missing.

    Browsers, openai, anthropic, httpx-sse, undici and eventsource-parser discard it; sseclient-py and Spring dispatch
    it. The stream was most likely cut, and what it says may be half of what was meant.
    """

    name = "sse-unterminated-event"
    severity = "error"
    clause = "WHATWG HTML 9.2.6 (once the end of the file is reached, any pending data must be discarded)"
    formats = ("sse",)
    hint = "end every event with an empty line, the last one too"
    mended = "the empty line is written where the last line is whole"
    bad = b'data: 1\n\nevent: done\ndata: {"n":2}\n'
    good = b'data: 1\n\nevent: done\ndata: {"n":2}\n\n'

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """The incomplete record."""
        if passage.record.kind == "incomplete":
            yield self.of_record(passage, fault(passage.record).message)


class NoEvents(Rule):
    """There are bytes, and no event.

    Whoever waits for the first event waits for ever.
    """

    name = "sse-no-events"
    severity = "error"
    clause = "WHATWG HTML 9.2.6 (dispatch the event)"
    formats = ("sse",)
    hint = "is it an event stream? streamconv records shows what was read"
    bad = b": only a comment\n\n"
    good = b": a comment\n\ndata: 1\n\n"

    def finish(self, stream: Stream) -> Iterable[Problem]:
        """At the end it is sure."""
        return () if stream.events or not stream.size else (self.of_stream("not one event is dispatched"),)


class RepeatedField(Rule):
    """event, id or retry is there twice in one block.

    The last one wins, without a word. An empty line was forgotten, or two writers meet.
    """

    name = "sse-repeated-field"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (set the buffer to field value)"
    formats = ("sse",)
    hint = "end the event before with an empty line"
    bad = b"event: a\nevent: b\ndata: 1\n\n"
    good = b"event: b\ndata: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """Each one after the first."""
        seen: set[bytes] = set()
        for line in passage.lines:
            if line.name in seen:
                message = f"{line.name.decode()} is there again in this event: the last one that is valid wins"
                yield self.whole_line(passage, line, message)
            elif line.name in (b"event", b"id", b"retry"):
                seen.add(line.name)


class EventWithoutData(Rule):
    """A block names an event type and has no data line.

    It is never dispatched. openai, anthropic and httpx-sse dispatch it with empty data.
    """

    name = "sse-event-without-data"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (dispatch the event, step 2)"
    formats = ("sse",)
    hint = "write data: with nothing after it, so that every client dispatches it"
    bad = b"event: ping\n\ndata: 1\n\n"
    good = b"event: ping\ndata:\n\ndata: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the event type."""
        if passage.record.kind == "control" and (line := _first(passage, b"event")) is not None:
            yield self.whole_line(passage, line, "an event without data: no conforming client dispatches it")


class BlockWithoutData(Rule):
    """A block has an id or a retry time, and no data.

    It changes the state of the client and dispatches nothing, as the standard says. Six of eleven clients measured
    dispatch an empty event for it.
    """

    name = "sse-block-without-data"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (dispatch the event, steps 1 and 2)"
    formats = ("sse",)
    hint = "send it together with an event"
    bad = b"retry: 3000\n\ndata: 1\n\n"
    good = b"retry: 3000\ndata: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the first such field."""
        if passage.record.kind == "control" and _first(passage, b"event") is None:
            line = _first(passage, b"id", b"retry")
            if line is not None and line.end:  # else it is discarded
                yield self.whole_line(
                    passage, line, "a block without data: it changes the state, nothing is dispatched"
                )


def _first(passage: Passage, *names: bytes) -> Line | None:
    return next((line for line in passage.lines if line.name in names), None)


def _last(passage: Passage, name: bytes) -> Line:
    """The line of this name that counts; an id with NUL does not."""
    return max(line for line in passage.lines if line.name == name and (name != b"id" or b"\0" not in line.value))


class ReservedEvent(Rule):
    """The event type is one that EventSource uses itself.

    `error` and `open` are also fired by the connection; a listener cannot tell the two apart but by `event.data`.
    """

    name = "sse-reserved-event"
    severity = "info"
    clause = "WHATWG HTML 9.2.2 (onopen, onerror)"
    formats = ("sse",)
    hint = "name it otherwise where browsers listen with EventSource"
    bad = b"event: error\ndata: 1\n\n"
    good = b"event: failure\ndata: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """At the event type."""
        record = passage.record
        if record.event not in _RESERVED or record.kind != "event":
            return ()
        line = _last(passage, b"event")
        return (self.whole_line(passage, line, f"the type {record.event!r} is also fired by the connection itself"),)


class IdRepeated(Rule):
    """An event has the same id as the one before.

    A reconnect cannot say which of them was the last one seen. Where all events have one id, it is not meant as the
    place in the stream.
    """

    name = "sse-id-repeated"
    severity = "info"
    clause = "WHATWG HTML 9.2.4 (Last-Event-ID)"
    formats = ("sse",)
    hint = "give each event an id of its own, or none"
    bad = b"id: 7\ndata: 1\n\nid: 7\ndata: 2\n\n"
    good = b"id: 7\ndata: 1\n\nid: 8\ndata: 2\n\n"

    _said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first one of the stream."""
        id = passage.record.id
        if not id or id != stream.id_before or self._said:
            return ()
        self._said = True
        return (self.whole_line(passage, _id_line(passage), "the id of the event before, again"),)


class IdOrder(Rule):
    """A numeric id is smaller than the one before.

    Events arrive out of order, or captures were joined.
    """

    name = "sse-id-order"
    severity = "info"
    clause = "WHATWG HTML 9.2.4 (Last-Event-ID)"
    formats = ("sse",)
    hint = "were captures joined?"
    bad = b"id: 7\ndata: 1\n\nid: 3\ndata: 2\n\n"
    good = b"id: 3\ndata: 1\n\nid: 7\ndata: 2\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """Each one that goes back."""
        number = number_of(passage.record.id or "")
        if number is None or number >= stream.number_before:
            return ()
        return (self.whole_line(passage, _id_line(passage), f"the id goes back, from {stream.number_before}"),)


def _id_line(passage: Passage) -> Line:
    return _last(passage, b"id")


RULES: Final[tuple[type[Rule], ...]] = (
    UnterminatedEvent, NoEvents, RepeatedField, EventWithoutData, BlockWithoutData, ReservedEvent, IdRepeated, IdOrder
)  # fmt: skip
