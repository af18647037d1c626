"""OpenAI audio transcription (OpenAI API reference, Audio, Create transcription, Streaming)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import elements
from streamconv.protocols.sign import Delta, End, Sign, Usage, Whole

_DELTA: Final = "transcript.text.delta"
_DONE: Final = "transcript.text.done"
_SEGMENT: Final = "transcript.text.segment"


class OpenAITranscription(Protocol):
    """Its last event has the whole text; segments, which name speakers, come beside the deltas or instead of them."""

    name = "openai-transcription"
    title = "OpenAI audio transcription"
    source = "OpenAI API reference, Audio, Create transcription, Streaming"
    terminator = _DONE
    repeats = True
    reasons = False

    def __init__(self) -> None:
        self._text = Growing()
        self._logprobs: list[Any] = []
        self._segments: list[dict[str, Any]] = []
        self._done: dict[str, Any] | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event of one of its three types."""
        return f"a {event.type} event" if event.type in (_DELTA, _DONE, _SEGMENT) else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        members = {key: said for key, said in value.items() if key != "type"}
        match event.type:
            case "transcript.text.delta":
                text = value.get("delta")
                self._logprobs += elements(value.get("logprobs"))
                if isinstance(text, str):
                    self._text.append(text)
                    yield Delta("0", "text", text)
            case "transcript.text.segment":
                self._segments.append(members)
            case "transcript.text.done":
                self._done = members
                yield from self._end(value)

    def _end(self, value: dict[str, Any]) -> Iterator[Sign]:
        text = value.get("text")
        if isinstance(text, str):
            if not self._text:  # the segments had it
                yield Delta("0", "text", text)
            self._text = Growing(text)
            yield Whole("0", "text", text)
        if value.get("usage"):
            self.usage = value["usage"]
            yield Usage()
        yield End()

    def native(self) -> dict[str, Any]:
        """A Transcription of the API."""
        said: dict[str, Any] = {"text": str(self._text)}
        if self._segments:
            said["segments"] = self._segments
        if self._logprobs:
            said["logprobs"] = self._logprobs
        return {**said, **(self._done or {})}

    def choices(self) -> tuple[Choice, ...]:
        """The text, and what else is said of it."""
        rest = {key: said for key, said in self.native().items() if key not in ("text", "usage")}
        return (Choice(0, None, (Part("text", str(self._text), partial=self._done is None, value=rest or None),)),)
