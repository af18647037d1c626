"""DashScope's own API, of Qwen and others on Alibaba Cloud (Model Studio documentation, DashScope API reference).

By default each event repeats the whole text so far, with `incremental_output` it has what is new; nothing else tells
the two apart. Its compatible mode speaks as OpenAI's API does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Snapshots, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides, members, number, objects, text
from streamconv.protocols.sign import Call, Channel, Delta, Error, Finish, Sign, Usage
from streamconv.protocols.tool_call import tool_call

_UNFINISHED: Final = "null"  # the reason, a string, until there is one
_STATUS: Final = "HTTP_STATUS/"  # in a comment of each event


class DashScope(Protocol):
    """Its answers are messages, or with `result_format` text, one text."""

    name = "dashscope"
    title = "DashScope"
    source = "Alibaba Cloud Model Studio, DashScope API reference, Text generation"
    terminator = ""
    grows = True
    finishes: ClassVar = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
        "content_filter": "content_filter",
    }

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}
        self._output: dict[str, Any] = {}  # but its choices
        self._choices: dict[int, _Answer] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The status of HTTP in a comment, or an output with the id of its request."""
        if any(comment.startswith(_STATUS) for comment in event.record.comments):
            return f"a comment :{_STATUS}"
        output = members(event.object.get("output"))
        if "request_id" in event.object and output.keys() & {"choices", "text"}:
            return "output and request_id"
        return None

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """A `code` with a `message`, too."""
        value = event.object
        failed = value.get("code") and "message" in value
        return error_in(event) or ((value, error_sign(value)) if failed else None)

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        output = members(value.get("output"))
        self._members.update(besides(value, "output"))
        self._output.update(besides(output, "choices", "text", "finish_reason"))
        self.id = text(value.get("request_id")) or self.id
        if "usage" in value:
            self.usage = value["usage"]
            yield Usage()
        alone = [{"text": output.get("text"), "finish_reason": output.get("finish_reason")}] if "text" in output else ()
        for index, choice in enumerate(objects(output.get("choices")) or alone):
            yield from self._choices.setdefault(index, _Answer(index)).add(choice)

    def native(self) -> dict[str, Any]:
        """The response of the API without streaming."""
        answers = [answer.native() for answer in self._choices.values()]
        if len(answers) == 1 and "text" in answers[0]:
            output = {**self._output, **answers[0]}
        else:
            output = {**self._output, "choices": answers}
        return {"output": output, **self._members}

    def choices(self) -> tuple[Choice, ...]:
        """The answers."""
        return tuple(map(self._choice, self._choices.values()))

    def _choice(self, answer: _Answer) -> Choice:
        finish = self.finish_of(answer.reason)
        return Choice(answer.index, answer.role, answer.parts(), answer.reason, finish)


_CHANNELS: Final[dict[str, Channel]] = {"reasoning_content": "reasoning", "content": "text", "text": "text"}


class _Answer:
    """One answer so far."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.reason: str | None = None
        self.role: str | None = None
        self._members: dict[str, Any] = {}  # of the choice
        self._message: dict[str, Any] = {}
        self._texts: dict[str, Snapshots] = {}  # in the order in which they began
        self._contents: dict[int, dict[str, Any]] = {}  # of models that read images, by position
        self._calls: dict[int, dict[str, Any]] = {}  # by index

    def add(self, choice: dict[str, Any]) -> Iterator[Sign]:
        """Add what one event has of this answer."""
        message = members(choice.get("message"))
        self.role = text(message.get("role")) or self.role
        self._members.update(besides(choice, "message", "text", "finish_reason"))
        self._message.update(besides(message, "content", "reasoning_content", "tool_calls"))
        reason = text(choice.get("finish_reason"))
        final = reason not in (None, "", _UNFINISHED)
        for name in _CHANNELS:
            yield from self._show(name, choice.get(name) if name == "text" else message.get(name), final)
        for position, content in enumerate(objects(message.get("content"))):
            self._contents.setdefault(position, {}).update(besides(content, "text"))
            yield from self._show(f"content[{position}]", content.get("text"), final)
        for position, call in enumerate(objects(message.get("tool_calls"))):
            yield from self._call(number(call.get("index"), position), call)
        if reason and reason not in (_UNFINISHED, self.reason):
            self.reason = reason
            yield Finish(reason, self.index)

    def _show(self, name: str, told: Any, final: bool) -> Iterator[Sign]:
        if isinstance(told, str):
            new = self._texts.setdefault(name, Snapshots()).take(told, final=final)
            if new:
                yield Delta(self._named(name), _CHANNELS.get(name, "text"), new, self.index)

    def _call(self, index: int, call: dict[str, Any]) -> Iterator[Sign]:
        part, function = self._named(f"tool_calls[{index}]"), members(call.get("function"))
        if index not in self._calls:
            self._calls[index] = {"function": {"arguments": Snapshots()}}
        held = self._calls[index]
        said = {name: value for name, value in besides(call, "function").items() if value or name not in held}
        named = text(function.get("name"))
        if said.get("id", held.get("id")) != held.get("id") or (named and named != held["function"].get("name")):
            yield Call(part, index, text(said.get("id")), named or None, self.index)
        held.update(said)
        held["function"].update({name: value for name, value in besides(function, "arguments").items() if value})
        told = text(function.get("arguments"))
        new = held["function"]["arguments"].take(told) if told else ""
        if new:
            yield Delta(part, "arguments", new, self.index)

    def _named(self, part: str) -> str:
        return f"choices[{self.index}].{part}"

    def native(self) -> dict[str, Any]:
        """The choice of the API without streaming; with `result_format` text its text."""
        if "text" in self._texts:
            return {"text": str(self._texts["text"]), "finish_reason": self.reason, **self._members}
        message = {**self._message}
        message.update({name: str(held) for name, held in self._texts.items() if name in _CHANNELS})
        if self._contents:
            message["content"] = [self._content(position) for position in self._contents]
        if self._calls:
            message["tool_calls"] = [settled(call) for call in self._calls.values()]
        return {"message": message, "finish_reason": self.reason, **self._members}

    def _content(self, position: int) -> dict[str, Any]:
        told = self._texts.get(f"content[{position}]")
        return {**self._contents[position], **({"text": str(told)} if told is not None else {})}

    def parts(self) -> tuple[Part, ...]:
        """The parts of its message."""
        texts = [
            Part("reasoning" if name == "reasoning_content" else "text", str(held), partial=self.reason is None)
            for name, held in self._texts.items()
            if held
        ]
        files = [Part("file", value=content) for content in self._contents.values() if content]
        return (*texts, *files, *map(self._tool_call, self._calls.values()))

    def _tool_call(self, call: dict[str, Any]) -> Part:
        function = call["function"]
        rest = {**besides(call, "id", "function", "index", "type"), **besides(function, "name", "arguments")}
        return tool_call(
            str(function["arguments"]), call.get("id"), function.get("name"), rest, ended=self.reason is not None
        )
