"""The arguments of a Gemini function call, streamed value by value, each with its JSON Path (RFC 9535).

Gemini API reference, FunctionCall.partialArgs. Of JSON Path only what names one place is used: members and indexes.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.shape import text, written

_STEP: Final = re.compile(
    r"""\.(?P<member>[^.\[\]'"]+) | \[(?P<index>\d{1,9})\] | \['(?P<single>[^']*)'\] | \["(?P<double>[^"]*)"\]""",
    re.VERBOSE,
)
_DEPTH: Final = 24  # deeper than any schema of a function
_SCALARS: Final = ("numberValue", "boolValue")


class Arguments:
    """An object built up from values and their places. What has no place that can be found is kept in `unplaced`."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self.unplaced: list[Any] = []

    def add(self, partial: Any) -> str:
        """Add a PartialArg; returns its fragment of text. The strings of one path are one string."""
        if isinstance(partial, dict):
            path = _steps(text(partial.get("jsonPath")) or "")
            found, value = _value(partial)
            if path and found and self._put(path, value):
                return value if isinstance(value, str) else written(value)
        self.unplaced.append(partial)
        return ""

    def _put(self, path: list[str | int], value: Any) -> bool:
        """Set the value at a path, or add a string to the one there; False where the path leads through a value."""
        holder: Any = self._root
        for step, following in pairwise(path):
            if not _fits(holder, step):
                return False
            _reserve(holder, step, [] if isinstance(following, int) else {})
            holder = holder[step]
        last = path[-1]
        if not _fits(holder, last):
            return False
        _reserve(holder, last, None)
        if not isinstance(value, str):
            holder[last] = value
            return True
        if not isinstance(holder[last], Growing):
            holder[last] = Growing()
        holder[last].append(value)
        return True

    def value(self) -> dict[str, Any]:
        """The arguments so far."""
        value: dict[str, Any] = settled(self._root)
        return value


def _steps(path: str) -> list[str | int]:
    """The steps of a path, none where it is not one that names a place."""
    steps: list[str | int] = []
    at = 1
    while path[:1] == "$" and at < len(path) and len(steps) < _DEPTH:
        step = _STEP.match(path, at)
        if step is None:
            return []
        index = step["index"]
        steps.append(int(index) if index is not None else step["member"] or step["single"] or step["double"] or "")
        at = step.end()
    return steps if at == len(path) else []


def _value(partial: dict[str, Any]) -> tuple[bool, Any]:
    if isinstance(partial.get("stringValue"), str):
        return True, partial["stringValue"]
    for name in _SCALARS:
        if name in partial:
            return True, partial[name]
    return "nullValue" in partial, None


def _fits(holder: Any, step: str | int) -> bool:
    """True where the step names a member of an object, or an element of an array or the next one."""
    if isinstance(step, int):
        return isinstance(holder, list) and step <= len(holder)
    return isinstance(holder, dict)


def _reserve(holder: Any, step: Any, empty: Any) -> None:
    if isinstance(holder, dict):
        holder.setdefault(step, empty)
    elif step == len(holder):
        holder.append(empty)
