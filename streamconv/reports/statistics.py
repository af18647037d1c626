"""What is counted of a stream: its records, their sizes, what they carry, their problems and their times."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from streamconv import jsontext
from streamconv.examine import Row
from streamconv.formats.payload import JSON_FORMATS
from streamconv.problem import SEVERITIES, Problem
from streamconv.record import Record
from streamconv.reports.arrivals import Arrivals
from streamconv.reports.distribution import Distribution
from streamconv.reports.payloads import is_json

_MOST_TYPES: Final = 1000  # event types that are counted each by itself
_LONGEST_TYPE: Final = 256  # characters; of a longer one its start is kept
OTHER_TYPES: Final = "(other types)"


class Statistics:
    """Counts the rows that are added, in bounded memory."""

    def __init__(self) -> None:
        self.size = 0  # bytes
        self.kinds: Counter[str] = Counter()
        self.types: Counter[str] = Counter()  # of events
        self.comments = 0
        self.ids = 0  # records that set one
        self.first_id: str | None = None
        self.last_id: str | None = None
        self.retry: int | None = None  # milliseconds; the last that was set
        self.payloads: Counter[str] = Counter()  # "json", "text", "end"
        self.sizes = Distribution()  # bytes of payload, of events
        self.severities: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.rules_of: dict[str, Counter[str]] = {severity: Counter() for severity in SEVERITIES}
        self.arrivals = Arrivals()

    @property
    def records(self) -> int:
        """Of every kind."""
        return sum(self.kinds.values())

    @property
    def events(self) -> int:
        """The records that a client dispatches."""
        return self.kinds["event"]

    def add(self, row: Row) -> None:
        """One more row."""
        record = row.record
        self.size += row.size
        self.kinds[record.kind] += 1
        self.comments += len(record.comments)
        if record.id is not None:
            self.ids += 1
            self.first_id = record.id if self.first_id is None else self.first_id
            self.last_id = record.id
        if record.retry is not None:
            self.retry = record.retry
        if record.kind == "event":
            self._add_event(record)
        for problem in row.problems:
            self.add_problem(problem)
        self.arrivals.add(row)

    def _add_event(self, record: Record) -> None:
        name = record.type if len(record.type) <= _LONGEST_TYPE else f"{record.type[:_LONGEST_TYPE]}…"
        self.types[name if name in self.types or len(self.types) < _MOST_TYPES else OTHER_TYPES] += 1
        data = record.data or ""
        text = data.encode("utf-8", "surrogatepass")
        self.sizes.add(len(text))
        if record.is_end:
            self.payloads["end"] += 1
        else:
            valid = record.format in JSON_FORMATS or (is_json(record) and jsontext.valid(text))
            self.payloads["json" if valid else "text"] += 1

    def add_problem(self, problem: Problem) -> None:
        """One more problem."""
        self.severities[problem.severity] += 1
        self.rules[problem.rule] += 1
        self.rules_of[problem.severity][problem.rule] += 1

    def finish(self) -> None:
        """No row follows."""
        self.arrivals.finish()

    def facts(self) -> dict[str, Any]:
        """For programs. Sizes in bytes, times in seconds; what is not known is null."""
        return {
            "bytes": self.size,
            "records": {kind: self.kinds[kind] for kind in ("event", "control", "invalid", "incomplete")},
            "types": dict(self.types.most_common()),
            "comments": self.comments,
            "ids": {"count": self.ids, "first": self.first_id, "last": self.last_id},
            "retry": self.retry,
            "payloads": {sort: self.payloads[sort] for sort in ("json", "text", "end")},
            "payload_sizes": {**self.sizes.facts(), "total": self.sizes.total},
            "problems": {
                **{severity: self.severities[severity] for severity in reversed(SEVERITIES)},
                "rules": dict(self.rules.most_common()),
            },
            "times": self.arrivals.facts(),
        }
