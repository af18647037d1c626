"""Assembler, the filter from Records to what they say: recognises the protocol, adds up the message, judges the end."""

from __future__ import annotations

from typing import Final

from streamconv import jsontext
from streamconv.pipeline import Filter
from streamconv.protocols.event import Event, bare_object, event_of
from streamconv.protocols.message import Message, StreamState, Verdict
from streamconv.protocols.protocol import Protocol, error_sign
from streamconv.protocols.registry import recognise
from streamconv.protocols.sign import Delta, End, Error, Finish, Sign, Start
from streamconv.record import Record

_PATIENCE: Final = 32  # events in which a protocol must show itself

Said = tuple[Record, Sign]


class Assembler(Filter[list[Record], list[Said]]):
    """Adds up the records of one stream; `snapshot` is the message at any moment.

    Without a protocol, the first events show it. Records of every kind are wanted (`read(…, control=True)`): those that
    are no events may carry an error, or be where the stream was cut.
    """

    def __init__(self, protocol: Protocol | None = None) -> None:
        self.protocol = protocol
        self.evidence = "asked for" if protocol is not None else ""  # what showed the protocol
        self._held: list[Event] | None = [] if protocol is None else None  # the first events; None once that is settled
        self._last: Record | None = None  # the last event
        self._tail: Record | None = None  # what the stream ended in
        self._ended: Record | None = None  # where the terminator was
        self._failed: tuple[Record, Error] | None = None  # the first error
        self._stray_error: object = None
        self._finished: dict[int, str] = {}  # the reasons of the choices
        self._started: set[int] = set()  # choices that said something
        self._doing = ""  # what the last delta added to

    def feed(self, item: list[Record], /) -> list[Said]:
        """What these records say, each with its record. The first ones are told once the protocol is known."""
        said: list[Said] = []
        for record in item:
            if record.kind == "event":
                self._last = record
                self._take(event_of(record), said)
            elif record.kind == "incomplete":
                self._tail = record
            else:
                self._look_for_stray_error(record, said)
        return said

    def finish(self) -> list[Said]:
        """What the first records say in a stream that is over before its protocol was clear."""
        said: list[Said] = []
        self._give_up(said)
        return said

    def snapshot(self) -> Message:
        """What the stream adds up to so far."""
        protocol = self.protocol
        if protocol is None:
            return Message(protocol=None, error=self._stray_error, verdict=self._verdict())
        return Message(
            protocol=protocol.name,
            id=protocol.id,
            model=protocol.model,
            choices=protocol.choices(),
            usage=protocol.usage,
            error=protocol.error if protocol.error is not None else self._stray_error,
            verdict=self._verdict(),
            native=protocol.native(),
        )

    def _take(self, event: Event, said: list[Said]) -> None:
        if self.protocol is not None:
            self._understand(event, said)
        elif self._held is not None:
            self._held.append(event)
            found = recognise(event)
            if found is not None:
                self.protocol, self.evidence = found[0](), found[1]
                held, self._held = self._held, None
                for one in held:
                    self._understand(one, said)
            elif len(self._held) == _PATIENCE:
                self._give_up(said)

    def _give_up(self, said: list[Said]) -> None:
        held, self._held = self._held or [], None
        for event in held:
            found = event.object.get("error")
            if found and self._failed is None:
                self._fail(event.record, found, said)

    def _understand(self, event: Event, said: list[Said]) -> None:
        protocol, record = self.protocol, event.record
        assert protocol is not None  # who calls has looked
        if self._ended is not None and event.name not in protocol.after_end:
            return
        if record.is_end:
            signs: list[Sign] = [End()] if protocol.terminator == record.data else []
        else:
            signs = [*protocol.take(event)]
        for sign in signs:
            said.append((record, sign))
            self._note(record, sign)

    def _note(self, record: Record, sign: Sign) -> None:
        match sign:
            case Delta():
                self._doing = sign.channel
                self._started.add(sign.choice)
            case Finish():
                self._finished[sign.choice] = sign.reason
                self._doing = ""
            case End():
                self._ended = self._ended or record
            case Error():
                self._failed = self._failed or (record, sign)
            case Start():
                self._doing = ""

    def _look_for_stray_error(self, record: Record, said: list[Said]) -> None:
        """llama.cpp writes a line `error: …`; Gemini and gateways a bare JSON object in the middle of a stream."""
        if self._failed is not None:
            return
        found = next((value for field, value in record.unknown if field == "error"), None)
        if found is not None:
            try:
                self._fail(record, jsontext.loads(found), said)
            except (ValueError, RecursionError):
                self._fail(record, found, said)
            return
        value = bare_object(record)
        if value.get("error"):
            self._fail(record, value["error"], said)

    def _fail(self, record: Record, found: object, said: list[Said]) -> None:
        sign = error_sign(found)
        self._stray_error = found
        self._failed = record, sign
        said.append((record, sign))

    def _verdict(self) -> Verdict:
        state, evidence, at = self._state()
        reason = self._finished.get(min(self._finished)) if self._finished else None
        return Verdict(
            stream=state,
            finish=self.protocol.finish_of(reason) if self.protocol is not None else None,
            evidence=evidence,
            number=self._last.number if self._last is not None else None,
            line=at.line if at is not None else None,
        )

    def _state(self) -> tuple[StreamState, str, Record | None]:
        """The state of the stream, what shows it, and the record where that stands."""
        if self._failed is not None:
            record, error = self._failed
            code = f" ({error.code})" if error.code else ""
            return "in-band-error", f"an error in the stream: {error.message or 'without a message'}{code}", record
        if self._ended is not None:
            return "complete", self._named_end(), self._ended
        if self._tail is not None:
            state, what = _cut(self._tail)
            return state, f"cut {what}{self._where_cut()}", self._tail
        if self.protocol is None:
            return "unknown", "no protocol recognised" if self._last is not None else "no events", None
        if self._finished.keys() >= self._started and self._finished:
            if not self.protocol.terminator:
                return "complete", "every choice has finished", self._last
            if self.protocol.terminator == "[DONE]" and self._last is not None and not _carries_text(self._last):
                return "complete", f"every choice has finished; {self._last.format} does not carry [DONE]", self._last
        missing = self.protocol.terminator or "finish reason"
        after = f" after event {self._last.number}" if self._last is not None else ""
        return "no-terminator", f"no {missing}: the stream ends{after}{self._where_cut()}", None

    def _named_end(self) -> str:
        assert self.protocol is not None  # who calls has looked
        return self.protocol.terminator or "its own end"

    def _where_cut(self) -> str:
        place = {"arguments": "a tool call's arguments", "other": ""}.get(self._doing, f"the {self._doing}")
        return f", in {place}" if self._doing and place else ""


def _carries_text(record: Record) -> bool:
    return record.format in ("sse", "records", None)


def _cut(tail: Record) -> tuple[StreamState, str]:
    """How the last record was cut, and in which words."""
    try:
        tail.raw.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return "cut-in-utf8", f"inside a character, in the event of line {tail.line}"
    if tail.is_end:
        return "cut-in-event", f"at the end of line {tail.line}: [DONE] lacks only its blank line"
    if tail.data is not None and tail.data.lstrip()[:1] in ("{", "[") and not jsontext.valid(tail.data.encode()):
        return "cut-in-json", f"inside the JSON of the event of line {tail.line}"
    return "cut-in-event", f"inside the event of line {tail.line}"
