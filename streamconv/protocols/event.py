"""Event, a record of a stream as its protocol sees it: the payload parsed, once."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from streamconv.problem import PayloadError
from streamconv.record import Record


class Event(NamedTuple):
    """`value` is the parsed payload where that is a JSON object or array, else None."""

    record: Record
    value: Any = None

    @property
    def name(self) -> str:
        """The event's name as written, "" where none was: the SSE field, the `:event-type` of AWS, a Vercel part."""
        return self.record.event or ""

    @property
    def object(self) -> dict[str, Any]:
        """The payload where it is an object, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def type(self) -> str:
        """The payload's own `type`, "" where it has none."""
        type = self.object.get("type")
        return type if isinstance(type, str) else ""


def unseparated(record: Record) -> list[Event]:
    """The events in what an event stream ended in, where its server writes no empty lines between them; else none.

    To clients they are one event, whose lines together are no JSON; at least two that are objects or arrays each by
    itself are no accident. Each stands on its own line; names are not known to belong to one.
    """
    texts = (record.data or "").split("\n")
    if record.kind != "incomplete" or record.format != "sse" or len(texts) < 2 or event_of(record).value is not None:
        return []
    lines = [at for at, line in enumerate(record.raw.splitlines(), record.line) if line.startswith(b"data")]
    events = [
        event_of(msgspec.structs.replace(record, data=text, event=None, line=at))
        for text, at in zip(texts, lines, strict=False)
    ]
    return events if sum(event.value is not None for event in events) >= 2 else []


def event_of(record: Record) -> Event:
    """Parse a record's payload, whatever its kind. Integers keep all digits; of duplicate keys the last one counts."""
    if record.data is None or record.data.lstrip()[:1] not in ("{", "["):
        return Event(record)
    try:
        return Event(record, record.json())
    except PayloadError:
        return Event(record)
