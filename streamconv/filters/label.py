"""Event names and ids taken from the payload."""

from __future__ import annotations

import math
from typing import Any

from streamconv.filters.expressions import compile_expression
from streamconv.pipeline import Filter
from streamconv.record import Record


class Label(Filter[list[Record], list[Record]]):
    """Sets the name and id of each event to what JMESPath expressions find in its payload.

    A string is taken as it is, a finite number as Python writes it; where nothing else is found the event keeps what
    it has.
    `Label(event="type")` names events for clients that ignore unnamed ones. Raises ExpressionError.
    """

    def __init__(self, *, event: str | None = None, id: str | None = None) -> None:
        self._event = compile_expression(event) if event is not None else None
        self._id = compile_expression(id) if id is not None else None

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch with names and ids set."""
        return [self._label(record) if record.kind == "event" and not record.is_end else record for record in item]

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []

    def _label(self, record: Record) -> Record:
        event = _name(self._event(record)) if self._event else None
        id = _name(self._id(record)) if self._id else None
        return record.replace(
            event=record.event if event is None else event,
            id=record.id if id is None else id,
        )


def _name(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    return value if isinstance(value, str) else None
