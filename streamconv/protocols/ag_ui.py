"""AG-UI, the events of an agent's run for its user interface: messages, tool calls, state (docs.ag-ui.com, Events)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.ag_ui_messages import Conversation
from streamconv.protocols.document import Document
from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in
from streamconv.protocols.shape import besides
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Close, Delta, End, Error, Finish, Open, Sign, Start

# The member that an event must have, as a string, to show the protocol.
_SHOWS: Final = {
    "RUN_STARTED": "runId",
    "TEXT_MESSAGE_START": "messageId",
    "TEXT_MESSAGE_CONTENT": "delta",
    "TEXT_MESSAGE_CHUNK": "delta",
    "REASONING_MESSAGE_START": "messageId",
    "REASONING_MESSAGE_CONTENT": "delta",
    "TOOL_CALL_START": "toolCallName",
    "TOOL_CALL_ARGS": "toolCallId",
    "TOOL_CALL_CHUNK": "toolCallId",
}
# Events between which a message in chunks goes on, and those that end it in every lane.
_PASSING: Final = ("RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE", "SUBAGENT_STARTED")
_RUN: Final = ("RUN_STARTED", "RUN_FINISHED", "RUN_ERROR", "MESSAGES_SNAPSHOT")
_STEPS: Final = ("STEP_STARTED", "STEP_FINISHED", "REASONING_START", "REASONING_END", "THINKING_START", "THINKING_END")


class AgUI(Protocol):
    """Its messages and state are those of the client's agent; events that are neither are kept in `events`."""

    name = "ag-ui"
    title = "AG-UI"
    source = "docs.ag-ui.com, Events; npm @ag-ui/client, defaultApplyEvents"
    terminator = "RUN_FINISHED"
    reasons = False
    continues = True
    finishes: ClassVar = {"success": "stop", "interrupt": "pause", "cancelled": "cancelled"}

    def __init__(self) -> None:
        self._run: dict[str, Any] = {}
        self._conversation = Conversation()
        self._state: Document | None = None
        self._misfits: list[Any] = []  # changes of state that do not fit it
        self._events: list[dict[str, Any]] = []
        self._lanes: dict[str, tuple[str, str]] = {}  # by `subagentRunId`, the message in chunks: its kind and id
        self._thoughts = 0  # reasonings without ids, of older servers
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event in capitals with the member that goes with it."""
        member = _SHOWS.get(event.type)
        return f"a {event.type} event" if member and isinstance(event.object.get(member), str) else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        value, type = event.object, event.type
        subject, _, step = type.rpartition("_")
        if step != "CHUNK" and type not in _PASSING:
            yield from self._close_chunks(None if type in _RUN else str(value.get("subagentRunId")))
        match subject, step:
            case "RUN", _:
                yield from self._note_run(type, value)
            case "TEXT_MESSAGE" | "REASONING_MESSAGE" | "THINKING_TEXT_MESSAGE", _:
                yield from self._add_text(subject, step, value)
            case "TOOL_CALL", "RESULT":
                self._conversation.answer(value)
            case "TOOL_CALL", _:
                yield from self._add_call(step, value)
            case "MESSAGES", "SNAPSHOT":
                self._conversation.replace(value.get("messages"))
            case "STATE", _:
                self._change_state(step, value)
            case "ACTIVITY", "SNAPSHOT":
                self._conversation.show(value)
            case "ACTIVITY", "DELTA":
                if not self._conversation.patch(value):
                    self._misfits.append(value)
            case "REASONING_ENCRYPTED", "VALUE":
                if not self._conversation.encrypt(value):
                    self._events.append(value)
            case _:
                failed = error_in(event)
                if failed is not None:
                    yield self.fail(*failed)
                elif value:
                    self._events.append(value)

    def _note_run(self, type: str, value: dict[str, Any]) -> Iterator[Sign]:
        rest = besides(value, "type", "input", "timestamp", "rawEvent")
        if type == "RUN_ERROR":
            message, code = value.get("message"), value.get("code")
            yield self.fail(rest, Error(text_of(message) or "", text_of(code)))
            return
        self._run.update(rest)
        if type == "RUN_STARTED":
            self.id = text_of(value.get("runId"))
            self._reason = None
            given = value.get("input")
            if isinstance(given, dict):
                self._conversation.replace(given.get("messages"), history=True)
            yield Start(self.id)
        elif type == "RUN_FINISHED":
            outcome = value.get("outcome")
            reason = outcome.get("type") if isinstance(outcome, dict) else outcome
            self._reason = reason if isinstance(reason, str) else "success"
            yield Finish(self._reason)
            yield End()

    def _add_text(self, subject: str, step: str, value: dict[str, Any]) -> Iterator[Sign]:
        id = value.get("messageId")
        if subject == "THINKING_TEXT_MESSAGE":
            self._thoughts += step == "START"
            id = f"thinking {self._thoughts}"
        if step == "CHUNK":
            id = yield from self._go_on(subject, id, value)
        if not isinstance(id, str):
            self._events.append(value)
            return
        text, named = value.get("delta"), subject != "THINKING_TEXT_MESSAGE"
        if step == "START":
            role = value.get("role") or "assistant"
            self._conversation.begin(id, "reasoning" if subject != "TEXT_MESSAGE" else role, value, named=named)
            yield Open(f"message {id}")
        elif step == "END":
            self._conversation.end(id, value)
            yield Close(f"message {id}")
        elif isinstance(text, str):
            self._conversation.append(id, text, value, role="assistant" if subject == "TEXT_MESSAGE" else "reasoning")
            yield Delta(f"message {id}", self._channel(id), text)

    def _channel(self, id: str) -> Channel:
        role = self._conversation.role(id)
        return "text" if role == "assistant" else "reasoning" if role == "reasoning" else "other"

    def _add_call(self, step: str, value: dict[str, Any]) -> Iterator[Sign]:
        id, text, name = value.get("toolCallId"), value.get("delta"), value.get("toolCallName")
        if step == "CHUNK":
            id = yield from self._go_on("TOOL_CALL", id, value)
        if not isinstance(id, str):
            self._events.append(value)
        elif step == "START":
            yield from self._open_call(id, value)
        elif step == "END":
            self._conversation.end(id, value)
            yield Close(f"tool {id}")
        elif isinstance(text, str):
            self._conversation.argue(id, text, value)
            yield Delta(f"tool {id}", "arguments", text)
            if step == "CHUNK" and isinstance(name, str):
                yield Call(f"tool {id}", None, id, name)

    def _open_call(self, id: str, value: dict[str, Any]) -> Iterator[Sign]:
        name = value.get("toolCallName")
        if self._conversation.call(id, name, value):
            yield Open(f"tool {id}")
            yield Call(f"tool {id}", None, id, text_of(name))

    def _go_on(self, kind: str, id: Any, value: dict[str, Any]) -> Generator[Sign, None, Any]:
        """The message that a chunk adds to: the one that it names, else that of the chunk before."""
        lane = str(value.get("subagentRunId"))
        held = self._lanes.get(lane)
        if not isinstance(id, str) and held is not None and held[0] == kind:
            id = held[1]
        if not isinstance(id, str) or held == (kind, id):
            return id
        yield from self._close_chunks(lane)
        self._lanes[lane] = kind, id
        if kind == "TOOL_CALL":
            yield from self._open_call(id, value)
        else:
            role = "assistant" if kind == "TEXT_MESSAGE" else "reasoning"
            self._conversation.begin(id, value.get("role") or role, value)
            yield Open(f"message {id}")
        return id

    def _close_chunks(self, lane: str | None) -> Iterator[Sign]:
        for closing in [*self._lanes] if lane is None else [lane]:
            kind, id = self._lanes.pop(closing, ("", ""))
            if kind:
                self._conversation.end(id, {})
                yield Close(f"tool {id}" if kind == "TOOL_CALL" else f"message {id}")

    def _change_state(self, step: str, value: dict[str, Any]) -> None:
        if step == "SNAPSHOT":
            self._state = Document(value.get("snapshot"))
        elif self._state is None:
            self._state = Document({})
        if step == "DELTA" and self._state is not None and not self._state.patch(value.get("delta")):
            self._misfits.append(value)

    def native(self) -> dict[str, Any]:
        """The run: its messages, its state, its result, and the events that are none of these."""
        return {
            **self._run,
            "messages": self._conversation.native(),
            **({"state": self._state.plain()} if self._state is not None else {}),
            **({"misfits": [*self._misfits]} if self._misfits else {}),
            **({"events": [*self._events]} if self._events else {}),
        }

    def choices(self) -> tuple[Choice, ...]:
        """What the agent said, over all messages; then its state, and what else it sent."""
        parts = [*self._conversation.parts()]
        if self._state is not None:
            parts.append(Part("data", value={"type": "STATE_SNAPSHOT", "snapshot": self._state.plain()}))
        parts += [Part("data", value=event) for event in self._events if event.get("type") not in _STEPS]
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)
