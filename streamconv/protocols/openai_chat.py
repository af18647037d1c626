"""OpenAI chat.completions, and all who speak it (OpenAI API reference, Chat Completions, The chat completion chunk).

Azure, DeepSeek, DashScope's compatible mode, Zhipu, Moonshot, Groq, OpenRouter, Mistral, Perplexity, Copilot, Cerebras,
Snowflake, Writer, vLLM, llama.cpp, LiteLLM, SAP and more send the same chunks, each with members of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.chat_choice import ChatChoice, source
from streamconv.protocols.event import Event
from streamconv.protocols.growing import settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.sign import End, Sign, Start, Usage

# What only pads a chunk, so that its size tells nothing: of OpenAI, of Mistral.
_PADDING: Final = ("obfuscation", "p")
# What every chunk says again. Azure's first chunk has them empty, and gateways make up a new id for each.
_FIRST: Final = ("id", "object", "created", "model")
# Where SAP's orchestration puts the chunk.
_WRAPPERS: Final = ("final_result", "orchestration_result")


class OpenAIChat(Protocol):
    """Its choices are interleaved in one stream, each with its own finish; a tool call is known by its index."""

    name = "openai-chat"
    title = "OpenAI chat completions"
    source = "OpenAI API reference, Chat Completions, Streaming; openai-python, ChatCompletionStreamState"
    terminator = "[DONE]"
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
        self._choices: dict[int, ChatChoice] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The `object` of a chunk, a choice that has a `delta`, or what Azure sends of the prompt beforehand."""
        chunk, _ = _unwrapped(event.object)
        choices, object = chunk.get("choices"), chunk.get("object")
        if not isinstance(choices, list):
            return None
        if object in ("chat.completion.chunk", "chat.completion.done", "chat.completion"):
            return f"an object {object}"
        if any(isinstance(choice, dict) and isinstance(choice.get("delta"), dict) for choice in choices):
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
            self.error = failed[0]
            yield failed[1]
        elif chunk.get("object") == "chat.completion.done":
            yield End("chat.completion.done")

    def _add(self, chunk: dict[str, Any]) -> Iterator[Sign]:
        choices = [choice for choice in _list(chunk.get("choices")) if isinstance(choice, dict)]
        if self._is_another(chunk, choices):
            self._members, self._choices, self.usage = {}, {}, None
        if choices and not self._choices:
            yield Start(_text(chunk.get("id")))
        self._note(chunk)
        for choice in choices:
            index = choice.get("index")
            index = index if isinstance(index, int) else 0
            held = self._choices.setdefault(index, ChatChoice(index))
            yield from held.add(choice)
        yield from self._cost(chunk, choices)

    def _is_another(self, chunk: dict[str, Any], choices: list[dict[str, Any]]) -> bool:
        """True for the first chunk of a second completion: under another id, a choice begins that has finished."""
        id = chunk.get("id")
        return bool(id) and id != self.id and any(self._begins_again(choice) for choice in choices)

    def _begins_again(self, choice: dict[str, Any]) -> bool:
        index = choice.get("index")
        held = self._choices.get(index) if isinstance(index, int) else None
        if held is None or held.reason is None or choice.get("finish_reason"):
            return False
        delta = choice.get("delta")
        return isinstance(delta, dict) and any(delta.values())

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
        self.id, self.model = _text(self._members.get("id")), _text(self._members.get("model"))

    def _cost(self, chunk: dict[str, Any], choices: list[dict[str, Any]]) -> Iterator[Sign]:
        groq = chunk.get("x_groq")
        places = [chunk, groq if isinstance(groq, dict) else {}, *choices]  # the choice: Moonshot
        usage = next((place["usage"] for place in places if place.get("usage")), None)
        if usage is not None:
            self.usage = usage
            yield Usage()

    def native(self) -> dict[str, Any]:
        """A chat completion."""
        choices = [self._choices[index].native() for index in sorted(self._choices)]
        completion: dict[str, Any] = settled({**self._members, "object": "chat.completion", "choices": choices})
        for key in _WRAPPERS:
            if key in self._wrapper:
                return {**self._wrapper, key: completion}
        return completion

    def choices(self) -> tuple[Choice, ...]:
        """The answers; what the search found, as Perplexity says it, stands after the first."""
        choices = []
        for number, index in enumerate(sorted(self._choices)):
            choice = self._choices[index]
            parts = choice.parts() + (() if number else self._sources())
            choices.append(Choice(index, choice.role, parts, choice.reason, self.finish_of(choice.reason)))
        return tuple(choices)

    def _sources(self) -> tuple[Part, ...]:
        found = _list(self._members.get("search_results")) or _list(self._members.get("citations"))
        return tuple(map(source, found))


def _unwrapped(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chunk, and what SAP's orchestration has round it."""
    for key in _WRAPPERS:
        if isinstance(value.get(key), dict):
            return value[key], value
    return value, {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
