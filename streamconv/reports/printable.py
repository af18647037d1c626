"""Text of unknown origin, made safe for a terminal."""

from __future__ import annotations

import re


def printable(text: str) -> str:
    """`text` with every character that a terminal might obey as an escape sequence in Python's notation."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def printable_text(text: str) -> str:
    """The same for a text of several lines, whose line ends and tabs are kept."""
    return "".join(piece if piece in ("\n", "\t") else printable(piece) for piece in re.split(r"([\n\t])", text))
