"""Baidu Qianfan's first API (Baidu AI Cloud, ERNIE chat, streaming); the second speaks as OpenAI's does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice
from streamconv.protocols.protocol import error_in, error_sign
from streamconv.protocols.shape import besides, members, text
from streamconv.protocols.sign import Call, End, Error, Sign, Start, Usage
from streamconv.protocols.text_answers import TextAnswers
from streamconv.protocols.tool_call import tool_call


class Baidu(TextAnswers):
    """Deltas stand in `result`, and `is_end` is true in the last; an error comes bare, with HTTP status 200."""

    name = "baidu"
    title = "Baidu Qianfan v1"
    source = "Baidu AI Cloud documentation, ERNIE Bot, streaming response"
    terminator = "is_end: true"
    reasons = False
    role = "assistant"
    finishes: ClassVar = {
        "normal": "stop",
        "stop": "stop",
        "length": "length",
        "content_filter": "content_filter",
        "function_call": "tool_calls",
    }

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The members that tell the place of a sentence, or those of an error."""
        if event.object.keys() >= {"is_end", "sentence_id"}:
            return "is_end and sentence_id"
        return "error_code and error_msg" if event.object.keys() >= {"error_code", "error_msg"} else None

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """A member `error_code`, too."""
        value = event.object
        return (value, error_sign(value)) if "error_code" in value else error_in(event)

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        if not self._members:
            yield Start(text(value.get("id")))
        self._members.update(besides(value, "result", "sentence_id", "is_end"))
        self.id = text(self._members.get("id"))
        yield from self._add(value.get("result"))
        call = members(value.get("function_call"))
        if call:
            yield Call("function_call", 0, None, text(call.get("name")))
        if "usage" in value:
            self.usage = value["usage"]
            yield Usage()
        yield from self._finish(value.get("finish_reason"))
        if value.get("is_end") is True:
            yield from self._finish("length" if value.get("is_truncated") is True else None)
            yield End()

    def native(self) -> dict[str, Any]:
        """The response of the API."""
        return {**self._members, "result": self._text()}

    def choices(self) -> tuple[Choice, ...]:
        """The answer: its text, and the function that it calls."""
        (choice,) = super().choices() or (Choice(0, self.role),)
        call = members(self._members.get("function_call"))
        if not call:
            return (choice,)
        part = tool_call(
            text(call.get("arguments")) or "",
            None,
            call.get("name"),
            besides(call, "name", "arguments"),
            ended=True,
        )
        return (Choice(0, choice.role, (*choice.parts, part), choice.reason, choice.finish),)
