"""A stop before the first loss."""

from __future__ import annotations

import msgspec

from streamconv.formats.losses import LOSSES, losses, report_losses
from streamconv.pipeline import Filter
from streamconv.problem import Problem, Report
from streamconv.record import Record


class Lossless(Filter[list[Record], list[Record]]):
    """Passes records on until one cannot be written as `target` without a loss; reports that and wants no more.

    Comments and end markers do not count: no payload and no client's state hangs on them.
    """

    def __init__(self, target: str, report: Report) -> None:
        self._target = target
        self._report = report
        self.done = False

    def feed(self, item: list[Record], /) -> list[Record]:
        """The records before the first that would lose."""
        for at, record in enumerate(item):
            if any(LOSSES[rule][0] != "info" for rule in losses(record, self._target)):
                report_losses(record, self._target, self._refuse)
                self.done = True
                return item[:at]
        return item

    def _refuse(self, problem: Problem) -> None:
        if problem.severity != "info":
            self._report(msgspec.structs.replace(problem, severity="error"))

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []
