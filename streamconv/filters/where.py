"""Events by what their payload says."""

from __future__ import annotations

from streamconv.filters.expressions import ExpressionError, compile_expression
from streamconv.pipeline import Filter
from streamconv.record import Record

__all__ = ["ExpressionError", "Where"]


class Where(Filter[list[Record], list[Record]]):
    """The events for which a JMESPath expression over the payload is true: `Where("type == 'error'")`.

    True is what JMESPath calls true: anything but false, null, and the empty string, array or object. `seen` counts the
    events that came by, `passed` those let through. Raises ExpressionError for a bad expression.
    """

    def __init__(self, expression: str) -> None:
        self._evaluate = compile_expression(expression)
        self.expression = expression
        self.seen = 0
        self.passed = 0

    def feed(self, item: list[Record], /) -> list[Record]:
        """The events of this batch that the expression is true for."""
        events = [record for record in item if record.kind == "event"]
        chosen = [record for record in events if _is_true(self._evaluate(record))]
        self.seen += len(events)
        self.passed += len(chosen)
        return chosen

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []


def _is_true(value: object) -> bool:
    """jmespath.org, "or expressions": 0 is true, emptiness is not."""
    return not (value is None or value is False or value == "" or value == [] or value == {})
