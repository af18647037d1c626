"""What a person wants to know of a stream first: what it is, how much came, whether it is whole, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from streamconv.captures import Capture
from streamconv.examine import Row
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message
from streamconv.record import END_MARKER, Record
from streamconv.reports.arrivals import Arrivals
from streamconv.reports.quantities import counted, duration, size, size_in_words
from streamconv.reports.transcript import title_of
from streamconv.rules.stretches import Passed

COLUMNS: Final = f"{'events':>7} {'bytes':>6} {'time':>6}  {'verdict':<13} {'problems':>8}  name"
_LONGEST: Final = 200  # characters shown of what a server says
_KEPT: Final = 16 * 1024 * 1024  # bytes of stream after which a protocol lets go of its text
# What stands after the last event where nothing but the framing tells the end.
_OPEN: Final = "the last record is whole; nothing tells whether more was to come"


class Summary:
    """Adds up the rows and problems of one capture, in bounded memory."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.format: str | None = None  # None while it is not known
        self.size = 0  # bytes of the stream
        self.events = 0
        self.records = 0
        self.arrivals = Arrivals()
        self.severities: Counter[Severity] = Counter()
        self.rules: Counter[str] = Counter()
        self.first: Problem | None = None  # of those of the worst severity
        self.ended_by = ""  # what kept its end from being seen
        self._carries: str | None = None
        self._last: Record | None = None  # the last event
        self._forgotten = 0  # bytes of stream that the assembler has let go of
        self._assembler = Assembler(status=capture.status, line=capture.line_of)
        self.message: Message = self._assembler.snapshot()

    def add(self, row: Row) -> None:
        """One more row, and its problems."""
        record = row.record
        self.size += row.size
        self.records += 1
        if record.kind == "event":  # of a piece of JSON it cannot be told that it is some
            self._carries = self._carries or record.carries
            self.events += 1
            self._last = record
        self._assembler.feed([record])
        self._forget()
        for problem in row.problems:
            self.add_problem(problem)
        self.arrivals.add(row)

    def pass_over(self, passed: Passed) -> None:
        """More records that need not be seen, but for what was told of them."""
        self.size += passed.size
        self.records += passed.records
        self.events += passed.events
        self._forget()
        if passed.told is not None:
            self._assembler.feed([passed.told])

    def _forget(self) -> None:
        if self._assembler.protocol is not None and self.size - self._forgotten > _KEPT:
            self._forgotten = self.size
            self._assembler.protocol.forget()

    def add_problem(self, problem: Problem) -> None:
        """One more problem, at its place in the file."""
        self.severities[problem.severity] += 1
        self.rules[problem.rule] += 1
        before = -1 if self.first is None else SEVERITIES.index(self.first.severity)
        if SEVERITIES.index(problem.severity) > before:
            self.first = problem

    def finish(self, ended_by: str = "") -> None:
        """No row follows; or none that could be seen, because of this."""
        self.ended_by = ended_by
        self.arrivals.finish()
        if not ended_by:
            self._assembler.finish()
        self.message = self._assembler.snapshot()

    @property
    def chain(self) -> str:
        """The layers, the format and what its events carry, as --from takes them: `gzip,http/1.1,sse,json`."""
        carries = self._carries if self.format == "sse" else None
        return ",".join([*(layer.name for layer in self.capture.layers), *filter(None, (self.format, carries))])

    @property
    def state(self) -> str:
        """Whether the stream is whole, in one word: that of its verdict, or "interrupted"."""
        found = self.message.verdict.stream
        if self.ended_by and found not in ("complete", "in-band-error"):
            return "interrupted"
        return "complete" if found == "unknown" and self._own_end else found

    @property
    def evidence(self) -> str:
        """What shows the state."""
        verdict = self.message.verdict
        if self.state == "interrupted":
            return f"{self.ended_by} after {counted(self.events, 'event')}"
        if verdict.stream == "unknown" and self._last is not None and self.message.protocol is None:
            return self._own_end or _OPEN
        place = f", line {verdict.line}" if verdict.line and self.state in ("complete", "in-band-error") else ""
        return _shortened(verdict.evidence) + place

    @property
    def _own_end(self) -> str:
        """What ends a stream of no known protocol; "" where nothing does."""
        last = self._last
        if last is None or self.message.protocol is not None:
            return ""
        if last.is_end:
            return f"{END_MARKER}, line {self.capture.line_of(last)}"
        return "the JSON document is closed" if self.format == "json" else ""

    def spoken(self) -> str:
        """The protocol and the model, as people call them; "" where none was recognised."""
        if self.message.protocol is None:
            return ""
        model = f", {_shortened(self.message.model)}" if self.message.model else ""
        return title_of(self.message.protocol) + model

    def facts(self) -> dict[str, Any]:
        """For programs. Sizes in bytes, times in seconds; what is not known is null."""
        verdict, first = self.message.verdict, self.first
        return {
            "layers": [layer.name for layer in self.capture.layers],
            "format": self.format,
            "chain": self.chain,
            "protocol": self.message.protocol,
            "model": self.message.model,
            "events": self.events,
            "records": self.records,
            "bytes": self.size,
            "duration": self.arrivals.duration if self.arrivals.known else None,
            "verdict": {
                "stream": self.state,
                "finish": verdict.finish,
                "evidence": self.evidence,
                "event": verdict.number,
                "line": verdict.line,
            },
            "problems": {
                **{severity: self.severities[severity] for severity in reversed(SEVERITIES)},
                "rules": dict(self.rules.most_common()),
                "first": None if first is None else _facts_of(first),
            },
        }


def _facts_of(problem: Problem) -> dict[str, Any]:
    names = ("rule", "severity", "message", "line", "column", "offset")
    return {**{name: getattr(problem, name) for name in names}, "help": problem.hint}


def heading(found: Summary) -> str:
    """The name of the stream, and what it is: `run.txt: http/1.1,sse,json; OpenAI Chat Completions, gpt-4o`."""
    what = "; ".join(filter(None, (found.chain, found.spoken())))
    return ": ".join(filter(None, (found.capture.file, what)))


def rows(found: Summary) -> Iterator[tuple[str, str]]:
    """The rows below its heading, each with its title. None of it is made safe for a terminal."""
    of = "" if found.records == found.events else f" of {counted(found.records, 'record')}"
    took = f" in {duration(found.arrivals.duration)}" if found.arrivals.known else ""
    yield "events", f"{found.events}{of}, {size_in_words(found.size)}{took}"
    yield "verdict", f"{found.state}: {found.evidence}"
    yield "problems", problems(found)


def problems(found: Summary) -> str:
    """`1 error, 2 warnings; 3:1: error: … [rule]`: the first of the worst is spelled out; `none`.

    What is no more than information is left out.
    """
    counts = [counted(count, severity) for severity, count in _serious(found)]
    if found.first is None or not counts:
        return "none"
    place = f"{found.capture.name}:{found.first.place}: " if found.first.place else ""
    the_first = "the first: " if sum(count for _, count in _serious(found)) > 1 else ""
    first = f"{place}{_shortened(found.first.message)} [{found.first.rule}]"
    return f"{', '.join(counts)}; {the_first}{first}"


def _serious(found: Summary) -> Iterator[tuple[Severity, int]]:
    for severity in reversed(SEVERITIES):
        if severity != "info" and found.severities[severity]:
            yield severity, found.severities[severity]


def line(found: Summary) -> str:
    """One line in COLUMNS, for one of several streams; its heading is at the end."""
    took = duration(found.arrivals.duration) if found.arrivals.known else "-"
    wrong = " ".join(f"{count}{severity[0].upper()}" for severity, count in _serious(found)) or "-"
    cells = f"{found.events:>7} {size(found.size):>6} {took:>6}  {found.state:<13} {wrong:>8}"
    request = f"{found.capture.method} {found.capture.url}".strip()
    return "  ".join(filter(None, (cells, heading(found), request)))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
