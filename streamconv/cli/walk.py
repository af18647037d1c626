"""The captures in the inputs of a command, one after the other; what cannot be read is said, and the next is tried."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import msgspec

from streamconv.captures import Capture, CaptureError, Chain, Opened, open_stream, open_streams
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.progress import with_progress
from streamconv.cli.unreadable import say_unreadable
from streamconv.cli.voice import INTERRUPTED, Voice
from streamconv.problem import Problem


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a command's inputs are to be read."""

    chain: Chain = Chain()
    entry: int | str | None = None  # of a container; None where it holds one stream, or `several` are wanted
    several: bool = False  # all streams of a container, where none is named
    follow: bool = False
    stamp: bool = False  # times of arrival, where bytes arrive: from a pipe, or a file that grows
    since_opened: bool = False  # they count from when the input was opened, not from its first bytes
    quiet: bool = False


class Walk:
    """Opens the inputs named. The chunks of a capture end early where Ctrl-C or a damaged layer ends them, which
    `interrupted` and `broken_off` tell. Use it inside `interrupts`.
    """

    def __init__(
        self, names: Iterable[str], asked: Asked, voice: Voice, report: Callable[[str, Problem], None] | None = None
    ) -> None:
        self._names = names
        self._asked = asked
        self._voice = voice
        self._report = report or voice.report_layer
        self.interrupts = Interrupts()
        self.input: Input = Input("-", self.interrupts)  # the one at hand
        self.interrupted = False
        self.broken_off = False
        self.stopped = False  # may be set: nothing more is wanted

    @property
    def cut_short(self) -> bool:
        """True where the chunks of the capture at hand ended before the capture did."""
        return self.interrupted or self.broken_off

    @property
    def is_live(self) -> bool:
        """True where the bytes of the input at hand come when they come."""
        return self._asked.follow or self.input.is_live()

    def inputs(self) -> Iterator[Input]:
        """The inputs, each of which is then the one at hand."""
        for name in self._names:
            self.input = Input(name, self.interrupts)
            stamp = self._asked.stamp and self.is_live
            self.input = Input(name, self.interrupts, stamp=stamp, since_opened=self._asked.since_opened)
            if self.input.path == "-" and os.isatty(0):
                self._voice.note("reading what is typed here; Ctrl-D ends it")
            yield self.input
            if self.interrupted or self.stopped:
                return

    def captures(self) -> Iterator[Capture]:
        """Every capture of every input."""
        for _ in self.inputs():
            yield from self.captures_of_input()

    def captures_of_input(self) -> Iterator[Capture]:
        """The captures of the input at hand; followed, of each file that takes its name."""
        one = self.input
        if not self._asked.follow:
            yield from self._open(with_progress(one.chunks(), one.name, one.size(), quiet=self._asked.quiet))
            return
        streams = one.follow(self._voice.note)
        self.broken_off = False
        while not (self.interrupted or self.stopped or self.broken_off):
            try:
                stream = next(streams)
            except KeyboardInterrupt:
                self.interrupt()
                return
            except OSError as error:
                self.say_unreadable(error)
                return
            yield from self._open(stream)

    def say_unreadable(self, error: ValueError | OSError) -> None:
        """Say why the input at hand, or a stream in it, cannot be read; not of one that was not read to its end."""
        if not self.interrupted:
            say_unreadable(self._voice, self.input.name, self.input.path, error)

    def _open(self, chunks: Iterator[bytes]) -> Iterator[Capture]:
        one, asked = self.input, self._asked
        opened = Opened(self._until_interrupted(chunks), one.name)

        def report(problem: Problem) -> None:
            if not self.interrupted:  # else the end of a layer was not seen
                self._report(one.name, problem)

        try:
            if asked.several or asked.entry == "all":
                entry = "all" if asked.entry is None else asked.entry
                captures = open_streams(opened, asked.chain, entry=entry, report=report)
            else:
                captures = iter((open_stream(opened, asked.chain, entry=asked.entry, report=report),))
            for capture in captures:
                self.broken_off = False
                capture.chunks = self._until_broken_off(capture, capture.chunks)
                yield capture
                if self.stopped or self.interrupted:
                    return
        except (CaptureError, OSError) as error:
            self._break_off(error)

    def _until_interrupted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except KeyboardInterrupt:
            self.interrupt()

    def interrupt(self) -> None:
        """Ctrl-C was pressed: nothing more is read."""
        self.interrupted = True
        self._voice.raise_code(INTERRUPTED)

    def _until_broken_off(self, capture: Capture, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks; where they can be read no further, that is said, and what came before is all there is."""
        try:
            yield from chunks
        except (CaptureError, OSError) as error:
            self._break_off(error)
        capture.stopped = self.interrupted and not self.is_live

    def _break_off(self, error: CaptureError | OSError) -> None:
        self.say_unreadable(error)
        self.broken_off = True
