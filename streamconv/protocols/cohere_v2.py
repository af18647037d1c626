"""Cohere's second chat API: parts of a message, each started, added to and ended (Cohere API reference, v2/chat)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_sign
from streamconv.protocols.shape import besides, members, number, objects, text
from streamconv.protocols.sign import Call, Channel, Close, Delta, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call

# What an event adds to: the member of the message. Where that is a list, the event has the index of its element.
_LISTS: Final = {"content": "content", "tool-call": "tool_calls", "citation": "citations"}
_TYPES: Final = (
    "message-start",
    "message-end",
    "tool-plan-delta",
    *(f"{kind}-{step}" for kind in _LISTS for step in ("start", "delta", "end")),
)

Place = tuple[str, int]  # the member of the message, and the index there


class CohereV2(Protocol):
    """Content, tool calls and citations are told apart by kind and index; the plan for the tools is one text."""

    name = "cohere-v2"
    title = "Cohere v2 chat"
    source = "Cohere API reference, v2/chat; cohere-python, V2ChatStreamResponse"
    terminator = "[DONE]"
    typed = True
    finishes: ClassVar = {
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "TOOL_CALL": "tool_calls",
        "ERROR": "error",
        "ERROR_TOXIC": "content_filter",
        "ERROR_LIMIT": "length",
        "USER_CANCEL": "cancelled",
        "TIMEOUT": "error",
    }

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}  # but its message
        self._message: dict[str, Any] = {}  # but what stands in the following
        self._parts: dict[Place, dict[str, Any]] = {}  # in the order in which they began
        self._open: set[Place] = set()
        self._debug: list[Any] = []

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A type of this protocol with the message's part in `delta.message`, or the end of a message."""
        delta = event.object.get("delta")
        if event.type not in _TYPES or not isinstance(delta, dict):
            return None
        if isinstance(delta.get("message"), dict) or (event.type == "message-end" and "finish_reason" in delta):
            return f"a {event.type} event"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        value, delta = event.object, members(event.object.get("delta"))
        kind, _, step = event.type.rpartition("-")
        told = delta.get("message")
        if event.type == "message-start":
            yield from self._start(value, members(told))
        elif event.type == "message-end":
            yield from self._end(delta)
        elif event.type == "tool-plan-delta":
            yield from self._plan(members(told).get("tool_plan"))
        elif kind in _LISTS:
            place = _LISTS[kind], number(value.get("index"))
            yield from self._step(place, step, members(members(told).get(place[0])))
        else:
            self._debug.append(value)

    def _start(self, value: dict[str, Any], message: dict[str, Any]) -> Iterator[Sign]:
        self._answer.update(besides(value, "type", "delta"))
        self._message.update(besides(message, "tool_plan", *_LISTS.values()))
        self.id = text(value.get("id"))
        yield Start(self.id)
        for name in _LISTS.values():  # empty, as a rule
            self._parts.update({(name, at): dict(part) for at, part in enumerate(objects(message.get(name)))})
        yield from self._plan(message.get("tool_plan"))

    def _plan(self, told: Any) -> Iterator[Sign]:
        if isinstance(told, str) and told:
            yield from self._grow(("tool_plan", 0), {"tool_plan": told})

    def _step(self, place: Place, step: str, told: dict[str, Any]) -> Iterator[Sign]:
        if step == "end":
            self._open.discard(place)
            yield Close(_named(place))
            return
        if step == "start":
            self._parts[place] = {}
            self._open.add(place)
            yield Open(_named(place))
        if place[0] == "tool_calls" and (step == "start" or "id" in told):
            name = text(members(told.get("function")).get("name"))
            yield Call(_named(place), place[1], text(told.get("id")), name)
        yield from self._grow(place, told)

    def _grow(self, place: Place, told: dict[str, Any]) -> Iterator[Sign]:
        """Add to a part: texts grow, any other member is set."""
        part = self._parts.setdefault(place, {})
        function = told.get("function")
        if isinstance(function, dict):
            held = part.setdefault("function", {})
            if isinstance(held, dict):
                yield from _append(held, function, _named(place))
            told = besides(told, "function")
        yield from _append(part, told, _named(place), grows=place[0] != "citations")

    def _end(self, delta: dict[str, Any]) -> Iterator[Sign]:
        self._answer.update(besides(delta, "error"))
        if "usage" in delta:
            self.usage = delta["usage"]
            yield Usage()
        if delta.get("error"):
            yield self.fail(delta["error"], error_sign(delta["error"]))
        reason = text(delta.get("finish_reason"))
        if reason:
            yield Finish(reason)

    def native(self) -> dict[str, Any]:
        """The response of the API without streaming."""
        message = dict(self._message)
        for (name, _), part in self._parts.items():
            if name == "tool_plan":
                message[name] = str(part[name])
            else:
                message.setdefault(name, []).append(settled(part))
        debug = {"debug": self._debug.copy()} if self._debug else {}
        return {**self._answer, "message": message, **debug}

    def choices(self) -> tuple[Choice, ...]:
        """The one answer; its plan for the tools is reasoning."""
        reason = text(self._answer.get("finish_reason"))
        finish = self.finish_of(reason)
        parts = tuple(self._part(place, settled(part), reason) for place, part in self._parts.items())
        return (Choice(0, text(self._message.get("role")), parts, reason, finish),)

    def _part(self, place: Place, part: dict[str, Any], reason: str | None) -> Part:
        open = place in self._open
        match place[0], part.get("type"):
            case "tool_plan", _:
                return Part("reasoning", str(part["tool_plan"]), partial=reason is None and len(self._parts) == 1)
            case "tool_calls", _:
                function = members(part.get("function"))
                rest = {**besides(part, "id", "function", "type"), **besides(function, "name", "arguments")}
                called = text(function.get("arguments")) or ""
                return tool_call(called, part.get("id"), function.get("name"), rest, ended=not open)
            case "citations", _:
                return Part("source", partial=open, value=part)
            case _, "thinking":
                told = text(part.get("thinking")) or ""
                return Part("reasoning", told, partial=open, value=besides(part, "type", "thinking") or None)
            case _, "text" | None:
                told = text(part.get("text")) or ""
                return Part("text", told, partial=open, value=besides(part, "type", "text") or None)
        return Part("data", partial=open, value=part)


_CHANNELS: Final[dict[str, Channel]] = {
    "text": "text",
    "thinking": "reasoning",
    "tool_plan": "reasoning",
    "arguments": "arguments",
}


def _append(held: dict[str, Any], told: dict[str, Any], part: str, *, grows: bool = True) -> Iterator[Sign]:
    for name, value in told.items():
        if grows and name in _CHANNELS and isinstance(value, str):
            growing = held.get(name)
            if not isinstance(growing, Growing):
                growing = held[name] = Growing(text(growing) or "")
            growing.append(value)
            if value:
                yield Delta(part, _CHANNELS[name], value)
        else:
            held[name] = value


def _named(place: Place) -> str:
    return place[0] if place[0] == "tool_plan" else f"{place[0]}[{place[1]}]"
