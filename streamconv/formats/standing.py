"""Where a decoder stands between two records, so that another one can read on from there."""

from __future__ import annotations

from typing import Any

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the records so far leave to those that follow.

    Line, number and last event id only count or hand on; from any others the same records are read, in other places.
    """

    offset: int = 0  # of the next record's first byte, from 0
    line: int = 1  # of the same, from 1
    number: int = 0  # of the last event
    last_event_id: str = ""
    manner: Any = None  # what the format remembers besides, which decides how the next record is read

    def after(self, size: int, *, lines: int, events: int, last_event_id: str = "") -> Standing:
        """Where reading stands after records of so many bytes; without an id among them, the last one stays."""
        return Standing(
            offset=self.offset + size,
            line=self.line + lines,
            number=self.number + events,
            last_event_id=last_event_id or self.last_event_id,
            manner=self.manner,
        )
