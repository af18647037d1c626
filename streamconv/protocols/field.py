"""Field, what to read where no protocol is known: one member of every event, found by JMESPath (jmespath.org)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamconv.filters.expressions import compile_expression
from streamconv.protocols.event import Event
from streamconv.protocols.growing import Snapshots
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol, error_in
from streamconv.protocols.shape import written
from streamconv.protocols.sign import Delta, Sign


class Field(Protocol):
    """Joins what an expression finds; pieces of which each begins with the one before are the whole so far.

    Raises ExpressionError (a ValueError) where it is made with what is no JMESPath expression.
    """

    name = "field"
    title = "the field that was named"
    source = "jmespath.org"
    terminator = "[DONE]"
    closes = False

    def __init__(self, expression: str) -> None:
        self._find = compile_expression(expression)
        self._text = Snapshots()

    @staticmethod
    def recognises(event: Event) -> None:
        """Never: it is asked for."""

    def take(self, event: Event) -> Iterator[Sign]:
        """Add what the expression finds in an event."""
        failed = error_in(event)
        if failed is not None:
            yield self.fail(*failed)
        text = _text(self._find(event.record))
        if text:
            new = self._text.take(text)
            yield Delta("field", "text", new)

    def native(self) -> str:
        """The text."""
        return str(self._text)

    def choices(self) -> tuple[Choice, ...]:
        """The text, as the one part."""
        return (Choice(0, None, (Part("text", str(self._text)),) if self._text else ()),)


def _text(found: Any) -> str:
    """Strings as they are, nothing for null, the elements of an array in turn, anything else as its JSON text."""
    if isinstance(found, list):
        return "".join(map(_text, found))
    return found if isinstance(found, str) else "" if found is None else written(found)
