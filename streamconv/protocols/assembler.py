"""Assembler, the filter from Records to what they say: recognises the protocol, adds up the message, judges the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from streamconv import jsontext
from streamconv.formats.faults import line_of
from streamconv.pipeline import Filter
from streamconv.protocols.ending import Ending
from streamconv.protocols.event import Event, event_of, unseparated
from streamconv.protocols.message import Choice, Message, Verdict
from streamconv.protocols.protocol import PATIENCE, Protocol, error_in, error_sign
from streamconv.protocols.registry import recognise
from streamconv.protocols.sign import End, Sign
from streamconv.protocols.tool_call import cut_short
from streamconv.record import END_MARKER, Record

_FIELD = re.compile(rb"(?:data|event|id|retry)?:")  # with which a line is part of the framing of SSE

Said = tuple[Record, Sign]


class Assembler(Filter[list[Record], list[Said]]):
    """Adds up the records of one stream; `snapshot` is the message at any moment.

    Without a protocol, the first events show it. Records of every kind are wanted (`read(…, control=True)`): those that
    are no events may carry an error, or be where the stream was cut. `status` is that of the HTTP response whose body
    the stream is, where it is known. `line` tells where a record stands in a file that holds more than the stream.
    """

    def __init__(
        self,
        protocol: Protocol | None = None,
        *,
        status: int | None = None,
        line: Callable[[Record], int | None] = line_of,
    ) -> None:
        self.protocol = protocol
        self.evidence = "asked for" if protocol is not None else ""  # what showed the protocol
        self._status = status
        self._held: list[Event] | None = [] if protocol is None else None  # the first events; None once that is settled
        self._line = line
        self._ending = Ending(status, line)
        self._stray_error: object = None  # one outside of what the protocol sends
        self._refusal: object = None  # what was sent instead of a stream

    def feed(self, item: list[Record], /) -> list[Said]:
        """What these records say, each with its record. The first ones are told once the protocol is known."""
        said: list[Said] = []
        for record in item:
            if record.kind == "event":
                said += self.take(Event(record) if self.gave_up else event_of(record))
                continue
            if record.kind == "incomplete":
                event = event_of(record)
                self._ending.tail(event, self.protocol)
                if event.value is not None:  # it lacks only its end: clients discard it, who looks wants to see it
                    self._take(event, said)
                for one in unseparated(record):
                    self._take(one, said)
            elif record.kind == "control" and self.protocol is not None and record.event == self.protocol.terminator:
                # Without data it is no event to an EventSource, but some servers end so.
                self._say(record, [End()], said)
            self._look_for_stray_error(record, said)
        return said

    def take(self, event: Event) -> list[Said]:
        """The same of one event, which is parsed already."""
        said: list[Said] = []
        self._ending.event(event.record)
        self._take(event, said)
        return said

    def finish(self) -> list[Said]:
        """What the first records say in a stream that is over before its protocol was clear."""
        said: list[Said] = []
        if self._held is not None:
            self._look_for_refusal(self._held, said)
            self._held = None
        return said

    @property
    def gave_up(self) -> bool:
        """True once no protocol has shown itself where it must, and none is looked for any more."""
        return self.protocol is None and self._held is None

    def snapshot(self) -> Message:
        """What the stream adds up to so far."""
        protocol = self.protocol
        if protocol is None:
            return Message(None, error=self._stray_error, verdict=self._verdict(()), native=self._refusal)
        choices = tuple(map(cut_short, protocol.choices()))
        return Message(
            protocol=protocol.name,
            id=protocol.id,
            model=protocol.model,
            choices=choices,
            usage=protocol.usage,
            error=protocol.error if protocol.error is not None else self._stray_error,
            verdict=self._verdict(choices),
            native=protocol.native(),
        )

    def _take(self, event: Event, said: list[Said]) -> None:
        if self.protocol is not None:
            self._understand(self.protocol, event, said)
        elif self._held is not None:
            self._held.append(event)
            found = recognise(event)
            if found is not None:
                self.protocol, self.evidence = found[0](), found[1]
                held, self._held = self._held, None
                for one in held:
                    self._understand(self.protocol, one, said)
            elif len(self._held) == PATIENCE:
                self._held = None

    def _understand(self, protocol: Protocol, event: Event, said: list[Said]) -> None:
        record = event.record
        if self._ending.is_past(event, protocol):
            self._pass_over(event, said)
        elif record.is_end:
            self._say(record, [End(END_MARKER)] if protocol.terminator in (END_MARKER, "") else [], said)
        else:
            self._say(record, protocol.take(event), said)

    def _pass_over(self, event: Event, said: list[Said]) -> None:
        """What follows the end is not of the message; that something failed is to be known all the same."""
        self._ending.unread(event.record)
        failed = error_in(event)
        if not self._ending.failed and (failed is not None or event.type == "error"):
            self._fail(event.record, event.value if failed is None else failed[0], said)

    def _say(self, record: Record, signs: Iterable[Sign], said: list[Said]) -> None:
        for sign in signs:
            said.append((record, sign))
            self._ending.sign(record, sign)

    def _look_for_refusal(self, events: list[Event], said: list[Said]) -> None:
        """An API that refuses says so in an event named error, or in one JSON object that is all there is.

        What is not even separated by empty lines is no log, either.
        """
        events = [event for event in events if not event.record.is_end]
        failure = self._status is not None and self._status >= 400
        alone = len(events) == 1
        for event in events:
            named = event.name == "error"
            found = event.object.get("error") if alone or named or event.record.kind == "incomplete" else None
            if found or named or (alone and failure):
                self._refusal = event.value
                self._fail(event.record, found or event.value or event.record.data, said)
                return

    def _look_for_stray_error(self, record: Record, said: list[Said]) -> None:
        """llama.cpp writes a line `error: …`; Gemini and gateways a bare JSON object in the middle of a stream."""
        if self._ending.failed:
            return
        found = next((value for field, value in record.unknown if field == "error"), None)
        if found is not None:
            self._fail(record, _parsed(found), said)
        elif record.unknown or record.kind == "invalid":
            text = _outside_fields(record.raw)
            bare = _parsed(text) if text.startswith("{") else None
            if isinstance(bare, dict) and bare.get("error"):
                self._fail(record, bare["error"], said)

    def _fail(self, record: Record, found: object, said: list[Said]) -> None:
        self._stray_error = found
        self._say(record, [error_sign(found)], said)

    def _verdict(self, choices: tuple[Choice, ...]) -> Verdict:
        last = self._ending.last
        stream, evidence, at = self._ending.state(self.protocol, choices)
        return Verdict(
            stream=stream,
            finish=choices[0].finish if choices else None,
            evidence=evidence,
            number=last.number if last is not None else None,
            line=self._line(at) if at is not None else None,
        )


def _parsed(text: str) -> object:
    """The value of a JSON text, or the text itself where it is none."""
    try:
        return jsontext.loads(text)
    except (ValueError, RecursionError):
        return text


def _outside_fields(raw: bytes) -> str:
    """What stands in the bytes of a record beside the fields of SSE."""
    lines = (line for line in raw.splitlines() if not _FIELD.match(line))
    return b"\n".join(lines).strip().decode("utf-8", "replace")
