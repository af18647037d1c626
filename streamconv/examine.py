"""Examining: an opened capture to the records of its stream, each with its problems, at their places in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import msgspec

from streamconv.captures import Capture
from streamconv.captures.places import Place
from streamconv.detect import Choice, Chooser, UnrecognisedError, choose, claimed
from streamconv.formats.faults import first_byte
from streamconv.formats.standing import Standing
from streamconv.pipeline import blocks
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.record import Record
from streamconv.rules import Checker, Rule
from streamconv.rules.capture import wrapped
from streamconv.rules.checker import SPAN
from streamconv.rules.stretches import Ahead, Passed

Cut = Callable[[str, Iterator[bytes]], Iterator[bytes]]
"""What cuts the chunks of a stream of a format elsewhere."""

_LATEST: Final = 1e12  # seconds, some 30 000 years: a time further off is no time


class Row(msgspec.Struct, frozen=True):
    """A record as the panel shows it: one line."""

    record: Record
    gap: float | None = None  # seconds since the record before that has a time
    problems: tuple[Problem, ...] = ()  # of this record, at their places in the file

    @property
    def size(self) -> int:
        """The bytes of the record in the stream, framing included."""
        return len(self.record.raw)

    @property
    def severity(self) -> Severity | None:
        """That of the worst problem; an invalid record is an error, also where its problems are told later."""
        if self.record.kind == "invalid":
            return "error"
        return max((problem.severity for problem in self.problems), key=SEVERITIES.index, default=None)

    @property
    def label(self) -> str:
        """The type of an event; of everything else what it is.

        "invalid", "incomplete", or what a control record holds first: "comment", "retry", "id", "blank", "no data" (an
        event name or unknown fields, which dispatch nothing) or "framing" (the brackets round an array).
        """
        record = self.record
        if record.kind == "event":
            return record.type
        if record.kind != "control":
            return record.kind
        if record.comments:
            return "comment"
        if record.retry is not None:
            return "retry"
        if record.id is not None:
            return "id"
        if not record.raw.strip():
            return "blank"
        return "no data" if record.format == "sse" else "framing"


class Rows:
    """Makes rows of records, one after the other; one whose time nobody can mean has none."""

    def __init__(self) -> None:
        self._before: float | None = None

    def of(self, record: Record, problems: Sequence[Problem] = ()) -> Row:
        """The row of the next record."""
        if record.time is not None and not abs(record.time) <= _LATEST:  # NaN, too
            record = record.replace(time=None)
        gap = None if record.time is None or self._before is None else record.time - self._before
        self._before = self._before if record.time is None else record.time
        return Row(record, gap, tuple(problems))


class Part(NamedTuple):
    """A part of a stream that was judged."""

    chunks: list[bytes]
    end: Standing | None  # where reading stands at its end: between two records, before the end of the stream
    problems: list[Problem]  # at their places in the stream


class Examination:
    """The records of one capture, and their problems. Iterate once, over all that one of its methods gives.

    `choice` is its format, once that is known; `events` counts what was read. `loose` are the problems, so far, that
    are beside no row: of the stream as a whole, of its end, or of a row that was given before they could be known.
    Those of the layers round the stream are `capture.problems`. Rows are what reading the capture gives; `problems`
    judges it as what it is held to.
    """

    def __init__(
        self,
        capture: Capture,
        format: str | None,
        rules: Sequence[type[Rule]],
        *,
        content_type: str | None = None,
        **limits: Any,
    ) -> None:
        self.capture = capture
        self._rules = rules
        self._content_type = content_type or capture.content_type
        self._limits = limits
        self._format = format
        self.choice: Choice | None = None
        self.events = 0
        self.loose: list[Problem] = []

    def problems(self, cut: Cut | None = None, ahead: Ahead | None = None) -> Iterator[Problem]:
        """In stream order, as the bytes come; `cut` may make other chunks of those that come, and `ahead` know what
        patterns match in them. Raises OSError, UnrecognisedError, CaptureError.
        """
        chooser = held_to(self.capture, self._format, self._content_type)
        for _, _, problems in self._judged(chooser, cut=cut, ahead=ahead):
            yield from map(self._outside, problems)

    def rows(self) -> Iterator[Row]:
        """Every record, as the bytes come; one whose time nobody can mean has none.

        Raises OSError, UnrecognisedError, CaptureError.
        """
        rows = Rows()
        for checker, _, problems in self._judged(self._chooser(), keeps_records=True):
            records = checker.records if checker is not None else []
            beside = self._beside(records, problems)
            for at, record in enumerate(records):
                yield rows.of(record, beside.get(at, ()))

    def rows_and_passed(self) -> Iterator[Row | Passed]:
        """The rows of what `problems` judges, for who adds up what it says; less those that need not be seen for that.

        Raises OSError, UnrecognisedError, CaptureError.
        """
        chooser = held_to(self.capture, self._format, self._content_type)
        rows = Rows()
        for checker, _, problems in self._judged(chooser, keeps_records=True, passes=True):
            records, passed = (checker.records, checker.passed) if checker is not None else ([], [])
            beside = self._beside(records, problems)
            done = 0
            for at, one in (*passed, (len(records), None)):
                for number in range(done, at):
                    yield rows.of(records[number], beside.get(number, ()))
                if one is not None:
                    yield one
                done = at

    def parts(self, cut: Cut | None = None) -> Iterator[Part]:
        """All bytes of the stream as they are judged, for who reads them beside: much faster than `rows`. Where
        something else is round the stream, there are none. `cut` may make other chunks of those that come.

        Raises OSError, UnrecognisedError, CaptureError.
        """
        held: list[bytes] = []
        for checker, chunk, problems in self._judged(self._chooser(), cut=cut):
            held += [chunk] if chunk else []
            if checker is None or checker.waits or checker.done:
                yield Part([], None, problems)
            else:
                yield Part(held, checker.standing if chunk else None, problems)
                held = []

    def _chooser(self) -> Chooser:
        return Chooser(self._format, self._content_type, self.capture.file, self.capture.layers)

    def _judged(
        self, chooser: Chooser, *, cut: Cut | None = None, **known: Any
    ) -> Iterator[tuple[Checker | None, bytes, list[Problem]]]:
        """The checker after each chunk, the chunk, and the problems that it showed, at their places in the stream.
        The last chunk is empty: the end.
        """
        capture = self.capture
        try:
            self.choice, chunks = choose(capture.chunks, chooser)
        except UnrecognisedError:
            found = wrapped(b"".join(chooser.held), self._rules)
            if found is None:
                raise
            yield None, b"", [found]
            return
        known = {"content_type": self._content_type, **known, **self._limits}
        checker = checker_of(capture, self.choice.format, self._rules, **known)
        try:
            pieces = chain.from_iterable(blocks(chunk, SPAN) for chunk in chunks)
            given = cut(self.choice.format, chunks) if cut is not None else pieces
            for chunk in given:
                yield checker, chunk, checker.feed(chunk)
            if not capture.stopped:
                yield checker, b"", checker.finish()
        finally:
            self.events = checker.stream.events

    def _beside(self, records: list[Record], problems: Iterable[Problem]) -> dict[int, list[Problem]]:
        """The problems by the position of the record that they are of; the others are loose."""
        beside: dict[int, list[Problem]] = {}
        starts: list[int] = []
        for problem in problems:
            starts = starts or [first_byte(record) for record in records]
            offset = problem.offset if problem.record is None else problem.record.offset
            at = -1 if offset is None else bisect_right(starts, offset) - 1
            if at < 0 or (offset or 0) >= starts[at] + len(records[at].raw):
                self.loose.append(self._outside(problem))
            else:
                beside.setdefault(at, []).append(self._outside(problem))
        return beside

    def take_loose(self) -> list[Problem]:
        """The loose problems so far, which are then forgotten: a stream may go on for days."""
        taken, self.loose = self.loose, []
        return taken

    def place(self, record: Record) -> Place:
        """Where a record begins in the file, where the layers only cut; else in the stream. Its column is not told."""
        return self.outside(Place(record.line, None, record.offset))

    def outside(self, place: Place) -> Place:
        """The same of any place in the stream."""
        return outside(self.capture, place)

    def _outside(self, problem: Problem) -> Problem:
        """A problem at its place in the file; where it stands in its record is kept."""
        if not self.capture.layers:
            return problem
        if problem.record is not None and problem.offset is not None:
            problem = msgspec.structs.replace(problem, within=problem.offset - first_byte(problem.record))
        return self.capture.outside(problem)


def outside(capture: Capture, place: Place) -> Place:
    """Where a place of the stream is in the file, where the layers only cut; else where it is."""
    if not capture.layers:
        return place
    line, column, offset = place
    at = Problem(rule="", severity="info", message="", line=line, column=column, offset=offset)
    at = capture.outside(at)
    return Place(at.line, at.column, at.offset)


def held_to(capture: Capture, format: str | None, content_type: str = "") -> Chooser:
    """What chooses the format that a capture is judged as: the one asked for, else what its name claims, where no layer
    is round it; else what it is.
    """
    held = format or (None if capture.layers else claimed(capture.file))
    return Chooser(held, content_type or capture.content_type, capture.file, capture.layers)


def checker_of(
    capture: Capture, format: str, rules: Sequence[type[Rule]], *, content_type: str | None = None, **limits: Any
) -> Checker:
    """What judges the stream of a capture, with what is known of the response that it came in."""
    return Checker(
        format,
        rules,
        content_type=content_type or capture.content_type,
        status=capture.status,
        headers=dict(capture.headers),
        **limits,
    )
