"""What is counted of a stream: its records, their sizes, what they carry, their problems and their times."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import Any, Final

from streamconv import jsontext
from streamconv.examine import Row, Rows
from streamconv.formats.payload import JSON_FORMATS
from streamconv.problem import SEVERITIES, Problem
from streamconv.record import END_MARKER, Record
from streamconv.reports.arrivals import Arrivals
from streamconv.reports.distribution import Distribution
from streamconv.reports.payloads import is_json

_MOST_TYPES: Final = 1000  # event types that are counted each by itself
_LONGEST_TYPE: Final = 256  # characters; of a longer one its start is kept
OTHER_TYPES: Final = "(other types)"


_kind, _raw, _data = attrgetter("kind"), attrgetter("raw"), attrgetter("data")
_event, _id, _retry = attrgetter("event"), attrgetter("id"), attrgetter("retry")
_comments, _time = attrgetter("comments"), attrgetter("time")


class Statistics:
    """Counts the rows or records that are added, in bounded memory: no more than so many `types` each by itself."""

    def __init__(self, *, types: int = _MOST_TYPES) -> None:
        self._most_types = types
        self._rows = Rows()
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
        self._count([row.record])
        for problem in row.problems:
            self.add_problem(problem)
        self.arrivals.add(row)

    def add_records(self, records: list[Record]) -> None:
        """More records, as they come."""
        self._count(records)
        if self.arrivals.known or [*map(_time, records)].count(None) < len(records):
            for record in records:
                self.arrivals.add(self._rows.of(record))
        else:
            self.arrivals.pass_by(next((one.number for one in reversed(records) if one.number is not None), None))

    def add_counted(self, other: Statistics) -> None:
        """The records that another one has counted, which follow, and have no times. It knew no limit of types."""
        self.size += other.size
        self.kinds.update(other.kinds)
        for name, count in other.types.items():
            self._add_type(name, count)
        self.comments += other.comments
        self.ids += other.ids
        self.first_id = other.first_id if self.first_id is None else self.first_id
        self.last_id = self.last_id if other.last_id is None else other.last_id
        self.retry = self.retry if other.retry is None else other.retry
        self.payloads.update(other.payloads)
        self.sizes.add_counted(other.sizes)
        self.arrivals.pass_by(other.arrivals.number)

    def _count(self, records: list[Record]) -> None:
        self.size += sum(map(len, map(_raw, records)))
        kinds = Counter(map(_kind, records))
        self.kinds.update(kinds)
        self.comments += sum(map(len, map(_comments, records)))
        ids = [id for id in map(_id, records) if id is not None]
        if ids:
            self.ids += len(ids)
            self.first_id = ids[0] if self.first_id is None else self.first_id
            self.last_id = ids[-1]
        self.retry = next((time for time in map(_retry, reversed(records)) if time is not None), self.retry)
        if kinds["event"]:
            whole = kinds["event"] == len(records)
            self._count_events(records if whole else [record for record in records if record.kind == "event"])

    def _count_events(self, events: list[Record]) -> None:
        for name, count in Counter(map(_event, events)).items():
            self._add_type(name or "message", count)
        texts = [(data or "").encode("utf-8", "surrogatepass") for data in map(_data, events)]
        self.sizes.add_all([*map(len, texts)])
        ends = texts.count(END_MARKER.encode())
        if events[0].format in JSON_FORMATS:
            valid = len(events) - ends
        else:
            meant = [text for record, text in zip(events, texts, strict=True) if is_json(record)]
            valid = jsontext.count_valid(meant) if jsontext.is_utf8(b"\n".join(meant)) else 0
            valid += sum(map(jsontext.valid, meant[valid:]))
        counts = {"json": valid, "text": len(events) - ends - valid, "end": ends}
        self.payloads.update({sort: count for sort, count in counts.items() if count})

    def _add_type(self, name: str, count: int) -> None:
        name = name if len(name) <= _LONGEST_TYPE else f"{name[:_LONGEST_TYPE]}…"
        self.types[name if name in self.types or len(self.types) < self._most_types else OTHER_TYPES] += count

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
