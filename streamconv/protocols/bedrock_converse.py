"""Bedrock's ConverseStream: content blocks, added to and stopped (Amazon Bedrock API reference, ConverseStream).

Also what Nova streams inside InvokeModelWithResponseStream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides, elements, listed, members, objects, text
from streamconv.protocols.sign import Call, Channel, Close, Delta, End, Error, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call

_EVENTS: Final = frozenset({
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata",
})  # fmt: skip
_SHOWING: Final = _EVENTS - {"metadata", "messageStop"}  # those that begin a stream, and that nobody else names so
_PADDING: Final = "p"  # so that the size of an event tells nothing


class BedrockConverse(Protocol):
    """Blocks of text have no start; what they cost comes after the end of the message.

    The `input` of a tool is parsed once its block has stopped; before, it is the text so far.
    """

    name = "bedrock-converse"
    title = "Bedrock ConverseStream"
    source = "Amazon Bedrock API reference, ConverseStream"
    terminator = "messageStop"
    # Payloads without their envelope have no name; in InvokeModelWithResponseStream each is a chunk.
    after_end = ("metadata", "chunk", "")
    finishes: ClassVar = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "guardrail_intervened": "content_filter",
        "content_filtered": "content_filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}  # but its message
        self._role: str | None = None
        self._blocks: dict[int, dict[str, Any]] = {}  # by index, in the order in which they began
        self._open: set[int] = set()

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event of this name, or an object whose one member has it."""
        name, value = _unwrapped(event)
        if name in _SHOWING and (event.name != name or value.keys() & {"role", "contentBlockIndex"}):
            return f"a {name} event"
        return None

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """An event whose name ends in Exception, too."""
        name, value = _unwrapped(event)
        return error_in(event) or ((value, error_sign(value, name)) if name.endswith("Exception") else None)

    def _take(self, event: Event) -> Iterator[Sign]:
        name, value = _unwrapped(event)
        index = value.get("contentBlockIndex")
        match name:
            case "messageStart":
                self._role = text(value.get("role"))
                yield Start()
            case "contentBlockStart" if isinstance(index, int):
                yield from self._start(index, members(value.get("start")))
            case "contentBlockDelta" if isinstance(index, int):
                yield from self._add(index, members(value.get("delta")))
            case "contentBlockStop" if isinstance(index, int):
                self._open.discard(index)
                yield Close(str(index))
            case "messageStop":
                yield from self._stop(value)
            case "metadata":
                self._answer.update(besides(value, _PADDING))
                self.usage = self._answer.get("usage")
                yield Usage()

    def _start(self, index: int, start: dict[str, Any]) -> Iterator[Sign]:
        self._blocks[index] = {name: dict(value) if isinstance(value, dict) else value for name, value in start.items()}
        self._open.add(index)
        yield Open(str(index))
        tool = start.get("toolUse")
        if isinstance(tool, dict):
            yield Call(str(index), None, text(tool.get("toolUseId")), text(tool.get("name")))

    def _add(self, index: int, delta: dict[str, Any]) -> Iterator[Sign]:
        if index not in self._blocks:
            self._open.add(index)
            if "toolUse" not in delta:
                yield Open(str(index))
        block = self._blocks.setdefault(index, {})
        for kind, told in delta.items():
            if kind == "text":
                yield from _grow(block, "text", told, str(index), "text")
            elif kind == "toolUse":
                tool = _within(block, "toolUse")
                yield from _grow(tool, "input", members(told).get("input"), str(index), "arguments")
            elif kind == "reasoningContent":
                yield from _reason(_within(block, "reasoningContent"), members(told), str(index))
            elif kind == "citation":
                listed(block, "citations").append(told)
            elif kind == "toolResult":
                listed(_within(block, "toolResult"), "content").extend(elements(told))
            elif kind == "image":
                _within(block, "image").update(members(told))
            else:
                listed(block, "deltas").append({kind: told})

    def _stop(self, value: dict[str, Any]) -> Iterator[Sign]:
        self._answer.update(besides(value, _PADDING))
        reason = text(value.get("stopReason"))
        if reason:
            yield Finish(reason)
        yield End()

    def native(self) -> dict[str, Any]:
        """The response of Converse."""
        message = {"role": self._role, "content": [self._block(index) for index in self._blocks]}
        return {"output": {"message": message}, **self._answer}

    def _block(self, index: int) -> dict[str, Any]:
        block: dict[str, Any] = settled(self._blocks[index])
        tool = block.get("toolUse")
        if isinstance(tool, dict) and index not in self._open:
            try:
                tool["input"] = jsontext.loads(text(tool.get("input")) or "{}")
            except (ValueError, RecursionError):
                pass
        if "citations" not in block:
            return block
        cited = {"content": [{"text": block.get("text", "")}], "citations": block["citations"]}
        return {"citationsContent": cited, **besides(block, "text", "citations")}

    def _part(self, index: int) -> Part:
        block: dict[str, Any] = settled(self._blocks[index])
        open = index in self._open
        if "toolUse" in block:
            tool = members(block["toolUse"])
            rest = {**besides(tool, "toolUseId", "name", "input"), **besides(block, "toolUse")}
            return tool_call(
                text(tool.get("input")) or "", tool.get("toolUseId"), tool.get("name"), rest, ended=not open
            )
        if "reasoningContent" in block:
            reasoning = members(block["reasoningContent"])
            written = members(reasoning.get("reasoningText"))
            rest = {**besides(written, "text"), **besides(reasoning, "reasoningText")}
            rest.update(besides(block, "reasoningContent"))
            return Part("reasoning", text(written.get("text")) or "", partial=open, value=rest or None)
        if "toolResult" in block:
            result = members(block["toolResult"])
            told = "".join(text(one.get("text")) or "" for one in objects(result.get("content")))
            rest = {**besides(result, "toolUseId"), **besides(block, "toolResult")}
            return Part("tool_result", told, text(result.get("toolUseId")), partial=open, value=rest)
        if "text" in block or not block:
            return Part("text", text(block.get("text")) or "", partial=open, value=besides(block, "text") or None)
        return Part("file" if "image" in block else "data", partial=open, value=block)

    def choices(self) -> tuple[Choice, ...]:
        """The one answer."""
        reason = text(self._answer.get("stopReason"))
        finish = self.finish_of(reason)
        parts = tuple(map(self._part, self._blocks))
        return (Choice(0, self._role, parts, reason, finish),)


def _unwrapped(event: Event) -> tuple[str, dict[str, Any]]:
    """The name of an event and what it says: in its envelope, or as the one member of an object."""
    if event.name in _EVENTS:
        return event.name, event.object
    for name, value in event.object.items():
        if isinstance(value, dict) and (name in _EVENTS or name.endswith("Exception")):
            return name, value
    return "", {}


def _within(block: dict[str, Any], name: str) -> dict[str, Any]:
    """The object that this member of a block is, made so where it is none."""
    held = block.get(name)
    if not isinstance(held, dict):
        held = block[name] = {}
    return held


def _grow(block: dict[str, Any], name: str, told: Any, part: str, channel: Channel) -> Iterator[Sign]:
    if not isinstance(told, str):
        return
    held = block.get(name)
    if not isinstance(held, Growing):
        held = block[name] = Growing(held if isinstance(held, str) else "")
    held.append(told)
    yield Delta(part, channel, told)


def _reason(block: dict[str, Any], told: dict[str, Any], part: str) -> Iterator[Sign]:
    yield from _grow(_within(block, "reasoningText"), "text", told["text"], part, "reasoning") if "text" in told else ()
    if "signature" in told:
        _within(block, "reasoningText")["signature"] = told["signature"]
    block.update(besides(told, "text", "signature"))
