"""Data stream v1 of the Vercel AI SDK 3.4 to 4: parts with one-letter codes that build one message.

Facts: `processChatResponse` of the npm package `@ai-sdk/ui-utils` 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import besides
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call, whole_call

_SHOW: Final = ("start_step", "finish_step", "finish_message", "tool_call_streaming_start")


class VercelData(Protocol):
    """Its message is that of `useChat`; `data`, which that keeps beside the message, stands in it here."""

    name = "vercel-data"
    title = "Vercel AI SDK data stream"
    source = "npm @ai-sdk/ui-utils 1.2, processDataStream and processChatResponse"
    terminator = "finish_message"
    after_end = ("data", "message_annotations", "source", "file")  # of streams that were merged into this one
    finishes: ClassVar = {
        "stop": "stop",
        "length": "length",
        "content-filter": "content_filter",
        "tool-calls": "tool_calls",
        "error": "error",
    }

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []
        self._content = Growing()
        self._reasoning = Growing()
        self._data: list[Any] = []
        self._annotations: list[Any] = []
        self._calls: dict[str, dict[str, Any]] = {}  # the tool-invocation parts by toolCallId
        self._written: dict[str, Growing] = {}  # their arguments, where they came in pieces
        self._text: dict[str, Any] | None = None  # the text part that is added to
        self._thought: dict[str, Any] | None = None  # the reasoning part
        self._detail: dict[str, Any] | None = None  # and its detail
        self._started = False
        self._step = 0
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The format itself, which only this protocol uses; or, in another one, the name of a part."""
        if event.record.format == "vercel-data-stream" or event.name in _SHOW:
            return f"a part {event.name}"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a part."""
        value = event.value if event.value is not None else _scalar(event)
        match event.name, value:
            case "text", str(text):
                yield from self._add_text(text)
            case "reasoning", str(text):
                yield from self._add_reasoning(text)
            case (("reasoning_signature" | "redacted_reasoning"), dict()):
                self._add_detail(event.name, value)
            case "tool_call_streaming_start" | "tool_call_delta" | "tool_call" | "tool_result", {"toolCallId": str(id)}:
                yield from self._add_call(event.name, id, value)
            case "data", list():
                self._data += value
            case "message_annotations", list():
                self._annotations += value
            case "source", _:
                self._parts.append({"type": "source", "source": value})
            case "file", dict():
                self._parts.append({**value, "type": "file"})
            case "start_step", dict():
                yield from self._start_step(value)
            case "finish_step", dict():
                yield from self._finish_step(value)
            case "finish_message", dict():
                yield from self._finish(value)
            case "error", _:
                yield self.fail(value, Error(text_of(value) or ""))
            case _:
                self._parts.append({"type": event.name, "value": value})

    def _add_text(self, text: str) -> Iterator[Sign]:
        if self._text is None:
            self._text = {"type": "text", "text": Growing()}
            self._parts.append(self._text)
        self._text["text"].append(text)
        self._content.append(text)
        yield Delta(f"text {self._step}", "text", text)

    def _add_reasoning(self, text: str) -> Iterator[Sign]:
        thought = self._think()
        if self._detail is None:
            self._detail = {"type": "text", "text": Growing()}
            thought["details"].append(self._detail)
        self._detail["text"].append(text)
        thought["reasoning"].append(text)
        self._reasoning.append(text)
        yield Delta(f"reasoning {self._step}", "reasoning", text)

    def _think(self) -> dict[str, Any]:
        if self._thought is None:
            self._thought = {"type": "reasoning", "reasoning": Growing(), "details": []}
            self._parts.append(self._thought)
        return self._thought

    def _add_detail(self, kind: str, value: dict[str, Any]) -> None:
        if kind == "redacted_reasoning":
            self._think()["details"].append({**value, "type": "redacted"})
            self._detail = None
        elif self._detail is not None:
            self._detail.update(besides(value, "type", "text"))

    def _add_call(self, kind: str, id: str, value: dict[str, Any]) -> Iterator[Sign]:
        call = self._calls.get(id)
        if call is None:
            call = self._calls[id] = {
                "type": "tool-invocation",
                "toolInvocation": {"step": self._step, "toolCallId": id},
            }
            self._parts.append(call)
            yield Open(f"tool {id}")
            yield Call(f"tool {id}", len(self._calls) - 1, id, text_of(value.get("toolName")))
        held = call["toolInvocation"]
        if kind == "tool_call_delta":
            text = value.get("argsTextDelta")
            held.setdefault("state", "partial-call")
            if isinstance(text, str):
                self._written.setdefault(id, Growing()).append(text)
                yield Delta(f"tool {id}", "arguments", text)
        elif kind == "tool_result":
            call["toolInvocation"] = {**held, "state": "result", **value}
        else:
            state = "call" if kind == "tool_call" else "partial-call"
            call["toolInvocation"] = {"state": state, "step": held["step"], **value}
            if state == "call" and held.get("state") != "call":
                yield Close(f"tool {id}")

    def _start_step(self, value: dict[str, Any]) -> Iterator[Sign]:
        id = value.get("messageId")
        if isinstance(id, str):
            self.id = id
        if not self._started:
            self._started = True
            yield Start(self.id)
        rest = besides(value, "messageId")
        self._parts.append({**rest, "type": "step-start"})

    def _finish_step(self, value: dict[str, Any]) -> Iterator[Sign]:
        self._step += 1
        if not value.get("isContinued"):
            self._text = None
        self._thought = self._detail = None
        yield from self._note_usage(value)

    def _finish(self, value: dict[str, Any]) -> Iterator[Sign]:
        yield from self._note_usage(value)
        if isinstance(value.get("finishReason"), str):
            self._reason = value["finishReason"]
            yield Finish(self._reason)
        self._text = self._thought = self._detail = None
        yield End()

    def _note_usage(self, value: dict[str, Any]) -> Iterator[Sign]:
        if isinstance(value.get("usage"), dict):
            self.usage = value["usage"]
            yield Usage()

    def native(self) -> dict[str, Any]:
        """The message that `useChat` shows."""
        lists = {
            "toolInvocations": [self._invocation(call) for call in self._calls.values()],
            "annotations": [*self._annotations],
            "data": [*self._data],
        }
        return {
            **({"id": self.id} if self.id is not None else {}),
            "role": "assistant",
            "content": str(self._content),
            **({"reasoning": str(self._reasoning)} if self._reasoning else {}),
            "parts": [self._plain(part) for part in self._parts],
            **{name: values for name, values in lists.items() if values},
        }

    def _plain(self, part: dict[str, Any]) -> dict[str, Any]:
        if "toolInvocation" in part:
            return {**part, "toolInvocation": self._invocation(part)}
        plain: dict[str, Any] = settled(part, 3)
        return plain

    def _invocation(self, part: dict[str, Any]) -> dict[str, Any]:
        """As it came, with what there is of its arguments until they are whole."""
        call = dict(part["toolInvocation"])
        if call.get("state") == "partial-call":
            call["argsText"] = str(self._written.get(call.get("toolCallId", ""), ""))
        return call

    def choices(self) -> tuple[Choice, ...]:
        """The one answer. What the message has beside its parts comes after them."""
        parts = [made for part in self._parts for made in self._made(part)]
        parts += [Part("data", value={"type": "data", "data": item}) for item in self._data]
        parts += [Part("data", value={"type": "message_annotations", "annotation": item}) for item in self._annotations]
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)

    def _made(self, part: dict[str, Any]) -> Iterator[Part]:
        match part:
            case {"type": "text", "text": Growing() as text}:
                yield Part("text", str(text), partial=part is self._text)
            case {"type": "reasoning", "reasoning": Growing() as text, "details": details}:
                said = [detail for detail in settled(details, 2) if detail.keys() != {"type", "text"}]
                yield Part(
                    "reasoning", str(text), partial=part is self._thought, value={"details": said} if said else None
                )
            case {"type": "tool-invocation", "toolInvocation": call}:
                yield from self._call_parts(call)
            case {"type": "source"}:
                yield Part("source", value=part)
            case {"type": "file"}:
                yield Part("file", value=part)
            case {"type": "step-start"}:
                pass
            case _:
                yield Part("data", value=part)

    def _call_parts(self, call: dict[str, Any]) -> Iterator[Part]:
        id, name = call.get("toolCallId"), call.get("toolName")
        used = ("toolCallId", "toolName", "args", "state", "step", "result")
        rest = {key: value for key, value in call.items() if key not in used}
        text = str(self._written.get(str(id), ""))
        if "args" in call:
            yield whole_call(call["args"], id, name, rest, text)
        else:
            yield tool_call(text, id, name, rest, ended=False)
        if "result" in call:
            result = call["result"]
            shown = text_of(result) or ""
            yield Part("tool_result", shown, id, text_of(name), value=None if shown else result)


def _scalar(event: Event) -> Any:
    """The value of a payload that is a string or a number."""
    try:
        return jsontext.loads(event.record.data or "")
    except (ValueError, RecursionError):
        return event.record.data
