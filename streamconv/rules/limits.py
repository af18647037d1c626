"""Rules about sizes and kinds: what readers of any format refuse although it is well written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from streamconv.problem import Problem
from streamconv.rules.capture import READABLE
from streamconv.rules.faulty import Faulty
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

LARGE: Final = 256 * 1024  # bytes: Spring's default, spring.codec.max-in-memory-size

_KINDS: Final = {"{": "an object", "[": "an array", '"': "a string", "t": "true", "f": "false", "n": "null"}


class EventTooLarge(Rule):
    """A record is larger than 256 KiB.

    Spring's WebClient refuses it by default (DataBufferLimitException); eventsource-parser and undici have limits of
    their own where they are set.
    """

    name = "event-too-large"
    severity = "warning"
    clause = "Spring Framework, spring.codec.max-in-memory-size"
    formats = READABLE
    hint = "raise the limit of the reader, or send images and files by reference"
    bad = b"data: " + b"0123456789abcdef\ndata: " * 16 * 1024 + b"\n\n"
    good = b"data: 0123456789abcdef\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """Each one."""
        size = len(passage.record.raw)
        if size <= LARGE or passage.record.kind != "event":
            return ()
        return (self.of_record(passage, f"a record of {size} bytes, more than 256 KiB"),)


class LineTooLong(Rule):
    """A line is longer than 256 KiB.

    Readers that take a line at a time have a limit for it: Go's bufio.Scanner and asyncio's readline 64 KiB, Spring
    256 KiB.
    """

    name = "line-too-long"
    severity = "warning"
    clause = "Spring Framework, spring.codec.max-in-memory-size; Go, bufio.MaxScanTokenSize"
    formats = READABLE
    hint = "raise the limit of the reader; in an event stream, spread the payload over several data lines"
    bad = b"data: " + b"0123456789abcdef" * 16 * 1024 + b"\n\n"
    good = b"data: 0123456789abcdef\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first one of each record."""
        if len(passage.record.raw) <= LARGE or passage.record.data is None:
            return ()
        line = next((line for line in passage.lines if len(line.content) > LARGE), None)
        if line is None:
            return ()
        return (self.whole_line(passage, line, f"a line of {len(line.content)} bytes, more than 256 KiB"),)


class RecordTooLarge(Faulty):
    """A record is larger than this reader may hold, and was not read.

    The limit keeps memory bounded where a line or an event never ends.
    """

    name = "record-too-large"
    severity = "error"
    clause = "-"
    formats = READABLE
    hint = "--max-record-size raises the limit"
    bad = b"data: 0123456789abcdef\n\n"
    good = b"data: 1\n\n"
    shown_with: ClassVar = {"bad": {"max_record_size": 16}, "good": {"max_record_size": 16}}


class MixedTypes(Rule):
    """After ten records of one kind, a record is of another: an object, and then a number.

    Legal, and rarely meant; a reader that expects objects fails at the first other one.
    """

    name = "ndjson-mixed-types"
    severity = "info"
    clause = "-"
    formats = ("ndjson",)
    hint = "wrap values into objects"
    bad = b'{"a":1}\n' * 10 + b"2\n"
    good = b'{"a":1}\n' * 10 + b'{"a":2}\n'
    _ENOUGH: ClassVar = 10  # records alike, before which a mixture is taken for meant

    def __init__(self) -> None:
        self._kind = ""
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first record that differs from the first one, where enough came between."""
        record = passage.record
        if self._said or record.kind != "event" or not record.data:
            return ()
        kind = _KINDS.get(record.data[0], "a number")
        self._kind = self._kind or kind
        if kind == self._kind:
            return ()
        self._said = True
        if stream.events <= self._ENOUGH:
            return ()
        return (self.of_record(passage, f"{kind}, where all records before are {self._kind}"),)


class StreamMixedTypes(MixedTypes):
    """After ten values of one kind, a value is of another: an object, and then a number.

    Legal, and rarely meant; a reader that expects objects fails at the first other one.
    """

    name = "stream-mixed-types"
    formats = ("stream+json",)


RULES: Final[tuple[type[Rule], ...]] = (EventTooLarge, LineTooLong, RecordTooLarge, MixedTypes, StreamMixedTypes)
