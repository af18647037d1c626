"""Gemini's Interactions API: steps, each started, added to and stopped (Gemini API reference, Interactions)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import besides, elements, members, objects, text, written
from streamconv.protocols.sign import Call, Channel, Close, Delta, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call, whole_call

_UNFINISHED: Final = ("in_progress", "queued")


class GeminiInteractions(Protocol):
    """A model's output is one of its steps, its thoughts and each call of a tool are others."""

    name = "gemini-interactions"
    title = "Gemini Interactions"
    source = "Gemini API reference, Interactions; python-genai, InteractionSSEEvent"
    terminator = "[DONE]"
    finishes: ClassVar = {
        "completed": "stop",
        "requires_action": "tool_calls",
        "requires_continuation": "pause",
        "incomplete": "length",
        "budget_exceeded": "length",
        "cancelled": "cancelled",
        "failed": "error",
    }

    def __init__(self) -> None:
        self._interaction: dict[str, Any] = {}
        self._steps: dict[int, dict[str, Any]] = {}  # by index, in the order in which they started
        self._open: set[int] = set()
        self._arguments: dict[int, Growing] = {}  # JSON text, which is the step's `arguments` once that has stopped
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An `event_type` of an interaction or a step."""
        type = text(event.object.get("event_type")) or ""
        return f"an event_type {type}" if type.startswith(("interaction.", "step.")) else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value, index = event.object, event.object.get("index")
        match value.get("event_type"):
            case "step.start" if isinstance(index, int):
                yield from self._start(index, members(value.get("step")))
            case "step.delta" if isinstance(index, int):
                self._steps.setdefault(index, {})
                yield from self._add(index, members(value.get("delta")))
            case "step.stop" if isinstance(index, int):
                self._open.discard(index)
                yield Close(str(index))
            case "interaction.created":
                interaction = members(value.get("interaction"))
                yield Start(text(interaction.get("id")))
                yield from self._note(interaction)
            case _:
                yield from self._note({**members(value.get("interaction")), **_status(value)})

    def _note(self, interaction: dict[str, Any]) -> Iterator[Sign]:
        self._interaction.update(interaction)
        self.id, self.model = text(self._interaction.get("id")), text(self._interaction.get("model"))
        if "usage" in interaction:
            self.usage = interaction["usage"]
            yield Usage()
        status = text(interaction.get("status"))
        if status and status not in (*_UNFINISHED, self._reason):
            self._reason = status
            yield Finish(status)

    def _start(self, index: int, step: dict[str, Any]) -> Iterator[Sign]:
        self._steps[index] = dict(step)
        self._arguments.pop(index, None)
        self._open.add(index)
        yield Open(str(index))
        if _kind(step) == "call":
            yield Call(str(index), None, text(step.get("id")), text(step.get("name")))

    def _add(self, index: int, delta: dict[str, Any]) -> Iterator[Sign]:
        step, part = self._steps[index], str(index)
        match delta.get("type"):
            case "text":
                yield from _grow(_list(step, "content"), delta, part, "text")
            case "thought_summary":
                yield from _grow(_list(step, "summary"), members(delta.get("content")), part, "reasoning")
            case "arguments_delta" if isinstance(delta.get("arguments"), str):
                self._arguments.setdefault(index, Growing()).append(delta["arguments"])
                yield Delta(part, "arguments", delta["arguments"])
            case "text_annotation_delta":
                last = next(iter(objects(elements(step.get("content"))[-1:])), step)
                _list(last, "annotations").extend(elements(delta.get("annotations")))
            case "image" | "audio" | "video" | "document":
                _list(step, "content").append(delta)
            case _:  # a signature, the arguments of the provider's own tools, what they found
                step.update(besides(delta, "type"))

    def native(self) -> dict[str, Any]:
        """The interaction of the API."""
        steps = [self._step(index) for index in self._steps]
        return {**self._interaction, "steps": steps or elements(self._interaction.get("steps"))}

    def _step(self, index: int) -> dict[str, Any]:
        step: dict[str, Any] = settled(self._steps[index])
        if index in self._arguments:
            arguments = str(self._arguments[index])
            step["arguments"] = arguments
            if index not in self._open:
                try:
                    step["arguments"] = jsontext.loads(arguments)
                except (ValueError, RecursionError):
                    pass
        return step

    def choices(self) -> tuple[Choice, ...]:
        """The one answer."""
        parts = tuple(part for index in self._steps for part in self._parts(index))
        return (Choice(0, "assistant", parts, self._reason, self.finish_of(self._reason)),)

    def _parts(self, index: int) -> Iterator[Part]:
        step, open = self._step(index), index in self._open
        match _kind(step):
            case "output":
                for content in objects(step.get("content")):
                    yield _content(content, partial=open)
            case "thought":
                told = "".join(text(one.get("text")) or "" for one in objects(step.get("summary")))
                yield Part("reasoning", told, partial=open, value=besides(step, "type") or None)
            case "call":
                yield self._called(index, step, ended=not open)
            case "result":
                result = step.get("result")
                told = result if isinstance(result, str) else written(result)
                yield Part("tool_result", told, text(step.get("call_id")), text(step.get("name")), value=step)
            case _:
                yield Part("data", partial=open, value=step)

    def _called(self, index: int, step: dict[str, Any], *, ended: bool) -> Part:
        name = text(step.get("name")) or text(step.get("type"))
        rest = besides(step, "id", "name", "arguments")
        if index in self._arguments:
            return tool_call(str(self._arguments[index]), step.get("id"), name, rest, ended=ended)
        if not ended:
            return tool_call("", step.get("id"), name, rest, ended=False)
        return whole_call(step.get("arguments"), step.get("id"), name, rest)


def _status(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("status", "usage") if name in value}


def _kind(step: dict[str, Any]) -> str:
    """What a step is, by its type: output, thought, a call of a tool, its result; else ""."""
    type = text(step.get("type")) or "model_output"
    if type.endswith(("_call", "_result")):
        return type.rpartition("_")[2]
    return {"model_output": "output", "thought": "thought"}.get(type, "")


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    held = holder.get(name)
    if not isinstance(held, list):
        held = holder[name] = []
    return held


def _grow(contents: list[Any], added: dict[str, Any], part: str, channel: Channel) -> Iterator[Sign]:
    """Add a text to the last content, or a content that begins with it."""
    told = text(added.get("text"))
    if told is None:
        contents.append(added)
        return
    last = contents[-1] if contents else None
    if not isinstance(last, dict) or not isinstance(last.get("text"), Growing):
        last = {**added, "text": Growing()}
        contents.append(last)
    last["text"].append(told)
    yield Delta(part, channel, told)


def _content(content: dict[str, Any], *, partial: bool) -> Part:
    if isinstance(content.get("text"), str):
        return Part("text", content["text"], partial=partial, value=besides(content, "type", "text") or None)
    return Part("file", partial=partial, value=content)
