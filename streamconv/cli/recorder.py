"""`streamconv convert --to timed`: the chunks of one input as they arrive, whatever they hold."""

from __future__ import annotations

import os

import click

from streamconv.captures import CaptureError, Chain, Opened, open_stream
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.job import Plan
from streamconv.cli.output import Output, OutputClosedError, OutputError
from streamconv.cli.unreadable import say_unreadable
from streamconv.cli.voice import INPUT, INTERRUPTED, OUTPUT, PROBLEMS, USAGE, Voice
from streamconv.convert import Settings
from streamconv.formats import media_type
from streamconv.formats.timed import Head, TimedWriter
from streamconv.problem import Problem


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
        )
        if plan != unselected or settings != Settings():
            raise click.UsageError("timed holds the bytes as they arrive: nothing is selected or changed on the way")
        self._output_path = None if plan.output == "-" else plan.output
        self._voice = Voice(quiet=plan.quiet, verbose=plan.verbose)
        self._interrupts = Interrupts()
        name = plan.inputs[0] if plan.inputs else "-"
        self._live = Input(name, self._interrupts).is_live()
        self._input = Input(name, self._interrupts, stamp=self._live)
        stdout = Input("/dev/fd/1", self._interrupts).identity()
        if self._output_path is None and stdout is not None and stdout == self._input.identity():
            raise click.UsageError("stdout would overwrite an input while it is read")
        self._chain = plan.source or Chain()
        self._entry = plan.entry
        self._writer = TimedWriter()
        self._recorded = False

    def run(self) -> int:
        """Record and return the exit code."""
        with self._interrupts:
            try:
                self._output = Output(self._output_path, live=self._live)
                self._kept = False
                try:
                    self._record()
                finally:
                    if not self._kept:
                        self._output.discard()
            except OutputError as error:
                self._voice.fail(str(error), OUTPUT)
            except OutputClosedError:
                pass
        return self._voice.code

    def _record(self) -> None:
        one = self._input
        if one.path == "-" and os.isatty(0):
            self._voice.note("reading what is typed here; Ctrl-D ends it")
        self._voice.begin(one.name)
        try:
            capture = open_stream(Opened(one.chunks(), one.name), self._chain, entry=self._entry, report=self._report)
            content_type = capture.content_type or media_type(self._chain.format)
            self._writer.head = Head(capture.source, content_type, f"{capture.method} {capture.url}".strip())
            for chunk in capture.chunks:
                self._recorded = self._recorded or bool(chunk)
                self._output.write(self._writer.feed(chunk) if chunk else b"")
        except KeyboardInterrupt:
            self._voice.raise_code(INTERRUPTED)
        except (CaptureError, OSError) as error:
            say_unreadable(self._voice, one.name, one.path, error)
        self._end()

    def _report(self, problem: Problem) -> None:
        if problem.severity == "info":
            self._voice.detail(f"{self._input.name}: {problem.message}")
        else:
            self._voice.report(problem)

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
            self._voice.note(f"{self._input.name}: empty, nothing to record")
            self._voice.raise_code(PROBLEMS)
        self._output.write(last)
        self._output.commit()
        self._kept = True
