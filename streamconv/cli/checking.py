"""One run of `check`: all inputs, all problems, one exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

import streamconv
from streamconv.captures import Capture, Chain
from streamconv.cli.captures_in import captures_in
from streamconv.cli.inputs import Input
from streamconv.cli.jobs.apart import Found, Noted, check_apart
from streamconv.cli.output import Output, writing
from streamconv.cli.voice import INPUT, PROBLEMS, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.reports.findings import Tally
from streamconv.reports.problem_forms import JSON, SARIF, Form, GitHub, JSONLines, Text
from streamconv.rules import selected

if TYPE_CHECKING:
    from streamconv.cli.jobs.crew import Crew
    from streamconv.cli.jobs.look_ahead import LookAhead

_WIDEST: Final = 120  # columns of a source line where nobody says how wide the output is


class Checking:
    """Runs what was asked for on the command line; or tells what it would write and say, for another one to repeat."""

    def __init__(self, asked: dict[str, Any], noted: Noted | None = None) -> None:
        self._asked = asked
        self._rules = selected(asked["select"], asked["ignore"])
        self._rule_names = {rule.name for rule in self._rules}
        self._grades: dict[str, Severity] = dict(asked["grades"])
        self.tally = Tally(asked["shown_from"], asked["most"])
        self.form = _form(asked["form"])
        self._file = ""  # the one at hand
        self._voice = noted or Voice(quiet=asked["quiet"])
        source = asked["source"] or Chain()
        self._format = source.format
        how = Asked(chain=source, entry=asked["entry"], several=True, stamp=asked["stamp"], quiet=asked["quiet"])
        self._names: Sequence[str] = asked["inputs"] or ("-",)
        self._walk = Walk(self._left(), how, self._voice, self._say)
        self._output = Output(None, live=True)
        self._noted = noted
        self._is_one = len(self._names) == 1 and not os.path.isdir(self._names[0])
        self._jobs = 1 if asked["jobs"] == 1 else self._worth(asked["jobs"])
        self._crew: Crew | None = None

    def _worth(self, jobs: int | None) -> int:
        from streamconv.cli.jobs.crew import worth  # with what starts processes: one needs none of it

        return worth(jobs, [sum(map(_size, self._names))])

    def run(self) -> int:
        """Check all inputs and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            try:
                self.check_all()
            finally:
                if self._crew is not None:
                    self._crew.close()
            self._end()
        return 0 if self._asked["exit_zero"] and self._voice.code == PROBLEMS else self._voice.code

    def check_all(self) -> None:
        """Check all inputs."""
        for one in self._walk.inputs():
            self._check(one)

    def _left(self) -> Iterator[str]:
        """The files that are to be checked here; what helpers found in others is said in its place."""
        if self._jobs == 1 or self._is_one:
            yield from (name for name in self._inputs() if name is not None)
            return
        from streamconv.cli.jobs.crew import Crew
        from streamconv.cli.jobs.errands import Errands

        self._crew = Crew(self._jobs, check_apart)
        errands = Errands(self._crew, self._walk.interrupts.wait)
        try:
            for name in chain(self._inputs(), [None]):
                # What a helper reads of stdin is read, should the file have to be checked here after all.
                is_file = name not in (None, "-") and Input(name).size() is not None
                due = errands.finish() if name is None else errands.add((self._asked, name), away=is_file)
                for (_, path), found in due:
                    if found is None:
                        yield path
                    else:
                        self._repeat(found)
        except KeyboardInterrupt:
            self._walk.interrupt()

    def _repeat(self, found: Found) -> None:
        """Tell what was found in a file as if it had been found here."""
        for method, args in found.said:
            getattr(self._output if method == "write" else self._voice, method)(*args)
        self.tally.add(found.tally)
        self.form.add(found.form)

    def _inputs(self) -> Iterator[str | None]:
        """All files; None where those before must have been checked."""
        for name in self._names:
            if name == "-" or not os.path.isdir(name):
                yield name
                continue
            yield None
            passed_over: list[str] = []
            files = self.tally.files
            yield from captures_in(name, passed_over)
            yield None
            if self.tally.files == files:
                self._voice.fail(f"{name}: no captures in this folder", INPUT)
            elif passed_over:
                one = len(passed_over) == 1
                self._voice.note(f"{name}: passed over {len(passed_over)} file{'' if one else 's'} of another kind")

    def _check(self, one: Input) -> None:
        self.tally.begin_file()
        self._file = one.name
        for capture in self._walk.captures_of_input():
            try:
                self._check_stream(capture)
            except UnrecognisedError as error:
                self._walk.say_unreadable(error)
        self._write(self.form.file_end(one.name, self.tally))

    def _check_stream(self, capture: Capture) -> None:
        limits = {name: self._asked[name] for name in ("keepalive", "max_record_size")}
        examination = Examination(capture, self._format, self._rules, **limits)
        ahead = self._look_ahead(capture)
        name = ""
        try:
            for problem in examination.problems(*((ahead.cut, ahead) if ahead is not None else ())):
                if self._walk.cut_short:  # the end was not seen
                    break
                name = self._begin(capture, examination, name)
                self._say(name, problem)
            self._begin(capture, examination, name)
        finally:
            self.tally.events += examination.events

    def _look_ahead(self, capture: Capture) -> LookAhead | None:
        """What lets helpers see ahead in the one file that is checked; None where none are wanted, or they cannot."""
        if self._jobs == 1 or not self._is_one or capture.layers or self._walk.is_live:
            return None
        from streamconv.cli.jobs.look_ahead import LookAhead, look  # most runs need neither

        def hire() -> Crew:
            from streamconv.cli.jobs.crew import Crew

            self._crew = Crew(self._jobs, look)
            return self._crew

        return LookAhead(hire)

    def _begin(self, capture: Capture, examination: Examination, name: str) -> str:
        """What places are said to be in; at first, count the stream and say what disagrees."""
        if not name:
            self.tally.begin_stream()
            if examination.choice is not None and examination.choice.disagreement:
                self._voice.note(f"{capture.name}: {examination.choice.disagreement}")
        return capture.name

    def _say(self, name: str, problem: Problem) -> None:
        if problem.rule not in self._rule_names:
            return
        grade = self._grades.get(problem.rule, problem.severity)
        if grade != problem.severity:
            problem = msgspec.structs.replace(problem, severity=grade)
        if SEVERITIES.index(grade) >= SEVERITIES.index(self._asked["fail_on"]):
            self._voice.raise_code(PROBLEMS)
        if self.tally.spells_out(problem):
            self._write(self.form.problem(name, problem, self._file))

    def _end(self) -> None:
        self._write(self.form.end(self.tally))
        words = self.tally.table() if self._asked["statistics"] else ""
        interrupted = "; interrupted" if self._walk.interrupted else ""
        words += "" if self._asked["quiet"] else f"{self.tally.summary()}{interrupted}\n"
        if self._asked["form"] == "text":
            self._write(words)
        elif words:  # beside what a program reads
            self._voice.say(words)
        self._output.commit()

    def _write(self, text: str) -> None:
        (self._noted or self._output).write(text.encode("utf-8", "backslashreplace"))


def _size(name: str) -> int:
    """Bytes of a file, or of all below a folder."""
    if name == "-" or not os.path.isdir(name):
        return Input(name).size() or 0
    return sum(Input(os.path.join(place, file)).size() or 0 for place, _, files in os.walk(name) for file in files)


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
    columns = _WIDEST
    if os.isatty(1):
        import shutil  # which imports all that compresses

        columns = shutil.get_terminal_size().columns
    return Text(columns=columns, colour=wants_colour(sys.stdout))
