"""The rows of one capture as they come, and what is said of them at the end."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from streamconv.cli.chosen import Chosen, Found
from streamconv.examine import Examination, Row
from streamconv.problem import Problem
from streamconv.reports.findings import Tally
from streamconv.reports.panel import Panel
from streamconv.reports.payloads import Sort, Span, indented, painted, text_in_one_line, whole
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted, duration, size_in_words

_MOST: Final = 10  # problems of one rule that are spelled out
# What a record that is no event is called where they are counted: one, several.
_KINDS: Final = {
    "comment": ("comment", "comments"),
    "retry": ("retry time", "retry times"),
    "id": ("id alone", "ids alone"),
    "no data": ("block without data", "blocks without data"),
    "framing": ("framing", "framing"),
    "blank": ("blank line", "blank lines"),
    "invalid": ("invalid", "invalid"),
    "incomplete": ("incomplete", "incomplete"),
}


class Listing:
    """Writes rows to a panel. `faulty` is true once a record, or the stream, was not as it should be."""

    def __init__(
        self,
        panel: Panel,
        examination: Examination,
        chosen: Chosen,
        write: Callable[[str], None],
        *,
        full: bool,
        live: bool,
    ) -> None:
        self._panel = panel
        self._examination = examination
        self._chosen = chosen
        self._write = write
        self._full = full
        self._live = live
        self._width = None if os.isatty(1) else columns()  # of a terminal it may change at any time
        self._tally = Tally("warning", _MOST)
        self._tally.begin_file()
        self._kinds: Counter[str] = Counter()
        self._shown = 0
        self._size = 0
        self._last: float | None = None
        self.faulty = False

    def show(self, row: Row, *, cut: bool) -> None:
        """Write a row, if it is to be seen, and its problems. Where the stream is `cut`, its end was not seen: none."""
        record = row.record
        self._kinds["event" if record.kind == "event" else row.label] += 1
        self._size += row.size
        self._last = self._last if record.time is None else record.time
        if self._live:  # of a file they are told at its end
            self._tell_loose(cut=cut)
        if cut:
            row = Row(record, row.gap)
        elif record.kind == "invalid":
            self.faulty = True
        seen = self._chosen(row)
        if seen:
            self._shown += record.kind == "event"
            self._write_row(row)
        for problem in row.problems:
            self._tell(problem, seen=seen)

    def _write_row(self, row: Row) -> None:
        total = self._width or columns()
        found = self._chosen.found(row)
        if self._full:
            self._write(self._panel.row(row, total, ()))
            lines = whole(row.record) if found is None else _whole(found)
            for spans in lines:
                self._write(f"       {painted(spans, colour=self._panel.colour)}\n")
        else:
            self._write(self._panel.row(row, total, None if found is None else _in_one_line(found, total)))

    def _tell(self, problem: Problem, *, seen: bool = True) -> None:
        self.faulty = self.faulty or problem.severity == "error"
        if self._tally.spells_out(problem) and seen:
            self._write(self._panel.problem(problem, self._width or columns()))

    def _tell_loose(self, *, cut: bool) -> None:
        """The problems beside no row that are known since."""
        for problem in self._examination.take_loose():
            if not cut:
                self._tell(problem)

    def footer(self, *, cut: bool) -> str:
        """What was seen, in one line or a few; the last problems are told before it."""
        self._tell_loose(cut=cut)
        parts = [counted(self._kinds["event"], "event")]
        if not self._chosen.all:
            parts[0] = f"{self._shown} of {parts[0]} shown"
        parts += [counted(count, *_KINDS[kind]) for kind, count in self._kinds.items() if kind in _KINDS]
        said = f"{', '.join(parts)}; {size_in_words(self._size)}"
        said += "" if self._last is None else f" in {duration(self._last)}"
        more = (f"and {count} more [{rule}]" for rule, count in self._tally.more().items())
        return "\n".join([*more, f"{said}; {self._tally.found()}"])


def _in_one_line(found: Found, columns: int) -> list[Span]:
    if found.sort == "aside":
        return [Span("aside", found.text)]
    return text_in_one_line(found.text, columns, json=found.sort == "json")


def _whole(found: Found) -> Iterator[list[Span]]:
    if found.sort == "json":
        return indented(found.text)
    sort: Sort = found.sort
    return ([Span(sort, printable(line))] for line in found.text.splitlines())


def columns() -> int:
    """The width of the terminal as it is now; 80 where there is none, or what COLUMNS says."""
    return shutil.get_terminal_size().columns
