"""Document, a JSON value that a stream changes as it goes: by JSON Patch (RFC 6902), by merging, by texts that grow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from streamconv.protocols.growing import Growing

# Values that all `copy` operations on one document may make: forty of them, each of the whole, would fill any memory.
_COPIES: Final = 1_000_000

_Undo = list[Callable[[], object]]


class _MisfitError(Exception):
    """An operation that does not fit the document."""


class Document:
    """Holds one value, which is its own from then on: nobody else may change what is given to it."""

    def __init__(self, value: Any = None) -> None:
        self._value = value
        self._may_copy = _COPIES

    def plain(self) -> Any:
        """A copy of the value as it is now, which later changes leave alone."""
        return copied(self._value)

    def put(self, value: Any) -> None:
        """Replace the whole value."""
        self._value = value

    def merge(self, more: Any) -> None:
        """Merge an object into the value, member by member and level by level; anything else replaces it."""
        if not isinstance(self._value, dict) or not isinstance(more, dict):
            self._value = more
            return
        waiting = [(self._value, more)]
        while waiting:
            held, added = waiting.pop()
            for key, value in added.items():
                if isinstance(value, dict) and isinstance(held.get(key), dict):
                    waiting.append((held[key], value))
                else:
                    held[key] = value

    def patch(self, operations: Any) -> bool:
        """Apply a JSON Patch, all of it or nothing; False where it does not fit."""
        undo: _Undo = []
        try:
            if not isinstance(operations, list):
                raise _MisfitError
            for operation in operations:
                self._operate(operation, undo)
        except _MisfitError:
            for step in reversed(undo):
                step()
            return False
        return True

    def write(self, path: Any, value: Any) -> bool:
        """Set what stands at a path of keys, making the objects on the way; False where there is no such place."""
        return self._reach(path, lambda held: value)

    def append(self, path: Any, text: str) -> bool:
        """Add to the text at a path of keys; False where there is none."""

        def grown(held: Any) -> Any:
            text_so_far = Growing(held) if isinstance(held, str) else held
            if not isinstance(text_so_far, Growing):
                raise _MisfitError
            text_so_far.append(text)
            return text_so_far

        return self._reach(path, grown)

    def _reach(self, path: Any, change: Callable[[Any], Any]) -> bool:
        undo: _Undo = []
        try:
            tokens = [str(key) for key in path] if isinstance(path, list) else None
            if tokens is None:
                raise _MisfitError
            if tokens and self._value is None:
                self.put({})
            held = self._value
            for depth, key in enumerate(tokens):
                if isinstance(held, dict) and held.get(key) is None and depth < len(tokens) - 1:
                    held[key] = {}
                elif isinstance(held, list) and key == str(len(held)):
                    held.append({} if depth < len(tokens) - 1 else None)
                held = _member(held, key, None)
            self._put(tokens, change(held), undo, insert=False)
        except _MisfitError:
            return False
        return True

    def _operate(self, operation: Any, undo: _Undo) -> None:
        match operation:
            case {"op": "add", "path": str(path), "value": value}:
                self._put(_tokens(path), value, undo, insert=True)
            case {"op": "replace", "path": str(path), "value": value}:
                self._at(_tokens(path))
                self._put(_tokens(path), value, undo, insert=False)
            case {"op": "remove", "path": str(path)}:
                self._take(_tokens(path), undo)
            case {"op": "move", "path": str(path), "from": str(source)}:
                if path.startswith(source + "/"):
                    raise _MisfitError  # into itself
                value = self._at(_tokens(source))
                if path != source:
                    self._take(_tokens(source), undo)
                    self._put(_tokens(path), value, undo, insert=True)
            case {"op": "copy", "path": str(path), "from": str(source)}:
                held, most = self._at(_tokens(source)), self._may_copy
                self._may_copy = 0  # and so it stays where this copy is too large: another one would take as long
                value, count = _copied(held, most)
                self._may_copy = most - count
                self._put(_tokens(path), value, undo, insert=True)
            case {"op": "test", "path": str(path), "value": value}:
                if not _same(self._at(_tokens(path)), value):
                    raise _MisfitError
            case _:
                raise _MisfitError

    def _at(self, tokens: list[str]) -> Any:
        held = self._value
        for key in tokens:
            held = _member(held, key)
        return held

    def _put(self, tokens: list[str], value: Any, undo: _Undo, *, insert: bool) -> None:
        if not tokens:
            undo.append(partial(self.put, self._value))
            self._value = value
            return
        holder, key = self._at(tokens[:-1]), tokens[-1]
        if isinstance(holder, dict):
            undo.append(
                partial(holder.__setitem__, key, holder[key]) if key in holder else partial(holder.pop, key, None)
            )
            holder[key] = value
        elif isinstance(holder, list):
            at = len(holder) if insert and key == "-" else _index(key, len(holder) + insert)
            if insert:
                undo.append(partial(holder.pop, at))
                holder.insert(at, value)
            else:
                undo.append(partial(holder.__setitem__, at, holder[at]))
                holder[at] = value
        else:
            raise _MisfitError

    def _take(self, tokens: list[str], undo: _Undo) -> None:
        if not tokens:
            self._put(tokens, None, undo, insert=False)
            return
        holder, key = self._at(tokens[:-1]), tokens[-1]
        value = _member(holder, key)
        if isinstance(holder, dict):
            undo.append(partial(holder.__setitem__, key, value))
            del holder[key]
        else:
            undo.append(partial(holder.insert, int(key), value))
            del holder[int(key)]


def _tokens(pointer: str) -> list[str]:
    """The steps of a JSON Pointer (RFC 6901)."""
    first, *rest = pointer.split("/")
    if first:
        raise _MisfitError
    return [key.replace("~1", "/").replace("~0", "~") for key in rest]


_ABSENT: Final = object()


def _member(holder: Any, key: str, default: Any = _ABSENT) -> Any:
    if isinstance(holder, dict):
        value = holder.get(key, default)
    elif isinstance(holder, list):
        value = holder[_index(key, len(holder))]
    else:
        raise _MisfitError
    if value is _ABSENT:
        raise _MisfitError
    return value


def _index(key: str, size: int) -> int:
    if not key.isascii() or not key.isdigit() or len(key) > 18 or key != str(int(key)) or int(key) >= size:
        raise _MisfitError
    return int(key)


def copied(value: Any) -> Any:
    """A deep copy, in which texts that grow are strings. Deep nesting costs no stack."""
    return _copied(value)[0]


def _copied(value: Any, limit: int | None = None) -> tuple[Any, int]:
    """That copy and how many values it has, of which there must not be more than the limit."""
    root: list[Any] = [value]
    waiting: list[Any] = [root]
    count = 0
    while waiting:
        holder = waiting.pop()
        for key, held in holder.items() if isinstance(holder, dict) else enumerate(holder):
            count += 1
            if isinstance(held, dict | list):
                held = held.copy()
                waiting.append(held)
            elif isinstance(held, Growing):
                held = str(held)
            holder[key] = held
        if limit is not None and count > limit:
            raise _MisfitError
    return root[0], count


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values, to which true is not 1."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, Growing):
            one = str(one)
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif one != other or isinstance(one, bool) != isinstance(other, bool):
            return False
    return True
