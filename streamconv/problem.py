"""Problem, a finding about a place in a stream, and the exceptions that carry findings.

Exception
├── StreamError       a Problem that its finder was told not to go on after
└── ValueError
    └── PayloadError  a payload that is not what it was asked to be
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from streamconv.record import Record

Severity = Literal["error", "warning", "info"]


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
    hint: str = ""  # what to do about it

    def __str__(self) -> str:
        """`line:column: severity: message [rule]`, with what is known of the place."""
        place = "".join(f"{number}:" for number in (self.line, self.column) if number is not None)
        return f"{place}{' ' if place else ''}{self.severity}: {self.message} [{self.rule}]"


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
