"""What may not be passed on in silence: invalid and incomplete records."""

from __future__ import annotations

from collections.abc import Callable

from streamconv.formats.faults import fault
from streamconv.pipeline import Filter
from streamconv.problem import Report
from streamconv.record import Record


class Guard(Filter[list[Record], list[Record]]):
    """Reports every invalid record and the incomplete one, and leaves them out.

    `pass_on` keeps them (for formats that can say what they are), `keep_incomplete` makes an event of the incomplete
    one, `strict` stops at the first, before it; `reject` gets the raw bytes of all that is left out. `events` counts
    the events that came by.
    """

    def __init__(
        self,
        report: Report,
        *,
        strict: bool = False,
        keep_incomplete: bool = False,
        pass_on: bool = False,
        reject: Callable[[bytes], object] | None = None,
    ) -> None:
        self._report = report
        self._strict = strict
        self._keep_incomplete = keep_incomplete
        self._pass_on = pass_on
        self._reject = reject
        self.done = False
        self.events = 0

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch without what was reported."""
        passed: list[Record] = []
        for record in item:
            if record.kind == "event":
                self.events += 1
                passed.append(record)
            elif record.kind == "control":
                passed.append(record)
            else:
                self._report(fault(record))
                if self._strict:
                    self.done = True
                    break
                self._doubtful(record, passed)
        return passed

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []

    def _doubtful(self, record: Record, passed: list[Record]) -> None:
        if self._pass_on:
            passed.append(record)
        elif record.kind == "incomplete" and self._keep_incomplete and record.data is not None:
            passed.append(record.replace(kind="event"))
        elif self._reject is not None:
            self._reject(record.raw)
