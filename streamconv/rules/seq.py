"""Rules `seq-…`: JSON text sequences, RFC 7464."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamconv.problem import Problem
from streamconv.record import Record
from streamconv.rules.faulty import Faulty
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

_SEQ: Final = ("json-seq",)


class MissingRs(Faulty):
    """A text has no record separator, U+001E, before it.

    Each element begins with one. Where none has, this is NDJSON with another name.
    """

    name = "seq-missing-rs"
    severity = "error"
    clause = "RFC 7464, section 2.2"
    formats = _SEQ
    hint = "write U+001E before each text; --from ndjson reads lines"
    bad = b'{"a":1}\n\x1e{"a":2}\n'
    good = b'\x1e{"a":1}\n\x1e{"a":2}\n'


class SeqTruncated(Faulty):
    """An element ends inside a value.

    It is dropped, and reading goes on at the next separator: this is what the separators are for.
    """

    name = "seq-truncated"
    severity = "error"
    clause = "RFC 7464, section 2.3"
    formats = _SEQ
    hint = "the writer was stopped in the middle of it"
    bad = b'\x1e{"a":\n\x1e{"a":2}\n'
    good = b'\x1e{"a":1}\n\x1e{"a":2}\n'


class InvalidElement(Faulty):
    """An element is not a JSON text.

    It is dropped, and reading goes on at the next separator.
    """

    name = "seq-invalid-element"
    severity = "error"
    clause = "RFC 7464, section 2.1"
    formats = _SEQ
    hint = "mend the text at the place"
    bad = b"\x1e{'a':1}\n\x1e{\"a\":2}\n"
    good = b'\x1e{"a":1}\n\x1e{"a":2}\n'


class TwoValues(Faulty):
    """An element holds more than one JSON text.

    Each text needs a separator of its own.
    """

    name = "seq-two-values"
    severity = "error"
    clause = "RFC 7464, section 2.1"
    formats = _SEQ
    hint = "write U+001E before each text"
    bad = b'\x1e{"a":1}{"a":2}\n'
    good = b'\x1e{"a":1}\n\x1e{"a":2}\n'


class TruncatedScalar(Faulty):
    """A number, true, false or null has no white space after it.

    It may be the start of a longer one, so readers must drop it.
    """

    name = "seq-truncated-scalar"
    severity = "error"
    clause = "RFC 7464, section 2.4"
    formats = _SEQ
    hint = "end every element with LF"
    bad = b'\x1e{"a":1}\n\x1etrue'
    good = b'\x1e{"a":1}\n\x1etrue\n'


class MissingLf(Rule):
    """No line feed follows the text of an element.

    Writers must add one. Objects, arrays and strings are read all the same.
    """

    name = "seq-missing-lf"
    severity = "warning"
    clause = "RFC 7464, section 2.2"
    formats = _SEQ
    hint = "end every element with LF"
    mended = "the line feed is written"
    bad = b'\x1e{"a":1}\x1e{"a":2}\n'
    good = b'\x1e{"a":1}\n\x1e{"a":2}\n'

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """At the end of the element."""
        raw = passage.record.raw
        if passage.record.kind != "event" or raw.endswith(b"\n"):
            return ()
        place = passage.place(passage.offset + len(raw))
        return (self.at(*place, "no line feed after the text", passage.record),)


class EmptyElement(Rule):
    """Two record separators follow each other.

    Allowed: there is no element between them.
    """

    name = "seq-empty-element"
    severity = "info"
    clause = "RFC 7464, section 2.1"
    formats = _SEQ
    hint = "one separator is enough"
    bad = b'\x1e\x1e{"a":1}\n'
    good = b'\x1e{"a":1}\n'

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first of several in a row."""
        if not _is_empty(passage.record) or (stream.before is not None and _is_empty(stream.before)):
            return ()
        return (self.of_record(passage, "a record separator after a record separator"),)


def _is_empty(record: Record) -> bool:
    return record.kind == "control" and b"\x1e" in record.raw


RULES: Final[tuple[type[Rule], ...]] = (
    MissingRs, SeqTruncated, InvalidElement, TwoValues, TruncatedScalar, MissingLf, EmptyElement
)  # fmt: skip
