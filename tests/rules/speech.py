"""Streams of models as servers write them, made of given texts: lists of events, so that one may be spoiled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from streamconv.rules.llm import BEGIN, END_TURN, HI, MESSAGE_STOP, STOP, chat, named
from streamconv.rules.llm_tools import call

_DONE: Final = b"data: [DONE]\n\n"
_TOOL_USE: Final = END_TURN.replace(b"end_turn", b"tool_use")

Events = Iterator[bytes]


def _data(**members: Any) -> bytes:
    return b"data: " + json.dumps(members).encode() + b"\n\n"


def words(texts: list[str]) -> Events:
    """Text of chat completions, and what it was thought over."""
    yield HI
    yield from (chat({"content": "", "reasoning": text}) for text in texts)
    yield from (chat({"content": text}, obfuscation="x" * (len(text) % 5)) for text in texts)
    yield from (STOP, _DONE)


def tools(texts: list[str]) -> Events:
    """Arguments of two tool calls of chat completions."""
    yield HI
    for index in (0, 1):
        yield call(index, "", id=f"call_{index}", type="function", name="write")
        yield from (call(index, text) for text in arguments(texts))
    yield from (chat({}, "tool_calls"), _DONE)


def nameless_tools(texts: list[str]) -> Events:
    """The same of servers that number every call 0 and give no ids."""
    for name in ("write", "read"):
        yield call(0, "", type="function", name=name)
        yield from (call(0, text) for text in arguments(texts))
    yield from (chat({}, "tool_calls"), _DONE)


def blocks(texts: list[str]) -> Events:
    """A block of thinking and one of input, of Anthropic Messages."""
    yield BEGIN
    yield named("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
    for text in texts:
        yield named("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": text})
    yield named("content_block_stop", index=0)
    yield named("content_block_start", index=1, content_block={"type": "tool_use", "id": "t", "name": "w", "input": {}})
    for text in ["", *arguments(texts)]:
        yield named("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": text})
    yield from (named("content_block_stop", index=1), _TOOL_USE, MESSAGE_STOP)


def responses(texts: list[str]) -> Events:
    """A message and a tool call of OpenAI Responses, numbered."""
    for number, (verb, members) in enumerate(_of_response(texts)):
        yield named(f"response.{verb}", sequence_number=number, **members)


def _of_response(texts: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    message: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "content": []}
    at, part = {"item_id": "m", "output_index": 0, "content_index": 0}, {"type": "output_text", "text": ""}
    yield "created", {"response": {"id": "r", "status": "in_progress", "output": []}}
    yield "output_item.added", {"output_index": 0, "item": message}
    yield "content_part.added", {**at, "part": part}
    yield from (("output_text.delta", {**at, "delta": text, "logprobs": []}) for text in texts)
    yield "output_text.done", {**at, "text": "".join(texts)}
    whole = {**part, "text": "".join(texts)}
    yield "content_part.done", {**at, "part": whole}
    message = {**message, "content": [whole]}
    yield "output_item.done", {"output_index": 0, "item": message}
    tool = {"id": "f", "type": "function_call", "call_id": "c", "name": "write", "arguments": ""}
    at = {"item_id": "f", "output_index": 1}
    yield "output_item.added", {"output_index": 1, "item": tool}
    yield from (("function_call_arguments.delta", {**at, "delta": text}) for text in arguments(texts))
    tool = {**tool, "arguments": "".join(arguments(texts))}
    yield "function_call_arguments.done", {**at, "arguments": tool["arguments"]}
    yield "output_item.done", {"output_index": 1, "item": tool}
    yield "completed", {"response": {"id": "r", "status": "completed", "output": [message, tool]}}


def parts(texts: list[str]) -> Events:
    """The UI messages of the Vercel AI SDK."""
    yield _data(type="start")
    yield _data(type="tool-input-start", toolCallId="c", toolName="write")
    yield from (_data(type="tool-input-delta", toolCallId="c", inputTextDelta=text) for text in arguments(texts))
    said = json.loads("".join(arguments(texts)))
    yield _data(type="tool-input-available", toolCallId="c", toolName="write", input=said)
    yield _data(type="text-start", id="t")
    yield from (_data(type="text-delta", id="t", delta=text) for text in texts)
    yield from (_data(type="text-end", id="t"), _data(type="finish"), _DONE)


def run(texts: list[str]) -> Events:
    """A run of AG-UI."""
    yield _data(type="RUN_STARTED", threadId="t", runId="r")
    yield _data(type="TOOL_CALL_START", toolCallId="c", toolCallName="write")
    yield from (_data(type="TOOL_CALL_ARGS", toolCallId="c", delta=text) for text in arguments(texts))
    yield _data(type="TOOL_CALL_END", toolCallId="c")
    yield _data(type="TEXT_MESSAGE_START", messageId="m", role="assistant")
    yield from (_data(type="TEXT_MESSAGE_CONTENT", messageId="m", delta=text, timestamp=1) for text in texts)
    yield from (_data(type="TEXT_MESSAGE_END", messageId="m"), _data(type="RUN_FINISHED", threadId="t", runId="r"))


def candidates(texts: list[str]) -> Events:
    """Gemini, which tells the usage so far in each event."""
    for number, text in enumerate(texts):
        said = [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}]
        yield _data(candidates=said, usageMetadata={"totalTokenCount": number})
    yield _data(candidates=[{"finishReason": "STOP", "index": 0}], usageMetadata={"totalTokenCount": 9})


def lines(texts: list[str]) -> Events:
    """Ollama's NDJSON."""
    for number, text in enumerate(texts):
        said = {"message": {"role": "assistant", "content": text}, "done": False}
        yield json.dumps({"model": "q", "created_at": f"2026-{number}", **said}).encode() + b"\n"
    yield b'{"model":"q","created_at":"2027","message":{"content":""},"done":true,"done_reason":"stop"}\n'


def as_lines(events: list[bytes]) -> list[bytes]:
    """The payloads of an event stream, one a line."""
    found = (re.search(rb"(?:^|data: )(\{.*)", event) for event in events)
    return [payload[1] + b"\n" for payload in found if payload is not None]


def as_values(events: list[bytes]) -> list[bytes]:
    """The same pretty-printed, one after the other."""
    return [json.dumps(json.loads(line), indent=2).encode() + b"\n" for line in as_lines(events)]


def called(events: list[bytes], name: str) -> list[bytes]:
    """The same events of another answer, which has this name, and so have its parts."""
    names = re.compile(rb'("(?:id|messageId|item_id)": ?")(?:c1|t|m|f)"')
    return [names.sub(lambda found: found[1] + name.encode() + b'"', event) for event in events]


def arguments(texts: list[str]) -> list[str]:
    """Fragments of an object with these texts, cut inside of strings, and between them."""
    return ['{"a": [', *(piece for text in texts for piece in (f'"{len(text)}', '", ')), "0]}"]


SPEECHES: Final[dict[str, Callable[[list[str]], Events]]] = {
    one.__name__: one
    for one in (words, tools, nameless_tools, blocks, responses, parts, run, candidates, lines)
}  # fmt: skip


def format_of(name: str) -> str:
    """The format of a speech."""
    return "ndjson" if name == "lines" else "sse"


_TEXTS: Final = (b'"arguments": "', b'"arguments":"', b'"partial_json":"', b'"delta":"', b'"delta": "', b'"content":"',
                 b'"text": "', b'"content": "', b'"inputTextDelta": "')  # fmt: skip


def _in_text(event: bytes, more: bytes) -> bytes:
    start = next((start for start in _TEXTS if start in event), b"")
    return event.replace(start, start + more, 1)


FAULTS: Final[dict[str, Callable[[bytes], list[bytes]]]] = {
    "lost": lambda event: [],
    "another name": lambda event: [re.sub(rb'("(?:id|messageId|item_id)": ?")', rb"\1x", event)],
    "no name": lambda event: [re.sub(rb'"(?:id|messageId|item_id)": ?"[^"]*",? ?', b"", event)],
    "a name that is null": lambda event: [re.sub(rb'("(?:id|messageId)": ?)"[^"]*"', rb"\1null", event)],
    "twice": lambda event: [event] * 2,
    "many times": lambda event: [event] * 20,
    "another number": lambda event: [event.replace(b'"sequence_number":', b'"sequence_number":1')],
    "no index": lambda event: [event.replace(b'"index":', b'"i":', 1)],
    "another index": lambda event: [event.replace(b'index":0', b'index":7').replace(b'index":1', b'index":0')],
    "another place": lambda event: [event.replace(b'd": "', b'd": "x').replace(b'_id":"', b'_id":"x')],
    "a bracket": lambda event: [_in_text(event, b"}")],
    "a quote": lambda event: [_in_text(event, b'\\"')],
    "space": lambda event: [_in_text(event, b" ")],
    "half a pair": lambda event: [_in_text(event, b"\\ud83d")],
    "no UTF-8": lambda event: [_in_text(event, b"\xff")],
    "a line separator": lambda event: [_in_text(event, b"\xe2\x80\xa8")],
    "a name twice": lambda event: [event.replace(b'{"', b'{"x":1,"x":2,"', 1)],
    "cut": lambda event: [event[: len(event) // 2]],
    "cut at a line end": lambda event: [event[: len(event) // 2] + b"\n"],
    "an error": lambda event: [event, b'data: {"error":{"message":"no","code":503}}\n\n'],
    "a bare error": lambda event: [event, b'{"error":{"message":"no","code":503}}\n\n'],
    "an event in a comment": lambda event: [event, b": " + event],
    "pings": lambda event: [b": ping\n\n", b": ping\n\n", event, b": ping\n\n"],
    "an id": lambda event: [b"id: 1\n" + event],
    "an end": lambda event: [event, b"data: [DONE]\n\n"],
}


def spoiled(events: list[bytes], at: int, fault: str) -> bytes:
    """The stream, with this fault in the event at a place."""
    return b"".join([*events[:at], *FAULTS[fault](events[at]), *events[at + 1 :]])
