"""Problems that are said later, and by somebody else: what helpers and filters found, on its way to the Voice."""

from __future__ import annotations

from collections import Counter

import msgspec

from streamconv.cli.voice import MOST, fails, is_loss
from streamconv.problem import Problem
from streamconv.record import Record


class Heard:
    """Problems that somebody else is to say, later: those that may be spelled out, and the counts of all others."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.more: Counter[str] = Counter()  # problems of a rule that are too many to be spelled out
        self.losses: Counter[str] = Counter()
        self.failed = False
        self._said: Counter[str] = Counter()

    def report(self, problem: Problem) -> None:
        """A Report."""
        if is_loss(problem):
            self.losses[problem.rule] += 1
            return
        self.failed = self.failed or fails(problem)
        self._said[problem.rule] += 1
        if self._said[problem.rule] <= MOST:
            record = problem.record  # what is said does not need its bytes
            slim = None if record is None else Record(record.kind, offset=record.offset)
            self.problems.append(msgspec.structs.replace(problem, record=slim))
        else:
            self.more[problem.rule] += 1

    def move(self, lines: int) -> None:
        """Let what was reported so far be so many lines further on."""
        self.problems = [
            problem if problem.line is None else msgspec.structs.replace(problem, line=problem.line + lines)
            for problem in self.problems
        ]


def in_stream(problem: Problem) -> tuple[int, int]:
    """What sorts problems of several filters as their records and places stand in the stream."""
    offset = -1 if problem.offset is None else problem.offset
    return (offset if problem.record is None else problem.record.offset), offset
