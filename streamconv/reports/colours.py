"""Colours on a terminal: ECMA-48, SGR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamconv.problem import Severity

COLOURS: Final[dict[Severity, str]] = {"error": "31", "warning": "33", "info": "36"}
# Of a verdict on a stream; the others are red.
VERDICTS: Final = {"complete": "32", "unknown": "33", "interrupted": "33"}


def coloured(text: str, colour: str) -> str:
    """The text in a colour, given by its number; what comes after it is as before."""
    return f"\x1b[{colour}m{text}\x1b[0m"
