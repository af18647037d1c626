"""Ollama: /api/chat and /api/generate, a JSON object a line (ollama/ollama, docs/api.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import besides, elements, members, objects, text
from streamconv.protocols.sign import Call, Channel, Delta, End, Finish, Sign, Usage
from streamconv.protocols.tool_call import whole_call

# Members whose text is a delta. Those of the chat stand in its message.
_CHANNELS: Final[dict[str, Channel]] = {"thinking": "reasoning", "content": "text", "response": "text"}
_COST: Final = ("_count", "_duration")
_LISTS: Final = ("images", "tool_calls", "logprobs")  # each object has its own


class Ollama(Protocol):
    """Texts are deltas, tool calls come whole; `done` is true in the last object, which has counts and times."""

    name = "ollama"
    title = "Ollama"
    source = "ollama/ollama, docs/api.md, Generate a completion, Generate a chat completion"
    terminator = "done: true"
    reasons = False
    finishes: ClassVar = {"stop": "stop", "length": "length"}

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}
        self._message: dict[str, Any] | None = None  # of the chat, but its texts
        self._parts: dict[str, Growing | dict[str, Any]] = {}  # texts and tool calls, in the order in which they began
        self._lists: dict[str, list[Any]] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A model, whether it is done, and a message or a response."""
        value = event.object
        if not isinstance(value.get("model"), str) or not isinstance(value.get("done"), bool):
            return None
        if isinstance(value.get("message"), dict):
            return "model, done and message"
        return "model, done and response" if isinstance(value.get("response"), str) else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        self._members.update(besides(value, "message", *_CHANNELS, *_LISTS))
        self.model = text(self._members.get("model"))
        message = value.get("message")
        if isinstance(message, dict):
            self._message = {} if self._message is None else self._message
            self._message.update(besides(message, *_CHANNELS, *_LISTS))
        for told in (value, members(message)):
            yield from self._add(told)
        if value.get("done") is True:
            yield from self._end(value)

    def _add(self, told: dict[str, Any]) -> Iterator[Sign]:
        for name, channel in _CHANNELS.items():
            added = text(told.get(name))
            if added:
                held = self._parts.setdefault(name, Growing())
                assert isinstance(held, Growing)  # no tool call has such a name
                held.append(added)
                yield Delta(name, channel, added)
        for call in objects(told.get("tool_calls")):
            position = len(self._lists.get("tool_calls", ()))
            part = f"tool_calls[{position}]"
            self._parts[part] = call
            self._lists.setdefault("tool_calls", []).append(call)
            yield Call(part, position, text(call.get("id")), text(members(call.get("function")).get("name")))
        for name in ("images", "logprobs"):
            self._lists.setdefault(name, []).extend(elements(told.get(name)))

    def _end(self, value: dict[str, Any]) -> Iterator[Sign]:
        cost = {name: count for name, count in value.items() if name.endswith(_COST)}
        if cost:
            self.usage = cost
            yield Usage()
        reason = text(value.get("done_reason"))
        if reason:
            yield Finish(reason)
        yield End()

    def native(self) -> dict[str, Any]:
        """The response of the API with `stream` false."""
        texts = {name: str(self._parts.get(name, "")) for name in _CHANNELS if name in self._parts}
        lists = {name: [*values] for name, values in self._lists.items() if values}
        if self._message is None:
            return {**self._members, "response": "", **texts, **lists}
        own = {name: lists.pop(name) for name in ("logprobs",) if name in lists}
        return {**self._members, **own, "message": {**self._message, "content": "", **texts, **lists}}

    def choices(self) -> tuple[Choice, ...]:
        """The one answer."""
        reason = text(self._members.get("done_reason"))
        done = self._members.get("done") is True
        parts = [self._part(name, held, done=done) for name, held in self._parts.items()]
        parts += [Part("file", value=image) for image in self._lists.get("images", ())]
        role = text((self._message or {}).get("role"))
        return (Choice(0, role, tuple(parts), reason, self.finish_of(reason)),)

    def _part(self, name: str, held: Growing | dict[str, Any], *, done: bool) -> Part:
        if isinstance(held, Growing):
            return Part("reasoning" if name == "thinking" else "text", str(held), partial=not done)
        function = members(held.get("function"))
        rest = {**besides(held, "id", "function"), **besides(function, "name", "arguments")}
        return whole_call(function.get("arguments"), held.get("id"), function.get("name"), rest)
