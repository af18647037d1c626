"""Ending, how a stream of a protocol ended: whole, cut, or in an error, with what shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from streamconv import jsontext
from streamconv.formats import aws_message
from streamconv.formats.faults import line_of
from streamconv.protocols.event import Event, unseparated
from streamconv.protocols.message import Choice, StreamState
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.sign import Call, Channel, Close, Delta, End, Error, Finish, Sign, Start, Whole
from streamconv.record import END_MARKER, Record

# Formats whose payloads are JSON texts; `[DONE]` is none and not written into them.
_OF_JSON: Final = frozenset({"ndjson", "stream+json", "json", "json-seq", "vercel-data-stream"})


class State(NamedTuple):
    """The state of a stream, what shows it, and the record where that stands; None where it is something missing."""

    stream: StreamState
    evidence: str
    at: Record | None = None


class Ending:
    """Notes what records and their signs show of the end of their stream; `state` is the judgement so far."""

    def __init__(self, status: int | None, line: Callable[[Record], int | None]) -> None:
        self._status = status  # of the HTTP response that the stream is the body of
        self._line = line  # where a record stands, as the evidence names it
        self._tail: Record | None = None  # what the stream ended in
        self._failed: tuple[Record, Error] | None = None  # the first error
        self._finished: set[int] = set()  # choices
        self._started: set[int] = set()  # choices that said something
        self._doing: Channel | None = None  # of the last delta, while its part is open
        self.last: Record | None = None  # the last event
        self._ended: tuple[Record, End] | None = None  # the terminator
        self._unread = 0  # events after it

    @property
    def failed(self) -> bool:
        """True where an error was noted."""
        return self._failed is not None

    def event(self, record: Record) -> None:
        """Note that an event came."""
        self.last = record

    def is_past(self, event: Event, protocol: Protocol) -> bool:
        """True for an event after the terminator, where the message goes on in none."""
        return self._ended is not None and not protocol.continues and not self._belongs(event, protocol)

    def unread(self, record: Record) -> None:
        """Note that an event is past the end, and was not read."""
        self._unread += record.kind == "event"

    def tail(self, event: Event, protocol: Protocol | None) -> None:
        """Note what the stream ended in."""
        if protocol is None or not self._belongs(event, protocol):
            self._tail = event.record

    def _belongs(self, event: Event, protocol: Protocol) -> bool:
        """True for what may follow the terminator that was noted; gateways add `[DONE]` to any stream."""
        if self._ended is None:
            return False
        if event.record.is_end:
            return (self._ended[1].name or protocol.terminator) != END_MARKER
        return event.name in protocol.after_end and (event.record.kind == "event" or event.value is not None)

    def sign(self, record: Record, sign: Sign) -> None:
        """Note what an event said."""
        match sign:
            case Delta():
                self._doing = sign.channel
                self._started.add(sign.choice)
                self._ended = None  # more is said after all
            case Call():
                self._started.add(sign.choice)
            case Whole() | Close():
                self._doing = None
            case Finish():
                self._finished.add(sign.choice)
                self._doing = None
            case End():
                self._ended = self._ended or (record, sign)  # may be the tail, which clients discard
            case Error():
                self._failed = self._failed or (record, sign)
            case Start():  # a second one begins anew
                self._doing = self._ended = None
                self._started.clear()
                self._finished.clear()

    def state(self, protocol: Protocol | None, choices: tuple[Choice, ...]) -> State:
        """The state of the stream, which adds up to these choices so far."""
        if self._failed is not None:
            return self._error(*self._failed)
        end = ""
        if self._ended is not None and protocol is not None:
            record, sign = self._ended
            end = sign.name or protocol.terminator or "its own end"
            if self._tail is None or record.offset != self._tail.offset:
                end += self._after_it()
                if self._tail is None:
                    return State("complete", end, record)
                state, how = self._cut(self._tail, "")
                return State(state, f"{how}, after {end}", self._tail)
        if self._tail is not None:
            state, how = self._cut(self._tail, end)
            return State(state, f"{how}{self._place(choices)}", self._tail)
        if protocol is None:
            return State("unknown", "no events" if self.last is None else "no protocol recognised")
        return self._without_end(protocol, choices)

    def _after_it(self) -> str:
        if not self._unread:
            return ""
        return (
            " (1 event after it was not read)"
            if self._unread == 1
            else f" ({self._unread} events after it were not read)"
        )

    def _error(self, record: Record, error: Error) -> State:
        where = f"HTTP status {self._status}" if _is_failure(self._status) else "an error in the stream"
        code = f" ({error.code})" if error.code else ""
        return State("in-band-error", f"{where}: {error.message or 'without a message'}{code}", record)

    def _without_end(self, protocol: Protocol, choices: tuple[Choice, ...]) -> State:
        """The state of a stream that is over, at the end of a record and without a terminator."""
        after = f"the stream ends after event {self.last.number}" if self.last is not None else "no events"
        finished = bool(self._finished) and self._finished >= self._started
        if finished and not protocol.terminator:
            return State("complete", "every choice has finished", self.last)
        format = self.last.format if self.last is not None else None
        if finished and protocol.terminator == END_MARKER and format in _OF_JSON:
            return State("complete", f"every choice has finished; {format} does not carry {END_MARKER}", self.last)
        if not protocol.closes:
            return State("unknown", f"{after}; nothing tells where such a stream ends", self.last)
        return State("no-terminator", f"no {protocol.terminator or 'finish reason'}: {after}{self._place(choices)}")

    def _place(self, choices: tuple[Choice, ...]) -> str:
        """Where in the message the stream was, as far as that is known."""
        parts = [part for choice in choices for part in choice.parts]
        call = next((part for part in reversed(parts) if part.type == "tool_call" and part.partial), None)
        if call is not None:
            return ", in a tool call's arguments" + (f" ({call.name})" if call.name else "")
        return f", in the {self._doing}" if self._doing in ("text", "reasoning", "refusal") else ""

    def _cut(self, tail: Record, end: str) -> tuple[StreamState, str]:
        """How the last record was cut, and in which words; `end` is its name where it is the terminator."""
        line = self._line(tail)
        number = (self.last.number or 0) + 1 if self.last is not None else 1
        where = f"event {number}, " + (f"byte {tail.offset}" if line is None else f"line {line}")
        if _ends_inside_character(aws_message.payload(tail.raw) if line_of(tail) is None else tail.raw):
            return "cut-in-utf8", f"cut inside a character, in {where}"
        text = tail.data or ""
        is_json = tail.format in _OF_JSON or (text.lstrip().startswith(("{", "[")) and not END_MARKER.startswith(text))
        if unseparated(tail):
            return "cut-in-event", f"no empty lines between the events from line {line}: clients read none of them"
        if is_json and not jsontext.valid(text.encode("utf-8", "surrogatepass")):
            closed = tail.format != "json" or text
            return (
                "cut-in-json",
                f"cut inside the JSON of {where}" if closed else "cut before the array is closed",
            )
        if tail.format == "sse" and (is_json or tail.is_end):
            what = end or (END_MARKER if tail.is_end else "the last event")
            return "cut-in-event", f"{what} on line {line} lacks the empty line that ends it: clients discard it"
        return "cut-in-event", f"cut inside {where}"


def _is_failure(status: int | None) -> bool:
    return status is not None and status >= 400


def _ends_inside_character(text: bytes) -> bool:
    """True where the last bytes begin a character of UTF-8 that needs more of them (RFC 3629, section 3)."""
    for size, byte in enumerate(reversed(text[-3:]), 1):
        if byte >= 0xC0:
            return size < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
        if byte < 0x80:
            return False
    return False
