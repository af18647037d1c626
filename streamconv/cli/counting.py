"""One run of `stats`: all inputs counted, then told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from streamconv.captures import Capture, Chain
from streamconv.cli.inputs import Input
from streamconv.cli.jobs.counts import Counts, count_share
from streamconv.cli.jobs.crew import worth
from streamconv.cli.output import Lines, writing
from streamconv.cli.voice import PROBLEMS, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination
from streamconv.formats.cutting import CUTS, Cutter
from streamconv.reports.printable import printable
from streamconv.reports.statistics import Statistics
from streamconv.reports.statistics_text import block, table
from streamconv.rules import RULES

if TYPE_CHECKING:
    from streamconv.cli.jobs.crew import Crew


class Counting:
    """Runs what was asked for on the command line."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])
        source = asked["source"] or Chain()
        self._format = source.format
        how = Asked(
            chain=source, entry=asked["entry"], several=True, stamp=True, since_opened=True, quiet=asked["quiet"]
        )
        names = asked["inputs"] or ("-",)
        self._walk = Walk(names, how, self._voice)
        self._jobs = worth(asked["jobs"], (Input(name).size() or 0 for name in names))
        self._crew: Crew | None = None
        self._lines = Lines()
        self._counted: list[tuple[str, str, Statistics]] = []  # the stream, its layers and format

    def run(self) -> int:
        """Count all inputs and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            try:
                for capture in self._walk.captures():
                    try:
                        self._count(capture)
                    except UnrecognisedError as error:
                        self._walk.say_unreadable(error)
            finally:
                if self._crew is not None:
                    self._crew.close()
            if not self._asked["as_json"]:
                self._tell()
            self._lines.flush()
        return self._voice.code

    def _count(self, capture: Capture) -> None:
        found = Statistics()
        limit = self._asked["max_record_size"]
        examination = Examination(capture, self._format, RULES, max_record_size=limit)
        counts: Counts | None = None
        shared = self._jobs > 1 and not capture.layers and not self._walk.is_live
        for part in examination.parts(self._cut if shared else None):
            if counts is None and examination.choice is not None:
                counts = Counts(found, examination.choice.format, limit, self._crew if shared else None)
            if counts is not None:
                counts.add(part)
            if not self._walk.cut_short:  # else its end was not seen, and is not to blame
                for problem in part.problems:
                    found.add_problem(problem)
        if counts is not None:
            counts.finish(ended=not capture.stopped)
        found.finish()
        choice = examination.choice
        if choice is not None and choice.disagreement:
            self._voice.note(f"{capture.name}: {choice.disagreement}")
        if found.severities["error"] or found.kinds["invalid"]:
            self._voice.raise_code(PROBLEMS)
        layers = [layer.name for layer in capture.layers]
        format = choice.format if choice is not None and found.records else self._format  # of nothing none is known
        if self._asked["as_json"]:
            self._write_facts(capture, layers, format, found)
        else:
            self._counted.append((capture.file, ",".join([*layers, *filter(None, [format])]), found))

    def _cut(self, format: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks as helpers get them, who are hired for the first stream of a format that can be cut."""
        if format not in CUTS:
            yield from chunks
            return
        from streamconv.cli.jobs.crew import Crew

        self._crew = self._crew or Crew(self._jobs, count_share)
        cutter = Cutter(format)
        for chunk in chunks:
            yield from cutter.feed(chunk)
        yield from cutter.finish()

    def _write_facts(self, capture: Capture, layers: list[str], format: str | None, found: Statistics) -> None:
        facts = {
            "file": self._walk.input.name.encode("utf-8", "backslashreplace").decode(),
            "entry": capture.entry.number if capture.entry is not None else None,
            "layers": layers,
            "format": format,
            "complete": not self._walk.cut_short,
            **found.facts(),
        }
        self._lines.write(json.dumps(facts) + "\n")

    def _tell(self) -> None:
        columns = shutil.get_terminal_size().columns
        if len(self._counted) > 1:
            lines = table([(name, found) for name, _, found in self._counted], columns)
            self._lines.write("".join(f"{line}\n" for line in lines))
            return
        for name, chain, found in self._counted:
            self._lines.write(printable(f"{name}: {chain}" if chain else name) + "\n")
            self._lines.write("".join(f"{line}\n" for line in block(found, columns, live=self._walk.is_live)))
