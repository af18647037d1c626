"""OpenAI Responses, and all who speak it (OpenAI API reference, Responses, Streaming events).

xAI, DeepSeek, LM Studio, OpenRouter, Azure, Bedrock Mantle, Copilot and Codex too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final, NamedTuple

from streamconv.protocols.deltas import add
from streamconv.protocols.event import Event
from streamconv.protocols.growing import settled
from streamconv.protocols.message import Choice, FinishReason, Part
from streamconv.protocols.protocol import Protocol, error_sign
from streamconv.protocols.response_item import (
    Text,
    growing,
    is_call,
    item_of,
    own_list,
    parts_of,
    piece_of,
    piece_texts,
    texts_of,
)
from streamconv.protocols.shape import elements, members, number
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import (
    Call,
    Channel,
    Close,
    Delta,
    End,
    Error,
    Finish,
    Number,
    Open,
    Sign,
    Start,
    Usage,
    Whole,
)

_TERMINAL: Final = ("completed", "incomplete", "failed", "cancelled")
_STATUS: Final = ("in_progress", "searching", "interpreting", "generating", "compacting", "completed", "failed")
# Calls that the client must answer.
_WANTED: Final = ("function_call", "custom_tool_call", "computer_call", "local_shell_call", "apply_patch_call")


class _Kind(NamedTuple):
    """What the deltas of an event add to, and of which type that is where no event has said so."""

    item: str
    list: str  # of pieces, of which the event names one; "" where the text is a member of the item itself
    piece: str
    member: str
    channel: Channel


_TEXTS: Final[dict[str, _Kind]] = {
    "output_text": _Kind("message", "content", "output_text", "text", "text"),
    "refusal": _Kind("message", "content", "refusal", "refusal", "refusal"),
    "reasoning_text": _Kind("reasoning", "content", "reasoning_text", "text", "reasoning"),
    "reasoning_summary_text": _Kind("reasoning", "summary", "summary_text", "text", "reasoning"),
    "function_call_arguments": _Kind("function_call", "", "", "arguments", "arguments"),
    "mcp_call_arguments": _Kind("mcp_call", "", "", "arguments", "arguments"),
    "custom_tool_call_input": _Kind("custom_tool_call", "", "", "input", "input"),
    "code_interpreter_call_code": _Kind("code_interpreter_call", "", "", "code", "input"),
}
# Events of a piece: the list that it stands in, and the type of item that has one.
_PIECES: Final = {"content_part": ("content", "message"), "reasoning_summary_part": ("summary", "reasoning")}
# What an event says besides: of the stream, or of the place in the output.
_PLACE: Final = ("type", "sequence_number", "output_index", "item_id", "obfuscation")


class OpenAIResponses(Protocol):
    """Its last event has the whole response, which is then the answer; before, what the events add up to is.

    Events belong to the item of their `output_index`: Copilot gives an item another id in every event.
    """

    name = "openai-responses"
    title = "OpenAI Responses"
    source = "OpenAI API reference, Responses, Streaming events; openai-python, ResponseStreamState"
    terminator = "response.completed"
    repeats = True
    opens = True
    typed = True
    finishes: ClassVar = {
        "completed": "stop",
        "max_output_tokens": "length",
        "content_filter": "content_filter",
        "failed": "error",
        "cancelled": "cancelled",
    }

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._over = False  # the response is that of the last event
        self._items: dict[int, dict[str, Any]] = {}  # by output index
        self._latest: int | None = None  # the output index of the last event
        self._reason: str | None = None
        self._ended: set[int] = set()  # items that are whole
        self._said: set[str] = set()  # parts of which there were deltas
        self._audio: dict[str, Any] = {}
        self._others: list[dict[str, Any]] = []  # events that say something of no item

    @staticmethod
    def recognises(event: Event) -> str | None:
        """An event `response.…` that has a response, a place in its output or a number; or a whole response."""
        value = event.object
        if event.type.startswith("response.") and not value.keys().isdisjoint(("response", *_PLACE[1:4])):
            return f"a {event.type} event"
        if value.get("object") == "response" and isinstance(value.get("output"), list):
            return "an object response"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        value, kind = event.object, event.type
        number = value.get("sequence_number")
        if isinstance(number, int):
            yield Number(number)
        if kind.startswith("response."):
            subject, _, verb = kind.removeprefix("response.").rpartition(".")
            yield from self._add(subject.replace(".", "_"), verb, value)
        elif value.get("object") == "response":
            yield from self._live(str(value.get("status")), value)
        elif kind == "error" or event.name == "error" or value.get("error"):
            yield self._fail(value.get("error") or value or event.record.data)
        elif value:
            self._others.append(value)

    def _add(self, subject: str, verb: str, value: dict[str, Any]) -> Iterator[Sign]:
        response, index = value.get("response"), self._index(value)
        if not subject:
            if isinstance(response, dict):
                yield from self._live(verb, response)
            elif verb in _TERMINAL:
                yield from self._end(verb, {})
        elif subject in ("audio", "audio_transcript"):
            yield from self._hear(subject, verb, value)
        elif index is None:
            self._others.append(value)
        elif subject == "output_item":
            yield from self._add_item(index, verb, value)
        elif subject in _PIECES:
            yield from self._add_piece(index, *_PIECES[subject], verb, value)
        elif subject in _TEXTS or verb == "delta":
            yield from self._add_text(index, subject, verb, value)
        else:
            self._note(index, verb, value)

    def _index(self, value: dict[str, Any]) -> int | None:
        index = value.get("output_index")
        if isinstance(index, int):
            self._latest = index
        return self._latest

    def _item(self, index: int, kind: str) -> dict[str, Any]:
        return self._items.setdefault(index, {"type": kind} if kind else {})

    def _live(self, verb: str, response: dict[str, Any]) -> Iterator[Sign]:
        """Take the response as it stands at one moment of its life."""
        id = response.get("id")
        if not self._response or (verb == "created" and id != self.id):
            if self._response:
                self._items, self._ended, self._said = {}, set(), set()
                self._over, self._reason, self.usage = False, None, None
            yield Start(text_of(id))
        self._response = response
        self.id, self.model = text_of(id), text_of(response.get("model"))
        if response.get("usage"):
            self.usage = response["usage"]
            yield Usage()
        if verb in _TERMINAL:
            yield from self._end(verb, response)

    def _end(self, verb: str, response: dict[str, Any]) -> Iterator[Sign]:
        self._over = True
        output = elements(response.get("output"))
        types = {index: _type(item) for index, item in self._items.items()}
        if not types or types == dict(enumerate(map(_type, output))):
            for index, item in enumerate(output):
                yield from self._whole(texts_of(members(item), str(index)))
        if verb == "failed":
            yield self._fail(response.get("error") or {}, "response.failed")
        self._reason = text_of(members(response.get("incomplete_details")).get("reason")) or verb
        yield Finish(self._reason)
        yield End(f"response.{verb}")

    def _fail(self, found: Any, name: str = "") -> Error:
        return self.fail(found or None, error_sign(found, name))

    def _add_item(self, index: int, verb: str, value: dict[str, Any]) -> Iterator[Sign]:
        said = value.get("item")
        if not isinstance(said, dict):
            return
        if index not in self._items:
            yield Open(str(index))
            if is_call(said):
                id = said.get("call_id", said.get("id"))
                yield Call(str(index), index, text_of(id), text_of(said.get("name")))
        item = self._items[index] = item_of(said)
        if verb == "done":
            if said.get("status") == "incomplete":
                self._ended.discard(index)
            else:
                self._ended.add(index)
            yield from self._whole(texts_of(item, str(index)))
            yield Close(str(index))
        else:
            yield from self._begin(texts_of(item, str(index)))

    def _add_piece(self, index: int, name: str, kind: str, verb: str, value: dict[str, Any]) -> Iterator[Sign]:
        said = value.get("part")
        if not isinstance(said, dict):
            return
        at = _piece_index(name, value)
        place, piece = f"{index}.{name}.{at}", piece_of(self._item(index, kind), name, at)
        piece.clear()
        piece.update(said)
        if verb == "done":
            yield from self._whole(piece_texts(piece, place))
            yield Close(place)
        else:
            yield Open(place)
            yield from self._begin(piece_texts(piece, place))

    def _add_text(self, index: int, subject: str, verb: str, value: dict[str, Any]) -> Iterator[Sign]:
        kind = _TEXTS.get(subject) or _Kind("", "", "", subject, "other")
        holder, place = self._item(index, kind.item), str(index)
        if kind.list:
            at = _piece_index(kind.list, value)
            place, holder = f"{index}.{kind.list}.{at}", piece_of(holder, kind.list, at)
            holder.setdefault("type", kind.piece)
        delta, whole = value.get("delta"), value.get(kind.member)
        if verb == "delta":
            if isinstance(delta, str):
                growing(holder, kind.member).append(delta)
                self._said.add(place)
                yield Delta(place, kind.channel, delta)
            elif isinstance(delta, dict):
                add(holder, {kind.member: delta})
            if isinstance(value.get("logprobs"), list):
                own_list(holder, "logprobs").extend(value["logprobs"])
        elif isinstance(whole, str):
            holder[kind.member] = whole
            if not kind.list:
                self._ended.add(index)
            yield from self._whole([Text(place, holder, kind.member, kind.channel)])

    def _begin(self, texts: Iterable[Text]) -> Iterator[Sign]:
        """What a new item or piece says already."""
        for text in texts:
            said = str(text.holder[text.member])
            if said and text.part not in self._said:
                self._said.add(text.part)
                yield Delta(text.part, text.channel, said)

    def _whole(self, texts: Iterable[Text]) -> Iterator[Sign]:
        """Texts said in full; where no delta said anything of one, it is news."""
        for text in texts:
            yield from self._begin([text])
            yield Whole(text.part, text.channel, str(text.holder[text.member]))

    def _hear(self, subject: str, verb: str, value: dict[str, Any]) -> Iterator[Sign]:
        delta = value.get("delta")
        if verb == "delta" and isinstance(delta, str):
            growing(self._audio, "data" if subject == "audio" else "transcript").append(delta)
            yield Delta(subject, "other", delta)

    def _note(self, index: int, verb: str, value: dict[str, Any]) -> None:
        """Keep what an event says of an item besides."""
        item = self._item(index, "")
        if "annotation" in value:
            own_list(piece_of(item, "content", _piece_index("content", value)), "annotations").append(
                value["annotation"]
            )
        elif verb in _STATUS:
            item.update({"status": verb} if "status" in item else {})
        else:
            item.update((key, said) for key, said in value.items() if key not in _PLACE)

    def finish_of(self, reason: str | None) -> FinishReason | None:
        """The provider's reason in our words: a response that calls the client's tools is completed too."""
        finish = super().finish_of(reason)
        wanted = finish == "stop" and any(_type(item) in _WANTED for item, _ in self._output())
        return "tool_calls" if wanted else finish

    def native(self) -> dict[str, Any]:
        """A Response of the API."""
        output = [item for item, _ in self._output()]
        return {**self._response, "output": output, **({"audio": settled(self._audio)} if self._audio else {})}

    def _output(self) -> list[tuple[Any, bool]]:
        """The items, and whether each is whole: as the last event has them; else as the others add up."""
        said = elements(self._response.get("output"))
        if not self._items or (self._over and said):
            return [(item, self._over and _is_whole(item)) for item in said]
        return [
            (settled(item), index in self._ended or (self._over and _is_whole(item)))
            for index, item in sorted(self._items.items())
        ]

    def choices(self) -> tuple[Choice, ...]:
        """The one answer."""
        output = self._output()
        parts = [part for item, ended in output for part in parts_of(item, ended)]
        if self._audio:
            audio = settled(self._audio)
            parts.append(Part("file", audio.get("transcript", ""), partial=not self._over, value=audio))
        parts += (Part("data", value=event) for event in self._others)
        role = next((members(item)["role"] for item, _ in output if text_of(members(item).get("role"))), None)
        finish = self.finish_of(self._reason)
        return (Choice(0, role, tuple(parts), self._reason, finish),)


def _is_whole(item: object) -> bool:
    return members(item).get("status") not in ("in_progress", "incomplete")


def _type(item: object) -> object:
    return members(item).get("type")


def _piece_index(name: str, value: dict[str, Any]) -> int:
    return number(value.get(f"{name}_index"))
