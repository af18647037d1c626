"""What the members of a parsed JSON, YAML or tnetstring value say, where they are of the kind that they should be.

Nothing here walks into a value: aliases can make a small YAML document one without end, and brackets a deep one.
"""

from __future__ import annotations

from typing import Any, Final

_LARGEST: Final = 2**53  # no time, size or code is beyond that, and every integer below it is exact as a float


def member(value: Any, name: str) -> dict[str, Any]:
    """The object that this member of an object is; else an empty one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text(value: Any) -> str:
    """A string, bytes as the UTF-8 that they are, or an integer in digits; for everything else the empty string."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    found = integer(value)
    return "" if found is None else str(found)


def number(value: Any) -> float | None:
    """A number that may be a time."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if -_LARGEST < value < _LARGEST else None


def integer(value: Any) -> int | None:
    """An integer that may be a size or a code."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST else None


def headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Header fields, names in lower case: of an object, of a list of pairs, or of one of `name` and `value`.

    Where an object has several values for a name, the last one counts.
    """
    if isinstance(value, dict):
        return tuple(
            (text(name).lower(), text(one[-1] if isinstance(one, list) and one else one)) for name, one in value.items()
        )
    rows = value if isinstance(value, list) else []
    named = ((row.get("name"), row.get("value")) if isinstance(row, dict) else row for row in rows)
    return tuple(
        (text(row[0]).lower(), text(row[1])) for row in named if isinstance(row, list | tuple) and len(row) == 2
    )
