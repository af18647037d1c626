"""Assistant Transport of assistant-ui: chunks that name the part that they change by its path.

Facts: `AssistantTransport.ts` and `assistant-message-accumulator.ts` of the npm package `assistant-stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.document import Document
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Close, Delta, Finish, Open, Sign, Start, Usage
from streamconv.protocols.tool_call import tool_call

_SHOWS: Final = {
    "part-start": "part",
    "text-delta": "textDelta",
    "step-start": "messageId",
    "update-state": "operations",
}
_TEXTS: Final = {"text": "text", "reasoning": "text", "tool-call": "argsText"}  # where the text of a part grows
_RESULT: Final = ("result", "isError", "artifact", "modelContent", "messages", "isPreliminary")
_STATUS: Final = {"stop": "complete", "unknown": "complete", "tool-calls": "requires-action"}


class AssistantTransport(Protocol):
    """Its message is that of `AssistantMessageAccumulator`, less its times; arguments of tools stay as they came."""

    name = "assistant-transport"
    title = "assistant-ui Assistant Transport"
    source = "npm assistant-stream, AssistantTransport and AssistantMessageAccumulator"
    terminator = "[DONE]"
    reasons = False
    finishes: ClassVar = {
        "stop": "stop",
        "length": "length",
        "content-filter": "content_filter",
        "tool-calls": "tool_calls",
        "error": "error",
    }

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []
        self._calls = 0
        self._steps: list[dict[str, Any]] = []
        self._data: list[Any] = []
        self._annotations: list[Any] = []
        self._state: Document | None = None
        self._others: list[dict[str, Any]] = []
        self._status: dict[str, Any] = {"type": "running"}
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A chunk with a path, or one whose name and members are of no other protocol."""
        value, kind = event.object, event.type
        if kind not in _SHOWS or _SHOWS[kind] not in value:
            return None
        return f"a {kind} chunk" if kind != "text-delta" or isinstance(value.get("path"), list) else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a chunk."""
        value = event.object
        match event.type:
            case "part-start":
                yield from self._start_part(value)
            case "text-delta":
                yield from self._add_text(value)
            case "part-finish" | "tool-call-args-text-finish" | "result":
                yield from self._change_part(event.type, value)
            case "step-start":
                self._steps.append({**besides(value, "type", "path"), "state": "started"})
                if len(self._steps) == 1:
                    id = value.get("messageId")
                    self.id = text_of(id)
                    yield Start(self.id)
            case "step-finish" | "message-finish":
                yield from self._finish(event.type, value)
            case "data" if isinstance(value.get("data"), list):
                self._data += value["data"]
            case "annotations" if isinstance(value.get("annotations"), list):
                self._annotations += value["annotations"]
            case "update-state" if isinstance(value.get("operations"), list):
                self._change_state(value["operations"])
            case _:
                yield from self._take_other(event)

    def _take_other(self, event: Event) -> Iterator[Sign]:
        value = event.object
        failed = (value, error_sign({"message": value.get("error"), "code": value.get("code")}))
        found = failed if event.type == "error" else error_in(event)
        if found is None:
            self._others += [value] if value else []
            return
        if self.error is None:
            self._status = {"type": "incomplete", "reason": "error", "error": besides(value, "type", "path")}
        yield self.fail(*found)

    def _at(self, value: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """The part that a chunk names."""
        match value.get("path"):
            case [int(at)] if 0 <= at < len(self._parts):
                return f"part {at}", self._parts[at]
        self._others.append(value)
        return None

    def _start_part(self, value: dict[str, Any]) -> Iterator[Sign]:
        part = value.get("part")
        part = dict(part) if isinstance(part, dict) else {"type": ""}
        kind, name = str(part.get("type")), f"part {len(self._parts)}"
        if kind in _TEXTS:
            part[_TEXTS[kind]] = Growing()
            part["status"] = {"type": "running"}
        self._parts.append(part)
        yield Open(name)
        if kind == "tool-call":
            part["state"] = "partial-call"
            id, tool = part.get("toolCallId"), part.get("toolName")
            yield Call(name, self._calls, text_of(id), text_of(tool))
            self._calls += 1

    def _add_text(self, value: dict[str, Any]) -> Iterator[Sign]:
        found, text = self._at(value), value.get("textDelta")
        if found is None or not isinstance(text, str):
            return
        name, part = found
        held = part.get(_TEXTS.get(str(part.get("type")), "type"))
        if not isinstance(held, Growing):
            self._others.append(value)
            return
        held.append(text)
        part.update(besides(value, "type", "path", "textDelta", "text", "argsText", "status", "state"))
        channels: dict[str, Channel] = {"text": "text", "reasoning": "reasoning", "tool-call": "arguments"}
        yield Delta(name, channels[part["type"]], text)

    def _change_part(self, kind: str, value: dict[str, Any]) -> Iterator[Sign]:
        found = self._at(value)
        if found is None:
            return
        name, part = found
        if kind == "part-finish":
            if not part.get("isPreliminary"):
                part["status"] = {"type": "complete", "reason": "unknown"}
            part.update({key: held for key, held in value.items() if key == "providerMetadata"})
            yield Close(name)
        elif part.get("type") != "tool-call":
            self._others.append(value)
        elif kind == "result":
            part.update({key: value[key] for key in _RESULT if key in value})
            if value.get("isPreliminary") is not True:
                part["state"], part["status"] = "result", {"type": "complete", "reason": "stop"}
        elif part["state"] == "partial-call":
            part["state"] = "call"

    def _finish(self, kind: str, value: dict[str, Any]) -> Iterator[Sign]:
        said = besides(value, "type", "path")
        if kind == "step-finish":
            started = bool(self._steps) and self._steps[-1].get("state") == "started"
            step = self._steps.pop() if started else {}
            self._steps.append({**step, **said, "state": "finished"})
        if isinstance(value.get("usage"), dict):
            self.usage = value["usage"]
            yield Usage()
        reason = value.get("finishReason")
        if kind == "message-finish" and self.error is None:
            self._status = {"type": _STATUS.get(str(reason), "incomplete"), "reason": reason}
        if isinstance(reason, str) and not value.get("isContinued"):
            self._reason = reason
            yield Finish(reason)

    def _change_state(self, operations: list[Any]) -> None:
        if self._state is None:
            self._state = Document()
        for operation in operations:
            match operation:
                case {"type": "set", "path": path, "value": value}:
                    fits = self._state.write(path, value)
                case {"type": "append-text", "path": path, "value": str(text)}:
                    fits = self._state.append(path, text)
                case _:
                    fits = False
            if not fits:
                self._others.append({"type": "update-state", "operations": [operation]})

    def native(self) -> dict[str, Any]:
        """The message that the accumulator gives."""
        return {
            "role": "assistant",
            "status": dict(self._status),
            "parts": [settled(part, 1) for part in self._parts],
            "metadata": {
                "unstable_state": self._state.plain() if self._state is not None else None,
                "unstable_data": [*self._data],
                "unstable_annotations": [*self._annotations],
                "steps": [dict(step) for step in self._steps],
                "custom": {},
            },
            **({"others": [*self._others]} if self._others else {}),
        }

    def choices(self) -> tuple[Choice, ...]:
        """The one message; what it has beside its parts comes after them."""
        parts = [made for part in self._parts for made in _made(part)]
        parts += [Part("data", value={"type": "data", "data": item}) for item in self._data]
        parts += [Part("data", value={"type": "annotations", "annotation": item}) for item in self._annotations]
        if self._state is not None:
            parts.append(Part("data", value={"type": "state", "state": self._state.plain()}))
        parts += [Part("data", value=other) for other in self._others]
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)


def _made(part: dict[str, Any]) -> Iterator[Part]:
    kind = str(part.get("type"))
    if kind in ("text", "reasoning"):
        rest = besides(part, "type", "text", "status")
        type: Any = kind
        yield Part(type, str(part["text"]), partial=part["status"]["type"] == "running", value=rest or None)
    elif kind == "tool-call":
        id, name = part.get("toolCallId"), part.get("toolName")
        rest = besides(part, "type", "toolCallId", "toolName", "argsText", "state", "status", *_RESULT)
        whole = part["state"] != "partial-call" or part["status"]["type"] != "running"
        yield tool_call(str(part["argsText"]), id, name, rest, ended=whole)
        if "result" in part:
            shown = text_of(part["result"]) or ""
            said = {key: part[key] for key in _RESULT if key in part}
            yield Part("tool_result", shown, text_of(id), value=said)
    else:
        yield Part("source" if kind == "source" else "file" if kind == "file" else "data", value=settled(part, 1))
