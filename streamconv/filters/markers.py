"""End markers, where nothing can carry them."""

from __future__ import annotations

from streamconv.formats.losses import report_losses
from streamconv.pipeline import Filter
from streamconv.problem import Report
from streamconv.record import Record


class WithoutMarkers(Filter[list[Record], list[Record]]):
    """Leaves out `[DONE]`, which no JSON format can hold, so that it is not counted as an event either."""

    def __init__(self, target: str, report: Report) -> None:
        self._target = target
        self._report = report

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch without end markers."""
        kept: list[Record] = []
        for record in item:
            if record.is_end and record.kind == "event":
                report_losses(record, self._target, self._report)
            else:
                kept.append(record)
        return kept

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []
