"""Rule, one thing that can be wrong with a stream, and what all rules see of the stream."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from streamconv.problem import Problem, Severity
from streamconv.record import Record
from streamconv.rules.passage import Line, Passage

_COUNTED: Final = 18  # digits of an id; longer ones are names


class Stream:
    """What is known of the stream that is being checked: from outside, and so far."""

    def __init__(
        self,
        format: str,
        *,
        content_type: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.format = format
        self.content_type = content_type
        self.status = status  # of the HTTP response; None where there was none
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.size = 0  # bytes so far
        self.events = 0
        self.before: Record | None = None  # the record before the one at hand
        self.id_before = ""  # the last id that was written
        self.number_before = -1  # the last one that is a number
        self.place = (1, 1, 0)  # line, column and offset of the record at hand, at the end of the last byte
        self.silence = 0.0  # seconds without a byte before the chunk that completed the record at hand

    def goes_on(self, id: str) -> bool:
        """True where this id is not the one before, and no smaller number."""
        number = number_of(id)
        return id != self.id_before and (number is None or number >= self.number_before)

    def remember(self, record: Record) -> None:
        """Make this record the one before."""
        self.before = record
        if record.id:
            self.id_before = record.id
            number = number_of(record.id)
            self.number_before = self.number_before if number is None else number

    @property
    def media_type(self) -> str:
        """The essence of the content type: lower case, without parameters (MIME Sniffing, 4.1)."""
        return self.content_type.partition(";")[0].strip().lower()


def number_of(id: str) -> int | None:
    """The number that an id is; None where it is a name, or too long to count."""
    return int(id) if len(id) <= _COUNTED and id.isascii() and id.isdigit() else None


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
        self, line: int, column: int | None, offset: int, message: str, record: Record | None = None, length: int = 0
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
