"""Text in the columns of a terminal: how many it takes, and where it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

EMOJI_STYLE: Final = "\ufe0f"  # makes the character before it wide on some terminals
_MOST_A_COLUMN: Final = 8  # characters; marks that combine take no column, and a text may be nothing else


def width(text: str) -> int:
    """How many columns a printable text takes."""
    return len(text) if text.isascii() else cell_len(text)


def prefix(text: str, columns: int) -> str:
    """The longest start of the text that is surely no wider."""
    if text.isascii():
        return text[: max(0, columns)]
    left = columns
    for at, char in enumerate(text[: max(0, columns) * _MOST_A_COLUMN]):
        left -= 1 if char == EMOJI_STYLE else width(char)
        if left < 0:
            return text[:at]
    return text[: max(0, columns) * _MOST_A_COLUMN]


def suffix(text: str, columns: int) -> str:
    """The longest end of the text that is surely no wider."""
    turned = text[-max(1, columns) * _MOST_A_COLUMN :][::-1]
    return prefix(turned, columns)[::-1]


def fit(text: str, columns: int) -> str:
    """The text in at most so many columns; an ellipsis ends what does not fit."""
    start = prefix(text, columns)
    return text if start == text else prefix(text, columns - 1) + "…"


def broken(text: str, columns: int) -> tuple[str, str]:
    """A start of the text that is surely no wider, and the rest: broken at a space, or inside a word that has none."""
    start = prefix(text, columns)
    if start == text:
        return text, ""
    space = text.rfind(" ", 0, len(start) + 1)
    return (text[:space], text[space + 1 :]) if space > 0 else (start, text[len(start) :])


def wrapped(text: str, columns: int) -> Iterator[str]:
    """The lines that a text has in so many columns, broken as `broken` does; at least one."""
    start, rest = broken(text, columns)
    yield start
    while rest:
        start, rest = broken(rest, columns)
        yield start
