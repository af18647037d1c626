"""Rules about the fields of an event stream: names that nobody knows, values that mean less than they seem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from streamconv.jsonscan import BOM
from streamconv.problem import Problem
from streamconv.rules.lines import Line
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

KNOWN: Final = frozenset({b"data", b"event", b"id", b"retry"})
_SPACES: Final = " \t\xa0"
_DAY: Final = 86_400_000  # milliseconds
_ORDINARY = re.compile(rb"data:.*+|(?:event|id): [!-~]++|:.*+", re.DOTALL)
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ [0-9]{3}\b")


def _is_known_once_mended(name: bytes) -> tuple[bool, bool]:
    """Whether a name is a known one but for its case, and but for white space around it."""
    if name in KNOWN:
        return False, False
    text = name.decode("utf-8", "replace")
    bare = text.strip(_SPACES)
    known = bare.lower().encode() in KNOWN
    return known and bare != bare.lower(), known and bare != text


class FieldRule(Rule):
    """A rule that judges lines one by one; the checker asks it of those that are not ordinary."""

    formats = ("sse",)

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """The problems of one line that is not empty."""
        raise NotImplementedError


def is_ordinary(line: Line) -> bool:
    """True for a line of which no FieldRule has anything to say."""
    return _ORDINARY.fullmatch(line.content) is not None


class StrayJson(FieldRule):
    """A line begins with `{` or `[` where a field was expected.

    It is a JSON error body sent instead of a stream, or the rest of a payload with a line break in it: each line of a
    payload needs its own `data:`. Clients take it for an unknown field and ignore it.
    """

    name = "sse-stray-json"
    severity = "error"
    clause = "WHATWG HTML 9.2.6 (process the field: otherwise, the field is ignored)"
    hint = "put data: before each line of a payload; read the line: it may be the error you look for"
    bad = b'{"error":"overloaded"}\n\ndata: 1\n\n'
    good = b'data: {"error":"overloaded"}\n\ndata: 1\n\n'

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At its first byte."""
        if line.content.startswith((b"{", b"[")):
            yield self.whole_line(passage, line, "JSON where a field was expected: the line is ignored")


class JoinedCaptures(FieldRule):
    """The head of another HTTP response stands inside the body.

    Captures were joined (`cat a b`), or a proxy wrote a second response into the first. Ids, names and a BOM of the
    second stream are read as if they belonged to the first.
    """

    name = "sse-joined-captures"
    severity = "warning"
    clause = "RFC 9112, section 2.1"
    hint = "split the file before this line"
    bad = b"data: 1\n\nHTTP/1.1 200 OK\ncontent-type: text/event-stream\n\ndata: 2\n\n"
    good = b"data: 1\n\ndata: 2\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the status line."""
        if _STATUS_LINE.match(line.content):
            yield self.whole_line(passage, line, "another HTTP response begins here")


def _explains_the_rest(line: Line) -> bool:
    """True for a first line that says what the lines after it are: header fields, or the rest of a JSON text."""
    return _STATUS_LINE.match(line.content) is not None or line.content.startswith((b"{", b"["))


class UnknownField(FieldRule):
    """The name of a field is none of data, event, id and retry.

    Clients ignore the line. Text without a colon is such a name too, and so is a line of one space: what looks empty
    is not, and does not end the event.
    """

    name = "sse-unknown-field"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (process the field: otherwise, the field is ignored)"
    hint = "put it into data, or after a colon as a comment"
    bad = b"color: blue\ndata: 1\n\n"
    good = b": color is blue\ndata: 1\n\n"
    _SHOWN: ClassVar = 40  # characters of a name

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the name."""
        name = line.name
        if not name or name in KNOWN or name.startswith((b"{", b"[", BOM)) or any(_is_known_once_mended(name)):
            return
        if _explains_the_rest(passage.lines.first):
            return
        shown = name[: self._SHOWN].decode("utf-8", "replace")
        what = "white space" if not shown.strip() else f"the field {shown!r}" if line.colon else f"the text {shown!r}"
        yield self.on(passage, line, 0, len(name), f"{what} is ignored: only data, event, id and retry are known")


class FieldCase(FieldRule):
    """The name of a field is written with capitals.

    Names are compared as they are: `Data:` is unknown, and ignored.
    """

    name = "sse-field-case"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (field names must be compared literally)"
    hint = "write it in small letters"
    bad = b"Data: 1\ndata: 2\n\n"
    good = b"data: 1\ndata: 2\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the name."""
        other_case, _ = _is_known_once_mended(line.name)
        if other_case:
            yield self.on(passage, line, 0, len(line.name), f"{line.name.decode()!r} is not a known field: ignored")


class FieldSpace(FieldRule):
    """White space stands before or after the name of a field.

    It belongs to the name, which is therefore unknown, and the line ignored. Templates that indent do this.
    """

    name = "sse-field-space"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (field names must be compared literally)"
    hint = "begin the line with the name, and let the colon follow it"
    bad = b" data: 1\ndata: 2\n\n"
    good = b"data: 1\ndata: 2\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the name."""
        other_case, spaced = _is_known_once_mended(line.name)
        if spaced and not other_case:
            message = "white space belongs to the name of the field, which nobody knows: ignored"
            yield self.on(passage, line, 0, len(line.name), message)


class NoColon(FieldRule):
    """A known field has no colon.

    Its value is the empty string. fetch-event-source ignores such lines, and so does Spring.
    """

    name = "sse-no-colon"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (the whole line as the field name, and the empty string as the value)"
    hint = "write the colon"
    bad = b"data\ndata: 1\n\n"
    good = b"data:\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """The whole line."""
        if not line.colon and line.name in KNOWN:
            yield self.whole_line(passage, line, f"{line.name.decode()!r} without a colon: its value is empty")


class IdNul(FieldRule):
    """An id holds U+0000 and is ignored.

    The last event id stays what it was, so a reconnect asks for the wrong place. fetch-event-source and sseclient-py
    take it.
    """

    name = "sse-id-nul"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (if the field value does not contain U+0000 NULL)"
    hint = "write the id without it"
    bad = b"id: a\x00b\ndata: 1\n\n"
    good = b"id: ab\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the NUL."""
        if line.name == b"id" and b"\0" in line.value:
            at = line.content.index(b"\0")
            yield self.on(passage, line, at, 1, "the id holds U+0000 and is ignored")


class RetryInvalid(FieldRule):
    """The value of retry is not made of ASCII digits, and is ignored.

    openai, anthropic and httpx-sse take what Python's `int` takes (`+10`, `1_000`), Spring raises.
    """

    name = "sse-retry-invalid"
    severity = "warning"
    clause = "WHATWG HTML 9.2.6 (if the field value consists of only ASCII digits)"
    hint = "write milliseconds as digits"
    bad = b"retry: 3s\ndata: 1\n\n"
    good = b"retry: 3000\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the value."""
        if line.name == b"retry" and not line.value.isdigit():
            message = "the value of retry is not made of ASCII digits: ignored"
            yield self.on(passage, line, line.value_start, len(line.value), message)


class RetryOdd(FieldRule):
    """The value of retry is legal and hardly meant: 0, a leading zero, more than a day.

    With 0 a client reconnects without a pause; a large value is most likely microseconds.
    """

    name = "sse-retry-odd"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (interpret the field value as an integer in base ten)"
    hint = "milliseconds: 3000 is what browsers wait by themselves"
    bad = b"retry: 0\ndata: 1\n\n"
    good = b"retry: 3000\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the value."""
        value = line.value
        if line.name != b"retry" or not value.isdigit():
            return
        if value.startswith(b"0"):
            odd = "0 ms" if not value.strip(b"0") else "a leading zero"
        elif len(value) > len(str(_DAY)) or int(value) > _DAY:
            odd = "more than a day"
        else:
            return
        yield self.on(passage, line, line.value_start, len(value), f"an odd time to wait: {odd}")


class EmptyEventType(FieldRule):
    """The event type is empty.

    The event is a plain `message`. undici keeps an earlier type of the same block instead.
    """

    name = "sse-empty-event-type"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (dispatch the event: if the event type buffer is not the empty string)"
    hint = "leave the field out"
    bad = b"event:\ndata: 1\n\n"
    good = b"data: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """The whole line."""
        if line.name == b"event" and line.colon and not line.value:
            yield self.whole_line(passage, line, "an empty event type: the event is a plain message")


class TrailingSpace(FieldRule):
    """White space ends the value of event or id.

    It is part of the value: `addEventListener("foo")` does not hear `foo `. Spring trims it.
    """

    name = "sse-trailing-space"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (only one U+0020 SPACE after the colon is removed)"
    hint = "write the value without it"
    bad = b"event: foo \ndata: 1\n\n"
    good = b"event: foo\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the white space."""
        if line.name in (b"event", b"id"):
            bare = line.value.rstrip(b" \t")
            if bare and len(bare) < len(line.value):
                at = line.value_start + len(bare)
                message = f"white space at the end of {line.name.decode()}: it is part of the value"
                yield self.on(passage, line, at, len(line.content) - at, message)


class ExtraLeadingSpace(FieldRule):
    """More than one space stands before the value of event or id.

    One is dropped, the others belong to the value.
    """

    name = "sse-extra-leading-space"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (only one U+0020 SPACE after the colon is removed)"
    hint = "write one space, or none"
    bad = b"event:  foo\ndata: 1\n\n"
    good = b"event: foo\ndata: 1\n\n"

    def line(self, line: Line, passage: Passage) -> Iterable[Problem]:
        """At the white space."""
        if line.name in (b"event", b"id") and line.value.startswith((b" ", b"\t")):
            spaces = len(line.value) - len(line.value.lstrip(b" \t"))
            message = f"white space before the value of {line.name.decode()}: it is part of it"
            yield self.on(passage, line, line.value_start, spaces, message)


class InconsistentSpace(Rule):
    """Some data lines have a space after the colon and some do not.

    The standard drops one space. A writer that puts none (Spring, Jooby) and forwards tokens with a leading space
    loses those spaces: `data: world` was ` world`.
    """

    name = "sse-inconsistent-space"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (if value starts with a U+0020 SPACE character, remove it)"
    formats = ("sse",)
    hint = "write data: and one space always"
    bad = b"data:Hello\n\ndata: world\n\n"
    good = b"data: Hello\n\ndata:  world\n\n"

    def __init__(self) -> None:
        self._spaced: bool | None = None  # how the first data line is written
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first data line that differs from the first one; empty values tell nothing."""
        if self._said:
            return ()
        for line in passage.lines:
            if line.name != b"data" or not line.value:
                continue
            spaced = line.value_start > len(b"data:")
            if self._spaced is None:
                self._spaced = spaced
            elif self._spaced != spaced:
                self._said = True
                message = f"this data line has {'a' if spaced else 'no'} space after the colon, others differ"
                return (self.on(passage, line, 0, line.value_start, message),)
        return ()


RULES: Final[tuple[type[Rule], ...]] = (
    StrayJson, JoinedCaptures, UnknownField, FieldCase, FieldSpace, NoColon, IdNul, RetryInvalid, RetryOdd,
    EmptyEventType, TrailingSpace, ExtraLeadingSpace, InconsistentSpace,
)  # fmt: skip
