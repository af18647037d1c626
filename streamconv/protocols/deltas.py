"""Deltas of JSON objects added up member by member (openai-python, `accumulate_delta`).

That one concatenates whatever is a string, and so doubles roles and ids that a server says again; this one does not.
"""

from __future__ import annotations

from typing import Any, Final

from streamconv.protocols.growing import Growing

# Members that say the same each time they are sent, and are never a fragment.
LABELS: Final = frozenset({"role", "id", "type", "format", "channel", "index", "object", "status", "tool_call_id"})

_DEPTH: Final = 8  # levels of members that are added up; deeper values replace each other


class Indexed(list[Any]):
    """A list to which deltas add, those with an `index` each to the element of that index."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[int, dict[str, Any]] = {}

    def at(self, index: int) -> dict[str, Any] | None:
        """The element that has this index, the latest where several have it."""
        return self._places.get(index)

    def open(self, index: int) -> dict[str, Any]:
        """A new, empty element that has this index."""
        element: dict[str, Any] = {}
        self._places[index] = element
        self.append(element)
        return element


def add(tree: dict[str, Any], delta: dict[str, Any], depth: int = _DEPTH) -> None:
    """Add a delta to what `tree` holds: texts grow, objects and lists take theirs, of anything else the last counts."""
    for key, more in delta.items():
        held = tree.get(key)
        if isinstance(more, dict) and depth:
            if not isinstance(held, dict):
                held = tree[key] = {}
            add(held, more, depth - 1)
        elif isinstance(more, list) and depth:
            if not isinstance(held, Indexed):
                held = tree[key] = Indexed()
            extend(held, more, depth - 1)
        elif isinstance(more, str) and key not in LABELS:
            if not isinstance(held, Growing):
                held = tree[key] = Growing()
            (held.grow if key == "name" else held.append)(more)  # a name comes in pieces, or is said again
        elif more is None or more == "":
            tree.setdefault(key, more)
        elif key not in LABELS or held is None or held == "":
            tree[key] = more


def extend(held: Indexed, more: list[Any], depth: int = _DEPTH) -> None:
    """Add a list of deltas to a list."""
    for delta in more:
        index = delta.get("index") if isinstance(delta, dict) else None
        if isinstance(index, int):
            element = held.at(index)
            add(held.open(index) if element is None else element, delta, depth)
        else:
            held.append(delta)
