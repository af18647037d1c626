"""Sourcegraph Cody: completions of its /.api/completions/stream (sourcegraph/cody, lib/shared/src/sourcegraph-api)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from streamconv.protocols.event import Event
from streamconv.protocols.shape import besides
from streamconv.protocols.sign import End, Sign
from streamconv.protocols.text_answers import TextAnswers


class Cody(TextAnswers):
    """Up to version 1 of the API each event repeats the whole `completion` so far; later ones have a `deltaText`."""

    name = "cody"
    title = "Sourcegraph Cody completions"
    source = "sourcegraph/cody, lib/shared/src/sourcegraph-api/completions"
    terminator = "done"
    finishes: ClassVar = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "stop": "stop",
        "max_tokens": "length",
        "length": "length",
        "tool_use": "tool_calls",
        "tool_calls": "tool_calls",
    }

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event `completion` with one of the members that are Cody's."""
        value = event.object
        if event.name == "completion" and ("deltaText" in value or {"completion", "stopReason"} <= value.keys()):
            return "a completion event"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        if event.name == "done":
            yield End()
        else:
            value = event.object
            self._members.update(besides(value, "completion", "deltaText"))
            yield from self._add(value["deltaText"]) if "deltaText" in value else self._show(value.get("completion"))
            yield from self._finish(value.get("stopReason"))

    def native(self) -> dict[str, Any]:
        """The last event of the API's version 1, which has the whole completion."""
        return {"completion": self._text(), **self._members}
