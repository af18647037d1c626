"""One run of a converting command: all inputs, one output, one exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click
import msgspec

from streamconv.captures import Capture, Chain
from streamconv.cli.heard import in_stream
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output, writing
from streamconv.cli.voice import PROBLEMS, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.convert import Converter, Reading, Selection, Settings, WritingOut
from streamconv.detect import Choice, Chooser, UnrecognisedError
from streamconv.filters import Events, ExpressionError, Skip, Tail, Take, Where
from streamconv.formats import by_suffix
from streamconv.formats.cutting import CUTS
from streamconv.pipeline import blocks
from streamconv.problem import Problem
from streamconv.reports.printable import printable

if TYPE_CHECKING:
    from streamconv.cli.jobs.crew import Crew
    from streamconv.cli.jobs.shares import Converted
    from streamconv.cli.jobs.sharing import Sharing
    from streamconv.formats.records import RecordsEncoder
    from streamconv.formats.sse_encoder import SSEEncoder

_TYPES_NAMED = 8  # event types that a message lists


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    inputs: tuple[str, ...] = ()
    source: Chain | None = None
    entry: int | str | None = None
    target: str | None = None
    output: str | None = None
    rejects: str | None = None
    follow: bool = False
    stamp: bool = False
    quiet: bool = False
    verbose: bool = False
    events: tuple[str, ...] = ()
    where: str | None = None
    skip: int | None = None
    take: int | None = None
    tail: int | None = None
    jobs: int | None = 1  # None: as many as the inputs are worth


class Converting:
    """Runs a Plan. Raises click.UsageError for what the plan cannot mean."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self._plan = plan
        self._settings = settings
        self._voice = Voice(quiet=plan.quiet, verbose=plan.verbose)
        how = Asked(
            chain=plan.source or Chain(), entry=plan.entry, follow=plan.follow, stamp=plan.stamp, quiet=plan.quiet
        )
        self._walk = Walk(plan.inputs or ("-",), how, self._voice)
        self._inputs = [Input(name) for name in plan.inputs or ("-",)]
        if plan.follow and len(self._inputs) != 1:
            raise click.UsageError("--follow follows one file")
        if plan.follow and self._inputs[0].path == "-":
            raise click.UsageError("--follow needs a file; a pipe is live without it")
        by_name = by_suffix(plan.output) if plan.output else None
        self._target = plan.target or (by_name.name if by_name else "ndjson")
        self._output_path = None if plan.output == "-" else plan.output
        self._events = Events(*plan.events) if plan.events else None
        try:
            self._where = Where(plan.where) if plan.where is not None else None
            if plan.source is not None and plan.source.payload is not None and settings.payload == "auto":
                self._settings = settings = msgspec.structs.replace(settings, payload=plan.source.payload)
            self._writing = WritingOut(self._target, settings, self._report, self._selection())
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        encoder: Any = self._writing.encoder
        self._records: RecordsEncoder | None = encoder if self._target == "records" else None
        self._sse: SSEEncoder | None = encoder if self._target == "sse" else None
        self._refuse_overwriting()
        self._read_any = False
        self._halted = False  # a problem was not to be passed by
        self._broken_off = False  # an input could not be read to its end
        self._found: list[tuple[tuple[int, int], Problem]] = []  # problems, with where they stand in the stream
        self._crew: Crew | None = None
        self._sharing: Sharing | None = None  # of the capture at hand

    def _selection(self) -> list[Selection]:
        plan = self._plan
        slices: list[Selection | None] = [
            Skip(plan.skip) if plan.skip is not None else None,
            Take(plan.take) if plan.take is not None else None,
            Tail(plan.tail) if plan.tail is not None else None,
        ]
        return [one for one in (self._events, self._where, *slices) if one is not None]

    def _refuse_overwriting(self) -> None:
        """What is written as it comes must not go where it is still read from, nor two outputs to one place."""
        sources = {one.identity() for one in self._inputs} - {None}
        written = {"--rejects": self._plan.rejects, "stdout": "/dev/fd/1" if self._output_path is None else None}
        if self._live():
            written["--output"] = self._output_path
        for name, path in written.items():
            if path is not None and Input(path).identity() in sources:
                raise click.UsageError(f"{name} would overwrite an input while it is read")
        if self._plan.rejects and self._output_path and _same_place(self._plan.rejects, self._output_path):
            raise click.UsageError("--rejects and --output are the same file")

    def _live(self) -> bool:
        return self._plan.follow or any(one.is_live() for one in self._inputs)

    def run(self) -> int:
        """Convert and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            try:
                self._output = Output(self._output_path, live=self._live())
                self._rejects = Output(self._plan.rejects, live=True) if self._plan.rejects else None
                self._kept = False
                try:
                    self._convert_all()
                finally:
                    if self._crew is not None:
                        self._crew.close()
                    if not self._kept:
                        self._output.discard()
                    if self._rejects:
                        self._rejects.commit()
            except ExpressionError as error:  # one that only some payloads show to be wrong
                raise click.UsageError(str(error)) from None
        return self._voice.code

    def _convert_all(self) -> None:
        for one in self._walk.inputs():
            if len(self._inputs) > 1 and self._records is not None:
                self._records.file = one.name
            self._voice.begin(one.name)
            for capture in self._walk.captures_of_input():
                try:
                    self._convert_capture(one, capture)
                except UnrecognisedError as error:
                    self._walk.say_unreadable(error)
                self._broken_off = self._broken_off or self._walk.broken_off
        self._end_output()
        self._sum_up()

    def _end_output(self) -> None:
        if self._sse is not None:
            self._sse.broken_off = self._halted or self._walk.interrupted or self._broken_off
        last = self._said(self._writing.filter.finish) if self._read_any else b""
        lossless = self._writing.lossless
        halted = self._halted or (lossless is not None and lossless.done)  # `--tail` loses only at the end
        partial = halted or self._walk.interrupted or self._broken_off
        if self._read_any and not (self._output.atomic and partial):
            self._output.write(last)
            self._output.commit()
            self._kept = True
            if self._walk.interrupted and self._output_path is not None:
                self._voice.note(f"{self._output_path}: interrupted; it holds what had come")
        elif self._output_path is not None:
            self._voice.note(f"{self._output_path}: not written")

    def _convert_capture(self, one: Input, capture: Capture) -> None:
        if self._records is not None:
            entry = capture.entry if self._plan.entry == "all" else None
            self._records.entry = entry.number if entry is not None else None
        format = self._plan.source.format if self._plan.source is not None else None
        chooser = Chooser(format, capture.content_type, capture.file, capture.layers)
        reading: Reading | None = None
        size = 0
        for chunk in capture.chunks:
            size += len(chunk)
            if reading is not None:
                self._pass_on(reading, (chunk,))
            elif (choice := chooser.feed(chunk)) is not None:
                reading = self._begin(capture, choice)
                self._pass_on(reading, chooser.held)
            if self._walk.stopped:
                break
        if reading is None:
            if self._walk.interrupted or (self._walk.broken_off and not size):
                return
            reading = self._begin(capture, chooser.finish())
            self._pass_on(reading, chooser.held)
        self._end_capture(reading, capture)
        self._voice.end()
        if not reading.guard.events and not (self._walk.stopped or self._walk.cut_short):
            self._voice.note(f"{capture.name}: no events in {size} bytes" if size else f"{one.name}: empty, no events")
            self._voice.raise_code(PROBLEMS)

    def _end_capture(self, reading: Reading, capture: Capture) -> None:
        """What is left at the end, if that was seen."""
        if capture.stopped:
            self._write(self._converter.flush)
            return
        if self._sharing is not None:
            self._sharing.finish()
        if not self._walk.stopped:
            self._write(self._converter.end)
            self._look_for_stop(reading)

    def _begin(self, capture: Capture, choice: Choice) -> Reading:
        self._read_any = True
        self._voice.begin(capture.name, choice.disagreement)
        self._voice.detail(f"{capture.name}: {choice.format} ({choice.why})")
        reject = self._rejects.write if self._rejects else None

        def report(problem: Problem) -> None:
            self._found.append((in_stream(problem), capture.outside(problem)))

        reading = Reading(choice.format, self._target, self._settings, report, reject)
        self._converter = Converter(reading, self._writing, self._voice.lose)
        self._sharing = self._share_out(reading, capture, choice.format)
        return reading

    def _share_out(self, reading: Reading, capture: Capture, format: str) -> Sharing | None:
        """What lets a crew help with this capture; None where none is wanted, or it cannot."""
        if self._plan.jobs == 1 or self._live():
            return None
        from streamconv.cli.jobs.crew import Crew, worth  # most runs need none of this
        from streamconv.cli.jobs.shares import Task, convert_share
        from streamconv.cli.jobs.sharing import Sharing

        jobs = worth(self._plan.jobs, (one.size() or 0 for one in self._inputs))
        if jobs == 1:
            return None
        hindrance = self._hindrance(capture, format)
        if hindrance:
            self._voice.detail(f"{capture.name}: read by one process: {hindrance}")
            return None
        self._crew = self._crew or Crew(jobs, convert_share)
        self._voice.detail(f"{capture.name}: shared out to {self._crew.size} processes")
        plan = self._plan
        task = Task(
            format,
            self._target,
            self._settings,
            plan.events,
            plan.where,
            self._records.file if self._records is not None else None,
            self._records.entry if self._records is not None else None,
        )

        def take(converted: Converted) -> None:
            self._take(reading, converted)

        def convert(data: bytes) -> None:
            self._convert_blocks(reading, data)
            self._write(self._converter.flush)

        return Sharing(self._crew, task, reading, self._writing, take=take, convert=convert)

    def _hindrance(self, capture: Capture, format: str) -> str:
        """Why several processes cannot read this capture as one would; "" where they can."""
        plan = self._plan
        if any(option is not None for option in (plan.skip, plan.take, plan.tail)):
            return "--skip, --take and --tail count all events"
        if self._settings.strict or self._settings.lossless:
            return "--strict and --lossless stop at one record"
        if format not in CUTS:
            return f"{format} cannot be cut"
        return f"{capture.layers[-1].name} is round it" if capture.layers else ""

    def _take(self, reading: Reading, converted: Converted) -> None:
        """Go on as if what a helper converted had been converted here."""
        self._voice.repeat(*converted.heard)
        if self._rejects is not None:
            self._rejects.write(converted.rejected)
        self._output.write(converted.output)
        reading.guard.events += converted.events
        if self._events is not None:
            self._events.seen.update(converted.types)
            self._events.passed += converted.types_passed
        if self._where is not None:
            self._where.seen += converted.asked
            self._where.passed += converted.true

    def _pass_on(self, reading: Reading, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            if self._sharing is not None:
                self._sharing.feed(chunk)
            else:
                self._convert_blocks(reading, chunk)
            if self._walk.stopped:
                return

    def _convert_blocks(self, reading: Reading, chunk: bytes) -> None:
        for block in blocks(chunk):
            self._write(partial(self._converter.feed, block))
            self._look_for_stop(reading)
            if self._walk.stopped:
                return

    def _report(self, problem: Problem) -> None:
        self._found.append((in_stream(problem), problem))

    def _write(self, convert: Callable[[], bytes]) -> None:
        self._output.write(self._said(convert))

    def _said(self, convert: Callable[[], bytes]) -> bytes:
        """What is converted; the problems that several filters find meanwhile are said in the order of the stream."""
        try:
            return convert()
        finally:
            found, self._found = self._found, []
            for _, problem in sorted(found, key=itemgetter(0)):
                self._voice.report(problem)

    def _look_for_stop(self, reading: Reading) -> None:
        lossless = self._writing.lossless
        if reading.guard.done or (lossless is not None and lossless.done):
            self._halted = self._walk.stopped = True
        self._walk.stopped = self._walk.stopped or self._writing.filter.done

    def _sum_up(self) -> None:
        if self._events is not None and self._events.seen and not self._events.passed:
            seen = [f"{printable(name)} ({count})" for name, count in self._events.seen.most_common(_TYPES_NAMED)]
            more = len(self._events.seen) - len(seen)
            listed = ", ".join(seen) + (f" and {more} more" if more else "")
            self._voice.note(f"no event matches {' '.join(self._plan.events) or repr('')}; there were {listed}")
            self._voice.raise_code(PROBLEMS)
        if self._where is not None and self._where.seen and not self._where.passed:
            self._voice.note(f"of {self._where.seen} events, none makes {self._where.expression} true")
            self._voice.raise_code(PROBLEMS)
        self._voice.sum_up(self._target)


def _same_place(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
