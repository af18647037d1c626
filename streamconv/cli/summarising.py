"""One run of `streamconv FILE…`: each stream read once, its answer told as it ends."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any, Final

from streamconv.captures import Capture, Chain
from streamconv.cli.next_steps import next_steps
from streamconv.cli.output import Lines, writing
from streamconv.cli.voice import PROBLEMS, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination, Row
from streamconv.problem import Problem
from streamconv.reports.cells import wrapped
from streamconv.reports.colours import COLOURS, VERDICTS, coloured
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted
from streamconv.reports.summary import COLUMNS, Summary, heading, line, rows
from streamconv.rules import RULES
from streamconv.rules.stretches import Passed

_MARGIN: Final = 12  # columns of a row before its text, the title in it
_NARROWEST: Final = 20  # columns of text; a terminal may say that it has none


class Summarising:
    """Runs what was asked for on the command line."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._names = asked["inputs"] or ("-",)
        self._voice = Voice(quiet=asked["quiet"])
        self._chain = asked["source"] or Chain()
        how = Asked(
            chain=self._chain, entry=asked["entry"], several=True, stamp=True, since_opened=True, quiet=asked["quiet"]
        )
        self._walk = Walk(self._names, how, self._voice, self._report)
        self._lines = Lines()
        self._found: Summary | None = None  # of the stream at hand
        self._of_layers: list[tuple[str, Problem]] = []  # found before the stream inside them was
        self._in_lines = len(self._names) > 1
        self._headed = False  # the columns have their titles
        self._container = ""  # the last whose streams were counted
        self._worst: tuple[int, ...] = ()  # the rank of the stream that the steps are for
        self._steps: list[str] = []

    def run(self) -> int:
        """Tell all streams and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            for capture in self._walk.captures():
                try:
                    self._summarise(capture)
                except UnrecognisedError as error:
                    if not self._walk.interrupted:
                        self._walk.say_unreadable(error)
                finally:
                    self._found = None
            for name, problem in self._of_layers:  # of what holds no stream
                self._voice.report_layer(name, problem)
            if not self._asked["as_json"]:
                self._write_rows("next", self._steps)
            self._lines.flush()
        return self._voice.code

    def _report(self, name: str, problem: Problem) -> None:
        if self._found is None:
            self._of_layers.append((name, problem))
        else:
            self._found.add_problem(problem)

    def _summarise(self, capture: Capture) -> None:
        self._found = found = Summary(capture)
        for _, problem in self._of_layers:
            found.add_problem(problem)
        self._of_layers.clear()
        examination = Examination(capture, self._chain.format, RULES)
        for row in examination.rows_and_passed():
            if isinstance(row, Passed):
                found.pass_over(row)
                continue
            # Where the stream is cut short its end was not seen, and is not to blame.
            found.add(row if not self._walk.cut_short else Row(row.record, row.gap))
            self._add_loose(found, examination)
        self._add_loose(found, examination)
        choice = examination.choice
        found.format = choice.format if choice is not None and found.records else self._chain.format
        found.finish("Ctrl-C" if self._walk.interrupted else "unreadable" if self._walk.broken_off else "")
        if choice is not None and choice.disagreement:
            self._voice.note(f"{capture.name}: {choice.disagreement}")
        if found.severities["error"]:
            self._voice.raise_code(PROBLEMS)
        self._tell(found)

    def _add_loose(self, found: Summary, examination: Examination) -> None:
        for problem in examination.take_loose():
            if not self._walk.cut_short:
                found.add_problem(problem)

    def _tell(self, found: Summary) -> None:
        steps = next_steps(found, self._walk.input.path, str(self._chain))
        if self._asked["as_json"]:
            entry = found.capture.entry
            file = self._walk.input.name.encode("utf-8", "backslashreplace").decode()
            facts = {"file": file, "entry": entry.number if entry is not None else None, **found.facts(), "next": steps}
            self._lines.write(json.dumps(facts) + "\n")
            self._lines.flush()
            return
        rank = _rank(found)
        if rank > self._worst:
            self._worst, self._steps = rank, steps
        if self._one_of_several(found):
            self._lines.write(self._coloured(printable(line(found)), found) + "\n")
            self._lines.flush()
            return
        self._lines.write(printable(heading(found)) + "\n")
        room = max(shutil.get_terminal_size().columns - _MARGIN, _NARROWEST)
        for title, text in rows(found):
            lines = [*wrapped(printable(text), room)] if os.isatty(1) else [printable(text)]
            if title == "verdict":
                lines[0] = self._coloured(lines[0], found)
            self._write_rows(title, lines)

    def _one_of_several(self, found: Summary) -> bool:
        """True where a stream has one line; before the first of them stands how many there are, and the columns."""
        capture = found.capture
        count = sum(one.is_stream for one in capture.entries) if self._asked["entry"] in (None, "all") else 1
        name = self._walk.input.name
        self._in_lines = self._in_lines or capture.nested
        if capture.entry is not None and count > 1 and self._container != name:
            self._container = name
            self._in_lines = True
            self._lines.write(printable(f"{name}: {counted(count, 'stream')}") + "\n")
        if self._in_lines and not self._headed:
            self._headed = True
            self._lines.write(COLUMNS + "\n")
        return self._in_lines

    def _write_rows(self, title: str, texts: list[str]) -> None:
        for text in texts:
            self._lines.write(f"  {title:<9} {text}\n")
            title = ""

    def _coloured(self, text: str, found: Summary) -> str:
        """The text with the state of the stream in its colour."""
        if not wants_colour(sys.stdout):
            return text
        return text.replace(found.state, coloured(found.state, VERDICTS.get(found.state, COLOURS["error"])), 1)


def _rank(found: Summary) -> tuple[int, ...]:
    """How much a stream is worth looking at among others: the more, the worse; one that holds nothing, the least."""
    errors, warnings = found.severities["error"], found.severities["warning"]
    severity = 2 if errors else 1 if warnings else 0
    failed = found.state.startswith("cut-") or found.state == "in-band-error"
    return found.records > 0, severity, failed, errors, warnings
