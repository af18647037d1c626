"""IBM watsonx.ai: text generation as deltas (watsonx.ai API reference, Infer text event stream)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.shape import besides, number, objects, text
from streamconv.protocols.sign import Sign, Usage
from streamconv.protocols.text_answers import TextAnswers

_COUNTS: Final = ("generated_token_count", "input_token_count")


class Watsonx(TextAnswers):
    """It counts generated tokens up, and input tokens once."""

    name = "watsonx"
    title = "IBM watsonx.ai text generation"
    source = "watsonx.ai API reference, Infer text event stream"
    terminator = ""
    unfinished = ("not_finished",)
    finishes: ClassVar = {
        "eos_token": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "token_limit": "length",
        "time_limit": "length",
        "cancelled": "cancelled",
        "error": "error",
    }

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}
        self._results: dict[int, dict[str, Any]] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """Results that have a generated text."""
        if any("generated_text" in result for result in objects(event.object.get("results"))):
            return "results with a generated_text"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        self._members.update(besides(event.object, "results"))
        self.model = text(self._members.get("model_id"))
        for index, result in enumerate(objects(event.object.get("results"))):
            yield from self._add_result(index, result)

    def _add_result(self, index: int, result: dict[str, Any]) -> Iterator[Sign]:
        held = self._results.setdefault(index, {})
        read = max(number(held.get("input_token_count")), number(result.get("input_token_count")))
        held.update(besides(result, "generated_text"))
        if "input_token_count" in held:
            held["input_token_count"] = read
        yield from self._add(result.get("generated_text"), index)
        if "generated_token_count" in result:
            self.usage = {name: self._results[0][name] for name in _COUNTS if name in self._results[0]}
            yield Usage()
        yield from self._finish(result.get("stop_reason"), index)

    def native(self) -> dict[str, Any]:
        """The response of the API's text generation."""
        results = [{"generated_text": self._text(index), **held} for index, held in self._results.items()]
        return {**self._members, "results": results}
