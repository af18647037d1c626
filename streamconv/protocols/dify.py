"""Dify, the streaming answers of its chat, agent and workflow apps (docs.dify.ai, Send Chat Message, Run Workflow)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides, members
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Delta, End, Finish, Sign, Start, Usage, Whole
from streamconv.protocols.tool_call import tool_call

_MESSAGES: Final = ("message", "agent_message", "agent_thought", "message_end", "message_file", "message_replace")
_WORKFLOW: Final = ("workflow_started", "node_started", "node_finished", "text_chunk", "workflow_finished")
_PASSING: Final = ("ping", "tts_message_end")  # they say nothing of the message


class Dify(Protocol):
    """The names of its events stand in the payloads, as `event`."""

    name = "dify"
    title = "Dify"
    source = "docs.dify.ai, API reference: Send Chat Message, Run Workflow"
    terminator = "message_end"
    reasons = False
    continues = True  # the end of the workflow may stand before that of the message, or after it
    finishes: ClassVar = {
        "message_end": "stop",
        "succeeded": "stop",
        "partial-succeeded": "stop",
        "stopped": "cancelled",
        "failed": "error",
        "paused": "pause",
    }

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}  # members of the answer without streaming
        self._workflow: dict[str, Any] = {}
        self._text = Growing()
        self._answers = False  # a message: an app that chats
        self._ended = False
        self._agent = False  # its text came as agent_message
        self._thoughts: dict[str, dict[str, Any]] = {}  # by id: each is sent again as it fills
        self._files: list[dict[str, Any]] = []
        self._others: list[dict[str, Any]] = []
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event of a task that names its message or its run."""
        value = event.object
        inner, task = value.get("event"), value.get("task_id")
        of = "message_id" if inner in _MESSAGES else "workflow_run_id" if inner in _WORKFLOW else "event"
        if isinstance(inner, str) and isinstance(task, str) and of != "event" and isinstance(value.get(of), str):
            return f"a {inner} event of a task"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        value = event.object
        if not self._message and not self._workflow and value:
            yield Start()
        match value.get("event"):
            case "message" | "agent_message" as kind:
                yield from self._add_text(kind, value)
            case "text_chunk":
                data = value.get("data")
                yield from self._append(data.get("text") if isinstance(data, dict) else None)
            case "message_replace":
                self._answers = True
                answer = value.get("answer")
                self._text = Growing(text_of(answer) or "")
            case "agent_thought":
                yield from self._think(value)
            case "message_file" | "tts_message":
                self._files.append(value)
            case "message_end":
                yield from self._end_message(value)
            case "workflow_started":
                self._note_workflow(value)
            case "workflow_finished" | "workflow_paused":
                yield from self._end_workflow(value)
            case "error":
                yield self.fail(value, error_sign(value))
            case kind if kind not in _PASSING:
                failed = error_in(event)
                if failed is not None:
                    yield self.fail(*failed)
                elif value:
                    self._others.append(value)

    def _add_text(self, kind: str, value: dict[str, Any]) -> Iterator[Sign]:
        answer = value.get("answer")
        self._note_message(value)
        size = len(answer) if isinstance(answer, str) else 0
        if kind == "message" and self._agent and size == len(self._text) and answer == str(self._text):
            yield Whole("answer", "text", answer)  # after the pieces, the new agent apps say the whole
            return
        self._agent = self._agent or kind == "agent_message"
        yield from self._append(answer)

    def _append(self, text: Any) -> Iterator[Sign]:
        if isinstance(text, str) and text:
            self._text.append(text)
            yield Delta("answer", "text", text)

    def _note_message(self, value: dict[str, Any]) -> None:
        self._answers = True
        kept = ("answer", "from_variable_selector")
        self._message.update({key: said for key, said in value.items() if key not in kept})
        if isinstance(value.get("message_id"), str):
            self.id = value["message_id"]

    def _think(self, value: dict[str, Any]) -> Iterator[Sign]:
        id = str(value.get("id"))
        held = self._thoughts.get(id, {})
        before, now = held.get("thought"), value.get("thought")
        self._thoughts[id] = {**held, **value}
        if isinstance(now, str) and now and now != before:
            known = before if isinstance(before, str) and now.startswith(before) else ""
            yield Delta(f"thought {id}", "reasoning", now[len(known) :])

    def _end_message(self, value: dict[str, Any]) -> Iterator[Sign]:
        self._note_message({**value, "event": "message"})
        metadata = value.get("metadata")
        usage = metadata.get("usage") if isinstance(metadata, dict) else None
        if usage is not None:
            self.usage = usage
            yield Usage()
        self._ended = True
        self._reason = self._reason or "message_end"
        yield Finish(self._reason)
        yield End()

    def _note_workflow(self, value: dict[str, Any]) -> None:
        self._workflow.update(besides(value, "event"))

    def _end_workflow(self, value: dict[str, Any]) -> Iterator[Sign]:
        self._note_workflow(value)
        data = members(value.get("data"))
        paused = value.get("event") == "workflow_paused"
        status = "paused" if paused else data.get("status")
        if self._ended and self.finish_of(self._reason) == self.finish_of(str(status)):
            return  # the message has ended the same way
        self._reason = text_of(status)
        if data.get("error") and not paused:
            yield self.fail(data["error"], error_sign({"message": data["error"]}))
        if self._answers and not self._ended and not paused:
            return  # the message ends itself
        if self._reason is not None:
            yield Finish(self._reason)
        yield End(str(value["event"]))

    def native(self) -> dict[str, Any]:
        """What the API answers in blocking mode: a message where the app chats, else the run of the workflow."""
        if self._answers or not self._workflow:
            return {**self._message, "answer": str(self._text)}
        text = {"text": str(self._text)} if self._text else {}
        return {**self._workflow, **text}

    def choices(self) -> tuple[Choice, ...]:
        """The one answer: what the agent thought and did, the text, files; then what the workflow says besides."""
        answer, said = str(self._text), 0
        parts: list[Part] = []
        for thought in self._thoughts.values():
            text = thought.get("thought")
            if isinstance(text, str) and answer.startswith(text, said):
                said += len(text)  # of many models the thoughts are the answer itself
            elif isinstance(text, str):
                parts.append(Part("reasoning", text))
            parts += _uses(thought)
        if self._text or self._answers:
            parts.append(Part("text", str(self._text), partial=not self._ended and self._reason is None))
        parts += [Part("file", value=file) for file in self._files]
        parts += [Part("data", value=value) for value in self._others]
        if self._workflow:
            parts.append(Part("data", value={"event": "workflow", **self._workflow}))
        return (Choice(0, "assistant", tuple(parts), self._reason, self.finish_of(self._reason)),)


def _uses(thought: dict[str, Any]) -> Iterator[Part]:
    """The tool that a thought calls for, and what that gave."""
    tool, id = thought.get("tool"), thought.get("id")
    if isinstance(tool, str) and tool:
        given, seen = thought.get("tool_input"), thought.get("observation")
        written = text_of(given) or ""
        yield tool_call(written, id, tool, ended=True, json=written.startswith("{"))
        if seen:
            shown = text_of(seen) or ""
            yield Part("tool_result", shown, str(id), tool, value=None if shown else {"observation": seen})
