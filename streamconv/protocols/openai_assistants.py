"""OpenAI Assistants, version 2 (OpenAI API reference, Assistants, Streaming events)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.deltas import add
from streamconv.protocols.event import Event
from streamconv.protocols.growing import settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_sign
from streamconv.protocols.shape import elements, members, number, objects
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Sign, Start, Usage, Whole
from streamconv.protocols.sources import source
from streamconv.protocols.tool_call import tool_call

# What a tool is asked, where each kind of call has it, and whether it is JSON.
_ASKED: Final = {"function": ("arguments", True), "code_interpreter": ("input", False)}
_LIVE: Final = ("queued", "in_progress", "cancelling")


class OpenAIAssistants(Protocol):
    """Its payloads are the objects of the API, and deltas of them; each says in `object` what it is.

    Without streaming the call returns the run, in which nothing is said. So the answer is the run with its steps and
    messages.
    """

    name = "openai-assistants"
    title = "OpenAI Assistants"
    source = "OpenAI API reference, Assistants, Streaming events; openai-python, AssistantEventHandler"
    terminator = "[DONE]"
    repeats = True
    finishes: ClassVar = {
        "completed": "stop",
        "max_completion_tokens": "length",
        "max_prompt_tokens": "length",
        "requires_action": "tool_calls",
        "cancelled": "cancelled",
        "failed": "error",
        "expired": "error",
    }

    def __init__(self) -> None:
        self._thread: dict[str, Any] = {}
        self._run: dict[str, Any] = {}
        self._said: dict[str, dict[str, Any]] = {}  # steps and messages by their id, in the order in which they began
        self._told: set[str] = set()  # parts of which there were deltas
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The `object` of a run, of a step or a message of it, or of a delta of these."""
        object = event.object.get("object")
        return f"an object {object}" if isinstance(object, str) and object.startswith("thread.") else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        id = value.get("id")
        match value.get("object"):
            case "thread":
                self._thread = value
            case "thread.run":
                yield from self._live(value)
            case "thread.run.step" | "thread.message" if isinstance(id, str):
                yield from self._stand(id, value)
            case "thread.run.step.delta" | "thread.message.delta" if isinstance(id, str):
                delta = value.get("delta")
                if isinstance(delta, dict):
                    kind = str(value["object"]).removesuffix(".delta")
                    held = self._said.setdefault(id, {"id": id, "object": kind})
                    add(held, delta)
                    yield from self._tell(id, delta)

    def _live(self, run: dict[str, Any]) -> Iterator[Sign]:
        if not self._run:
            yield Start(text_of(run.get("id")))
        self._run = run
        self.id, self.model = text_of(run.get("id")), text_of(run.get("model"))
        if run.get("usage"):
            self.usage = run["usage"]
            yield Usage()
        status = text_of(run.get("status"))
        if status is None or status in _LIVE:
            return
        if run.get("last_error"):
            yield self.fail(run["last_error"], error_sign(run["last_error"]))
        self._reason = text_of(members(run.get("incomplete_details")).get("reason")) or status
        yield Finish(self._reason)

    def _stand(self, id: str, value: dict[str, Any]) -> Iterator[Sign]:
        """Take a step or a message as it stands at one moment of its life."""
        if id not in self._said:
            yield Open(id)
        self._said[id] = {}
        add(self._said[id], value)
        if value.get("status") not in (None, *_LIVE):
            for text in _texts(id, value):
                if text.part not in self._told:  # no delta had it
                    yield text
                yield Whole(text.part, text.channel, text.text)
            yield Close(id)

    def _tell(self, id: str, delta: dict[str, Any]) -> Iterator[Sign]:
        for at, call in _calls(delta):
            name = members(call.get(str(call.get("type")))).get("name")
            yield Call(f"{id}.{at}", at, text_of(call.get("id")), text_of(name))
        for text in _texts(id, delta):
            self._told.add(text.part)
            yield text

    def native(self) -> dict[str, Any]:
        """The run, and what belongs to it, each as the API gives it."""
        said: list[dict[str, Any]] = [settled(one) for one in self._said.values()]
        return {
            **({"thread": self._thread} if self._thread else {}),
            "run": self._run,
            "steps": [one for one in said if one.get("object") == "thread.run.step"],
            "messages": [one for one in said if one.get("object") == "thread.message"],
        }

    def choices(self) -> tuple[Choice, ...]:
        """The one answer: the calls of its steps and its messages, in the order in which they began."""
        parts: list[Part] = []
        role = None
        for one in map(settled, self._said.values()):
            ended = one.get("status") not in (None, "in_progress", "incomplete")
            if one.get("object") == "thread.message":
                role = role or text_of(one.get("role"))
                for _, piece in _numbered(one.get("content")):
                    parts += _message_parts(piece, text_of(one.get("id")), ended)
            else:
                waits = self._reason == "requires_action"  # for the results of calls that are whole
                parts += (_call_part(call, ended or waits) for _, call in _calls(one))
        return (Choice(0, role, tuple(parts), self._reason, self.finish_of(self._reason)),)


def _texts(id: str, value: dict[str, Any]) -> Iterator[Delta]:
    """The texts in an object or in a delta of it, by the part of the message that they belong to."""
    for at, piece in _numbered(value.get("content")):
        said = members(piece.get("text")).get("value")
        if isinstance(said, str):
            yield Delta(f"{id}.{at}", "text", said)
        if isinstance(piece.get("refusal"), str):
            yield Delta(f"{id}.{at}", "refusal", piece["refusal"])
    for at, call in _calls(value):
        for kind, (member, is_json) in _ASKED.items():
            asked = members(call.get(kind)).get(member)
            if isinstance(asked, str):
                yield Delta(f"{id}.{at}", "arguments" if is_json else "input", asked)


def _message_parts(piece: dict[str, Any], id: str | None, ended: bool) -> Iterator[Part]:
    text = piece.get("text")
    if isinstance(text, dict):
        yield Part("text", text_of(text.get("value")) or "", id, partial=not ended)
        yield from map(source, elements(text.get("annotations")))
    elif isinstance(piece.get("refusal"), str):
        yield Part("refusal", piece["refusal"], id, partial=not ended)
    else:
        kind = str(piece.get("type"))
        yield Part("file" if kind.startswith("image") else "data", id=id, partial=not ended, value=piece)


def _call_part(call: dict[str, Any], ended: bool) -> Part:
    kind = str(call.get("type"))
    member, is_json = _ASKED.get(kind, ("", True))
    tool = call.get(kind)
    if not isinstance(tool, dict):
        return Part("data", partial=not ended, value=call)
    rest = {key: value for key, value in tool.items() if value and key not in ("name", member)}
    if not member:  # a search of files, which is asked nothing in words
        return Part("tool_call", id=text_of(call.get("id")), name=kind, partial=not ended, value=rest or None)
    text = text_of(tool.get(member)) or ""
    return tool_call(text, call.get("id"), tool.get("name", kind), rest, ended=ended, json=is_json)


def _calls(value: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from _numbered(members(value.get("step_details")).get("tool_calls"))


def _numbered(pieces: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The pieces of a list, each with its index, which is its place where it does not say."""
    for place, piece in enumerate(objects(pieces)):
        yield number(piece.get("index"), place), piece
