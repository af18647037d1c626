"""What the SDKs of model providers do with the events that they have read, before their caller sees any."""

from __future__ import annotations

import json
from typing import Literal, NamedTuple

from streamconv.compat.profile import Departure, Handling
from streamconv.compat.reading import ClientEvent

Outcome = Literal["passed on", "kept", "dropped", "raised"]


class Handled(NamedTuple):
    """What became of an event. `kept`: the client knows what it means, and needs to tell nobody."""

    outcome: Outcome
    departure: Departure | None = None
    over: bool = False  # the client reads no further

    @property
    def reaches_caller(self) -> bool:
        """True where the caller has what was said, if only as an exception, or need not have it."""
        return self.outcome in ("passed on", "kept") or self.departure in ("error-event", "error-member")


PASSED_ON = Handled("passed on")
_KEPT = Handled("kept")


def handle(event: ClientEvent, handling: Handling) -> Handled:
    """What becomes of an event."""
    if handling.ends_at and event.data.startswith(handling.ends_at):
        return Handled("kept", "after-the-end-marker", over=True)
    if event.type in handling.passes_over:
        return _KEPT
    if event.type == handling.raises_at:
        return Handled("raised", "error-event", over=True)
    if not handling.unnamed and not event.named:
        return Handled("dropped", "unnamed")
    if not handling.empty and not event.data:
        return Handled("dropped", "empty")
    return _parsed(event, handling) if handling.json else PASSED_ON


def _parsed(event: ClientEvent, handling: Handling) -> Handled:
    try:
        value = json.loads(event.data)  # as they do
    except (ValueError, RecursionError):
        return Handled("raised", "not-json", over=True)
    exempt = handling.exempt and event.type.startswith(handling.exempt)
    if handling.error_member and not exempt and isinstance(value, dict) and value.get("error"):
        return Handled("raised", "error-member", over=True)
    return PASSED_ON
