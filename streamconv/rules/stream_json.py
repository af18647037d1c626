"""Rules `stream-…`: concatenated JSON texts, `application/stream+json` as Spring wrote and read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from streamconv.problem import Problem
from streamconv.rules.faulty import Faulty
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

_STREAM: Final = ("stream+json",)


class OncePerStream(Rule):
    """A rule about how a stream is written, which is said at the first place that shows it."""

    formats: ClassVar[tuple[str, ...]] = _STREAM
    _said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first place of the stream."""
        if self._said or passage.record.kind != "event":
            return ()
        message = self.shows(passage)
        if message is None:
            return ()
        self._said = True
        return (self.of_record(passage, message),)

    def shows(self, passage: Passage) -> str | None:
        """What this event shows, or None."""
        raise NotImplementedError


class TopLevelArray(OncePerStream):
    """A value of the stream is an array.

    Spring's reader unwraps it where the target is not a collection, and gives nothing for an array of arrays; Spring 7
    writes the whole stream as one array, because its type is no streaming type there.
    """

    name = "stream-array"
    severity = "warning"
    clause = "Spring Framework 7.0, AbstractJacksonEncoder"
    hint = "--from json reads it element by element"
    bad = b'[{"a":1},{"a":2}]\n'
    good = b'{"a":1}\n{"a":2}\n'

    def shows(self, passage: Passage) -> str | None:
        """An array."""
        return "a top-level array, which readers may unwrap" if (passage.record.data or "").startswith("[") else None


class Null(OncePerStream):
    """A value of the stream is null.

    Spring's reader drops it.
    """

    name = "stream-null"
    severity = "info"
    clause = "Spring Framework 5.0, Jackson2Tokenizer"
    hint = "leave it out, or wrap it"
    bad = b'{"a":1}\nnull\n'
    good = b'{"a":1}\n'

    def shows(self, passage: Passage) -> str | None:
        """The literal."""
        return "null, which Spring's reader drops" if passage.record.data == "null" else None


class MultiLine(OncePerStream):
    """A value is spread over several lines.

    Fine to read here; readers that take a line at a time fail.
    """

    name = "stream-multi-line-value"
    severity = "info"
    clause = "Spring Framework 5.0 (INDENT_OUTPUT)"
    formats = ("stream+json", "json-seq")
    hint = "write it on one line"
    bad = b'{\n  "a": 1\n}\n'
    good = b'{"a":1}\n'

    def shows(self, passage: Passage) -> str | None:
        """A line end in the text."""
        return "the value is spread over several lines" if "\n" in (passage.record.data or "") else None


class Separation(Rule):
    """A rule about what stands between two values."""

    formats = _STREAM

    _said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first place of the stream."""
        record, before = passage.record, stream.before
        if self._said or record.kind != "event" or before is None or before.kind != "event":
            return ()
        message = self.between(record.raw[: record.offset - passage.offset])
        if message is None:
            return ()
        self._said = True
        return (self.of_record(passage, message),)

    def between(self, white_space: bytes) -> str | None:
        """What is wrong with this white space between two values, or None."""
        raise NotImplementedError


class NoSeparator(Separation):
    """Two values stand directly next to each other.

    Objects, arrays and strings end by themselves; readers that take a line at a time fail.
    """

    name = "stream-no-separator"
    severity = "info"
    clause = "Spring Framework 5.0, Jackson2Tokenizer (concatenated values)"
    hint = "write LF after each value"
    bad = b'{"a":1}{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'

    def between(self, white_space: bytes) -> str | None:
        """Nothing."""
        return None if white_space else "two values with nothing between them"


class NoNewline(Separation):
    """Two values stand on one line, with white space between them.

    Fine to read here; readers that take a line at a time fail.
    """

    name = "stream-no-newline"
    severity = "info"
    clause = "Spring Framework 5.0, Jackson2Tokenizer (concatenated values)"
    hint = "write LF after each value"
    bad = b'{"a":1} {"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'

    def between(self, white_space: bytes) -> str | None:
        """Blanks, and no LF."""
        return "two values on one line" if white_space and b"\n" not in white_space else None


class MissingFinalNewline(Rule):
    """No line feed follows the last value.

    Spring writes none after a single value (a Mono). A reader that takes a line at a time waits for it.
    """

    name = "stream-missing-final-newline"
    severity = "info"
    clause = "Spring Framework 5.0 (each value is followed by LF)"
    formats = _STREAM
    hint = "write LF after each value, the last one too"
    mended = "the line feed is written where the last value is an object, an array or a string"
    bad = b'{"a":1}'
    good = b'{"a":1}\n'

    def __init__(self) -> None:
        self._blanks_after_event = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """See whether blanks at the end of the stream hold an LF."""
        before = stream.before
        self._blanks_after_event = before is not None and before.kind == "event" and b"\n" not in passage.record.raw
        return ()

    def finish(self, stream: Stream) -> Iterable[Problem]:
        """At the end of the stream."""
        last = stream.before
        if last is None or not (last.kind == "event" or (last.kind == "control" and self._blanks_after_event)):
            return ()
        line, column, offset = stream.place
        return (self.at(line, column, offset, "no line feed after the last value", last),)


class Truncated(Faulty):
    """The stream ends inside a value.

    The stream was cut.
    """

    name = "stream-truncated"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = _STREAM
    hint = "the stream was cut: look at what closed the connection"
    bad = b'{"a":1}\n{"a":'
    good = b'{"a":1}\n{"a":2}\n'


class InvalidJson(Faulty):
    """What stands where a value is expected is not one.

    Reading goes on after the next LF. Spring's reader ends the stream here.
    """

    name = "stream-invalid-json"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = _STREAM
    hint = "mend the text at the place"
    bad = b"{'a':1}\n{\"a\":2}\n"
    good = b'{"a":1}\n{"a":2}\n'


class Comma(Faulty):
    """A comma stands between two values.

    Values are separated by white space or nothing; the values came out of an array.
    """

    name = "stream-comma"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = _STREAM
    hint = "leave it out"
    mended = "the comma after a value is left out"
    bad = b'{"a":1},{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'


class AmbiguousScalar(Faulty):
    """A number or a literal runs into the next token.

    `12true` is two values to some readers and none to others; what was meant cannot be known.
    """

    name = "stream-ambiguous-scalar"
    severity = "error"
    clause = "RFC 8259, section 2 (jackson-core's readers disagree among themselves)"
    formats = _STREAM
    hint = "put white space between values"
    bad = b'12true\n{"a":1}\n'
    good = b'12 true\n{"a":1}\n'


class RecordSeparator(Faulty):
    """A record separator, U+001E, stands between values.

    This is a JSON text sequence, application/json-seq. Spring reads it only with a Jackson option.
    """

    name = "stream-rs"
    severity = "warning"
    clause = "RFC 7464, section 2.2"
    formats = _STREAM
    hint = "--from json-seq reads it"
    bad = b'\x1e{"a":1}\n'
    good = b'{"a":1}\n'


class SseLine(Faulty):
    """A line is a field of an event stream.

    This is text/event-stream with another name.
    """

    name = "stream-sse-line"
    severity = "error"
    clause = "WHATWG HTML 9.2.5"
    formats = _STREAM
    hint = "--from sse reads it"
    bad = b'data: {"a":1}\n'
    good = b'{"a":1}\n'


RULES: Final[tuple[type[Rule], ...]] = (
    TopLevelArray, Truncated, InvalidJson, Comma, AmbiguousScalar, RecordSeparator, SseLine, NoSeparator, NoNewline,
    MultiLine, MissingFinalNewline, Null,
)  # fmt: skip
