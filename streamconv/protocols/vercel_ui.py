"""UI message stream v1 of the Vercel AI SDK 5 to 7: chunks that build the parts of one UIMessage.

Facts: `ui-message-chunks.ts` and `process-ui-message-stream.ts` of the npm package `ai`; ai-sdk.dev, Stream Protocols.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.document import Document, copied
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part, PartType
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Close, Delta, Finish, Open, Sign, Start, Usage
from streamconv.protocols.vercel_tool import STATES, VercelTool

# The members that a chunk must have, as strings, to show the protocol. `start` and `finish` alone are anybody's words.
_SHOWS: Final = {
    "start": ("messageId",),
    "start-step": (),
    "finish-step": (),
    "finish": ("finishReason",),
    "text-start": ("id",),
    "text-delta": ("id", "delta"),
    "reasoning-start": ("id",),
    "reasoning-delta": ("id", "delta"),
    "tool-input-start": ("toolCallId", "toolName"),
    "tool-input-delta": ("toolCallId", "inputTextDelta"),
    "tool-input-available": ("toolCallId", "toolName"),
    "tool-input-error": ("toolCallId", "errorText"),
    "tool-output-available": ("toolCallId",),
    "tool-output-error": ("toolCallId", "errorText"),
    "source-url": ("sourceId", "url"),
    "source-document": ("sourceId", "mediaType"),
    "error": ("errorText",),
}
# Of the message's own chunks: members that have their place, and are not kept beside it.
_MESSAGE: Final = {"type", "messageId", "messageMetadata", "finishReason"}
_CONTENT: Final = {"type", "id", "delta", "state", "text"}
_PARTS: Final[dict[str, PartType]] = {
    "source-url": "source",
    "source-document": "source",
    "file": "file",
    "reasoning-file": "file",
}

_UIPart = VercelTool | dict[str, Any]


class VercelUI(Protocol):
    """Its parts are those of the UIMessage; chunks that the SDK does not know are kept among them."""

    name = "vercel-ui"
    title = "Vercel AI SDK UI message stream"
    source = "ai-sdk.dev, Stream Protocols; npm ai, processUIMessageStream"
    terminator = "[DONE]"
    reasons = False
    opens = True
    finishes: ClassVar = {
        "stop": "stop",
        "length": "length",
        "content-filter": "content_filter",
        "tool-calls": "tool_calls",
        "error": "error",
        "interrupted": "cancelled",
        "abort": "cancelled",
    }

    def __init__(self) -> None:
        self._metadata = Document()
        self._rest: dict[str, Any] = {}  # what the message's own chunks say besides
        self._reason: str | None = None
        self._started = False
        self._begin()

    def _begin(self) -> None:
        self._parts: list[_UIPart] = []
        self._open: dict[str, dict[str, Any]] = {}  # texts and reasonings that have not ended
        self._tools: dict[str, VercelTool] = {}  # the latest of an id
        self._step: dict[str, VercelTool] = {}  # those of this step
        self._asked: dict[str, str] = {}  # the calls that wait for an approval, by its id
        self._data: dict[tuple[str, str], dict[str, Any]] = {}  # by type and id

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A chunk with the members that only this protocol gives it."""
        value, kind = event.object, event.type
        if kind.startswith("data-"):
            shows = "data" in value and value.keys() <= {"type", "id", "data", "transient"}
        else:
            shows = kind in _SHOWS and all(isinstance(value.get(member), str) for member in _SHOWS[kind])
            shows = shows and (bool(_SHOWS[kind]) or value.keys() == {"type"})
        return f"a {kind} chunk" if shows else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a chunk."""
        value = event.object
        match event.type:
            case "start" | "finish" | "message-metadata" | "abort":
                yield from self._note_message(value)
            case "start-step":
                self._parts.append({**value, "type": "step-start"})
                self._step.clear()
            case "finish-step":
                self._keep(value)
            case "reset-step":
                self._reset_step()
            case "text-start" | "text-delta" | "text-end" | "reasoning-start" | "reasoning-delta" | "reasoning-end":
                yield from self._add_content(value)
            case "tool-input-delta":
                yield from self._add_input(value)
            case "error":
                yield self.fail(value, error_sign({"errorText": value.get("errorText")}))
            case kind if kind in STATES:
                yield from self._add_tool(value)
            case kind if kind.startswith("data-"):
                self._add_data(kind, value)
            case _:
                failed = error_in(event)
                if failed is not None:
                    yield self.fail(*failed)
                elif value:
                    self._parts.append(value)

    def _note_message(self, value: dict[str, Any]) -> Iterator[Sign]:
        kind, id = value["type"], value.get("messageId")
        if kind == "start" and (not self._started or (isinstance(id, str) and id != self.id)):
            if self._started:  # as the SDK: another id is another message, the same one a stream merged into this
                self._begin()
                self._metadata.put(None)
            self._started = True
            self.id = text_of(id)
            yield Start(self.id)
        metadata = value.get("messageMetadata")
        if metadata is not None:
            self._metadata.merge(metadata)
            yield from self._look_at_metadata(metadata)
        if kind in ("finish", "abort"):
            # SDKs before 5.0.80 name no reason.
            reason = kind if kind == "abort" else text_of(value.get("finishReason")) or None
            self._reason = reason or self._reason
            yield Finish(reason)
        self._keep(value)

    def _look_at_metadata(self, metadata: Any) -> Iterator[Sign]:
        """Metadata are the application's; these are the names that the SDK's own examples give them."""
        if not isinstance(metadata, dict):
            return
        if isinstance(metadata.get("model"), str):
            self.model = metadata["model"]
        usage = metadata.get("totalUsage", metadata.get("usage"))
        if isinstance(usage, dict):
            self.usage = copied(usage)  # which is merged with what comes
            yield Usage()

    def _keep(self, value: dict[str, Any]) -> None:
        self._rest.update({key: said for key, said in value.items() if key not in _MESSAGE})

    def _reset_step(self) -> None:
        """A step that is tried again: what it has sent so far counts no more."""
        while self._parts:
            part = self._parts[-1]
            if isinstance(part, dict) and part.get("type") == "step-start":
                break
            self._parts.pop()
            if isinstance(part, VercelTool):
                self._tools.pop(part.id, None)
            else:
                self._data.pop((str(part.get("type")), str(part.get("id"))), None)
        self._step.clear()
        self._open.clear()

    def _add_content(self, value: dict[str, Any]) -> Iterator[Sign]:
        kind, _, step = value["type"].partition("-")
        id, text = value.get("id"), value.get("delta")
        name = f"{kind} {id}"
        part = self._open.get(name)
        if part is None or step == "start":
            part = {
                "type": kind,
                **({"id": id} if kind == "reasoning" else {}),
                "text": Growing(),
                "state": "streaming",
            }
            self._open[name] = part
            self._parts.append(part)
            if step == "start":
                yield Open(name)
        said = {key: more for key, more in value.items() if key not in _CONTENT}
        part.update({key: more for key, more in said.items() if more is not None})
        if step == "delta" and isinstance(text, str):
            part["text"].append(text)
            channel: Channel = "text" if kind == "text" else "reasoning"
            yield Delta(name, channel, text)
        elif step == "end":
            part["state"] = "done"
            del self._open[name]
            yield Close(name)

    def _tool(self, id: str, *, dynamic: bool, anew: bool) -> VercelTool:
        """The call of this id: of this step; or, where its input is not what comes, the latest."""
        tool = self._step.get(id) or (None if anew else self._tools.get(id))
        if tool is None:
            tool = VercelTool(id, position=len(self._tools), dynamic=dynamic)
            self._tools[id] = self._step[id] = tool
            self._parts.append(tool)
        return tool

    def _add_input(self, value: dict[str, Any]) -> Iterator[Sign]:
        id, text = value.get("toolCallId"), value.get("inputTextDelta")
        if isinstance(id, str) and isinstance(text, str):
            self._tool(id, dynamic=True, anew=False).append(text)
            yield Delta(f"tool {id}", "arguments", text)

    def _add_tool(self, value: dict[str, Any]) -> Iterator[Sign]:
        id = value.get("toolCallId")
        if value["type"] == "tool-approval-response" and not isinstance(id, str):
            id = self._asked.get(str(value.get("approvalId")))
        if not isinstance(id, str):
            self._parts.append(value)
            return
        anew = value["type"].startswith("tool-input-")
        known = id in self._step if anew else id in self._tools
        tool = self._tool(id, dynamic=bool(value.get("dynamic")) or not anew, anew=anew)
        was_streaming = tool.streaming
        tool.take(value)
        if value["type"] == "tool-approval-request":
            self._asked[str(value.get("approvalId"))] = id
        if anew and not known:
            yield Open(f"tool {id}")
            yield Call(f"tool {id}", tool.position, id, tool.name)
        if was_streaming and not tool.streaming:
            yield Close(f"tool {id}")

    def _add_data(self, kind: str, value: dict[str, Any]) -> None:
        id = value.get("id")
        held = self._data.get((kind, id)) if isinstance(id, str) else None
        if value.get("transient"):
            return  # meant for the moment: the message never has it
        if held is not None:
            held["data"] = value.get("data")
        else:
            self._parts.append(value)
            if isinstance(id, str):
                self._data[kind, id] = value

    def native(self) -> dict[str, Any]:
        """The UIMessage that `readUIMessageStream` gives."""
        metadata = self._metadata.plain()
        return {
            "id": self.id or "",
            **({} if metadata is None else {"metadata": metadata}),
            "role": "assistant",
            "parts": [_plain(part.part if isinstance(part, VercelTool) else part) for part in self._parts],
            **self._rest,
        }

    def choices(self) -> tuple[Choice, ...]:
        """The one message."""
        parts = tuple(made for part in self._parts for made in _parts(part))
        return (Choice(0, "assistant", parts, self._reason, self.finish_of(self._reason)),)


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Growing) else value for key, value in part.items()}


def _parts(part: _UIPart) -> Iterator[Part]:
    if isinstance(part, VercelTool):
        yield from part.parts()
        return
    kind = str(part.get("type"))
    if kind in ("text", "reasoning") and isinstance(part.get("text"), Growing):
        rest = besides(part, "type", "text", "state")
        type: PartType = "text" if kind == "text" else "reasoning"
        yield Part(type, str(part["text"]), partial=part["state"] != "done", value=rest or None)
    elif kind != "step-start":
        yield Part(_PARTS.get(kind, "data"), value=_plain(part))
