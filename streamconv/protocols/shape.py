"""Values of JSON whose shape nobody promises: what of them is usable, and nothing where it is not."""

from __future__ import annotations

from typing import Any

from streamconv import jsontext


def text(value: Any) -> str | None:
    """The value where it is a string."""
    return value if isinstance(value, str) else None


def written(value: Any) -> str:
    """The value as JSON text; "" where it is nested deeper than Python can write."""
    try:
        return jsontext.dumps(value, spaced=True).decode()
    except ValueError:
        return ""


def words(value: Any) -> str:
    """The value for a reader: a string as it is, anything else as JSON text, of whatever size and depth it is."""
    return value if isinstance(value, str) else written(value)


def number(value: Any, otherwise: int = 0) -> int:
    """The value where it is an integer."""
    return value if isinstance(value, int) else otherwise


def members(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> list[Any]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in the value where it is an array, else none."""
    return [element for element in elements(value) if isinstance(element, dict)]


def listed(held: dict[str, Any], name: str) -> list[Any]:
    """The list that this member of an object is, made so where it is none; what is added to it is added to that."""
    member = held.get(name)
    if not isinstance(member, list):
        member = held[name] = []
    return member


def besides(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """The members of an object but those of these names."""
    return {name: member for name, member in value.items() if name not in names}
