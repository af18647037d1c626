"""Events without names, in protocols whose clients read by the name: the rule `llm-unnamed-events`."""

from __future__ import annotations

from typing import Final

from streamconv.formats.faults import first_byte, line_of
from streamconv.pipeline import Filter
from streamconv.problem import Problem, Report, Severity
from streamconv.protocols.anthropic_messages import AnthropicMessages
from streamconv.protocols.event import Event, event_of
from streamconv.protocols.protocol import PATIENCE, Protocol
from streamconv.record import Record

UNNAMED_EVENTS: Final = "llm-unnamed-events"
SEVERITY: Final[Severity] = "warning"
HINT: Final = "streamconv convert --event-from type --to sse takes the names from the payloads"
_BY_NAME: Final = (AnthropicMessages,)  # of all protocols, those whose clients read by the name


def is_unnamed(record: Record, protocol: Protocol | type[Protocol]) -> bool:
    """True for an event that clients of this protocol pass over when it is sent like this."""
    return protocol.by_name and record.kind == "event" and not record.event and not record.is_end


def message_of(protocol: Protocol | type[Protocol]) -> str:
    """What is wrong, in words."""
    return f"events without names, by which clients of {protocol.title} read them"


class Unnamed(Filter[list[Record], list[Record]]):
    """Says once that clients of the stream's protocol pass over its events, because they have no names."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.wanted = PATIENCE  # events that are still looked at
        self._events: list[Event] = []
        self._protocol: type[Protocol] | None = None

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch as it is."""
        for record in item[: self.wanted]:
            self._look(record)
        return item

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []

    def _look(self, record: Record) -> None:
        if record.kind != "event" or not self.wanted:
            return
        self.wanted -= 1
        self._protocol = self._protocol or self._shown(event_of(record))
        if self._protocol is not None and is_unnamed(record, self._protocol):
            self.wanted = 0
            self._tell(record)
        if not self.wanted:
            self._events.clear()

    def _tell(self, record: Record) -> None:
        assert self._protocol is not None  # it was shown
        self._report(
            Problem(
                rule=UNNAMED_EVENTS,
                severity=SEVERITY,
                message=message_of(self._protocol),
                line=line_of(record),
                offset=record.offset,
                length=first_byte(record) + len(record.raw) - record.offset,
                record=record,
                hint=HINT,
            )
        )

    def _shown(self, event: Event) -> type[Protocol] | None:
        """What the first events up to this one show, asked of all protocols once one of those by name may be it."""
        self._events.append(event)
        if not any(protocol.recognises(event) for protocol in _BY_NAME):
            return None
        from streamconv.protocols.registry import recognise  # which needs all protocols

        protocol, _ = next(filter(None, map(recognise, self._events)))
        return protocol
