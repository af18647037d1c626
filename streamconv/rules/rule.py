"""Rule, one thing that can be wrong with a stream."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from streamconv.problem import Problem, Severity
from streamconv.record import Record
from streamconv.rules.lines import Line
from streamconv.rules.passage import Passage
from streamconv.rules.stream import Stream


class Rule:
    """One rule; an instance judges one stream, so that it may remember.

    The docstring is its page: what, why it matters and which clients break. `clause` names the text it stands on.
    `bad` and `good` are captures that show it and are its test; where bytes alone do not, `shown_with` holds what is
    known beside them (`content_type`, `status`, `headers`), for "bad" and for "good".

    `check` is not asked of records that are proved quiet (see `quiet`), so what a rule remembers must not need them.
    """

    name: ClassVar[str]
    severity: ClassVar[Severity]
    clause: ClassVar[str]
    bad: ClassVar[bytes | tuple[bytes, ...]]
    good: ClassVar[bytes | tuple[bytes, ...]]
    formats: ClassVar[tuple[str, ...]]  # what it judges; its examples are of the first
    hint: ClassVar[str] = ""  # what to do
    mended: ClassVar[str] = ""  # how `fix` mends it; empty where that would be guessing
    target: ClassVar[str | None] = None  # the format that converting to shows it; None where checking does
    shown_with: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def begin(self, stream: Stream) -> Iterable[Problem]:
        """The problems that are known before the first byte."""
        return ()

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The problems of one record."""
        return ()

    def finish(self, stream: Stream) -> Iterable[Problem]:
        """The problems that only the end shows."""
        return ()

    @classmethod
    def page(cls) -> str:
        """What it means, in paragraphs."""
        return inspect.cleandoc(cls.__doc__ or "")

    def on(self, passage: Passage, line: Line, start: int, length: int, message: str) -> Problem:
        """A problem on a line: `length` bytes from `start` in its content."""
        column = len(line.content[:start].decode("utf-8", "replace")) + 1
        return self.at(line.number, column, passage.offset + line.start + start, message, passage.record, length)

    def whole_line(self, passage: Passage, line: Line, message: str) -> Problem:
        """A problem of a line as such."""
        return self.on(passage, line, 0, len(line.content), message)

    def in_text(self, passage: Passage, position: int, length: int, message: str) -> Problem:
        """A problem in the payload: `length` bytes from `position` in its text."""
        return self.at(*passage.payload_place(position), message, passage.record, length)

    def of_record(self, passage: Passage, message: str) -> Problem:
        """A problem of a record as such, which is where its text or its block begins."""
        record = passage.record
        length = len(record.raw) - (record.offset - passage.offset)
        return self.at(*passage.place(record.offset), message, record, length)

    def of_stream(self, message: str) -> Problem:
        """A problem of the stream as a whole."""
        return Problem(rule=self.name, severity=self.severity, message=message, hint=self.hint)

    def at(
        self,
        line: int | None,
        column: int | None,
        offset: int,
        message: str,
        record: Record | None = None,
        length: int = 0,
    ) -> Problem:
        """A problem at a place: line and column from 1, offset from 0, `length` in bytes."""
        return Problem(
            rule=self.name,
            severity=self.severity,
            message=message,
            line=line,
            column=column,
            offset=offset,
            length=length,
            record=record,
            hint=self.hint,
        )
