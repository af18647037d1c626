"""What may not be passed on in silence: invalid and incomplete records."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import msgspec

from streamconv.formats.faults import fault
from streamconv.formats.payload import Mode, check_json
from streamconv.pipeline import Filter
from streamconv.problem import Problem, Report
from streamconv.record import Record

_kind = attrgetter("kind")


class Guard(Filter[list[Record], list[Record]]):
    """Reports every invalid record and the incomplete one, and leaves them out.

    `payload="json"` finds events invalid whose payload is not JSON. `pass_on` keeps what is doubtful (for formats that
    can say what it is), `keep_incomplete` makes an event of the incomplete one, `strict` stops at the first, before it;
    `reject` gets the raw bytes of all that is left out. `events` counts the events that were passed on;
    `only_events` says that the last batch held nothing else.
    """

    def __init__(
        self,
        report: Report,
        *,
        payload: Mode = "auto",
        strict: bool = False,
        keep_incomplete: bool = False,
        pass_on: bool = False,
        reject: Callable[[bytes], object] | None = None,
    ) -> None:
        self._report = report
        self._all_json = payload == "json"
        self._strict = strict
        self._keep_incomplete = keep_incomplete
        self._pass_on = pass_on
        self._reject = reject
        self.done = False
        self.events = 0
        self.only_events = False

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch without what was reported."""
        kinds = [*map(_kind, item)]
        events = kinds.count("event")
        self.only_events = events == len(kinds)
        if not self._all_json and events + kinds.count("control") == len(kinds):
            self.events += events
            return item
        passed: list[Record] = []
        for record in item:
            problem = self._problem(record)
            if problem is None:
                self.events += record.kind == "event"
                passed.append(record)
                continue
            kept = self._keeps(record)
            self._report(msgspec.structs.replace(problem, hint="") if kept is not None else problem)
            if kept is None and self._reject is not None:
                self._reject(record.raw)
            if self._strict:
                self.done = True
                break
            if kept is not None:
                self.events += kept.kind == "event"
                passed.append(kept)
        return passed

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []

    def _problem(self, record: Record) -> Problem | None:
        if record.kind == "event":
            return check_json(record) if self._all_json else None
        return None if record.kind == "control" else fault(record)

    def _keeps(self, record: Record) -> Record | None:
        """What becomes of a doubtful record: itself, an event, or nothing."""
        if self._pass_on:
            return record
        if record.kind == "incomplete" and self._keep_incomplete and record.data is not None:
            return record.replace(kind="event")
        return None
