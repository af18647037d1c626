"""chatgpt.com: what its page is sent, and the network panel of a browser shows (recorded streams; not documented).

Messages of several authors in one stream. Since 2024 they are delta-encoded, see `delta_encoding`; before, each event
repeated the message so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.delta_encoding import MEMBERS, OPERATIONS, Change, DeltaEncoding
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides, elements, members, objects, text
from streamconv.protocols.sign import Channel, Delta, Finish, Sign, Start
from streamconv.protocols.tool_call import tool_call

_UNFINISHED: Final = "in_progress"


class ChatGPTWeb(Protocol):
    """The answer is what the assistant says to all; what it says to a tool is a call, and the tool answers."""

    name = "chatgpt-web"
    title = "chatgpt.com"
    source = "recorded streams of /backend-api/conversation"
    terminator = "[DONE]"
    reasons = False
    finishes: ClassVar = {
        "stop": "stop",
        "finished_successfully": "stop",
        "max_tokens": "length",
        "finished_partial_completion": "length",
        "interrupted": "cancelled",
        "client_stopped": "cancelled",
        "content_filter": "content_filter",
    }

    def __init__(self) -> None:
        self._encoding = DeltaEncoding()
        self._messages: dict[str, dict[str, Any]] = {}  # by id, in the order in which they began
        self._members: dict[str, Any] = {}  # of the conversation
        self._events: list[Any] = []  # those that are neither a message nor a delta
        self._reasons: dict[str, str] = {}  # by message

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The event that names the encoding, a delta, or a message with an author in a conversation."""
        value = event.object
        if event.name == "delta_encoding":
            return "a delta_encoding event"
        if _is_delta(value) and (event.name == "delta" or value.get("o") in OPERATIONS or _is_message(value["v"])):
            return "a delta"
        return "a message of a conversation" if _is_message(value) and "conversation_id" in value else None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add an event."""
        value = event.object
        failed = error_in(event)
        if failed is not None:
            yield self.fail(*failed)
        if _is_delta(value):
            for change in self._encoding.apply(value):
                yield from self._changed(change)
        elif isinstance(value.get("message"), dict):
            self._members.update(besides(value, "message", "error"))
            yield from self._show(value["message"])
        elif value:
            self._events.append(value)
        yield from self._finished()

    def _changed(self, change: Change) -> Iterator[Sign]:
        document = members(self._encoding.document(change.channel))
        message = document.get("message")
        if not change.path and document.get("error"):
            yield self.fail(document["error"], error_sign(document["error"]))
        if len(change.path) < 2:
            # Only what was said: a document that many are appended to is not copied with each of them.
            changed = change.path[:1] or [name for name in members(change.value) if name in document]
            told = {name: document.get(name) for name in changed}
            self._members.update(besides(told, "message", "error"))
            if isinstance(message, dict) and self._messages.get(_id(message)) is not message:
                yield from self._show(message)
        elif isinstance(message, dict) and change.path[:2] == ("message", "content"):
            more = text(change.value) if change.operation in ("add", "append") else None
            if more:
                yield Delta(_id(message), _channel(message), more)

    def _show(self, message: dict[str, Any]) -> Iterator[Sign]:
        """Take a message as it is so far."""
        id = _id(message)
        if not self._messages:
            self.id = text(self._members.get("conversation_id"))
            yield Start(self.id)
        known = self._messages.get(id, {})
        self._messages[id] = message
        self.model = text(members(message.get("metadata")).get("model_slug")) or self.model
        before, now = _told(known), _told(message)
        if now and now != before:
            yield Delta(id, _channel(message), now.removeprefix(before))

    def _finished(self) -> Iterator[Sign]:
        """The finish of the latest message, where it is an answer that has one now."""
        id = next(reversed(self._messages), None)
        if id is None:
            return
        reason = _reason(self._messages[id])
        if reason is not None and self._reasons.get(id) != reason:
            self._reasons[id] = reason
            yield Finish(reason)

    def native(self) -> dict[str, Any]:
        """The conversation: its messages, and the other events. The page has no other way to get them."""
        events = {"events": self._events.copy()} if self._events else {}
        return {
            **settled(self._members),
            "messages": [settled(message) for message in self._messages.values()],
            **events,
        }

    def choices(self) -> tuple[Choice, ...]:
        """What the assistant and its tools said."""
        parts = (part for message in self._messages.values() for part in _parts(settled(message)))
        reasons = [reason for message in self._messages.values() if (reason := _reason(message)) is not None]
        reason = reasons[-1] if reasons else None
        return (Choice(0, "assistant", tuple(parts), reason, self.finish_of(reason)),)


def _is_delta(value: dict[str, Any]) -> bool:
    return value.keys() <= MEMBERS and "v" in value


def _is_message(value: Any) -> bool:
    message = members(members(value).get("message"))
    return isinstance(message.get("author"), dict) and "content" in message


def _id(message: dict[str, Any]) -> str:
    return text(message.get("id")) or "message"


def _role(message: dict[str, Any]) -> str | None:
    return text(members(message.get("author")).get("role"))


def _channel(message: dict[str, Any]) -> Channel:
    """What the text of a message is to the answer."""
    if _role(message) != "assistant":
        return "other"
    if message.get("recipient", "all") not in ("all", None):
        return "input"
    content = members(message.get("content"))
    if message.get("channel") == "analysis" or content.get("content_type") in ("thoughts", "reasoning_recap"):
        return "reasoning"
    return "text"


def _told(message: dict[str, Any]) -> str:
    """The text of a message, whatever its type."""
    content = members(message.get("content"))
    told = [one for one in elements(content.get("parts")) if isinstance(one, str | Growing)]
    told += [content[name] for name in ("text", "content") if isinstance(content.get(name), str | Growing)]
    told += [
        one["content"] for one in objects(content.get("thoughts")) if isinstance(one.get("content"), str | Growing)
    ]
    return "".join(map(str, told))


def _reason(message: dict[str, Any]) -> str | None:
    """Why an answer finished; None for a message that is none, or goes on, or after which others come."""
    status = text(message.get("status"))
    if _channel(message) != "text" or message.get("end_turn") is False or status in (None, _UNFINISHED):
        return None
    details = members(members(message.get("metadata")).get("finish_details"))
    return text(details.get("type")) or status


def _parts(message: dict[str, Any]) -> Iterator[Part]:
    told, partial = _told(message), message.get("status") == _UNFINISHED
    author = members(message.get("author"))
    content = members(message.get("content"))
    if _role(message) == "tool":
        yield Part("tool_result", told, text(message.get("id")), text(author.get("name")), partial=partial)
    elif _role(message) != "assistant":
        return
    elif _channel(message) == "input":
        json = told.lstrip()[:1] in ("{", "[")  # else code
        yield tool_call(told, message.get("id"), message.get("recipient"), ended=not partial, json=json)
    elif told:
        yield Part("reasoning" if _channel(message) == "reasoning" else "text", told, partial=partial)
    for one in objects(content.get("parts")):
        yield Part("file", partial=partial, value=one)
    for source in objects(members(message.get("metadata")).get("content_references")):
        yield Part("source", value=source)
