"""The messages of an AG-UI run, as its events build them: texts, reasonings, tool calls and results, activities.

Facts: `defaultApplyEvents` of the npm package `@ag-ui/client` 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.protocols.document import Document
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Part
from streamconv.protocols.shape import besides, elements, members, objects
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.tool_call import tool_call

_EVENT: Final = {
    "type",
    "messageId",
    "role",
    "delta",
    "timestamp",
    "rawEvent",
    "metadata",
}  # of an event, not a message
_CALL: Final = _EVENT | {"toolCallId", "toolCallName", "parentMessageId"}
_LASTING: Final = ("activity", "reasoning")  # what servers may not keep, and then leave out of snapshots
_LEVELS: Final = 4  # message, its calls, a call, its function: where texts grow


class Conversation:
    """Messages by their ids, which are unique. `said` are those that this stream brought, without the history."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, dict[str, None]] = {}  # ids of the lasting ones by role, of all others under ""
        self._said: dict[str, None] = {}  # ids, in the order in which they began
        self._open: set[str] = set()  # ids of messages and of calls that have not ended
        self._calls: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, str] = {}  # the message of a call
        self._results: dict[str, list[dict[str, Any]]] = {}  # of the calls of a message, which stand after it
        self._activities: dict[str, Document] = {}

    def role(self, id: str) -> str:
        """Who speaks in a message."""
        role = self._messages.get(id, {}).get("role")
        return role if isinstance(role, str) else "assistant"

    def begin(self, id: str, role: str, event: dict[str, Any], *, named: bool = True) -> None:
        """A message of text begins, or goes on where a tool call made it."""
        held = self._messages.get(id)
        if held is None:
            held = {**({"id": id} if named else {}), "role": role, "content": Growing()}
            held.update({key: value for key, value in event.items() if key not in _EVENT and value is not None})
            self._hold(id, held)
        self._said[id] = None
        self._open.add(id)
        _add_metadata(held, event)

    def append(self, id: str, text: str, event: dict[str, Any], *, role: str) -> None:
        """Add to the text of a message, which may not have begun."""
        if id not in self._messages:
            self.begin(id, role, {})
        held = self._messages[id]
        if id in self._activities:
            return  # it has no text: an event with the wrong id
        if not isinstance(held.get("content"), Growing):
            held["content"] = Growing(held["content"] if isinstance(held.get("content"), str) else "")
        held["content"].append(text)
        _add_metadata(held, event)

    def end(self, id: str, event: dict[str, Any]) -> None:
        """A message or a call has ended."""
        self._open.discard(id)
        held = self._calls.get(id) or self._messages.get(id)
        if held is not None:
            _add_metadata(held, event)

    def call(self, id: str, name: Any, event: dict[str, Any]) -> bool:
        """A tool call begins, in the message that it names or in one of its own; False where it is known."""
        held, parent = self._calls.get(id), event.get("parentMessageId")
        if held is not None and self._owners[id] in self._messages:
            held["function"]["name"] = name if isinstance(name, str) else held["function"]["name"]
            _add_metadata(held, event)
            return False
        owner = parent if isinstance(parent, str) and self.role(parent) == "assistant" else id
        if owner not in self._messages:
            self._hold(owner, {"id": owner, "role": "assistant"})
        message = self._messages[owner]
        if not isinstance(message.get("toolCalls"), list):
            message["toolCalls"] = []
        call = {"id": id, "type": "function", "function": {"name": name, "arguments": Growing()}}
        call.update({key: value for key, value in event.items() if key not in _CALL | call.keys()})
        message["toolCalls"].append(call)
        self._calls[id], self._owners[id] = call, owner
        self._said[owner] = None
        self._open.add(id)
        _add_metadata(call, event)
        return True

    def argue(self, id: str, text: str, event: dict[str, Any]) -> None:
        """Add to the arguments of a call, which may not have begun."""
        if id not in self._calls:
            self.call(id, None, {})
        self._calls[id]["function"]["arguments"].append(text)
        _add_metadata(self._calls[id], event)

    def answer(self, event: dict[str, Any]) -> None:
        """The result of a tool call, a message after that of the call."""
        rest = {key: value for key, value in event.items() if key not in _EVENT and value is not None}
        role = event.get("role")
        message = {"id": event.get("messageId"), "role": role if isinstance(role, str) and role else "tool", **rest}
        _add_metadata(message, event)
        owner = self._owners.get(str(event.get("toolCallId")))
        if owner is not None and owner in self._messages:
            self._results.setdefault(owner, []).append(message)
        else:
            id = str(event.get("messageId"))
            self._hold(id, message)
            self._said[id] = None

    def encrypt(self, event: dict[str, Any]) -> bool:
        """What only the provider can read of a message or of a call; False where there is none."""
        id = event.get("entityId")
        held = (self._calls if event.get("subtype") == "tool-call" else self._messages).get(str(id))
        if held is None:
            return False
        held["encryptedValue"] = event.get("encryptedValue")
        return True

    def show(self, event: dict[str, Any]) -> None:
        """The state of an activity, whole."""
        id = str(event.get("messageId"))
        held = self._messages.get(id)
        if held is not None and event.get("replace") is False:
            return
        rest = {key: value for key, value in event.items() if key not in _EVENT | {"replace"} and value is not None}
        self._hold(id, {**rest, "id": id, "role": "activity"})
        self._activities[id] = Document(rest.get("content"))
        self._said[id] = None
        _add_metadata(self._messages[id], event)

    def patch(self, event: dict[str, Any]) -> bool:
        """A change of an activity; False where it does not fit."""
        document = self._activities.get(str(event.get("messageId")))
        return document is not None and document.patch(event.get("patch"))

    def replace(self, given: Any, *, history: bool = False) -> None:
        """All messages anew. Activities and reasonings, which servers may not keep, stay where it has none of them.

        With `history` only what is not known is added. What comes after the last question is taken for said now.
        """
        messages = objects(given)
        by_id = {str(one.get("id")): one for one in messages}
        if history:
            for id, message in by_id.items():
                if id not in self._messages:
                    self._hold(id, message)
            return
        roles = {str(one.get("role")) for one in messages}
        for role, ids in self._roles.items():
            if role in roles or role not in _LASTING:
                for id in [id for id in ids if id not in by_id]:
                    del ids[id], self._messages[id]
        attached = self._results
        self._results = {}
        for owner, results in attached.items():
            known = [str(one.get("id")) for one in results if owner in self._messages and str(one.get("id")) in by_id]
            if known:
                self._results[owner] = [by_id.pop(id) for id in dict.fromkeys(known)]
        for id, message in by_id.items():
            self._hold(id, message)
            self._adopt(id, message)
        asked = max((at for at, one in enumerate(messages) if one.get("role") == "user"), default=-1)
        self._said.update((str(one.get("id")), None) for one in messages[asked + 1 :])

    def _hold(self, id: str, message: dict[str, Any]) -> None:
        """Keep a message under its id; one of the same id stands where that stood."""
        for ids in self._roles.values():
            ids.pop(id, None)
        self._messages[id] = message
        self._roles.setdefault(str(message.get("role")) if message.get("role") in _LASTING else "", {})[id] = None

    def _adopt(self, owner: str, message: dict[str, Any]) -> None:
        """Find the calls of a message that came whole."""
        for call in objects(message.get("toolCalls")):
            if isinstance(call.get("id"), str):
                function = members(call.get("function"))
                text = text_of(function.get("arguments")) or ""
                call["function"] = {"name": None, **function, "arguments": Growing(text)}
                self._calls[call["id"]], self._owners[call["id"]] = call, owner

    def _flat(self) -> Iterator[dict[str, Any]]:
        for id, message in self._messages.items():
            yield message
            yield from self._results.get(id, ())

    def native(self) -> list[dict[str, Any]]:
        """The messages that an agent of `@ag-ui/client` holds."""
        messages: list[dict[str, Any]] = settled([*self._flat()], _LEVELS + 1)
        for message in messages:
            activity = self._activities.get(str(message.get("id")))
            if activity is not None:
                message["content"] = activity.plain()
        return messages

    def parts(self) -> Iterator[Part]:
        """What this stream said."""
        for id in self._said:
            message = self._messages.get(id)
            if message is not None:
                yield from self._parts(id, message)

    def _parts(self, id: str, message: dict[str, Any]) -> Iterator[Part]:
        role, content, calls = message.get("role"), message.get("content"), message.get("toolCalls")
        text = str(content) if isinstance(content, str | Growing) else ""
        partial = id in self._open
        if role in ("assistant", "reasoning"):
            rest = besides(message, "id", "role", "content", "toolCalls")
            if text or partial or not calls:
                kind: Any = "text" if role == "assistant" else "reasoning"
                yield Part(kind, text, partial=partial, value=rest or None)
        elif role == "tool":
            yield _result(message)
        else:
            plain = settled(message, 1)
            yield Part(
                "data", value=plain | ({"content": self._activities[id].plain()} if id in self._activities else {})
            )
        for call in elements(calls):
            if isinstance(call, dict) and isinstance(call.get("function"), dict):
                function = call["function"]
                rest = besides(call, "id", "type", "function")
                ended = str(call.get("id")) not in self._open
                yield tool_call(
                    str(function.get("arguments", "")), call.get("id"), function.get("name"), rest, ended=ended
                )
        for message in self._results.get(id, ()):
            yield _result(message)


def _result(message: dict[str, Any]) -> Part:
    content, id = message.get("content"), message.get("toolCallId")
    rest = besides(message, "role", "toolCallId", "id")
    if isinstance(content, str):
        del rest["content"]
    text = text_of(content) or ""
    return Part("tool_result", text, text_of(id), value=rest or None)


def _add_metadata(held: dict[str, Any], event: dict[str, Any]) -> None:
    more = event.get("metadata")
    if isinstance(more, dict):
        known = held.get("metadata")
        held["metadata"] = {**known, **more} if isinstance(known, dict) else more
