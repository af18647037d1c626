"""Hugging Face Text Generation Inference, /generate_stream (huggingface/text-generation-inference, OpenAPI)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from streamconv.protocols.event import Event
from streamconv.protocols.protocol import error_in
from streamconv.protocols.shape import besides, members
from streamconv.protocols.sign import End, Error, Sign, Usage, Whole
from streamconv.protocols.text_answers import TextAnswers


class HuggingFaceTGI(TextAnswers):
    """One token an event; the last one has the whole text, with the prompt before it where that was asked for."""

    name = "hugging-face-tgi"
    title = "Hugging Face TGI"
    source = "huggingface/text-generation-inference, docs/openapi.json, StreamResponse"
    terminator = "generated_text"
    finishes: ClassVar = {"eos_token": "stop", "stop_sequence": "stop", "length": "length"}

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}
        self._details: dict[str, Any] = {}
        self._tokens: list[Any] = []
        self._top_tokens: list[Any] = []

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A `token` that has a text and says whether it is special."""
        return "a token" if members(event.object.get("token")).keys() >= {"text", "special"} else None

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """Its code is the `error_type`."""
        failed, value = error_in(event), event.object
        if failed is None or "error_type" not in value:
            return failed
        return value, failed[1]._replace(code=str(value["error_type"]))

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        self._members.update(besides(value, "index", "token", "top_tokens", "details"))
        self._top_tokens.extend([value["top_tokens"]] if value.get("top_tokens") else ())
        token = members(value.get("token"))
        if token:
            self._tokens.append(token)
        if token.get("special") is not True:
            yield from self._add(token.get("text"))
        if isinstance(value.get("generated_text"), str):
            yield from self._end(value["generated_text"], members(value.get("details")))

    def _end(self, whole: str, details: dict[str, Any]) -> Iterator[Sign]:
        if not whole.endswith(self._text().strip()):
            yield Whole("0", "text", whole)
        if details:
            self._details = self.usage = details
            yield Usage()
        yield from self._finish(details.get("finish_reason"))
        yield End()

    def native(self) -> dict[str, Any]:
        """The response of /generate with its details."""
        top = {"top_tokens": self._top_tokens.copy()} if self._top_tokens else {}
        whole = self._members.get("generated_text")
        return {
            **self._members,
            "generated_text": whole if isinstance(whole, str) else self._text(),
            "details": {**self._details, "tokens": self._tokens.copy(), **top},
        }
