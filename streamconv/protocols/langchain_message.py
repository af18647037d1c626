"""A message of LangChain, added up from its chunks: text, reasoning, tool calls (langchain-core, `AIMessageChunk`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Part, PartType
from streamconv.protocols.shape import besides, elements, members
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Delta, Sign
from streamconv.protocols.tool_call import tool_call, whole_call

AI: Final = ("ai", "AIMessage", "AIMessageChunk", "assistant")
TOOL: Final = ("tool", "ToolMessage", "ToolMessageChunk")
_ADDED: Final = ("content", "tool_call_chunks", "tool_calls", "invalid_tool_calls", "additional_kwargs")
# Where the text of a content block stands, and what it is.
_BLOCKS: Final[dict[str, tuple[str, Channel]]] = {
    "text": ("text", "text"),
    "thinking": ("thinking", "reasoning"),
    "reasoning": ("reasoning", "reasoning"),
    "refusal": ("refusal", "refusal"),
}
_CALLS: Final = ("tool_use", "input_json_delta", "tool_call_chunk", "tool_call", "function_call")  # said as calls too


class LangChainMessage:
    """One message so far. Servers send chunks, or the whole so far again and again; `whole` says which."""

    def __init__(self, name: str) -> None:
        self.name = name  # what signs call it
        self.ended = False
        self._members: dict[str, Any] = {}
        self._texts: dict[Channel, Growing] = {}  # in the order in which they began
        self._calls: dict[str, dict[str, Any]] = {}  # by index, or by id where the chunks have none
        self._blocks: list[Any] = []  # content that is no text
        self._output: Any = None  # of a tool

    @property
    def reason(self) -> str | None:
        """Why it finished, in the provider's word."""
        reason = self._metadata("finish_reason", "stop_reason", "done_reason")
        return reason if isinstance(reason, str) and reason else None

    @property
    def model(self) -> str | None:
        """The model, as the provider names it."""
        model = self._metadata("model_name", "model")
        return text_of(model)

    @property
    def usage(self) -> Any:
        """What it cost."""
        return self._members.get("usage_metadata")

    def _metadata(self, *names: str) -> Any:
        metadata = self._members.get("response_metadata")
        held = members(metadata)
        return next((held[name] for name in names if held.get(name)), None)

    def add(self, message: dict[str, Any], *, whole: bool) -> Iterator[Sign]:
        """Add a chunk, or the whole so far."""
        for key, value in message.items():
            held = self._members.get(key)
            if key == "response_metadata" and isinstance(held, dict) and isinstance(value, dict):
                self._members[key] = {**held, **value}
            elif key not in _ADDED and (value or held is None):
                self._members[key] = value
        if message.get("type") in TOOL:
            self._output = message.get("content")
            return
        if whole:
            self._blocks.clear()
        kwargs = message.get("additional_kwargs")
        if isinstance(kwargs, dict):
            yield from self._say("reasoning", kwargs.get("reasoning_content"), whole)
        yield from self._add_content(message.get("content"), whole)
        yield from self._add_calls(message, whole)

    def _add_content(self, content: Any, whole: bool) -> Iterator[Sign]:
        if isinstance(content, str):
            yield from self._say("text", content, whole)
            return
        said: dict[Channel, list[str]] = {}
        for block in elements(content):
            kind = block.get("type") if isinstance(block, dict) else None
            member, channel = _BLOCKS.get(str(kind), ("", "other"))
            text = block if isinstance(block, str) else block.get(member) if isinstance(block, dict) else None
            if isinstance(text, str):
                said.setdefault("text" if isinstance(block, str) else channel, []).append(text)
            elif kind not in _CALLS:
                self._blocks.append(block)
        for channel, texts in said.items():
            yield from self._say(channel, "".join(texts), whole)

    def _say(self, channel: Channel, text: Any, whole: bool) -> Iterator[Sign]:
        if not isinstance(text, str) or not text:
            return
        held = self._texts.setdefault(channel, Growing())
        if whole and not text.startswith(str(held)):
            held = self._texts[channel] = Growing()  # it was written anew
        if whole:
            text = held.grow(text)
        else:
            held.append(text)
        if text:
            yield Delta(self.name, channel, text)

    def _add_calls(self, message: dict[str, Any], whole: bool) -> Iterator[Sign]:
        chunks, calls = message.get("tool_call_chunks"), message.get("tool_calls")
        if isinstance(chunks, list) and chunks and not whole:
            for chunk in chunks:
                if isinstance(chunk, dict):
                    yield from self._add_chunk(chunk)
        elif isinstance(calls, list) and (whole or message.get("type") != "AIMessageChunk"):
            for at, call in enumerate(calls):
                if isinstance(call, dict):
                    yield from self._called(str(at), call)
                    self._calls[str(at)].update(call)

    def _add_chunk(self, chunk: dict[str, Any]) -> Iterator[Sign]:
        index, text = chunk.get("index"), chunk.get("args")
        key = str(index) if index is not None else next(reversed(self._calls), "0")
        yield from self._called(key, chunk)
        if isinstance(text, str):
            self._calls[key].setdefault("written", Growing()).append(text)
            yield Delta(f"{self.name} call {key}", "arguments", text)

    def _called(self, key: str, call: dict[str, Any]) -> Iterator[Sign]:
        held = self._calls.setdefault(key, {})
        id, name = call.get("id"), call.get("name")
        news = {key: value for key, value in (("id", id), ("name", name)) if isinstance(value, str) and value}
        if news and not news.items() <= held.items():
            held.update(news)
            position = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else None
            yield Call(f"{self.name} call {key}", position, news.get("id"), news.get("name"))

    def native(self) -> dict[str, Any]:
        """The message as `invoke` gives it."""
        if self._members.get("type") in TOOL:
            return {**self._members, "content": self._output}
        text = str(self._texts.get("text", ""))
        reasoning = self._texts.get("reasoning")
        calls = [self._native_call(call) for call in self._calls.values()]
        return {
            **self._members,
            "type": "ai" if self._members.get("type") in AI else self._members.get("type"),
            "content": [{"type": "text", "text": text}, *self._blocks] if self._blocks else text,
            **({"additional_kwargs": {"reasoning_content": str(reasoning)}} if reasoning else {}),
            **({"tool_calls": calls} if calls else {}),
        }

    def _native_call(self, call: dict[str, Any]) -> dict[str, Any]:
        part = self._call_part(call)
        return {**besides(call, "written"), "args": part.text if part.partial else part.arguments}

    def _call_part(self, call: dict[str, Any]) -> Part:
        id, name, text = call.get("id"), call.get("name"), str(call.get("written", ""))
        if "args" in call:
            return whole_call(call["args"], id, name, text=text)
        return tool_call(text, id, name, ended=self.ended)

    def parts(self) -> Iterator[Part]:
        """Its parts: text and reasoning in the order in which they began, then tool calls, then other content."""
        if self._members.get("type") in TOOL:
            yield self._result()
            return
        for channel, text in self._texts.items():
            type: PartType = channel if channel in ("text", "reasoning", "refusal") else "data"
            yield Part(type, str(text), partial=not self.ended)
        for call in self._calls.values():
            yield self._call_part(call)
        for block in self._blocks:
            yield Part("data", value=block)

    def _result(self) -> Part:
        id, name = self._members.get("tool_call_id"), self._members.get("name")
        text = text_of(self._output) or ""
        value = {key: held for key, held in self._members.items() if key in ("status", "artifact") and held}
        if not isinstance(self._output, str):
            value["content"] = self._output
        return Part(
            "tool_result",
            text,
            text_of(id),
            text_of(name),
            value=value,
        )
