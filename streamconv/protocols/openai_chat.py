"""OpenAI chat.completions, and all who speak it (OpenAI API reference, Chat Completions, The chat completion chunk).

Azure, DeepSeek, DashScope's compatible mode, Zhipu, Moonshot, Groq, OpenRouter, Mistral, Perplexity, Copilot, Cerebras,
Snowflake, Writer, vLLM, llama.cpp, LiteLLM, SAP and more send the same chunks, each with members of its own.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.chat_choice import ChatChoice
from streamconv.protocols.event import Event
from streamconv.protocols.growing import settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import elements, members, number, objects
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import End, Sign, Start, Usage
from streamconv.protocols.sources import source

# What only pads a chunk, so that its size tells nothing: of OpenAI, of Mistral.
_PADDING: Final = ("obfuscation", "p")
# What every chunk says again. Azure's first chunk has them empty, and gateways make up a new id for each.
_FIRST: Final = ("id", "object", "created", "model")
# Where SAP's orchestration puts the chunk.
_WRAPPERS: Final = ("final_result", "orchestration_result")


class CompletionChoice(typing.Protocol):
    """One choice of a completion, so far."""

    role: str | None
    reason: str | None

    def add(self, choice: dict[str, Any], /) -> Iterator[Sign]:
        """Add what one chunk has of this choice."""

    def forget(self) -> None:
        """Let go of what its later signs do not need."""

    def native(self) -> dict[str, Any]:
        """The choice of an answer without streaming."""

    def parts(self) -> tuple[Part, ...]:
        """What it says."""


class OpenAIChat(Protocol):
    """Its choices are interleaved in one stream, each with its own finish; a tool call is known by its index."""

    name = "openai-chat"
    title = "OpenAI chat completions"
    source = "OpenAI API reference, Chat Completions, Streaming; openai-python, ChatCompletionStreamState"
    terminator = "[DONE]"
    calls_need = ("index", "id", "name")
    object = "chat.completion"  # what the answer without streaming calls itself
    finishes: ClassVar = {
        "stop": "stop",
        "eos": "stop",
        "length": "length",
        "model_length": "length",
        "max_tokens": "length",
        "tool_calls": "tool_calls",
        "function_call": "tool_calls",
        "tool_use": "tool_calls",
        "content_filter": "content_filter",
        "sensitive": "content_filter",
        "refusal": "refusal",
        "cancelled": "cancelled",
        "error": "error",
        "network_error": "error",
    }

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}  # of the completion, but its choices
        self._wrapper: dict[str, Any] = {}  # what SAP has round it
        self._choices: dict[int, CompletionChoice] = {}
        self._fresh: dict[int, CompletionChoice] = {}  # those of which more came since some were forgotten

    def new_choice(self, index: int) -> CompletionChoice:
        """A choice of which nothing is known yet."""
        return ChatChoice(index)

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The `object` of a chunk, a choice that has a `delta`, or what Azure sends of the prompt beforehand."""
        chunk, _ = _unwrapped(event.object)
        choices, object = chunk.get("choices"), chunk.get("object")
        if not isinstance(choices, list):
            return None
        if object in ("chat.completion.chunk", "chat.completion.done", "chat.completion"):
            return f"an object {object}"
        if any(isinstance(choice.get("delta"), dict) for choice in objects(choices)):
            return "a choice that has a delta"
        if not choices and "prompt_filter_results" in chunk:
            return "the prompt's filter results before any choice"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a chunk. One that carries an error may carry the finish of its choices too."""
        chunk, wrapper = _unwrapped(event.object)
        self._wrapper.update(wrapper)
        failed = error_in(event)
        if failed is None and chunk.get("object") == "error":  # vLLM, before it had a member for it
            failed = chunk, error_sign(chunk)
        if failed is None or "choices" in chunk:
            yield from self._add(chunk)
        if failed is not None:
            yield self.fail(*failed)
        elif chunk.get("object") == "chat.completion.done":
            yield End("chat.completion.done")

    def _add(self, chunk: dict[str, Any]) -> Iterator[Sign]:
        choices = objects(chunk.get("choices"))
        if self._is_another(chunk, choices):
            self._members, self._choices, self._fresh, self.usage = {}, {}, {}, None
        if choices and not self._choices:
            yield Start(text_of(chunk.get("id")) or None)
        self._note(chunk)
        for choice in choices:
            index = number(choice.get("index"))
            if index not in self._choices:
                self._choices[index] = self.new_choice(index)
            self._fresh[index] = self._choices[index]
            yield from self._choices[index].add(choice)
        yield from self._cost(chunk, choices)

    def _is_another(self, chunk: dict[str, Any], choices: list[dict[str, Any]]) -> bool:
        """True for the first chunk of a second completion: under another id, a choice begins that has finished."""
        id = chunk.get("id")
        return bool(id) and id != self.id and any(self._begins_again(choice) for choice in choices)

    def _begins_again(self, choice: dict[str, Any]) -> bool:
        held = self._choices.get(number(choice.get("index")))
        if held is None or held.reason is None or choice.get("finish_reason"):
            return False
        return any(members(choice.get("delta")).values())

    def _note(self, chunk: dict[str, Any]) -> None:
        """Keep the members of a chunk: the last of each counts, but that `null` says nothing."""
        for key, value in chunk.items():
            held = self._members.get(key)
            if key in ("choices", "error") or (key in _PADDING and isinstance(value, str)):
                continue
            if isinstance(value, dict) and key != "usage":
                self._members[key] = held if isinstance(held, dict) else {}
                self._members[key].update(value)
            elif not held or (value is not None and key not in _FIRST):
                self._members[key] = value
        self.id = text_of(self._members.get("id")) or None
        self.model = text_of(self._members.get("model")) or None

    def _cost(self, chunk: dict[str, Any], choices: list[dict[str, Any]]) -> Iterator[Sign]:
        places = [chunk, members(chunk.get("x_groq")), *choices]  # the choice: Moonshot
        usage = next((place["usage"] for place in places if place.get("usage")), None)
        if usage is not None:
            self.usage = usage
            yield Usage()

    def forget(self) -> None:
        """What the choices need, and the id, tell where another completion begins."""
        self._members = {"id": self.id} if self.id else {}
        self._wrapper = {}
        for choice in self._fresh.values():
            choice.forget()
        self._fresh.clear()

    def native(self) -> dict[str, Any]:
        """A chat completion."""
        choices = [self._choices[index].native() for index in sorted(self._choices)]
        completion: dict[str, Any] = settled({**self._members, "object": self.object, "choices": choices})
        for key in _WRAPPERS:
            if key in self._wrapper:
                return {**self._wrapper, key: completion}
        return completion

    def choices(self) -> tuple[Choice, ...]:
        """The answers; what the search found, as Perplexity says it, stands after the first."""
        choices: list[Choice] = []
        for index in sorted(self._choices):
            choice = self._choices[index]
            finish = self.finish_of(choice.reason)
            parts = choice.parts() + (() if choices else self._sources())
            choices.append(Choice(index, choice.role, parts, choice.reason, finish))
        return tuple(choices)

    def _sources(self) -> tuple[Part, ...]:
        found = elements(self._members.get("search_results")) or elements(self._members.get("citations"))
        return tuple(map(source, found))


def _unwrapped(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chunk, and what SAP's orchestration has round it."""
    for key in _WRAPPERS:
        if isinstance(value.get(key), dict):
            return value[key], value
    return value, {}
