"""One run of `compat`: the event streams of all inputs, each compared and told."""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import partial
from typing import Any, Final

from streamconv.captures import Capture, Chain
from streamconv.cli.inputs import Input
from streamconv.cli.next_steps import command_line
from streamconv.cli.output import Lines, writing
from streamconv.cli.pasting import options_given, pasteable
from streamconv.cli.voice import INPUT, PROBLEMS, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.compat import CLIENTS, Comparison
from streamconv.detect import Chooser, UnrecognisedError, choose
from streamconv.examine import outside
from streamconv.formats import decoder
from streamconv.pipeline import blocks
from streamconv.reports.compatibility import Compatibility

_PIPED: Final = 80  # columns, where no terminal has its own width


class Comparing:
    """Runs what was asked for on the command line."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])
        self._chain = asked["source"] or Chain()
        how = Asked(chain=self._chain, entry=asked["entry"], several=True, quiet=asked["quiet"])
        self._walk = Walk(asked["inputs"] or ("-",), how, self._voice)
        self._lines = Lines()
        self._compared = 0  # streams of the input at hand
        self._passed_over = 0  # and those that are no event streams

    def run(self) -> int:
        """Compare the streams of all inputs and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            for one in self._walk.inputs():
                self._input(one)
            self._lines.flush()
        return self._voice.code

    def _input(self, one: Input) -> None:
        self._compared = self._passed_over = 0
        for capture in self._walk.captures_of_input():
            try:
                self._stream(capture)
            except UnrecognisedError as error:
                if not self._walk.interrupted:
                    self._walk.say_unreadable(error)
        if self._passed_over and not self._compared:
            self._voice.fail(f"{one.name}: no event stream (sse) in it", INPUT)

    def _stream(self, capture: Capture) -> None:
        chooser = Chooser(self._chain.format, capture.content_type, capture.file, capture.layers)
        choice, chunks = choose(capture.chunks, chooser)
        if not any(chooser.held):
            raise UnrecognisedError("empty")
        if choice.disagreement:
            self._voice.note(f"{capture.name}: {choice.disagreement}")
        if choice.format != "sse":
            self._pass_over(capture, choice.format)
            return
        comparison = Comparison(
            dict.fromkeys(self._asked["clients"]) or CLIENTS,
            content_type=capture.content_type,
            status=capture.status,
            most=self._asked["most"] or sys.maxsize,
            limit=self._asked["max_record_size"],
            placed=partial(outside, capture),
        )
        decode = decoder("sse", max_record_size=self._asked["max_record_size"])
        for chunk in chunks:
            for block in blocks(chunk):
                comparison.feed(decode.feed(block))
        if not self._walk.cut_short:  # else the end was not seen
            comparison.feed(decode.finish())
        comparison.finish(ended=not self._walk.cut_short)
        self._tell(capture, comparison)

    def _tell(self, capture: Capture, comparison: Comparison) -> None:
        self._compared += 1
        named, cut_short = bool(self._asked["clients"]), self._walk.cut_short
        told = Compatibility(comparison, capture.name, named=named, interrupted=cut_short)
        if told.differs:
            self._voice.raise_code(PROBLEMS)
        if comparison.cut_at is not None:
            self._voice.raise_code(PROBLEMS)
            self._voice.note(
                f"{capture.name}:{comparison.cut_at}: a record over --max-record-size: compared up to here"
            )
        if self._asked["as_json"]:
            self._write_facts(capture, told)
            return
        columns = shutil.get_terminal_size().columns if os.isatty(1) else _PIPED
        lines = told.lines(columns, colour=wants_colour(sys.stdout))
        self._lines.write("".join(f"{line}\n" for line in lines))

    def _write_facts(self, capture: Capture, told: Compatibility) -> None:
        facts = {
            "file": self._walk.input.name.encode("utf-8", "backslashreplace").decode(),
            "entry": capture.entry.number if capture.entry is not None else None,
            "layers": [layer.name for layer in capture.layers],
            "complete": not self._walk.cut_short,
            **told.facts(),
        }
        self._lines.write(json.dumps(facts) + "\n")

    def _pass_over(self, capture: Capture, format: str) -> None:
        """Say that this is no event stream: an error, unless it is one of several in a container that was not named."""
        if capture.entry is not None and self._asked["entry"] is None:
            self._passed_over += 1
            self._voice.note(f"{capture.name}: passed over, it is {format}")
            return
        self._voice.fail(f"{capture.name}: {format}; clients of event streams (sse) are compared", INPUT)
        path, source = self._walk.input.path, str(self._chain)
        converting = command_line(("convert", "--to", "sse"), capture, path, source)
        self._voice.line(
            f"  help: {converting} | {pasteable('streamconv', 'compat', *options_given('source', 'entry'))}"
        )
