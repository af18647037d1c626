"""What the command says, always on stderr, and the exit codes it ends with."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final, TextIO

from streamconv.reports.colours import COLOURS, coloured
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted

if TYPE_CHECKING:
    from streamconv.cli.heard import Heard
    from streamconv.problem import Problem

FINE, PROBLEMS, USAGE, INPUT, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 130

MOST: Final = 10  # problems of one rule and input that are spelled out
_MOST_MISTAKEN: Final = 1  # the same where the whole input is likely in another format


def wants_colour(out: TextIO | None) -> bool:
    """True for a terminal, unless NO_COLOR; FORCE_COLOR asks for it everywhere."""
    terminal = out is not None and out.isatty()
    return bool(os.environ.get("FORCE_COLOR") or (terminal and not os.environ.get("NO_COLOR")))


def _coloured(text: str, colour: str) -> str:
    return coloured(text, colour) if wants_colour(sys.stderr) else text


def _write(line: str) -> None:
    if sys.stderr is None:  # closed from the start
        return
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:  # nobody listens: the exit code still speaks
        pass


def is_loss(problem: Problem) -> bool:
    """True for what the target cannot carry, which is counted."""
    from streamconv.formats.losses import LOSSES  # with it come the formats, which `main` does not need

    return problem.rule in LOSSES and problem.severity != "error"


def fails(problem: Problem) -> bool:
    """True for a problem that the exit code tells."""
    return problem.severity == "error" or (problem.record is not None and problem.record.kind == "invalid")


class Voice:
    """Says problems as they come, each with its place, and sums up the rest. `code` is the exit code so far."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._name = ""
        self._said: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._hinted: set[str] = set()
        self._most = MOST
        self.code = FINE

    def begin(self, name: str, disagreement: str = "") -> None:
        """The problems that follow are of this input, about whose format there may be a disagreement."""
        self._name = name
        self._said.clear()
        self._most = _MOST_MISTAKEN if disagreement else MOST
        if disagreement:
            self.note(f"{name}: {disagreement}")

    def end(self) -> None:
        """Say how many problems of the input were not spelled out."""
        for rule, count in self._said.items():
            if count > self._most:
                self.note(f"{self._name}: and {count - self._most} more [{rule}]")

    def raise_code(self, code: int) -> None:
        """The highest exit code wins."""
        self.code = max(self.code, code)

    def report(self, problem: Problem, name: str | None = None) -> None:
        """A Report: say a problem, count a loss. `name` is where it is, if not in the input that was begun."""
        if is_loss(problem):
            self.lose(problem.rule, 1)
            return
        if fails(problem):
            self.raise_code(PROBLEMS)
        self._said[problem.rule] += 1
        if self._said[problem.rule] <= self._most:
            self._say_problem(problem, name or self._name)

    def lose(self, rule: str, count: int) -> None:
        """Count losses."""
        self._losses[rule] += count

    def repeat(self, *heard: Heard) -> None:
        """Report all that was heard, in the order of the stream."""
        from streamconv.cli.heard import in_stream

        for problem in sorted((problem for one in heard for problem in one.problems), key=in_stream):
            self.report(problem)
        for one in heard:
            self._losses.update(one.losses)
            self._said.update(one.more)
            if one.failed:
                self.raise_code(PROBLEMS)

    def report_layer(self, name: str, problem: Problem) -> None:
        """Say what is wrong with a layer of an input; that one was taken off is a detail."""
        if problem.severity == "info":
            self.detail(f"{name}: {problem.message}")
        else:
            self.report(problem, name)

    def _say_problem(self, problem: Problem, name: str) -> None:
        if self._quiet:
            return
        place = ":".join(part for part in (name, problem.place) if part)
        severity = _coloured(problem.severity, COLOURS[problem.severity])
        _write(f"{printable(place)}: {severity}: {printable(problem.message)} [{problem.rule}]")
        if problem.hint and problem.hint not in self._hinted:
            self._hinted.add(problem.hint)
            _write(f"  help: {printable(problem.hint)}")

    def note(self, text: str) -> None:
        """Say something worth knowing."""
        if not self._quiet:
            _write(printable(f"streamconv: {text}"))

    def row(self, title: str, text: str, colour: str = "") -> None:
        """Say a row of a summary, in a colour."""
        if not self._quiet:
            text = printable(text)
            _write(f"{title:<9} {_coloured(text, colour) if colour else text}")

    def say(self, text: str) -> None:
        """Say lines that are made of our own words."""
        _write(text.rstrip("\n"))

    def detail(self, text: str) -> None:
        """Say something with --verbose only."""
        if self._verbose:
            self.note(text)

    def fail(self, text: str, code: int) -> None:
        """Say why something could not be done; this is never silenced."""
        self.raise_code(code)
        _write(f"{_coloured('streamconv: ', COLOURS['error'])}{printable(text)}")

    def line(self, text: str) -> None:
        """Say one more line of what failed."""
        _write(printable(text))

    def sum_up(self, target: str) -> None:
        """Say what the target format lost, in one line."""
        from streamconv.formats.losses import LOSSES

        lost = {rule: count for rule, count in self._losses.items() if LOSSES[rule][0] != "info" or self._verbose}
        if lost:
            named = ", ".join(_lost(lost[rule], LOSSES[rule][1]) for rule in LOSSES if rule in lost)
            keeper = "raw" if target == "records" or "lost-bytes" in lost else "records"
            self.note(f"{target} does not carry {named} (--to {keeper} keeps them)")


def _lost(count: int, what: str) -> str:
    noun, among, rest = what.partition(" with ")
    return counted(count, noun) + among + rest
