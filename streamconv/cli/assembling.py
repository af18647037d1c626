"""One run of `assemble`: each stream of each input to its message, one exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from streamconv import jsontext
from streamconv.captures import Capture, Chain
from streamconv.cli.live_text import LiveText, writable
from streamconv.cli.output import Output, writing
from streamconv.cli.voice import INPUT, PROBLEMS, Voice, wants_colour
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import Chooser, UnrecognisedError, choose
from streamconv.filters import ExpressionError
from streamconv.formats import decoder
from streamconv.formats.faults import fault
from streamconv.pipeline import blocks
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.event import event_of
from streamconv.protocols.message import Choice, Message
from streamconv.protocols.registry import protocol_of
from streamconv.record import Record
from streamconv.reports.colours import COLOURS, VERDICTS
from streamconv.reports.printable import printable_text
from streamconv.reports.transcript import summary, transcript

_KEYS: Final = 12  # members that are named of an event that nobody knows


class Assembling:
    """Runs what was asked for on the command line. Raises click.UsageError for what that cannot mean."""

    def __init__(self, inputs: tuple[str, ...], asked: dict[str, Any]) -> None:
        self._asked = asked
        self._form: str | None = asked["form"]
        self._at: int | None = asked["at"]
        self._choice: int | None = asked["choice"]
        if self._choice is not None and self._form in ("json", "normalized"):
            raise click.UsageError(f"--{self._form} holds all choices; --choice goes with --text, or by itself")
        if asked["follow"] and (len(inputs) > 1 or inputs == ("-",)):
            raise click.UsageError("--follow follows one file; a pipe is live without it")
        try:
            protocol_of(asked["protocol"], asked["path"])
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        self._voice = Voice(quiet=asked["quiet"])
        self._chain = asked["source"] or Chain()
        how = Asked(chain=self._chain, entry=asked["entry"], follow=asked["follow"], quiet=asked["quiet"])
        self._walk = Walk(inputs, how, self._voice)
        self._several = len(inputs) > 1 or asked["entry"] == "all"
        self._output = Output(None, live=True)
        self._on_terminal = os.isatty(1)

    def run(self) -> int:
        """Assemble all streams and return the exit code."""
        with self._walk.interrupts, writing(self._voice):
            for capture in self._walk.captures():
                try:
                    self._stream(capture)
                except UnrecognisedError as error:
                    self._walk.say_unreadable(error)
                    if capture.status is not None:
                        self._voice.line(f"  its HTTP status is {capture.status}")
                except ExpressionError as error:  # one that only some payloads show to be wrong
                    raise click.UsageError(str(error)) from None
        return self._voice.code

    def _stream(self, capture: Capture) -> None:
        protocol = protocol_of(self._asked["protocol"], self._asked["path"])
        assembler = Assembler(protocol, status=capture.status, line=capture.line_of)
        arrives = self._asked["follow"] or self._walk.input.is_live()
        live = LiveText(self._choice or 0) if arrives and self._form == "text" else None
        first: Record | None = None
        for batch in self._batches(capture):
            first = first or next((record for record in batch if record.kind == "event"), None)
            said = assembler.feed(batch)
            if live is not None:
                self._write(self._shown(live.feed(said)))
            if arrives and assembler.gave_up:  # there may never be an end at which to say so
                self._walk.stopped = self._asked["follow"]
                break
        if self._walk.interrupted and first is None:
            return
        assembler.finish()
        message = assembler.snapshot()
        if self._several:
            self._voice.note(f"{capture.name}:")
        if message.protocol is None and message.verdict.stream != "in-band-error" and first is not None:
            self._say_unknown(capture.name, first)
            return
        if live is not None:
            self._end_live(live, message)
        elif self._has_choice(message):
            self._write(self._said(message))
        self._conclude(message)

    def _batches(self, capture: Capture) -> Iterator[list[Record]]:
        """The records, as far as they are asked for. Raises UnrecognisedError."""
        chooser = Chooser(self._chain.format, capture.content_type, capture.file, capture.layers)
        choice, chunks = choose(capture.chunks, chooser)
        self._voice.begin(capture.name, choice.disagreement)
        decode = decoder(choice.format, max_record_size=self._asked["max_record_size"])
        for chunk in chunks:
            for block in blocks(chunk):
                batch = decode.feed(block)
                size = _up_to(self._at, batch)
                yield self._report_invalid(batch[:size], capture)
                if size is not None:
                    return
        if not self._walk.interrupted:  # else the end was not seen
            yield self._report_invalid(decode.finish(), capture)
        self._voice.end()

    def _report_invalid(self, batch: list[Record], capture: Capture) -> list[Record]:
        """The batch. What the stream ended in is no problem of its own: the verdict tells it."""
        for record in batch:
            if record.kind == "invalid":
                self._voice.report(capture.outside(fault(record)))
        return batch

    def _say_unknown(self, name: str, first: Record) -> None:
        keys = ", ".join(map(repr, [*event_of(first).object][:_KEYS]))
        holds = f"the first event has {keys}" if keys else "the first event is no JSON object"
        self._voice.fail(f"{name}: no protocol recognised; {holds}", INPUT)
        self._voice.line(
            "  help: --path EXPR joins what a JMESPath finds in each event, --protocol NAME says what it is"
        )

    def _has_choice(self, message: Message) -> bool:
        """False, and said, where the one asked for is not there."""
        if self._choice is None or any(choice.index == self._choice for choice in message.choices):
            return True
        there = ", ".join(str(choice.index) for choice in message.choices) or "none"
        self._voice.fail(f"there is no choice {self._choice}; there is {there}", PROBLEMS)
        return False

    def _said(self, message: Message) -> str:
        """What goes to stdout of a message."""
        if self._form in ("json", "normalized"):
            return self._json(message.native if self._form == "json" else message.normalized())
        chosen: Sequence[Choice] = message.choices if self._choice is None else (message.choice(self._choice),)
        if self._form == "text":
            return self._shown("".join(choice.text for choice in chosen[:1]), ends=True)
        blocks = [transcript(choice, self._shown, colour=wants_colour(sys.stdout)) for choice in chosen]
        if len(chosen) > 1:
            blocks = [f"[choice {choice.index}]\n{block}" for choice, block in zip(chosen, blocks, strict=True)]
        return "\n".join(blocks)

    def _shown(self, text: str, *, ends: bool = False) -> str:
        """Text of the stream: as it is, but on a terminal, whose prompt is then to stand on a line of its own."""
        text = writable(text)
        if not self._on_terminal:
            return text
        return printable_text(text) + ("\n" if ends and not text.endswith("\n") else "")

    def _json(self, value: Any) -> str:
        try:
            return "" if value is None else jsontext.dumps(value).decode() + "\n"
        except ValueError as error:
            self._voice.fail(str(error), PROBLEMS)
            return ""

    def _end_live(self, live: LiveText, message: Message) -> None:
        rest = live.finish(message.choice(self._choice or 0).text)
        if rest is None:
            self._voice.note("the text was changed after it had gone out; read from a file, it is right")
        self._write(self._shown(rest or "", ends=True))

    def _write(self, text: str) -> None:
        self._output.write(text.encode())

    def _conclude(self, message: Message) -> None:
        """Say how it ended; beside what only programs read, only what is wrong."""
        verdict = message.verdict
        if self._at is not None and (verdict.number or 0) < self._at:
            self._voice.fail(f"there is no event {self._at}; the last is {verdict.number}", PROBLEMS)
        whole, failed = verdict.stream == "complete", verdict.stream == "in-band-error"
        judged = whole or failed or not (self._walk.interrupted or self._at is not None)  # else it was we who stopped
        open_ended = verdict.stream == "unknown" and verdict.number is not None  # nothing would tell of a cut
        if judged and not whole and not open_ended:
            self._voice.raise_code(PROBLEMS)
        for title, words in summary(message):
            if title != "verdict" and self._form is None:
                self._voice.row(title, words)
            elif title == "verdict" and judged and not (whole and self._form is not None):
                self._voice.row(title, words, VERDICTS.get(verdict.stream, COLOURS["error"]))


def _up_to(number: int | None, batch: list[Record]) -> int | None:
    """How many records of the batch there are up to the event of this number; None where it is not among them."""
    return next((at for at, one in enumerate(batch, 1) if one.number is not None and one.number == number), None)
