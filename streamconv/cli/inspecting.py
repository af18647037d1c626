"""One run of `inspect`: the rows of all inputs as they come, or one record in depth."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final

import click

from streamconv.captures import Capture, Chain
from streamconv.cli.chosen import Chosen
from streamconv.cli.listing import Listing, columns
from streamconv.cli.output import Lines, writing
from streamconv.cli.voice import PROBLEMS, USAGE, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.cli.wanted import Finder, Wanted, parse_place
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination, Row
from streamconv.filters import ExpressionError
from streamconv.problem import Problem
from streamconv.reports.colours import coloured
from streamconv.reports.detail import detail
from streamconv.reports.panel import Layout, Panel
from streamconv.reports.printable import printable
from streamconv.rules import RULES

_FIRST: Final = 200  # rows of a file, at most, that tell which columns there are
_FIRST_SIZE: Final = 1 << 20  # bytes of them, about
_LATE: Final = 10_000  # records after one that cannot be read, at most, before it is known why not


class Inspecting:
    """Runs what was asked for on the command line. Raises click.UsageError for what that cannot mean."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])
        self._chosen = Chosen(asked["filter"], asked["events"], asked["where"], asked["path"])
        named = [parse_place(text) for text in asked["inputs"] or ("-",)]
        self._wanted = _wanted(asked, [one.wanted for one in named if one.wanted is not None])
        if self._wanted is not None and len(named) > 1:
            raise click.UsageError("one record is shown of one input")
        if asked["follow"] and (len(named) > 1 or self._wanted is not None):
            raise click.UsageError("--follow follows one file, with all its records")
        if asked["follow"] and named[0].path == "-":
            raise click.UsageError("--follow needs a file; a pipe is live without it")
        self._several = len(named) > 1 or asked["follow"]
        source = asked["source"] or Chain()
        self._format = source.format
        entry = asked["entry"] if asked["entry"] is not None else named[0].entry
        how = Asked(
            chain=source,
            entry=entry,
            several=self._wanted is None,
            follow=asked["follow"],
            stamp=True,
            since_opened=True,
            quiet=asked["quiet"],
        )
        self._walk = Walk([one.path for one in named], how, self._voice)
        self._lines = Lines()
        self._colour = wants_colour(sys.stdout)

    def run(self) -> int:
        """Show all inputs and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            for capture in self._walk.captures():
                examination = Examination(capture, self._format, RULES, max_record_size=self._asked["max_record_size"])
                try:
                    if self._wanted is None:
                        self._show_all(capture, examination)
                    else:
                        self._show_one(capture, examination, self._wanted)
                except UnrecognisedError as error:
                    self._walk.say_unreadable(error)
                except ExpressionError as error:  # one that only some payloads show to be wrong
                    raise click.UsageError(str(error)) from None
                finally:
                    self._lines.flush()
        return self._voice.code

    def _show_one(self, capture: Capture, examination: Examination, wanted: Wanted) -> None:
        finder = Finder(wanted, examination.outside)
        rows = examination.rows()
        row = finder.find(rows)
        if row is None:
            ended = "interrupted" if self._walk.interrupted else "broken off" if self._walk.broken_off else ""
            self._voice.fail(f"{capture.name}: {finder.missed(ended)}", self._voice.code if ended else USAGE)
            return
        if row.record.kind == "invalid" and not row.problems:  # why may show only in what follows it
            for _ in islice(rows, _LATE):
                if _late_problems(row, examination):
                    break
            row = Row(row.record, row.gap, _late_problems(row, examination))
        place = examination.place(row.record)
        full = self._asked["full"]
        for line in detail(row, capture.name, place, columns=columns(), full=full, colour=self._colour):
            self._lines.write(line + "\n")
        self._judge(row)

    def _judge(self, row: Row) -> None:
        """A record that is not as it should be makes the exit code 1."""
        if row.severity == "error":
            self._voice.raise_code(PROBLEMS)

    def _show_all(self, capture: Capture, examination: Examination) -> None:
        live = self._walk.is_live
        rows = examination.rows()
        first = _first(rows, live=live)
        if examination.choice is not None and examination.choice.disagreement:
            self._voice.note(f"{capture.name}: {examination.choice.disagreement}")
        self._lines.write(self._title(capture, examination))
        clock = self._clock(capture, first) if self._asked["clock"] else None
        panel = Panel(
            Layout.of(first, live=live, clock=clock is not None),
            place=examination.place,
            clock=clock,
            colour=self._colour,
        )
        listing = Listing(panel, examination, self._chosen, self._lines.write, full=self._asked["full"], live=live)
        self._lines.write(panel.header(columns()))
        for row in chain(first, rows):
            listing.show(row, cut=self._walk.cut_short)
            if live:
                self._lines.flush()
        self._end(listing)

    def _end(self, listing: Listing) -> None:
        """The footer: below the rows on a terminal, else on stderr."""
        footer = listing.footer(cut=self._walk.cut_short)
        if listing.faulty:
            self._voice.raise_code(PROBLEMS)
        if self._asked["quiet"]:
            return
        if os.isatty(1):
            self._lines.write(f"\n{footer}\n")
        else:
            self._lines.flush()
            self._voice.say(footer)

    def _title(self, capture: Capture, examination: Examination) -> str:
        """A line that names the capture, where there may be several."""
        if not self._several and capture.entry is None:
            return ""
        request = f"  {capture.method} {capture.url}".rstrip()
        format = examination.choice.format if examination.choice is not None else "?"
        parts = [layer.name for layer in capture.layers]
        title = printable(f"{capture.file}: {','.join([*parts, format])}{request}")
        return (coloured(title, "1") if self._colour else title) + "\n"

    def _clock(self, capture: Capture, first: Sequence[Row]) -> Callable[[float], str] | None:
        """What writes times as wall clock; None where nobody knows when the capture began."""
        began: float | None = None
        if capture.entry is not None and capture.entry.started:
            try:
                began = datetime.fromisoformat(capture.entry.started).timestamp()
            except (ValueError, OverflowError):
                pass
        elif self._walk.is_live and not any(layer.name == "timed" for layer in capture.layers):
            began = time.time() - next((row.record.time for row in first if row.record.time is not None), 0.0)
        if began is None:
            self._voice.note(f"{capture.name}: when it began is not known: --clock needs a pipe, or a HAR")
            return None
        return functools.partial(_time_of_day, began)


def _first(rows: Iterator[Row], *, live: bool) -> list[Row]:
    """The rows that tell which columns there are; where nobody knows when the next one comes, only one."""
    first: list[Row] = []
    size = 0
    for row in rows:
        first.append(row)
        size += row.size
        if live or len(first) == _FIRST or size >= _FIRST_SIZE:
            break
    return first


def _time_of_day(began: float, seconds: float) -> str:
    try:
        return datetime.fromtimestamp(began + seconds).strftime("%H:%M:%S.%f")[:-3]
    except (OverflowError, OSError, ValueError):  # no time of any calendar
        return "?"


def _wanted(asked: dict[str, Any], named: Sequence[Wanted]) -> Wanted | None:
    wanted = [*named]
    wanted += [Wanted(number=asked["at"])] if asked["at"] is not None else []
    wanted += [Wanted(offset=asked["offset"])] if asked["offset"] is not None else []
    if len(wanted) > 1:
        raise click.UsageError("a record is named once: --at N, --offset B or FILE:LINE[:COLUMN]")
    return wanted[0] if wanted else None


def _late_problems(row: Row, examination: Examination) -> tuple[Problem, ...]:
    """The problems of a row that were known only after it was given."""
    return tuple(
        problem
        for problem in examination.loose
        if problem.record is not None and problem.record.offset == row.record.offset
    )
