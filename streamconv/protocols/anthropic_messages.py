"""Anthropic Messages: content blocks, each started, added to and stopped (Anthropic API reference, Streaming messages).

Also what Vertex AI and Bedrock's InvokeModelWithResponseStream send for Claude.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part, PartType
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import besides, listed, objects, text
from streamconv.protocols.sign import Call, Channel, Close, Delta, End, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call, whole_call

# What a delta adds to: the member of the delta, which has the same name in the block, and its channel.
_DELTAS: Final[dict[str, tuple[str, Channel]]] = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "reasoning"),
    "input_json_delta": ("partial_json", "arguments"),
    "compaction_delta": ("content", "other"),
}
_TYPES: Final[dict[str, PartType]] = {
    "text": "text",
    "thinking": "reasoning",
    "redacted_thinking": "reasoning",
    "tool_use": "tool_call",
    "server_tool_use": "tool_call",
    "mcp_tool_use": "tool_call",
}


class AnthropicMessages(Protocol):
    """Its `input` of a tool is parsed once its block has stopped; before, `partial_json` stands beside it."""

    name = "anthropic-messages"
    title = "Anthropic Messages"
    source = "Anthropic API reference, Streaming messages; anthropic-sdk-python, accumulate_event"
    terminator = "message_stop"
    after_end = ("ping",)
    typed = True
    by_name = True
    opens = True
    calls_need = ("id", "name")
    finishes: ClassVar = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "pause_turn": "pause",
        "refusal": "refusal",
    }

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}  # by index, in the order in which they started
        self._open: set[int] = set()
        self._arguments: dict[int, Growing] = {}  # JSON text, which is the block's input once that has stopped

    @staticmethod
    def recognises(event: Event) -> str | None:
        """`message_start` with a message that has a role, or an event that only this protocol names so."""
        message = event.object.get("message")
        if event.type == "message_start" and isinstance(message, dict):
            return "a message_start event"
        if event.type in ("content_block_start", "content_block_delta"):
            return f"a {event.type} event"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        match event.type:
            case "message_start":
                yield from self._start(value)
            case "content_block_start":
                yield from self._open_block(value)
            case "content_block_delta":
                yield from self._add(value)
            case "content_block_stop":
                yield from self._close_block(value)
            case "message_delta":
                yield from self._end_message(value)
            case "message_stop":
                yield End()

    def _start(self, value: dict[str, Any]) -> Iterator[Sign]:
        message = value.get("message")
        if not isinstance(message, dict):
            return
        self.id, self.model, self.usage = text(message.get("id")), text(message.get("model")), message.get("usage")
        yield Start(self.id)
        # A second one starts anew, as in the SDK.
        self._message = dict(message)
        self._blocks = dict(enumerate(map(dict, objects(message.get("content")))))
        self._open.clear()
        self._arguments.clear()

    def _open_block(self, value: dict[str, Any]) -> Iterator[Sign]:
        index, block = value.get("index"), value.get("content_block")
        if not isinstance(index, int):
            return
        block = dict(block) if isinstance(block, dict) else {"type": "text"}
        for member in ("text", "thinking"):
            if isinstance(block.get(member), str):
                block[member] = Growing(block[member])
        self._blocks[index] = block
        self._arguments.pop(index, None)
        self._open.add(index)
        yield Open(str(index))
        if _TYPES.get(str(block.get("type"))) == "tool_call":
            yield Call(str(index), None, text(block.get("id")), text(block.get("name")))

    def _add(self, value: dict[str, Any]) -> Iterator[Sign]:
        index, delta = value.get("index"), value.get("delta")
        if not isinstance(index, int) or not isinstance(delta, dict):
            return
        block = self._blocks.setdefault(index, {"type": "text"})
        kind = str(delta.get("type"))
        if kind == "signature_delta":
            block["signature"] = delta.get("signature")
        elif kind == "citations_delta":
            listed(block, "citations").append(delta.get("citation"))
        elif kind in _DELTAS:
            member, channel = _DELTAS[kind]
            more = delta.get(member)
            if isinstance(more, str):
                self._growing(index, block, member).append(more)
                yield Delta(str(index), channel, more)
        else:
            listed(block, "deltas").append(delta)

    def _growing(self, index: int, block: dict[str, Any], member: str) -> Growing:
        if member == "partial_json":
            return self._arguments.setdefault(index, Growing())
        growing = block.get(member)
        if not isinstance(growing, Growing):
            growing = block[member] = Growing(growing if isinstance(growing, str) else "")
        return growing

    def _close_block(self, value: dict[str, Any]) -> Iterator[Sign]:
        index = value.get("index")
        if not isinstance(index, int):
            return
        self._open.discard(index)
        yield Close(str(index))

    def _end_message(self, value: dict[str, Any]) -> Iterator[Sign]:
        delta, usage = value.get("delta"), value.get("usage")
        if isinstance(usage, dict):
            # Totals so far, of which only some are said again.
            said = {key: count for key, count in usage.items() if count is not None}
            self.usage = {**(self.usage if isinstance(self.usage, dict) else {}), **said}
            self._message["usage"] = self.usage
            yield Usage()
        self._message.update({key: given for key, given in value.items() if key not in ("type", "delta", "usage")})
        if isinstance(delta, dict):
            self._message.update(delta)
            if isinstance(delta.get("stop_reason"), str):
                yield Finish(delta["stop_reason"])

    def forget(self) -> None:
        """Only that a message has begun is needed."""
        self._message = {"id": self.id} if self._message else {}
        self._blocks.clear()
        self._arguments.clear()
        self._open.clear()

    def native(self) -> dict[str, Any]:
        """A Message of the API."""
        return {**self._message, "content": [self._block(index) for index in self._blocks]}

    def _block(self, index: int) -> dict[str, Any]:
        block: dict[str, Any] = settled(self._blocks[index])
        written = str(self._arguments.get(index, ""))
        if not written:
            return block
        if index not in self._open:
            try:
                return {**block, "input": jsontext.loads(written)}
            except (ValueError, RecursionError):
                pass
        return {**block, "partial_json": written}

    def _part(self, index: int) -> Part:
        block = self._block(index)
        kind = text(block.get("type")) or ""
        type = _TYPES.get(kind, "tool_result" if kind.endswith("tool_result") else "data")
        if type == "tool_call":
            return self._call(index, block)
        partial = index in self._open
        if type in ("text", "reasoning"):
            member = "thinking" if type == "reasoning" else "text"
            rest = besides(block, "type", member)
            return Part(type, text(block.get(member)) or "", partial=partial, value=rest or None)
        id = text(block.get("tool_use_id")) if type == "tool_result" else None
        return Part(type, id=id, partial=partial, value=block)

    def _call(self, index: int, block: dict[str, Any]) -> Part:
        id, name = block.get("id"), block.get("name")
        rest = besides(block, "type", "id", "name", "input", "partial_json")
        ended = index not in self._open
        arguments = str(self._arguments.get(index, ""))
        if ended and not arguments and block.get("input"):  # they stood in the start of the block
            return whole_call(block.get("input"), id, name, rest)
        return tool_call(arguments, id, name, rest, ended=ended)

    def choices(self) -> tuple[Choice, ...]:
        """The one answer."""
        reason = text(self._message.get("stop_reason"))
        finish = self.finish_of(reason)
        parts = tuple(map(self._part, self._blocks))
        return (Choice(0, text(self._message.get("role")), parts, reason, finish),)
