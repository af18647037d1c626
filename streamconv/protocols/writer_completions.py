"""Writer's text completions: nothing but pieces of text (Writer API reference, Text generation)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamconv.protocols.event import Event
from streamconv.protocols.shape import besides
from streamconv.protocols.sign import Sign
from streamconv.protocols.text_answers import TextAnswers


class WriterCompletions(TextAnswers):
    """Nothing in it tells that it is over. Its chat speaks as OpenAI's does."""

    name = "writer-completions"
    title = "Writer text completions"
    source = "Writer API reference, Text generation"
    terminator = ""
    closes = False

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A `value` of text alone, in an event stream: in other formats too much looks like that."""
        if event.record.format == "sse" and event.object.keys() == {"value"} and isinstance(event.object["value"], str):
            return "a value alone"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        self._members.update(besides(event.object, "value"))
        yield from self._add(event.object.get("value"))

    def native(self) -> dict[str, Any]:
        """A completion of the API."""
        return {**self._members, "choices": [{"text": self._text()}]}
