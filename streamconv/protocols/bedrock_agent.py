"""Bedrock agents: the answer in chunks, and what the agent did for it (Amazon Bedrock API reference, InvokeAgent)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice, Part, PartType
from streamconv.protocols.shape import elements, members, text
from streamconv.protocols.sign import Sign
from streamconv.protocols.text_answers import TextAnswers


class BedrockAgent(TextAnswers):
    """Nothing in it tells that it is over: each chunk is an answer, most often the only one."""

    name = "bedrock-agent"
    title = "Bedrock InvokeAgent"
    source = "Amazon Bedrock API reference, InvokeAgent, ResponseStream"
    terminator = ""
    closes = False
    role = "assistant"

    def __init__(self) -> None:
        super().__init__()
        self._traces: list[dict[str, Any]] = []
        self._citations: list[Any] = []
        self._others: list[Part] = []  # files, and what the caller shall do

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A `trace` of an agent, a chunk with an attribution or of plain text, what the agent returns."""
        if event.record.format != "aws-eventstream":
            return None
        if event.name == "trace" and "agentId" in event.object:
            return "a trace of an agent"
        if event.name == "chunk" and (event.value is None or event.object.keys() >= {"bytes", "attribution"}):
            return "a chunk of text"
        return f"a {event.name} event" if event.name in ("returnControl", "files") else None

    def _take(self, event: Event) -> Iterator[Sign]:
        if event.name == "chunk":
            self._citations.extend(elements(members(event.object.get("attribution")).get("citations")))
            yield from self._add(_wrapped(event))
        elif event.name == "trace":
            self._traces.append(event.object)
        else:
            type: PartType = "file" if event.name == "files" else "data"
            self._others.append(Part(type, value={"type": event.name, **event.object}))

    def native(self) -> dict[str, Any]:
        """What the stream adds up to: the API has no other form."""
        kept = {"citations": self._citations, "traces": self._traces, "events": [one.value for one in self._others]}
        return {"completion": self._text(), **{name: [*values] for name, values in kept.items() if values}}

    def choices(self) -> tuple[Choice, ...]:
        """The answer: its text, its sources, files, and what the caller shall do."""
        sources = (Part("source", value=citation) for citation in self._citations)
        parts = (Part("text", self._text()),) if self._text() else ()
        return (Choice(0, self.role, (*parts, *sources, *self._others)),)


def _wrapped(event: Event) -> str:
    """The text of a chunk, from which the reader of the format has unwrapped it where nothing stood beside it."""
    wrapped = text(event.object.get("bytes"))
    if wrapped is None or "attribution" not in event.object:
        return event.record.data or ""
    try:
        return base64.b64decode(wrapped, validate=True).decode()
    except (binascii.Error, ValueError):
        return wrapped
