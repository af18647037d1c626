"""`streamconv convert --to timed`: the chunks of one input as they arrive, whatever they hold."""

from __future__ import annotations

import click

from streamconv.captures import Capture, Chain
from streamconv.cli.converting import Plan
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output, writing
from streamconv.cli.voice import INPUT, INTERRUPTED, PROBLEMS, USAGE, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.convert import Settings
from streamconv.formats import media_type
from streamconv.formats.timed import Head, TimedWriter


class Recorder:
    """Runs a Plan whose target is `timed`. Raises click.UsageError for what the plan cannot mean."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        if len(plan.inputs) > 1:
            raise click.UsageError("timed holds one stream: give one input")
        if plan.follow:
            raise click.UsageError("--follow does not go with --to timed; write: tail -F FILE | streamconv convert …")
        unselected = Plan(
            inputs=plan.inputs,
            source=plan.source,
            entry=plan.entry,
            target=plan.target,
            output=plan.output,
            quiet=plan.quiet,
            verbose=plan.verbose,
            jobs=plan.jobs,
        )
        if plan != unselected or settings != Settings():
            raise click.UsageError("timed holds the bytes as they arrive: nothing is selected or changed on the way")
        self._output_path = None if plan.output == "-" else plan.output
        self._voice = Voice(quiet=plan.quiet, verbose=plan.verbose)
        self._chain = plan.source or Chain()
        name = plan.inputs[0] if plan.inputs else "-"
        named = Input(name)
        self._live = named.is_live()
        self._walk = Walk(
            (name,), Asked(chain=self._chain, entry=plan.entry, stamp=self._live, quiet=True), self._voice
        )
        stdout = Input("/dev/fd/1").identity()
        if self._output_path is None and stdout is not None and stdout == named.identity():
            raise click.UsageError("stdout would overwrite an input while it is read")
        self._writer = TimedWriter()
        self._recorded = False

    def run(self) -> int:
        """Record and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            self._output = Output(self._output_path, live=self._live)
            self._kept = False
            try:
                for _ in self._walk.inputs():
                    self._voice.begin(self._walk.input.name)
                    for capture in self._walk.captures_of_input():
                        self._record(capture)
                self._end()
            finally:
                if not self._kept:
                    self._output.discard()
        return self._voice.code

    def _record(self, capture: Capture) -> None:
        content_type = capture.content_type or media_type(self._chain.format)
        self._writer.head = Head(capture.source, content_type, f"{capture.method} {capture.url}".strip())
        for chunk in capture.chunks:
            self._recorded = self._recorded or bool(chunk)
            self._output.write(self._writer.feed(chunk) if chunk else b"")

    def _end(self) -> None:
        last = self._writer.finish()
        self._voice.end()
        unreadable = self._voice.code in (USAGE, INPUT)
        partial = unreadable or self._voice.code == INTERRUPTED
        if (self._output.atomic and partial) or (unreadable and not self._recorded):
            if self._output_path is not None:
                self._voice.note(f"{self._output_path}: not written")
            return
        if not self._recorded:
            self._voice.note(f"{self._walk.input.name}: empty, nothing to record")
            self._voice.raise_code(PROBLEMS)
        self._output.write(last)
        self._output.commit()
        self._kept = True
