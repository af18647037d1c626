"""Text of unknown origin, made safe for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` with every character that a terminal might obey as an escape sequence in Python's notation."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
