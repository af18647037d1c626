"""Gemini: streamGenerateContent, as server-sent events or one JSON array (Gemini API, GenerateContentResponse).

Also what Vertex AI sends for Gemini, and Code Assist, which wraps each chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from streamconv.protocols.event import Event
from streamconv.protocols.gemini_candidate import Candidate
from streamconv.protocols.message import Choice
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import besides, members, number, objects, text
from streamconv.protocols.sign import Finish, Sign, Start, Usage


class Gemini(Protocol):
    """Each chunk is a whole response with the next parts of its candidates; a blocked prompt has none."""

    name = "gemini"
    title = "Google Gemini"
    source = "Gemini API reference, GenerateContentResponse; Firebase AI Logic SDK, aggregateResponses"
    terminator = ""
    finishes: ClassVar = {
        "STOP": "stop",
        "MAX_TOKENS": "length",
        "SAFETY": "content_filter",
        "RECITATION": "content_filter",
        "LANGUAGE": "content_filter",
        "BLOCKLIST": "content_filter",
        "PROHIBITED_CONTENT": "content_filter",
        "SPII": "content_filter",
        "IMAGE_SAFETY": "content_filter",
        "IMAGE_PROHIBITED_CONTENT": "content_filter",
        "IMAGE_RECITATION": "content_filter",
        "JAILBREAK": "content_filter",
        "MODEL_ARMOR": "content_filter",
        "MALFORMED_FUNCTION_CALL": "error",
        "UNEXPECTED_TOOL_CALL": "error",
        "TOO_MANY_TOOL_CALLS": "error",
        "MISSING_THOUGHT_SIGNATURE": "error",
        "MALFORMED_RESPONSE": "error",
    }

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}  # but the candidates
        self._wrapper: dict[str, Any] | None = None  # what Code Assist has round it
        self._candidates: dict[int, Candidate] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """Candidates with a content or a finishReason, feedback on the prompt, or the usage of a modelVersion."""
        value, _ = _unwrapped(event.object)
        if any(one.keys() & {"content", "finishReason"} for one in objects(value.get("candidates"))):
            return "candidates"
        if isinstance(value.get("promptFeedback"), dict):
            return "a promptFeedback"
        return "usageMetadata and modelVersion" if value.keys() >= {"usageMetadata", "modelVersion"} else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value, wrapper = _unwrapped(event.object)
        if wrapper is not None:
            self._wrapper = wrapper
        if not self._members and not self._candidates:
            yield Start(text(value.get("responseId")))
        self._members.update(besides(value, "candidates"))
        self.id, self.model = text(self._members.get("responseId")), text(self._members.get("modelVersion"))
        for candidate in objects(value.get("candidates")):
            index = number(candidate.get("index"))
            yield from self._candidates.setdefault(index, Candidate(index)).add(candidate)
        if "usageMetadata" in value:
            self.usage = value["usageMetadata"]
            yield Usage()
        blocked = members(value.get("promptFeedback")).get("blockReason")
        if isinstance(blocked, str):
            yield Finish(blocked)

    def native(self) -> dict[str, Any]:
        """The response of generateContent."""
        candidates = [candidate.native() for candidate in self._candidates.values()]
        response = {**({"candidates": candidates} if candidates else {}), **self._members}
        return response if self._wrapper is None else {"response": response, **self._wrapper}

    def choices(self) -> tuple[Choice, ...]:
        """The candidates; of a blocked prompt an empty one."""
        choices = tuple(
            Choice(one.index, one.role, one.parts(), one.reason, self.finish_of(one.reason))
            for one in self._candidates.values()
        )
        blocked = text(members(self._members.get("promptFeedback")).get("blockReason"))
        return choices or ((Choice(reason=blocked, finish=self.finish_of(blocked)),) if blocked else ())


def _unwrapped(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A chunk, and what stands beside it in its wrapper; None where it has none."""
    chunk = value.get("response")
    if isinstance(chunk, dict) and chunk.keys() & {"candidates", "promptFeedback", "usageMetadata"}:
        return chunk, besides(value, "response")
    return value, None
