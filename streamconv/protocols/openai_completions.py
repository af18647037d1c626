"""OpenAI completions, the ones before chat (OpenAI API reference, Completions), and Copilot's completions of code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamconv.protocols.deltas import add
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Part
from streamconv.protocols.openai_chat import CompletionChoice, OpenAIChat
from streamconv.protocols.shape import objects
from streamconv.protocols.sign import Delta, Finish, Sign


class TextChoice:
    """A choice so far: text, and what else its chunks say of it."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.role: str | None = None
        self.reason: str | None = None
        self._text = Growing()
        self._members: dict[str, Any] = {}

    def add(self, choice: dict[str, Any]) -> Iterator[Sign]:
        """Add what one chunk has of this choice."""
        text, reason = choice.get("text"), choice.get("finish_reason")
        if isinstance(text, str) and text:
            self._text.append(text)
            yield Delta(str(self.index), "text", text, self.index)
        for key, value in choice.items():
            if key == "logprobs":
                add(self._members, {key: value})
            elif key not in ("text", "index") and (value is not None or key not in self._members):
                self._members[key] = value
        if isinstance(reason, str) and reason and reason != self.reason:
            self.reason = reason
            yield Finish(reason, self.index)

    def forget(self) -> None:
        """Let go of all."""
        self._text, self._members = Growing(), {}

    def native(self) -> dict[str, Any]:
        """The choice of an answer without streaming."""
        members = settled(self._members)
        return {"text": str(self._text), "index": self.index, "finish_reason": self.reason, **members}

    def parts(self) -> tuple[Part, ...]:
        """The text, and what else is said of the choice."""
        rest = {key: value for key, value in self.native().items() if value and key not in _KNOWN}
        text = (Part("text", str(self._text)),) if self._text else ()
        return (*text, *([Part("data", value=rest)] if rest else ()))


_KNOWN = ("text", "index", "finish_reason", "logprobs")


class OpenAICompletions(OpenAIChat):
    """Its chunks are those of chat, but that a choice has a `text` and no `delta`."""

    name = "openai-completions"
    title = "OpenAI completions"
    source = "OpenAI API reference, Completions"
    object = "text_completion"

    def new_choice(self, index: int) -> CompletionChoice:
        """A choice of which nothing is known yet."""
        return TextChoice(index)

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The `object` of a completion, or a choice that has a `text`."""
        choices, object = event.object.get("choices"), event.object.get("object")
        if not isinstance(choices, list):
            return None
        if object == "text_completion":
            return "an object text_completion"
        if any(isinstance(choice.get("text"), str) for choice in objects(choices)):
            return "a choice that has a text"
        return None
