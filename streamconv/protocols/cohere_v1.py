"""Cohere's first API: /v1/chat and /v1/generate, a JSON object a line (Cohere API reference, v1/chat, v1/generate)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import error_in, error_sign
from streamconv.protocols.shape import besides, elements, members, number, objects, text
from streamconv.protocols.sign import Call, Delta, End, Error, Sign, Start, Usage, Whole
from streamconv.protocols.text_answers import TextAnswers
from streamconv.protocols.tool_call import tool_call, whole_call

_TYPES: Final = frozenset({
    "stream-start", "search-queries-generation", "search-results", "text-generation", "citation-generation",
    "tool-calls-chunk", "tool-calls-generation", "stream-end", "stream-error", "debug",
})  # fmt: skip
_LISTS: Final = ("search_queries", "search_results", "documents", "citations")


class CohereV1(TextAnswers):
    """The last object repeats the whole answer, which is what the same call without streaming returns."""

    name = "cohere-v1"
    title = "Cohere v1"
    source = "Cohere API reference, v1/chat, v1/generate; cohere-python, StreamedChatResponse"
    terminator = "stream-end"
    repeats = True
    role = "assistant"
    finishes: ClassVar = {
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "ERROR": "error",
        "ERROR_TOXIC": "content_filter",
        "ERROR_LIMIT": "length",
        "USER_CANCEL": "cancelled",
        "TIMEOUT": "error",
    }

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, Any] = {}
        self._lists: dict[str, list[Any]] = {}
        self._plan = Growing()
        self._calls: dict[int, tuple[str | None, Growing]] = {}  # in pieces: the name, and the parameters
        self._called: list[dict[str, Any]] | None = None  # whole
        self._response: dict[str, Any] | None = None  # what the last object repeats

    @staticmethod
    def recognises(event: Event) -> str | None:
        """Whether the stream is finished, and one of this API's types, or a text."""
        value = event.object
        type = value.get("event_type")
        if not isinstance(value.get("is_finished"), bool):
            return None
        if isinstance(type, str) and type in _TYPES:
            return f"is_finished and event_type {type}"
        return "is_finished and text" if type is None and isinstance(value.get("text"), str) else None

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """An event_type `stream-error`, too."""
        value = event.object
        failed = value.get("event_type") == "stream-error"
        return (value, error_sign(value.get("err") or value)) if failed else error_in(event)

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        type = text(value.get("event_type")) or ("stream-end" if value.get("is_finished") is True else "")
        if type == "stream-end":
            yield from self._end(value)
        elif type == "tool-calls-chunk":
            yield from self._call(members(value.get("tool_call_delta")), value)
        else:
            yield from self._note(type, value)

    def _note(self, type: str, value: dict[str, Any]) -> Iterator[Sign]:
        if type == "stream-start":
            self.id = text(value.get("generation_id"))
            yield Start(self.id)
        yield from self._add(value.get("text"), value.get("index"))
        for name in _LISTS:
            if elements(value.get(name)):
                self._lists.setdefault(name, []).extend(value[name])
        if isinstance(value.get("tool_calls"), list):
            self._called = objects(value["tool_calls"])
            for position, call in enumerate(() if self._calls else self._called):  # named before, in pieces
                yield Call(f"tool_calls[{position}]", position, None, text(call.get("name")))
        self._members.update(besides(value, "event_type", "is_finished", "text", "index", "tool_calls", *_LISTS))

    def _call(self, delta: dict[str, Any], value: dict[str, Any]) -> Iterator[Sign]:
        """Add a piece of a tool call, or of the plan for the tools."""
        plan = text(delta.get("text")) or text(value.get("text"))
        if plan:
            self._plan.append(plan)
            yield Delta("plan", "reasoning", plan)
        if "name" not in delta and "parameters" not in delta:
            return
        index, name = number(delta.get("index")), text(delta.get("name"))
        if index not in self._calls or name:
            known, growing = self._calls.get(index, (None, Growing()))
            self._calls[index] = name or known, growing
            yield Call(f"tool_calls[{index}]", index, None, name)
        parameters = text(delta.get("parameters"))
        if parameters:
            self._calls[index][1].append(parameters)
            yield Delta(f"tool_calls[{index}]", "arguments", parameters)

    def _end(self, value: dict[str, Any]) -> Iterator[Sign]:
        response = value.get("response")
        reason = text(value.get("finish_reason"))
        if isinstance(response, dict):
            reason = text(response.get("finish_reason")) or reason
            self._response = response
            self.id = text(response.get("generation_id")) or text(response.get("id")) or self.id
            yield from self._repeated(response)
        yield from self._finish(reason)
        yield End()

    def _repeated(self, response: dict[str, Any]) -> Iterator[Sign]:
        """What the last object says again, and what only it says."""
        if self._text() and isinstance(response.get("text"), str):
            yield Whole("0", "text", response["text"])
        elif not self._plan:  # which is the text of an answer that calls tools
            yield from self._add(response.get("text"))
        for index, generation in enumerate(objects(response.get("generations"))):
            if isinstance(generation.get("text"), str):
                yield Whole(str(index), "text", generation["text"])
            yield from self._finish(generation.get("finish_reason"), index)
        if isinstance(response.get("tool_calls"), list):
            self._called = objects(response["tool_calls"])
        if elements(response.get("citations")):
            self._lists["citations"] = response["citations"]
        usage = members(response.get("meta")).get("billed_units")
        if usage is not None:
            self.usage = response["meta"]
            yield Usage()

    def native(self) -> dict[str, Any]:
        """The response of the API without streaming."""
        if self._response is not None:
            return self._response
        lists = {name: [*values] for name, values in self._lists.items()}
        calls = {} if self._called is None else {"tool_calls": self._called}
        pieces = [{"name": name, "parameters": str(written)} for name, written in self._calls.values()]
        cut = {"tool_calls": pieces} if pieces and not calls else calls
        return {**self._members, "text": self._text(), **lists, **cut}

    def choices(self) -> tuple[Choice, ...]:
        """The answers; of a chat with its plan, its tool calls and its citations."""
        first, *others = super().choices() or (Choice(0),)
        plan = (Part("reasoning", str(self._plan), partial=self._response is None),) if self._plan else ()
        sources = (Part("source", value=citation) for citation in self._lists.get("citations", ()))
        parts = (*plan, *first.parts, *self._tool_calls(), *sources)
        return (Choice(first.index, self.role, parts, first.reason, first.finish), *others)

    def _tool_calls(self) -> Iterator[Part]:
        if self._called is not None:
            for call in self._called:
                rest = besides(call, "id", "name", "parameters")
                yield whole_call(call.get("parameters"), call.get("id"), call.get("name"), rest)
        else:
            for name, parameters in self._calls.values():
                yield tool_call(str(parameters), None, name, ended=False)
