"""One run of `view`: all inputs, one page, one exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import click

from streamconv.captures import Capture, Chain
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output, OutputError, writing
from streamconv.cli.voice import PROBLEMS, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.convert import Selection
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination, Row
from streamconv.filters import Events, ExpressionError, Skip, Take, Where
from streamconv.pipeline import Pipe
from streamconv.protocols import Assembler
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
            stamp=self._arrive(),
            quiet=asked["quiet"],
        )
        self._walk = Walk(self._names, how, self._voice)
        self._path: str | None = None if asked["output"] == "-" else asked["output"]
        self._refuse_overwriting()

    def _arrive(self) -> bool:
        """True where the bytes of all inputs come when they come, so that their times say something."""
        return all(Input(name, Walk((), Asked(), self._voice).interrupts).is_live() for name in self._names)

    def _refuse_overwriting(self) -> None:
        if self._path is not None and os.path.exists(self._path):
            for name in self._names:
                if name != "-" and os.path.exists(name) and os.path.samefile(name, self._path):
                    raise click.UsageError(f"--output would overwrite an input: {name}")

    def run(self) -> int:
        """Make the page and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            try:
                captures = self._captures()
                first = next(captures, None)
                if first is not None:
                    self._write(page(chain((first,), captures), self._title()))
            except ExpressionError as error:  # one that only some payloads show to be wrong
                raise click.UsageError(str(error)) from None
        return self._voice.code

    def _title(self) -> str:
        if self._asked["title"] is not None:
            return str(self._asked["title"])
        names = [os.path.basename(name) if name != "-" else "stdin" for name in self._names]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

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

    # The captures

    def _captures(self) -> Iterator[Shown]:
        for capture in self._walk.captures():
            examination = Examination(
                capture, self._source.format, RULES, max_record_size=self._asked["max_record_size"]
            )
            rows = examination.rows()
            try:
                first = next(rows, None)  # what is no stream is told before any of the page is made
            except UnrecognisedError as error:
                self._walk.say_unreadable(error)
                continue
            yield self._shown(examination, chain((first,) if first is not None else (), rows))

    def _shown(self, examination: Examination, rows: Iterator[Row]) -> Shown:
        selection = self._selection()
        whole = not selection and self._asked["tail"] is None
        shown = Shown(examination=examination, rows=(), assembler=Assembler() if whole else None)
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
        chosen = _through(rows, Pipe(tuple(selection))) if selection else rows
        tail = self._asked["tail"]
        if tail is None:
            return chosen
        events = (row for row in chosen if row.record.kind == "event")
        return iter(deque(events, maxlen=tail))

    def _as_many_as_fit(self, shown: Shown, rows: Iterator[Row]) -> Iterator[Row]:
        name = shown.examination.capture.name
        count = 0
        for row in rows:
            if self._records >= MOST_RECORDS or self._bytes >= MOST_BYTES:
                shown.cut = f"one page is too small for all records: it holds {count:,} of this capture; {_CHOOSE}"
                shown.assembler = None
                self._say_incomplete(f"{name}: {shown.cut}")
                self._walk.stopped = True
                return
            self._records += 1
            self._bytes += row.size
            count += 1
            yield row
        if self._walk.cut_short:
            shown.cut = "reading was broken off here"
        elif not count:
            self._say_incomplete(f"{name}: no record to show")

    def _say_incomplete(self, text: str) -> None:
        self._voice.note(text)
        self._voice.raise_code(PROBLEMS)


def _through(rows: Iterator[Row], selection: Pipe) -> Iterator[Row]:
    for row in () if selection.done else rows:
        if selection.feed([row.record]):
            yield row
        if selection.done:
            return


def show(path: str, url: str, voice: Voice) -> None:
    """Open a page in the default browser; where there is no display, or no browser, say where it is."""
    displayed = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    )
    if displayed and webbrowser.open(url):
        voice.note(f"opened {path}")
    else:
        voice.say(path)
        voice.note("no browser was found here; open the page where there is one")
