"""LangServe and the LangGraph Platform: what a chain or a graph streams, named by the SSE event.

Facts: langserve, `/stream`, `/stream_log`, `/stream_events`; langgraph_sdk, `runs.stream`, and its stream modes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.protocols.document import Document
from streamconv.protocols.event import Event
from streamconv.protocols.langchain_message import AI, TOOL, LangChainMessage
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import elements
from streamconv.protocols.sign import Delta, End, Finish, Sign, Start, Usage

_MODES: Final = ("messages", "messages/partial", "messages/complete", "messages/metadata", "values", "updates")


class LangChain(Protocol):
    """Its messages are added up by their ids; states that are sent whole replace each other."""

    name = "langchain"
    title = "LangGraph Platform and LangServe"
    source = "langgraph_sdk, runs.stream; langserve, /stream, /stream_log and /stream_events"
    terminator = "end"
    reasons = False
    finishes: ClassVar = {
        "stop": "stop",
        "end_turn": "stop",
        "STOP": "stop",
        "length": "length",
        "max_tokens": "length",
        "MAX_TOKENS": "length",
        "tool_calls": "tool_calls",
        "tool_use": "tool_calls",
        "content_filter": "content_filter",
        "refusal": "refusal",
    }

    def __init__(self) -> None:
        self._metadata: dict[str, Any] = {}
        self._messages: dict[str, LangChainMessage] = {}  # by id
        self._output: list[Any] = []  # of LangServe: chunks that are no messages
        self._values: Any = None  # the last state of a graph
        self._log: Document | None = None
        self._others: list[Any] = []
        self._reason: str | None = None
        self._serves = False  # it is LangServe

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The metadata that come first, or a list of messages under the name of a stream mode."""
        mode = event.name.partition("|")[0]
        if mode == "metadata" and isinstance(event.object.get("run_id"), str):
            return "a metadata event with a run_id"
        first = event.value[0] if isinstance(event.value, list) and event.value else None
        if mode in _MODES and isinstance(first, dict) and first.get("type") in (*AI, *TOOL, "human", "system"):
            return f"a {mode} event with messages"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        mode, value = event.name.partition("|")[0], event.value
        match mode:
            case "metadata" if isinstance(value, dict):
                self._metadata = value
                if isinstance(value.get("run_id"), str):
                    self.id = value["run_id"]
                yield Start(self.id)
            case "messages" if isinstance(value, list):
                yield from self._add_message(value[0] if value else None)
            case "messages/partial" | "messages/complete" if isinstance(value, list):
                for message in value:
                    yield from self._add_message(message, whole=True)
            case "values" if event.name == mode:
                self._values = value
            case "data":
                self._serves = True
                yield from self._add_chunk(value if value is not None else _scalar(event))
            case "end":
                yield from self._end()
            case _:
                yield from self._take_other(event)

    def _take_other(self, event: Event) -> Iterator[Sign]:
        value = event.object
        named = isinstance(value.get("error"), str) and isinstance(value.get("message"), str)
        found = (
            (value, error_sign({"message": value["message"], "code": value["error"]}))
            if event.name == "error" and named
            else error_in(event)
        )
        if found is None:
            self._others.append({"event": event.name, "data": event.value})
            return
        yield self.fail(*found)

    def _add_message(self, message: Any, *, whole: bool = False) -> Iterator[Sign]:
        if not isinstance(message, dict) or message.get("type") not in (*AI, *TOOL):
            self._others.append(message)
            return
        id = str(message.get("id"))
        held = self._messages.get(id)
        if held is None:
            held = self._messages[id] = LangChainMessage(f"message {id}")
        yield from held.add(message, whole=whole or message.get("type") != "AIMessageChunk")
        self.model = held.model or self.model
        if held.usage is not None and held.usage != self.usage:
            self.usage = held.usage
            yield Usage()
        if held.reason is not None:
            held.ended = True
            self._reason = held.reason

    def _add_chunk(self, value: Any) -> Iterator[Sign]:
        """A chunk of what a runnable puts out; with `/stream_log` a patch, with `/stream_events` an event round it."""
        operations = value.get("ops") if isinstance(value, dict) else value
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(operations, list):
            self._log = self._log or Document()
            if not self._log.patch(operations):
                self._others.append(value)
            for operation in operations:
                match operation:
                    case {"path": "/streamed_output/-", "value": chunk}:
                        yield from self._add_output(chunk)
        elif isinstance(value, dict) and str(value.get("event")).startswith("on_") and "data" in value:
            data = value["data"]
            if value["event"] in ("on_chat_model_stream", "on_llm_stream") and isinstance(data, dict):
                yield from self._add_output(data.get("chunk"))
            else:
                self._others.append(value)
        elif kind in (*AI, *TOOL):
            yield from self._add_message(value)
        else:
            yield from self._add_output(value)

    def _add_output(self, chunk: Any) -> Iterator[Sign]:
        if isinstance(chunk, dict) and chunk.get("type") in (*AI, *TOOL):
            yield from self._add_message(chunk)
            return
        self._output.append(chunk)
        if isinstance(chunk, str):
            yield Delta("output", "text", chunk)

    def _end(self) -> Iterator[Sign]:
        for message in self._messages.values():
            message.ended = True
        if self._reason is not None:
            yield Finish(self._reason)
        yield End()

    def native(self) -> dict[str, Any]:
        """What the same call without streaming gives: the state of the graph, or LangServe's `output` and metadata."""
        messages = [message.native() for message in self._messages.values()]
        if self._serves:
            texts = [chunk for chunk in self._output if isinstance(chunk, str)]
            output = "".join(texts) if len(texts) == len(self._output) else self._output[-1]
            return {
                "output": output if self._output or not messages else messages[-1],
                "metadata": self._metadata,
                **({"log": self._log.plain()} if self._log is not None else {}),
            }
        return self._values if isinstance(self._values, dict) else {"messages": messages}

    def choices(self) -> tuple[Choice, ...]:
        """What was said, message after message; then the state and whatever else came, as data."""
        texts = "".join(chunk for chunk in self._output if isinstance(chunk, str))
        parts = [Part("text", texts)] if texts else []
        parts += [part for message in self._messages.values() for part in message.parts()]
        if not parts:
            parts += _last_words(self._values)
        parts += [Part("data", value=chunk) for chunk in self._output if not isinstance(chunk, str)]
        parts += [Part("data", value={"event": "values", "data": self._values})] if self._values is not None else []
        parts += [Part("data", value=value) for value in self._others]
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)


def _last_words(values: Any) -> list[Part]:
    """The messages after the last question in a state that was only sent whole."""
    messages = values.get("messages") if isinstance(values, dict) else None
    said: list[Part] = []
    for at, message in enumerate(elements(messages)):
        if isinstance(message, dict) and message.get("type") in (*AI, *TOOL):
            made = LangChainMessage(f"message {at}")
            made.ended = True
            for _ in made.add(message, whole=True):
                pass
            said += made.parts()
        else:
            said.clear()
    return said


def _scalar(event: Event) -> Any:
    try:
        return jsontext.loads(event.record.data or "")
    except (ValueError, RecursionError):
        return event.record.data
