"""One run of `view`: all inputs, one page, one exit code."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import click

from streamconv.captures import Chain
from streamconv.cli.browser import show
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output, OutputError, writing
from streamconv.cli.voice import PROBLEMS, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.convert import Selection
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination, Row
from streamconv.filters import Events, ExpressionError, Skip, Take, Where
from streamconv.pipeline import Pipe
from streamconv.protocols.assembler import Assembler
from streamconv.reports.page import Shown, page
from streamconv.rules import RULES

# What a page may hold: browsers still open it at once, and it can be attached to a report.
MOST_RECORDS: Final = 200_000
MOST_BYTES: Final = 64 * 1024 * 1024
_CHOOSE: Final = "--skip, --take, --tail, --event and --where choose others"


class Viewing:
    """Runs what was asked for on the command line. Raises click.UsageError for what it cannot mean."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])
        self._names: tuple[str, ...] = asked["inputs"] or ("-",)
        self._source = asked["source"] or Chain()
        self._records = 0
        self._bytes = 0
        try:
            self._selection()
        except ExpressionError as error:
            raise click.UsageError(str(error)) from None
        how = Asked(
            chain=self._source,
            entry=asked["entry"],
            several=True,
            follow=asked["follow"] and self._names != ("-",),
            stamp=True,
            quiet=asked["quiet"],
        )
        self._walk = Walk(self._names, how, self._voice)
        self._path: str | None = None if asked["output"] == "-" else asked["output"]
        self._refuse()

    def _refuse(self) -> None:
        asked = self._asked
        if asked["follow"] and len(self._names) > 1:
            raise click.UsageError("--follow follows one file, or a pipe")
        if asked["follow"] and asked["output"] is not None:
            raise click.UsageError("--follow serves the page; to keep it, leave out --follow")
        if asked["port"] and not asked["follow"]:
            raise click.UsageError("--port goes with --follow")
        inputs = {Input(name, self._walk.interrupts).identity() for name in self._names} - {None}
        written = "/dev/fd/1" if self._path is None else self._path
        if Input(written, self._walk.interrupts).identity() in inputs:
            raise click.UsageError("the page would overwrite an input")

    @property
    def title(self) -> str:
        """What the page is called."""
        if self._asked["title"] is not None:
            return str(self._asked["title"])
        names = [os.path.basename(name) if name != "-" else "stdin" for name in self._names]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    def run(self) -> int:
        """Make the page, or serve it, and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            try:
                if self._asked["follow"]:
                    from streamconv.cli.following import serve  # which imports a server

                    serve(self.captures(), self.title, self._asked["port"], self._voice, self._walk)
                else:
                    captures = self.captures()
                    first = next(captures, None)
                    if first is not None:
                        self._write(page(chain((first,), captures), self.title))
            except ExpressionError as error:  # one that only some payloads show to be wrong
                raise click.UsageError(str(error)) from None
        return self._voice.code

    def _write(self, pieces: Iterator[bytes]) -> None:
        if self._path is None and os.isatty(1):
            self._open(pieces)
            return
        output = Output(self._path, live=False)
        try:
            for piece in pieces:
                output.write(piece)
            output.commit()
        finally:
            output.discard()

    def _open(self, pieces: Iterator[bytes]) -> None:
        """Show the page in a browser; where there is none, say where it is."""
        try:
            with tempfile.NamedTemporaryFile(prefix="streamconv-", suffix=".html", delete=False) as file:
                file.writelines(pieces)
        except OSError as error:
            raise OutputError(f"{tempfile.gettempdir()}: {error.strerror}") from None
        show(file.name, f"file://{file.name}", self._voice)

    def captures(self) -> Iterator[Shown]:
        """What the page shows: each capture, and those of its rows that were asked for, as they come."""
        for capture in self._walk.captures():
            size = self._asked["max_record_size"]
            examination = Examination(capture, self._source.format, RULES, max_record_size=size)
            rows = examination.rows()
            try:
                first = next(rows, None)  # what is no stream is told before any of the page is made
            except UnrecognisedError as error:
                self._walk.say_unreadable(error)
                continue
            if examination.choice is not None and examination.choice.disagreement:
                self._voice.note(f"{capture.name}: {examination.choice.disagreement}")
            yield self._shown(examination, chain((first,) if first is not None else (), rows))

    def _shown(self, examination: Examination, rows: Iterator[Row]) -> Shown:
        selection = self._selection()
        whole = not selection and self._asked["tail"] is None
        assembler = Assembler(status=examination.capture.status) if whole else None
        shown = Shown(examination=examination, rows=(), assembler=assembler)
        shown.rows = self._as_many_as_fit(shown, self._selected(rows, selection))
        return shown

    def _selection(self) -> list[Selection]:
        asked = self._asked
        return [
            *([Events(*asked["events"])] if asked["events"] else []),
            *([Where(asked["where"])] if asked["where"] is not None else []),
            *([Skip(asked["skip"])] if asked["skip"] is not None else []),
            *([Take(asked["take"])] if asked["take"] is not None else []),
        ]

    def _selected(self, rows: Iterator[Row], selection: list[Selection]) -> Iterator[Row]:
        """The events that were asked for; where none were, all rows."""
        chosen = _through(rows, Pipe(tuple(selection))) if selection else rows
        if self._asked["tail"] is None:
            return chosen
        events = (row for row in chosen if row.record.kind == "event")
        return iter(deque(events, maxlen=self._asked["tail"]))

    def _as_many_as_fit(self, shown: Shown, rows: Iterator[Row]) -> Iterator[Row]:
        name = shown.examination.capture.name
        count = 0
        for row in rows:
            if self._records >= MOST_RECORDS or self._bytes >= MOST_BYTES:
                shown.cut = f"too large for one page, which holds its first {count:,} records; {_CHOOSE}"
                shown.assembler = None  # of a part, it would say that the stream was cut
                self._say_incomplete(f"{name}: {shown.cut}")
                self._walk.stopped = True
                return
            self._records += 1
            self._bytes += row.size
            count += 1
            if row.severity == "error":
                self._voice.raise_code(PROBLEMS)
            yield row
        if self._walk.cut_short:
            shown.cut = "reading was broken off here"
        elif not count:
            self._say_incomplete(f"{name}: no records to show")

    def _say_incomplete(self, text: str) -> None:
        self._voice.note(text)
        self._voice.raise_code(PROBLEMS)


def _through(rows: Iterator[Row], selection: Pipe) -> Iterator[Row]:
    for row in () if selection.done else rows:
        if selection.feed([row.record]):
            yield row
        if selection.done:
            return
