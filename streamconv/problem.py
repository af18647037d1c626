"""Problem, a finding about a place in a stream, and the exceptions that carry findings.

Exception
├── StreamError       a Problem that its finder was told not to go on after
└── ValueError
    └── PayloadError  a payload that is not what it was asked to be
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from streamconv.record import Record

Severity = Literal["error", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "error")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, how badly, and where."""

    rule: str  # a name that explains itself: `sse-unterminated-event`
    severity: Severity
    message: str
    line: int | None = None  # from 1; None where the whole stream is meant
    column: int | None = None  # code points from 1; None where the start of the line was not seen
    offset: int | None = None  # bytes from 0
    length: int = 0  # bytes
    record: Record | None = None
    within: int | None = (
        None  # where it stands in the record's bytes, from 0, once `offset` is one of the file round it
    )
    hint: str = ""  # what to do about it

    @property
    def place(self) -> str:
        """`line:column`, with what is known of them; `byte N`, from 0, in a stream that has no lines."""
        if self.line is None:
            return "" if self.offset is None else f"byte {self.offset}"
        return str(self.line) if self.column is None else f"{self.line}:{self.column}"

    def __str__(self) -> str:
        """`line:column: severity: message [rule]`, with what is known of the place."""
        place = self.place
        return f"{place}{': ' if place else ''}{self.severity}: {self.message} [{self.rule}]"


Report = Callable[[Problem], object]
"""What a filter calls with a Problem. It may raise to stop the reading; what it returns is ignored."""


class StreamError(Exception):
    """A Problem that ended the reading. The problem is `error.problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class PayloadError(ValueError):
    """A payload that is not the JSON it was asked to be; the message names the place."""


def raise_invalid(problem: Problem) -> None:
    """The library's default report: raise StreamError for an invalid record or a damaged layer, ignore all else."""
    damaged = problem.rule.startswith("capture-") and problem.severity == "error"
    if damaged or (problem.record is not None and problem.record.kind == "invalid"):
        raise StreamError(problem)
