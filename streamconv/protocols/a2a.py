"""A2A, the stream of a task that one agent does for another, 0.3 and 1.0 (a2a-protocol.org, Streaming)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides, elements
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Close, Delta, End, Finish, Open, Sign, Start

# What a result says: the `kind` of 0.3, the only member of 1.0.
_KINDS: Final = {
    "task": "task",
    "message": "message",
    "status-update": "status",
    "statusUpdate": "status",
    "artifact-update": "artifact",
    "artifactUpdate": "artifact",
}
_STATES: Final = (
    "completed",
    "failed",
    "canceled",
    "rejected",
    "input-required",
    "auth-required",
)  # which end a stream


class A2A(Protocol):
    """The text is that of the artifacts and of messages to the client; what the agent says while it works is data."""

    name = "a2a"
    title = "A2A"
    source = "a2a-protocol.org, specification 0.3 and 1.0, Streaming"
    terminator = "final status"
    reasons = False
    continues = True
    finishes: ClassVar = {
        "completed": "stop",
        "message": "stop",
        "failed": "error",
        "canceled": "cancelled",
        "rejected": "refusal",
        "input-required": "pause",
        "auth-required": "pause",
    }

    def __init__(self) -> None:
        self._task: dict[str, Any] = {}
        self._message: dict[str, Any] | None = None
        self._artifacts: dict[str, dict[str, Any]] = {}  # by artifactId
        self._growing: dict[str, None] = {}  # artifacts of which more is to come
        self._history: list[Any] = []
        self._said: list[Any] = []  # messages of the agent, in the states in which it stops
        self._other: list[Any] = []
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A result that is a task, a message or an update of one; with JSON-RPC round it, or, since 1.0, without."""
        kind, value = _unwrapped(event.object)
        named = any(isinstance(value.get(id), str) for id in ("taskId", "id", "messageId"))
        whole = isinstance(value.get({"artifact": "artifact", "message": "parts"}.get(kind, "status")), dict | list)
        return f"the {kind} of a task" if kind and named and whole else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a result."""
        kind, value = _unwrapped(event.object)
        match kind:
            case "task":
                yield from self._take_task(value)
            case "message":
                self._message = value
                self._reason = "message"
                yield from self._show(f"message {value.get('messageId')}", value.get("parts"))
                yield Finish("message")
                yield End()
            case "status":
                yield from self._note_status(value)
            case "artifact":
                yield from self._add_artifact(value)
            case _:
                yield from self._take_other(event)

    def _take_other(self, event: Event) -> Iterator[Sign]:
        error = event.object.get("error")
        failed = (error, error_sign(error)) if error else error_in(event)
        if failed is None:
            self._other.append(event.value)
            return
        yield self.fail(*failed)

    def _take_task(self, value: dict[str, Any]) -> Iterator[Sign]:
        self._task = besides(value, "artifacts", "history")
        self._history = [*value["history"]] if isinstance(value.get("history"), list) else []
        self.id = text_of(value.get("id"))
        yield Start(self.id)
        artifacts = value.get("artifacts")
        for artifact in elements(artifacts):
            yield from self._add_artifact({"artifact": artifact, "lastChunk": True})
        yield from self._note_state(value)

    def _note_status(self, value: dict[str, Any]) -> Iterator[Sign]:
        held = self._task.get("status")
        if isinstance(held, dict) and held.get("message") is not None:
            self._history.append(held["message"])  # as the SDKs do when a status replaces another
        self._task["status"] = value.get("status")
        for member, own in (("taskId", "id"), ("contextId", "contextId")):
            if isinstance(value.get(member), str):
                self._task.setdefault(own, value[member])
        if isinstance(value.get("metadata"), dict):
            held = self._task.get("metadata")
            self._task["metadata"] = {**held, **value["metadata"]} if isinstance(held, dict) else value["metadata"]
        yield from self._note_state(value)

    def _note_state(self, value: dict[str, Any]) -> Iterator[Sign]:
        status = value.get("status")
        state = _state(status.get("state")) if isinstance(status, dict) else None
        message = status.get("message") if isinstance(status, dict) else None
        if state in _STATES and isinstance(message, dict):
            self._said.append(message)
            yield from self._show(f"message {message.get('messageId')}", message.get("parts"))
        elif message is not None:
            self._other.append(message)
        if state in _STATES:
            self._reason = state
            yield Finish(state)
        # In 0.3 an update says itself whether it is the last one.
        if value.get("final") is True or (state in _STATES and value.get("final") is None):
            for id in self._growing:
                yield Close(f"artifact {id}")
            self._growing.clear()
            yield End()

    def _add_artifact(self, value: dict[str, Any]) -> Iterator[Sign]:
        artifact = value.get("artifact")
        if not isinstance(artifact, dict):
            self._other.append(value)
            return
        id = str(artifact.get("artifactId"))
        held = self._artifacts.get(id)
        parts = elements(artifact.get("parts"))
        if held is None or value.get("append") is not True:
            self._artifacts[id] = {**artifact, "parts": [*parts]}
        else:
            held.update(besides(artifact, "parts"))
            held["parts"] += parts
        if id not in self._growing:
            self._growing[id] = None
            yield Open(f"artifact {id}")
        yield from self._show(f"artifact {id}", parts)
        if value.get("lastChunk") is True:
            del self._growing[id]
            yield Close(f"artifact {id}")

    def _show(self, name: str, parts: Any) -> Iterator[Sign]:
        for part in elements(parts):
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield Delta(name, "text", part["text"])

    def native(self) -> dict[str, Any]:
        """The task as the agent holds it; or its message, where that is all."""
        if self._message is not None and not self._task and not self._artifacts:
            return self._message
        artifacts = [{**artifact, "parts": [*artifact["parts"]]} for artifact in self._artifacts.values()]
        return {
            **self._task,
            **({"artifacts": artifacts} if artifacts else {}),
            **({"history": [*self._history]} if self._history else {}),
        }

    def choices(self) -> tuple[Choice, ...]:
        """Artifacts, then messages; then what is neither, as data."""
        parts: list[Part] = []
        for id, artifact in self._artifacts.items():
            parts += _parts(artifact["parts"], partial=id in self._growing)
        for message in [*self._said, *([self._message] if self._message is not None else [])]:
            parts += _parts(message.get("parts"), partial=False)
        parts += [Part("data", value=value) for value in self._other]
        return (Choice(0, "agent", tuple(parts), self._reason, self.finish_of(self._reason)),)


def _unwrapped(value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a result is, and that itself; "" where it is nothing of this protocol."""
    result = value.get("result", {}) if "jsonrpc" in value else value
    if not isinstance(result, dict):
        return "", {}
    kind = result.get("kind")
    if isinstance(kind, str):
        return _KINDS.get(kind, ""), result
    member = next(iter(result), "")
    inside = result.get(member)
    return (_KINDS[member], inside) if member in _KINDS and len(result) == 1 and isinstance(inside, dict) else ("", {})


def _state(state: Any) -> str | None:
    """The state in the words of 0.3: `TASK_STATE_INPUT_REQUIRED` is `input-required`."""
    return state.removeprefix("TASK_STATE_").lower().replace("_", "-") if isinstance(state, str) else None


def _parts(given: Any, *, partial: bool) -> Iterator[Part]:
    """Neighbouring texts are one part: an artifact comes in pieces."""
    texts: list[str] = []
    for part in [*given, None] if isinstance(given, list) else ():
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
            continue
        if texts:
            yield Part("text", "".join(texts), partial=partial)
            texts.clear()
        if part is not None:
            is_file = isinstance(part, dict) and any(part.get(member) for member in ("file", "raw", "url"))
            yield Part("file" if is_file else "data", value=part)
