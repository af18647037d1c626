"""chatgpt.com's delta encoding v1: a document that grows by operations at JSON Pointers (RFC 6901).

Nobody has published it; what is here was read off recorded streams. An operation is `{"c": channel, "p": pointer,
"o": operation, "v": value}`. Of these all but the value are carried forward: what one leaves out is as in the one
before. The operations are those of JSON Patch (RFC 6902) and `append`, `truncate` and `patch`, which is several at
once, in which nothing is carried forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from streamconv.protocols.growing import Growing
from streamconv.protocols.shape import objects, text

MEMBERS: Final = frozenset("cpov")
OPERATIONS: Final = frozenset({"add", "append", "replace", "remove", "truncate", "patch"})
_DEPTH: Final = 16  # steps of a pointer; a document in which texts grow deeper is not one of chatgpt.com
_NESTING: Final = 4  # patches in a patch


class Change(NamedTuple):
    """An operation that was carried out: the channel of its document, where in that, which, and its value."""

    channel: Any
    path: tuple[str, ...]
    operation: str
    value: Any


class DeltaEncoding:
    """The documents of a stream, one a channel; a text that is appended to is a Growing in its document."""

    def __init__(self) -> None:
        self._documents: dict[Any, Any] = {}
        self._channel: Any = 0
        self._pointer = ""
        self._operation = "add"

    def document(self, channel: Any) -> Any:
        """The document of a channel, None where it has none."""
        return self._documents.get(channel)

    def apply(self, delta: dict[str, Any]) -> Iterator[Change]:
        """Carry out an operation; returns what was done, a patch in its pieces. What cannot be done is passed over."""
        if isinstance(delta.get("c"), int | str):
            self._channel = delta["c"]
        self._pointer = _text(delta, "p", self._pointer)
        self._operation = _text(delta, "o", self._operation)
        return self._do(_steps(self._pointer), self._operation, delta.get("v"), _NESTING)

    def _do(self, path: tuple[str, ...], operation: str, value: Any, nesting: int) -> Iterator[Change]:
        if operation == "patch":
            for one in objects(value) if nesting else ():
                inner = path + _steps(_text(one, "p", ""))
                yield from self._do(inner, _text(one, "o", "replace"), one.get("v"), nesting - 1)
        elif len(path) <= _DEPTH and self._change(path, operation, value):
            yield Change(self._channel, path, operation, value)

    def _change(self, path: tuple[str, ...], operation: str, value: Any) -> bool:
        if not path:  # the document itself is a member of what holds the documents
            return _change(self._documents, self._channel, operation, value)
        holder: Any = self._documents.get(self._channel)
        for step in path[:-1]:
            key = _key(holder, step)
            if key is None or not _has(holder, key):
                return False
            holder = holder[key]
        key = _key(holder, path[-1])
        return key is not None and _change(holder, key, operation, value)


def _change(holder: Any, key: Any, operation: str, value: Any) -> bool:
    """Change one member or element; False where that cannot be done."""
    match operation:
        case "add" if isinstance(holder, list):
            holder.insert(key, value)
        case "add" | "replace":
            _put(holder, key, value)
        case "append":
            _append(holder, key, value)
        case "remove" if _has(holder, key):
            del holder[key]
        case "truncate" if _has(holder, key) and isinstance(value, int):
            return _truncate(holder, key, max(value, 0))
        case _:
            return False
    return True


def _append(holder: Any, key: Any, value: Any) -> None:
    held = holder[key] if _has(holder, key) else None
    if isinstance(held, str | Growing) and isinstance(value, str):
        if isinstance(held, str):
            held = holder[key] = Growing(held)
        held.append(value)
    elif isinstance(held, list):
        held.extend(value if isinstance(value, list) else [value])
    elif isinstance(held, dict) and isinstance(value, dict):
        held.update(value)
    else:
        _put(holder, key, value)


def _truncate(holder: Any, key: Any, length: int) -> bool:
    held = holder[key]
    if isinstance(held, list):
        del held[length:]
    elif isinstance(held, str | Growing):
        holder[key] = str(held)[:length]
    else:
        return False
    return True


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


def _has(holder: Any, key: Any) -> bool:
    return key < len(holder) if isinstance(holder, list) else key in holder


def _key(holder: Any, step: str) -> Any:
    """A step as the key of this object, or as an index of this array, its length included; None where it is neither."""
    if isinstance(holder, dict):
        return step
    if not isinstance(holder, list):
        return None
    if step == "-":
        return len(holder)
    return int(step) if step.isascii() and step.isdigit() and len(step) < 10 and int(step) <= len(holder) else None


def _steps(pointer: str) -> tuple[str, ...]:
    """The reference tokens of a JSON Pointer, more of them than are followed cut off."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/", _DEPTH + 1)[1:])


def _text(delta: dict[str, Any], name: str, otherwise: str) -> str:
    given = text(delta.get(name))
    return otherwise if given is None else given
