"""Events without names, in protocols whose clients read by the name: the rule `llm-unnamed-events`."""

from __future__ import annotations

from typing import Final

from streamconv.problem import Severity
from streamconv.protocols.protocol import Protocol
from streamconv.record import Record

UNNAMED_EVENTS: Final = "llm-unnamed-events"
SEVERITY: Final[Severity] = "warning"
HINT: Final = "streamconv convert --event-from type --to sse takes the names from the payloads"


def is_unnamed(record: Record, protocol: Protocol | type[Protocol]) -> bool:
    """True for an event that clients of this protocol pass over when it is sent like this."""
    return protocol.by_name and record.kind == "event" and not record.event and not record.is_end


def message_of(protocol: Protocol | type[Protocol]) -> str:
    """What is wrong, in words."""
    return f"events without names, by which clients of {protocol.title} read them"
