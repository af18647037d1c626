"""Rules `ndjson-…`: one JSON text a line. ndjson-spec 1.0 and jsonlines.org."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.problem import Problem
from streamconv.rules.faulty import Faulty
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.spread import is_array_of_composites
from streamconv.rules.stream import Stream

_NDJSON: Final = ("ndjson",)


class BlankLine(Rule):
    """A line holds nothing, or only white space.

    ndjson-spec lets readers skip it and asks them to say so; JSON Lines calls it invalid. A reader that parses every
    line raises.
    """

    name = "ndjson-blank-line"
    severity = "warning"
    clause = "ndjson-spec, section 3.2; jsonlines.org, 2"
    formats = _NDJSON
    hint = "leave the line out"
    mended = "the line is left out, unless it stands in what may be a broken value"
    bad = b'{"a":1}\n\n{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """Each one; white space after the last line end is no line."""
        record = passage.record
        if record.kind != "control" or not record.raw.endswith(b"\n"):
            return ()
        return (self.whole_line(passage, passage.lines.first, "a blank line"),)


class MissingFinalNewline(Rule):
    """The last line has no line feed.

    Each text must be followed by one, the last one too; without it, who appends glues two texts together, and a reader
    cannot know whether the line is whole: `12` may have been `123`.
    """

    name = "ndjson-missing-final-newline"
    severity = "warning"
    clause = "ndjson-spec, section 3.1; jsonlines.org, 3"
    formats = _NDJSON
    hint = "end the last line with LF; was the stream cut?"
    mended = "the line feed is written where the last line is a whole object, array or string"
    bad = b'{"a":1}\n{"a":2}'
    good = b'{"a":1}\n{"a":2}\n'

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """At the end of the last line."""
        raw = passage.record.raw
        if raw.endswith(b"\n") or not raw.removeprefix(BOM).strip(WHITE_SPACE) or _is_piece(passage):
            return ()
        line = passage.lines.last
        return (self.on(passage, line, len(line.content), 0, "no line feed after the last line"),)


def _is_piece(passage: Passage) -> bool:
    """True for a piece of an oversized line, whose end says nothing."""
    return passage.record.kind == "invalid" and passage.record.data is None


class Crlf(Rule):
    """Lines end with CRLF.

    Allowed: CR is white space in JSON. Readers that compare lines as text see it.
    """

    name = "ndjson-crlf"
    severity = "info"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "LF is enough"
    bad = b'{"a":1}\r\n'
    good = b'{"a":1}\n'

    def __init__(self) -> None:
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first one of the stream."""
        if self._said or not passage.record.raw.endswith(b"\r\n"):
            return ()
        self._said = True
        line = passage.lines.last
        return (self.on(passage, line, len(line.content), 2, "the line ends with CRLF, as others may"),)


class MixedEnds(Rule):
    """Some lines end with LF, some with CRLF.

    Two writers, or a file that was edited on another system.
    """

    name = "ndjson-mixed-eol"
    severity = "warning"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "end all lines with LF"
    mended = "lines end with LF, or with CRLF where the first one does"
    bad = b'{"a":1}\r\n{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'

    def __init__(self) -> None:
        self._crlf: bool | None = None  # how the first line ends
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first line that differs from the first one."""
        raw = passage.record.raw
        if self._said or not raw.endswith(b"\n"):
            return ()
        crlf = raw.endswith(b"\r\n")
        if self._crlf is None:
            self._crlf = crlf
        if self._crlf == crlf:
            return ()
        self._said = True
        line = passage.lines.last
        ends = ("CRLF", "LF") if crlf else ("LF", "CRLF")
        message = f"the line ends with {ends[0]}, the first one with {ends[1]}"
        return (self.on(passage, line, len(line.content), len(line.end), message),)


class OneArray(Rule):
    """The whole stream is one JSON array, on one line.

    It is valid NDJSON with a single record, and hardly meant: tools that read records see one array.
    """

    name = "ndjson-array-document"
    severity = "error"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "write one element a line; --from json reads the array element by element"
    mended = "each element is written on a line of its own, if the array is whole and no array of one array"
    bad = b'[{"a":1},{"a":2}]\n'
    good = b'{"a":1}\n{"a":2}\n'

    def __init__(self) -> None:
        self._first: Passage | None = None  # an array that may be all there is
        self._others = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The start of one that is spread over lines; one on a single line shows at the end."""
        if passage.unreadable is not None and passage.unreadable.rule == self.name:
            return (self.of_record(passage, passage.unreadable.message),)
        if passage.record.kind == "event" and stream.events == 1 and is_array_of_composites(passage.record.data or ""):
            self._first = passage
        elif passage.record.kind != "control" and passage.record.data != "\ufeff":
            self._others = True
        return ()

    def finish(self, stream: Stream) -> Iterable[Problem]:
        """The only record is an array of objects or arrays."""
        if self._first is None or self._others or stream.events > 1:
            return ()
        return (self.of_record(self._first, "one JSON array instead of one JSON text a line"),)


class MultiLineValue(Faulty):
    """A value is spread over several lines: it was pretty-printed.

    Each of its lines is read as a record, and none is one, but for a few that are and that nobody sent.
    """

    name = "ndjson-multi-line-value"
    severity = "error"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "write it on one line (jq -c); --from stream+json reads it as it is"
    mended = "the value is written on one line"
    bad = b'{\n  "a": 1\n}\n'
    good = b'{"a":1}\n'


class InvalidJson(Faulty):
    """A line is not a JSON text.

    It is dropped; readers other than this one stop here and lose the rest.
    """

    name = "ndjson-invalid-json"
    severity = "error"
    clause = "ndjson-spec, section 3.2; RFC 8259, section 2"
    formats = _NDJSON
    hint = "mend the text at the place, or take the line out"
    bad = b"{'a':1}\n"
    good = b'{"a":1}\n'


class Truncated(Faulty):
    """The last line ends inside a value.

    The stream was cut, or a line is still being written.
    """

    name = "ndjson-truncated"
    severity = "error"
    clause = "ndjson-spec, section 3.1; RFC 8259, section 2"
    formats = _NDJSON
    hint = "the stream was cut: look at what closed the connection"
    bad = b'{"a":1}\n{"a":'
    good = b'{"a":1}\n{"a":2}\n'


class TrailingComma(Faulty):
    """A comma follows the value.

    The lines were taken out of an array. Line ends separate records, commas do not.
    """

    name = "ndjson-trailing-comma"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = _NDJSON
    hint = "leave the comma out"
    mended = "the comma is left out where a line end follows, unless in what may be a broken value"
    bad = b'{"a":1},\n{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'


class TwoValues(Faulty):
    """More than one JSON text stands on a line.

    A line end was forgotten, or two writers wrote into one file.
    """

    name = "ndjson-two-values"
    severity = "error"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "write one JSON text a line; --from stream+json reads them as they are"
    mended = "each is written on a line of its own"
    bad = b'{"a":1}{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'


class BareCr(Faulty):
    """Values are separated by a lone CR.

    It ends no line here: the reader sees one line with several values.
    """

    name = "ndjson-bare-cr"
    severity = "error"
    clause = "ndjson-spec, section 3.1"
    formats = _NDJSON
    hint = "end lines with LF"
    mended = "each is written on a line of its own"
    bad = b'{"a":1}\r{"a":2}\r\n'
    good = b'{"a":1}\n{"a":2}\n'


class RsPrefix(Faulty):
    """A line begins with a record separator, U+001E.

    This is a JSON text sequence, application/json-seq, with another name.
    """

    name = "ndjson-rs-prefix"
    severity = "error"
    clause = "RFC 7464, section 2.2"
    formats = _NDJSON
    hint = "--from json-seq reads it"
    bad = b'\x1e{"a":1}\n'
    good = b'{"a":1}\n'


class SseLine(Faulty):
    """A line is a field of an event stream.

    This is text/event-stream with another name.
    """

    name = "ndjson-sse-line"
    severity = "error"
    clause = "WHATWG HTML 9.2.5"
    formats = _NDJSON
    hint = "--from sse reads it"
    bad = b'data: {"a":1}\n'
    good = b'{"a":1}\n'


class Comment(Faulty):
    """A line is a comment, or has one.

    JSON has no comments.
    """

    name = "ndjson-comment"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = _NDJSON
    hint = "take comments out first: grep -v '^#'"
    bad = b'# all of them\n{"a":1}\n'
    good = b'{"a":1}\n'


RULES: Final[tuple[type[Rule], ...]] = (
    BlankLine, MissingFinalNewline, Truncated, InvalidJson, TrailingComma, OneArray, MultiLineValue, TwoValues, BareCr,
    Crlf, MixedEnds, RsPrefix, SseLine, Comment,
)  # fmt: skip
