"""LangGraph's agent streaming protocol: messages, tools, states and life of a graph's runs, each under its namespace.

Facts: the npm package `@langchain/protocol`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part, PartType
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import members
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Close, Delta, End, Finish, Open, Sign, Start, Usage, Whole
from streamconv.protocols.tool_call import tool_call, whole_call

_METHODS: Final = ("messages", "values", "updates", "lifecycle", "tools", "checkpoints", "tasks", "input", "custom")
# Deltas by their type: the member that has the text, which grows in a member of the block, and what it is.
_DELTAS: Final[dict[str, tuple[str, str, Channel]]] = {
    "text-delta": ("text", "text", "text"),
    "reasoning-delta": ("reasoning", "reasoning", "reasoning"),
    "data-delta": ("data", "base64", "other"),
    "tool-call-delta": ("args", "args", "arguments"),
}
_CHANNELS: Final[dict[str, Channel]] = {
    "text": "text",
    "reasoning": "reasoning",
    "args": "arguments",
    "base64": "other",
}
_TYPES: Final[dict[str, PartType]] = {
    "text": "text",
    "reasoning": "reasoning",
    "tool_call": "tool_call",
    "tool_call_chunk": "tool_call",
    "invalid_tool_call": "tool_call",
    "server_tool_call": "tool_call",
    "server_tool_call_chunk": "tool_call",
    "server_tool_result": "tool_result",
    "image": "file",
    "audio": "file",
    "video": "file",
    "file": "file",
}


class _Block:
    """A content block so far; `name` is what signs call it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = False
        self.members: dict[str, Any] = {}

    def growing(self, member: str) -> Growing:
        """The text that grows in a member."""
        held = self.members.get(member)
        if not isinstance(held, Growing):
            held = self.members[member] = Growing(text_of(held) or "")
        return held


class LangGraphAgent(Protocol):
    """Messages of all namespaces are parts of one answer. A subscription may leave events out, so numbers have gaps."""

    name = "langgraph-agent"
    title = "LangGraph agent streaming"
    source = "npm @langchain/protocol"
    terminator = ""
    reasons = False
    repeats = True
    continues = True
    finishes: ClassVar = {
        "stop": "stop",
        "end_turn": "stop",
        "length": "length",
        "max_tokens": "length",
        "tool_calls": "tool_calls",
        "tool_use": "tool_calls",
        "content_filter": "content_filter",
        "interrupted": "pause",
        "failed": "error",
    }

    def __init__(self) -> None:
        self._blocks: dict[str, _Block] = {}  # by run, index and kind, in the order in which they began
        self._runs: dict[str, list[_Block]] = {}  # those of messages that have not finished
        self._values: Any = None
        self._others: list[Any] = []
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event with a method and the namespace it speaks of."""
        value = event.object
        params, method = value.get("params"), str(value.get("method"))
        if event.type != "event" or method.partition(":")[0] not in _METHODS or not isinstance(params, dict):
            return None
        return f"an event of {method}" if isinstance(params.get("namespace"), list) else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        params = members(event.object.get("params"))
        data, root = params.get("data"), params.get("namespace") == []
        match event.object.get("method"):
            case "messages" if isinstance(data, dict):
                yield from self._add(data, params.get("namespace"))
            case "values" if root:
                self._values = data
            case "lifecycle" if isinstance(data, dict):
                yield from self._note_life(data, root)
            case _:
                failed = error_in(event)
                if failed is not None:
                    yield self.fail(*failed)
                elif event.object:
                    self._others.append(event.value)

    def _note_life(self, data: dict[str, Any], root: bool) -> Iterator[Sign]:
        stage = data.get("event")
        if stage == "failed" and root:
            yield self.fail(data, error_sign({"message": data.get("error")}))
        if root and stage in ("failed", "interrupted"):
            self._reason = str(stage)
            yield Finish(self._reason)
        if root and stage in ("completed", "interrupted"):
            yield End(f"lifecycle {stage}")

    def _add(self, data: dict[str, Any], namespace: Any) -> Iterator[Sign]:
        run = f"{namespace} {data.get('run_id')}"
        match data.get("event"):
            case "message-start":
                self._reason = None
                self.id = data["id"] if isinstance(data.get("id"), str) else self.id
                metadata = data.get("metadata")
                if isinstance(metadata, dict) and isinstance(metadata.get("model"), str):
                    self.model = metadata["model"]
                yield Start(self.id)
            case "content-block-start":
                yield from self._start_block(run, data)
            case "content-block-delta":
                yield from self._add_delta(run, data)
            case "content-block-finish":
                yield from self._finish_block(run, data)
            case "message-finish":
                yield from self._finish_message(run, data)
            case "error":
                yield self.fail(data, error_sign(data))
            case _:
                self._others.append(data)

    def _block(self, run: str, data: dict[str, Any], kind: str) -> _Block:
        """The block of this index; another kind under the same index is another block."""
        name = f"{run} block {data.get('index')} {kind}"
        block = self._blocks.get(name)
        if block is None:
            block = self._blocks[name] = _Block(name)
            self._runs.setdefault(run, []).append(block)
            block.members["type"] = kind
        return block

    def _start_block(self, run: str, data: dict[str, Any]) -> Iterator[Sign]:
        content = members(data.get("content"))
        block = self._block(run, data, _kind(content))
        block.members.update(content)
        yield Open(block.name)
        yield from self._call(block)
        for member, channel in _CHANNELS.items():
            if isinstance(content.get(member), str) and content[member]:
                block.growing(member)
                yield Delta(block.name, channel, content[member])

    def _call(self, block: _Block) -> Iterator[Sign]:
        id, name = block.members.get("id"), block.members.get("name")
        if _TYPES.get(str(block.members.get("type"))) == "tool_call":
            yield Call(block.name, None, text_of(id), text_of(name))

    def _add_delta(self, run: str, data: dict[str, Any]) -> Iterator[Sign]:
        delta = members(data.get("delta"))
        source, member, channel = _DELTAS.get(str(delta.get("type")), ("", "", "other"))
        text, fields = delta.get(source), delta.get("fields")
        if isinstance(text, str):
            kind = {"text": "text", "reasoning": "reasoning", "args": "tool_call"}.get(member, "file")
            block = self._block(run, data, kind)
            block.growing(member).append(text)
            yield Delta(block.name, channel, text)
        elif isinstance(fields, dict):
            yield from self._merge(self._block(run, data, _kind(fields)), fields)
        else:
            self._others.append(data)

    def _merge(self, block: _Block, fields: dict[str, Any]) -> Iterator[Sign]:
        """Fields replace those of the block; the arguments of a call are said again with what is new."""
        for key, value in fields.items():
            if key == "args" and isinstance(value, str):
                held = block.growing("args")
                if not value.startswith(str(held)):
                    held = block.members["args"] = Growing()
                yield Delta(block.name, "arguments", held.grow(value))
            else:
                block.members[key] = value

    def _finish_block(self, run: str, data: dict[str, Any]) -> Iterator[Sign]:
        content = members(data.get("content"))
        block = self._block(run, data, _kind(content))
        written = block.members.get("args")
        block.members.update(content)
        if isinstance(written, Growing) and not isinstance(content.get("args"), str):
            block.members["written"] = written
        block.ended = True
        for member in ("text", "reasoning"):
            if isinstance(content.get(member), str):
                yield Whole(block.name, _CHANNELS[member], content[member])
        yield Close(block.name)

    def _finish_message(self, run: str, data: dict[str, Any]) -> Iterator[Sign]:
        if data.get("usage") is not None:
            self.usage = data["usage"]
            yield Usage()
        for block in self._runs.pop(run, ()):
            block.ended = True
        reason = data.get("reason")
        self._reason = reason if isinstance(reason, str) else "stop"
        yield Finish(self._reason)

    def native(self) -> dict[str, Any]:
        """The last state of the graph, which is what the same run without streaming answers; else the messages."""
        if isinstance(self._values, dict):
            return self._values
        return {"messages": [{"type": "ai", "content": [_plain(block) for block in self._blocks.values()]}]}

    def choices(self) -> tuple[Choice, ...]:
        """All blocks, then the state and whatever else came, as data."""
        parts = [_part(block) for block in self._blocks.values()]
        parts += [Part("data", value={"method": "values", "data": self._values})] if self._values is not None else []
        parts += [Part("data", value=value) for value in self._others]
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)


def _kind(content: dict[str, Any]) -> str:
    """The kind of a block, the same while it streams and when it is whole."""
    kind = str(content.get("type"))
    return _TYPES.get(kind, kind) if _TYPES.get(kind) in ("tool_call", "file") else kind


def _plain(block: _Block) -> dict[str, Any]:
    rest = {key: str(value) if isinstance(value, Growing) else value for key, value in block.members.items()}
    rest.pop("written", None)
    return rest


def _part(block: _Block) -> Part:
    rest = _plain(block)
    kind = str(rest.pop("type", ""))
    type = _TYPES.get(kind, "data")
    if type == "tool_call":
        args, id, name = rest.pop("args", None), rest.pop("id", None), rest.pop("name", None)
        if isinstance(args, str) or not block.ended:
            return tool_call(text_of(args) or "", id, name, rest, ended=block.ended)
        return whole_call(args, id, name, rest, str(block.members.get("written", "")))
    if type in ("text", "reasoning"):
        text = rest.pop(type, "")
        rest.pop("index", None)
        return Part(type, text_of(text) or "", partial=not block.ended, value=rest or None)
    if type == "tool_result":
        id, output = rest.pop("tool_call_id", None), rest.get("output")
        return Part(type, text_of(output) or "", text_of(id), value=rest)
    return Part(type, value={"type": kind, **rest})
