"""One run of `check`: all inputs, all problems, one exit code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

import streamconv
from streamconv.captures import Capture, Chain
from streamconv.cli.captures_in import captures_in
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output, writing
from streamconv.cli.voice import INPUT, PROBLEMS, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.reports.findings import Tally
from streamconv.reports.problem_forms import JSON, SARIF, Form, GitHub, JSONLines, Text
from streamconv.rules import selected

_WIDEST: Final = 120  # columns of a source line where nobody says how wide the output is


class Checking:
    """Runs what was asked for on the command line."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._rules = selected(asked["select"], asked["ignore"])
        self._names = {rule.name for rule in self._rules}
        self._grades: dict[str, Severity] = dict(asked["grades"])
        self._tally = Tally(asked["shown_from"], asked["most"])
        self._form = _form(asked["form"])
        self._file = ""  # the one at hand
        self._voice = Voice(quiet=asked["quiet"])
        chain = asked["source"] or Chain()
        self._format = chain.format
        how = Asked(chain=chain, entry=asked["entry"], several=True, stamp=asked["stamp"], quiet=asked["quiet"])
        self._walk = Walk(self._inputs(), how, self._voice, self._say)
        self._output = Output(None, live=True)

    def run(self) -> int:
        """Check all inputs and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            for one in self._walk.inputs():
                self._check(one)
            self._end()
        return 0 if self._asked["exit_zero"] and self._voice.code == PROBLEMS else self._voice.code

    def _inputs(self) -> Iterator[str]:
        for name in self._asked["inputs"] or ("-",):
            if name == "-" or not os.path.isdir(name):
                yield name
                continue
            passed_over: list[str] = []
            files = self._tally.files
            yield from captures_in(name, passed_over)
            if self._tally.files == files:
                self._voice.fail(f"{name}: no captures in this folder", INPUT)
            elif passed_over:
                one = len(passed_over) == 1
                self._voice.note(f"{name}: passed over {len(passed_over)} file{'' if one else 's'} of another kind")

    def _check(self, one: Input) -> None:
        self._tally.begin_file()
        self._file = one.name
        for capture in self._walk.captures_of_input():
            try:
                self._check_stream(capture)
            except UnrecognisedError as error:
                self._walk.say_unreadable(error)
        self._write(self._form.file_end(one.name, self._tally))

    def _check_stream(self, capture: Capture) -> None:
        limits = {name: self._asked[name] for name in ("keepalive", "max_record_size")}
        examination = Examination(capture, self._format, self._rules, **limits)
        name = ""
        try:
            for problem in examination.problems():
                if self._walk.cut_short:  # the end was not seen
                    break
                name = self._begin(capture, examination, name)
                self._say(name, problem)
            self._begin(capture, examination, name)
        finally:
            self._tally.events += examination.events

    def _begin(self, capture: Capture, examination: Examination, name: str) -> str:
        """What places are said to be in; at first, count the stream and say what disagrees."""
        if not name:
            self._tally.begin_stream()
            if examination.choice is not None and examination.choice.disagreement:
                self._voice.note(f"{capture.name}: {examination.choice.disagreement}")
        return capture.name

    def _say(self, name: str, problem: Problem) -> None:
        if problem.rule not in self._names:
            return
        grade = self._grades.get(problem.rule, problem.severity)
        if grade != problem.severity:
            problem = msgspec.structs.replace(problem, severity=grade)
        if SEVERITIES.index(grade) >= SEVERITIES.index(self._asked["fail_on"]):
            self._voice.raise_code(PROBLEMS)
        if self._tally.spells_out(problem):
            self._write(self._form.problem(name, problem, self._file))

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
    match name:
        case "json":
            return JSON()
        case "jsonl":
            return JSONLines()
        case "sarif":
            return SARIF(streamconv.__version__)
        case "github":
            return GitHub()
    columns = shutil.get_terminal_size().columns if os.isatty(1) else _WIDEST
    return Text(columns=columns, colour=wants_colour(sys.stdout))
