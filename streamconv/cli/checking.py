"""One run of `check`: all inputs, all problems, one exit code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from streamconv.cli.captures_in import captures_in
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.output import Output, OutputClosedError, OutputError
from streamconv.cli.progress import with_progress
from streamconv.cli.voice import INPUT, INTERRUPTED, OUTPUT, PROBLEMS, Voice, wants_colour
from streamconv.detect import Chooser, UnrecognisedError, claimed
from streamconv.pipeline import blocks
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.reports.findings import Tally
from streamconv.reports.problem_forms import FORMS, Form, Text
from streamconv.rules import Checker, selected
from streamconv.rules.capture import wrapped

_WIDEST: Final = 120  # columns of a source line where nobody says how wide the output is


class Checking:
    """Runs what was asked for on the command line."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._rules = selected(asked["select"], asked["ignore"])
        self._grades: dict[str, Severity] = dict(asked["grades"])
        self._tally = Tally(asked["shown_from"], asked["most"])
        self._form = _form(asked["form"])
        self._voice = Voice(quiet=asked["quiet"])
        self._interrupts = Interrupts()
        self._output = Output(None, live=True)

    def run(self) -> int:
        """Check all inputs and return the exit code."""
        with self._interrupts:
            try:
                for name in self._names():
                    self._check(Input(name, self._interrupts, stamp=self._asked["stamp"]))
                self._end()
            except KeyboardInterrupt:
                self._voice.raise_code(INTERRUPTED)
                self._end()
            except OutputError as error:
                self._voice.fail(str(error), OUTPUT)
            except OutputClosedError:
                pass
        return 0 if self._asked["exit_zero"] and self._voice.code == PROBLEMS else self._voice.code

    def _names(self) -> Iterator[str]:
        for name in self._asked["inputs"] or ("-",):
            if name == "-" or not os.path.isdir(name):
                yield name
                continue
            empty = True
            for path in captures_in(name):
                empty = False
                yield path
            if empty:
                self._voice.fail(f"{name}: no captures in this folder", INPUT)

    def _check(self, one: Input) -> None:
        if one.path == "-" and os.isatty(0):
            self._voice.note("reading what is typed here; Ctrl-D ends it")
        self._tally.begin_file()
        try:
            for problem in self._problems(one):
                self._say(one.name, problem)
        except UnrecognisedError as error:
            self._voice.fail(f"{one.name}: {error}", INPUT)
        except OSError as error:
            self._voice.fail(f"{one.name}: {error.strerror}", INPUT)
        finally:
            self._write(self._form.file_end(one.name, self._tally))

    def _problems(self, one: Input) -> Iterator[Problem]:
        """The problems of an input, as its bytes come. Raises OSError, UnrecognisedError."""
        chunks = with_progress(one.chunks(), one.name, one.size(), quiet=self._asked["quiet"])
        chooser = Chooser(self._asked["source"] or claimed(one.name), name=one.name)
        choice = next(filter(None, map(chooser.feed, chunks)), None)
        if choice is None:
            try:
                choice = chooser.finish()
            except UnrecognisedError:
                found = wrapped(b"".join(chooser.held), self._rules)
                if found is None:
                    raise
                yield found
                return
        if choice.disagreement:
            self._voice.note(f"{one.name}: {choice.disagreement}")
        limits = {name: self._asked[name] for name in ("keepalive", "max_record_size")}
        checker = Checker(choice.format, self._rules, **limits)
        try:
            for chunk in chooser.held:
                yield from checker.feed(chunk)
            for chunk in chunks:
                for block in blocks(chunk):
                    yield from checker.feed(block)
            yield from checker.finish()
        finally:
            self._tally.events += checker.stream.events

    def _say(self, name: str, problem: Problem) -> None:
        grade = self._grades.get(problem.rule, problem.severity)
        if grade != problem.severity:
            problem = msgspec.structs.replace(problem, severity=grade)
        if SEVERITIES.index(grade) >= SEVERITIES.index(self._asked["fail_on"]):
            self._voice.raise_code(PROBLEMS)
        if self._tally.spells_out(problem):
            self._write(self._form.problem(name, problem))

    def _end(self) -> None:
        self._write(self._form.end(self._tally))
        words = self._tally.table() if self._asked["statistics"] else ""
        words += "" if self._asked["quiet"] else self._tally.summary() + "\n"
        if self._asked["form"] == "text":
            self._write(words)
        elif words:  # beside what a program reads
            self._voice.say(words)
        self._output.commit()

    def _write(self, text: str) -> None:
        if text:
            self._output.write(text.encode("utf-8", "backslashreplace"))


def _form(name: str) -> Form:
    if name in FORMS:
        return FORMS[name]()
    columns = shutil.get_terminal_size().columns if os.isatty(1) else _WIDEST
    return Text(columns=columns, colour=wants_colour(sys.stdout))
