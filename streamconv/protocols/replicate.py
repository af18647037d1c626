"""Replicate: the output of a prediction as plain text (Replicate documentation, Streaming output)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.protocol import error_sign
from streamconv.protocols.shape import text
from streamconv.protocols.sign import End, Sign
from streamconv.protocols.text_answers import TextAnswers

_ID: Final = re.compile(r"\d+:\d+", re.ASCII)  # seconds since 1970, and a count within the second


class Replicate(TextAnswers):
    """Its events are text, of which leading spaces and line breaks matter; only `done` carries JSON."""

    name = "replicate"
    title = "Replicate"
    source = "Replicate documentation, Streaming output"
    terminator = "done"
    finishes: ClassVar = {"succeeded": "stop", "canceled": "cancelled", "error": "error", "failed": "error"}

    def __init__(self) -> None:
        super().__init__()
        self._output: list[str] = []
        self._logs = Growing()
        self._done: dict[str, Any] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event `output` whose id is a time and a count."""
        return "an output event" if event.name == "output" and _ID.fullmatch(event.record.id or "") else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        data = event.record.data or ""
        match event.name:
            case "output":
                self._output.append(data)
                yield from self._add(data)
            case "logs":
                self._logs.append(data)
            case "error":
                found = event.object or data
                yield self.fail(found, error_sign(found, "error"))
            case "done":
                self._done = event.object
                yield from self._finish(text(self._done.get("reason")) or "succeeded")
                yield End()

    def native(self) -> dict[str, Any]:
        """A prediction of the API, as far as the stream tells it: its output is the list of the pieces."""
        logs = {"logs": str(self._logs)} if self._logs else {}
        error = {"error": self.error} if self.error is not None else {}
        return {**self._done, "status": self._status(), "output": self._output.copy(), **logs, **error}

    def _status(self) -> str:
        reason = self._reasons.get(0)
        if self.error is not None or reason == "error":
            return "failed"
        return reason or "processing"
