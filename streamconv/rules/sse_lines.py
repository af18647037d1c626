"""Rules about the lines of an event stream: their ends, their encoding, and what must not stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from streamconv.jsonscan import BOM
from streamconv.problem import Problem
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

_SEPARATORS = re.compile(rb"[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]")  # the last three are NEL, LS, PS
_SHOWN: Final = {"\x0b": "VT", "\x0c": "FF", "\x1c": "FS", "\x1d": "GS", "\x1e": "RS", "\x85": "NEL"}
_ENDS: Final = {b"\n": "LF", b"\r\n": "CRLF", b"\r": "CR"}


class Bom(Rule):
    """The stream begins with a byte order mark.

    The standard drops one. Python's clients do not: in httpx-sse, openai, anthropic and sseclient-py the first field
    has an unknown name, and the first event loses it.
    """

    name = "sse-bom"
    severity = "warning"
    clause = "WHATWG HTML 9.2.5 and 9.2.6 (UTF-8 decode)"
    formats = ("sse",)
    hint = "write the stream without one"
    mended = "the mark is left out; of two, none"
    bad = b"\xef\xbb\xbfdata: 1\n\n"
    good = b"data: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """Of the first record only."""
        if passage.offset == 0 and passage.record.raw.startswith(BOM):
            yield self.at(1, 1, 0, "a byte order mark at the start", passage.record, len(BOM))


class BomInside(Rule):
    """A line that is not the first begins with a byte order mark.

    Only the first one is dropped; this one becomes part of the field's name, which nobody knows, so the line is lost.
    It is left where files with a mark were joined (`cat a b`).
    """

    name = "sse-bom-inside"
    severity = "error"
    clause = "WHATWG HTML 9.2.6 (UTF-8 decode drops one mark, at the start)"
    formats = ("sse",)
    hint = "take the mark out; were captures joined?"
    mended = "the mark is left out where it begins an event that has no other data"
    bad = b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n"
    good = b"data: 1\n\ndata: 2\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """Each such line."""
        if BOM not in passage.record.raw:
            return
        for line in passage.lines:
            if line.content.startswith(BOM):
                yield self.on(passage, line, 0, len(BOM), "a byte order mark inside the stream: the line is ignored")


class InvalidUtf8(Rule):
    """A line holds bytes that are not UTF-8.

    Each becomes U+FFFD, so the payload is changed for good. openai, anthropic and sseclient-py raise UnicodeDecodeError
    instead and lose the rest of the stream. A sequence that is cut was split by something between writer and reader.
    """

    name = "sse-invalid-utf8"
    severity = "error"
    clause = "WHATWG HTML 9.2.6 (UTF-8 decode)"
    formats = ("sse",)
    hint = "the stream must be UTF-8 all through"
    bad = b"data: caf\xe9\n\n"
    good = b"data: caf\xc3\xa9\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """The first bad byte of each line."""
        if passage.record.raw.isascii():
            return
        for line in passage.lines:
            try:
                line.content.decode()
            except UnicodeDecodeError as error:
                shown = line.content[error.start : error.end].hex(" ").upper()
                message = f"not UTF-8 ({shown}): read as U+FFFD"
                yield self.on(passage, line, error.start, error.end - error.start, message)


class Nul(Rule):
    """A line holds U+0000.

    It is kept, except in an id. Readers written in C may cut the value there.
    """

    name = "sse-nul"
    severity = "warning"
    clause = "WHATWG HTML 9.2.5 (any-char)"
    formats = ("sse",)
    hint = "was the capture taken from a binary body?"
    bad = b"data: a\x00b\n\n"
    good = b"data: ab\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """The first of each line."""
        if b"\0" not in passage.record.raw:
            return
        for line in passage.lines:
            at = line.content.find(b"\0")
            if at >= 0 and line.name != b"id":
                yield self.on(passage, line, at, 1, "U+0000 in the line")


class BareCr(Rule):
    """Lines end with a lone CR.

    The standard allows it. Spring's reader and every client that splits at LF see one endless line.
    """

    name = "sse-bare-cr"
    severity = "warning"
    clause = "WHATWG HTML 9.2.5 (end-of-line)"
    formats = ("sse",)
    hint = "end lines with LF"
    mended = "lines end with LF, or with CRLF where the first one does"
    bad = b"data: 1\r\r"
    good = b"data: 1\n\n"

    def __init__(self) -> None:
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """The first such line of the stream."""
        if self._said or b"\r" not in passage.record.raw:
            return
        for line in passage.lines:
            if line.end == b"\r":
                self._said = True
                yield self.on(passage, line, len(line.content), 1, "the line ends with a lone CR, as others may")
                return


class MixedEnds(Rule):
    """Lines end in different ways.

    Legal, but a sign of two writers (a proxy that adds keep-alives, a template that adds CRLF). sseclient-py does not
    see an empty line made of LF and CRLF, so events run together.
    """

    name = "sse-mixed-eol"
    severity = "warning"
    clause = "WHATWG HTML 9.2.5 (end-of-line)"
    formats = ("sse",)
    hint = "end all lines alike, best with LF"
    mended = "lines end with LF, or with CRLF where the first one does"
    bad = b"data: 1\n\r\ndata: 2\n\n"
    good = b"data: 1\n\ndata: 2\n\n"

    def __init__(self) -> None:
        self._first = b""
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first line that differs from the first one."""
        if self._said or (self._first == b"\n" and b"\r" not in passage.record.raw):
            return ()
        for line in passage.lines:
            self._first = self._first or line.end
            if line.end and line.end != self._first:
                self._said = True
                message = f"the line ends with {_ENDS[line.end]}, the first one with {_ENDS[self._first]}"
                return (self.on(passage, line, len(line.content), len(line.end), message),)
        return ()


class LineSeparatorInValue(Rule):
    """A value holds a character that ends lines elsewhere: VT, FF, FS, GS, RS, NEL, LS or PS.

    Here only CR, LF and CRLF do. Python's `str.splitlines` and readers like it cut the value there.
    """

    name = "sse-linesep-in-value"
    severity = "info"
    clause = "WHATWG HTML 9.2.5 (end-of-line)"
    formats = ("sse",)
    hint = "in JSON, write it as an escape: \\u2028"
    bad = b"data: a\xe2\x80\xa8b\n\n"
    good = b"data: a b\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """The first of each value."""
        if not _SEPARATORS.search(passage.record.raw):
            return
        for line in passage.lines:
            if line.name and (match := _SEPARATORS.search(line.value)) is not None:
                char = match[0].decode()
                shown = _SHOWN.get(char, f"U+{ord(char):04X}")
                at = line.value_start + match.start()
                yield self.on(passage, line, at, len(match[0]), f"{shown} in a value: it ends no line here")


class ExtraBlank(Rule):
    """An empty line with nothing to dispatch.

    Harmless by the standard; fetch-event-source emits an empty message for each.
    """

    name = "sse-extra-blank"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (dispatch the event: empty data)"
    formats = ("sse",)
    hint = "one empty line ends an event"
    bad = b"data: 1\n\n\n"
    good = b"data: 1\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first of several in a row."""
        if passage.record.raw not in _ENDS or (stream.before is not None and stream.before.raw in _ENDS):
            return ()
        return (self.whole_line(passage, passage.lines.first, "an empty line with nothing to dispatch"),)


class UnterminatedLine(Rule):
    """The last line has no end.

    The stream was cut in it, or its writer forgot. What the line says is incomplete.
    """

    name = "sse-unterminated-line"
    severity = "warning"
    clause = "WHATWG HTML 9.2.5 (every line has an end)"
    formats = ("sse",)
    hint = "end every event with an empty line, the last one too"
    mended = "its end is written where the line is whole: a comment, [DONE], or JSON that is complete"
    bad = b"data: 1\n\n: pin"
    good = b"data: 1\n\n: ping\n\n"

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """Of the last record only, whose last line has no end."""
        if passage.record.raw.endswith((b"\n", b"\r")):
            return
        line = passage.lines.last
        if line.content:
            yield self.on(passage, line, len(line.content), 0, "the last line has no end")


RULES: Final[tuple[type[Rule], ...]] = (
    Bom, BomInside, InvalidUtf8, Nul, BareCr, MixedEnds, LineSeparatorInValue, ExtraBlank, UnterminatedLine
)  # fmt: skip
