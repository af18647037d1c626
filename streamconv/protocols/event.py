"""Event, a record of a stream as its protocol sees it: the payload parsed, once."""

from __future__ import annotations

from typing import Any, NamedTuple

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


def event_of(record: Record) -> Event:
    """Parse a record's payload, whatever its kind. Integers keep all digits; of duplicate keys the last one counts."""
    if record.data is None or record.data.lstrip()[:1] not in ("{", "["):
        return Event(record)
    try:
        return Event(record, record.json())
    except PayloadError:
        return Event(record)
