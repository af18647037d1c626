"""Rules `json-…`: valid JSON texts that readers disagree on, and faults of JSON that have one name in all formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from streamconv.jsonscan import BOM
from streamconv.problem import Problem
from streamconv.rules.facts import Fact
from streamconv.rules.faulty import Faulty
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

_TEXTS: Final = ("ndjson", "stream+json", "json", "json-seq", "vercel-data-stream", "sse")
_OF_TEXTS: Final = (*_TEXTS[:-1], "records", "timed")  # what an unreadable record may be of
_SHOWN: Final = 40  # characters of a token


class FactRule(Rule):
    """A rule about a fact of a valid JSON text: the first one of each record."""

    formats = _TEXTS
    kind: ClassVar[str]  # of the fact

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the first of each text."""
        for fact in passage.facts:
            if fact.kind == self.kind:
                others = f"; {fact.number} in this record" if fact.number > 1 else ""
                yield self.in_text(passage, fact.position, fact.length, self.message(fact) + others)

    def message(self, fact: Fact) -> str:
        """The fact in words."""
        raise NotImplementedError


class DuplicateKey(FactRule):
    """One object has the same name twice, once escapes are undone.

    Parsers keep the last one, the first one, or both; nobody warns. What two programs read is not the same.
    """

    name = "json-duplicate-key"
    severity = "warning"
    clause = "RFC 8259, section 4; RFC 7493, section 2.3"
    hint = "write each name once"
    kind = "duplicate-key"
    bad = b'{"a":1,"\\u0061":2}\n'
    good = b'{"a":1,"b":2}\n'

    def message(self, fact: Fact) -> str:
        """The name as written the second time."""
        return f"the name {fact.shown[:_SHOWN]} is there twice in one object"


class IntBeyondDouble(FactRule):
    """An integer is larger than a double holds exactly: 2^53 - 1.

    JavaScript, jq before 1.7 and every reader that takes numbers as doubles rounds it. Ids of this size change.
    """

    name = "json-int-beyond-2^53"
    severity = "warning"
    clause = "RFC 8259, section 6; RFC 7493, section 2.2"
    hint = "write ids as strings"
    kind = "int-beyond-2^53"
    bad = b'{"id":9007199254740993}\n'
    good = b'{"id":"9007199254740993"}\n'

    def message(self, fact: Fact) -> str:
        """The number."""
        return f"{fact.shown[:_SHOWN]} is beyond 2^53 - 1: readers that use doubles round it"


class IntOver64Bit(FactRule):
    """An integer does not fit into 64 bits.

    orjson makes a float of it, Go and Rust refuse it, Python's json keeps it.
    """

    name = "json-int-over-64bit"
    severity = "warning"
    clause = "RFC 8259, section 6; RFC 7493, section 2.2"
    hint = "write it as a string"
    kind = "int-over-64bit"
    bad = b'{"id":12345678901234567890123}\n'
    good = b'{"id":"12345678901234567890123"}\n'

    def message(self, fact: Fact) -> str:
        """The number."""
        return f"{fact.shown[:_SHOWN]} does not fit into 64 bits"


class FloatOverflow(FactRule):
    """A number is larger than any double.

    Python's json reads infinity, JavaScript too; orjson refuses the record.
    """

    name = "json-float-overflow"
    severity = "warning"
    clause = "RFC 8259, section 6"
    hint = "write null, or a string"
    kind = "float-overflow"
    bad = b'{"n":1e400}\n'
    good = b'{"n":1e300}\n'

    def message(self, fact: Fact) -> str:
        """The number."""
        return f"{fact.shown[:_SHOWN]} is larger than any double"


class LoneSurrogate(FactRule):
    """An escape is half of a surrogate pair.

    RFC 8259 lets it pass, and it is no character: orjson refuses the record, others write U+FFFD. It is left where a
    text was cut in the middle of an emoji, as some model servers do between two deltas.
    """

    name = "json-lone-surrogate"
    severity = "warning"
    clause = "RFC 8259, section 8.2; RFC 7493, section 2.1"
    hint = "cut text between characters, not between UTF-16 units"
    kind = "lone-surrogate"
    bad = b'{"t":"\\ud83d"}\n'
    good = b'{"t":"\\ud83d\\ude00"}\n'

    def message(self, fact: Fact) -> str:
        """The escape."""
        return f"{fact.shown} is half of a character"


class Deep(FactRule):
    """Values are nested deeper than 512 levels.

    Parsers stop at 128 (serde), 512 (PHP), 1000 (Jackson) or 1024 levels (orjson), or run out of stack.
    """

    name = "json-deep"
    severity = "warning"
    clause = "RFC 8259, section 9"
    hint = "is it meant? hostile input looks like this"
    kind = "deep"
    bad = b"[" * 513 + b"]" * 513 + b"\n"
    good = b"[" * 512 + b"]" * 512 + b"\n"

    def message(self, fact: Fact) -> str:
        """Where it passes the mark."""
        return "nested deeper than 512 levels"


class LineSeparatorInString(FactRule):
    """A string holds NEL, LS or PS as itself.

    Allowed in JSON; Python's `str.splitlines` and old JavaScript engines take it for a line end.
    """

    name = "json-linesep-in-string"
    severity = "info"
    clause = "RFC 8259, section 7"
    hint = "write it as an escape: \\u2028"
    kind = "linesep"
    bad = b'{"t":"a\xe2\x80\xa8b"}\n'
    good = b'{"t":"a\\u2028b"}\n'

    def message(self, fact: Fact) -> str:
        """The character."""
        return f"U+{ord(fact.shown):04X} in a string: it ends no line here"


class JsonBom(Rule):
    """The stream begins with a byte order mark.

    Writers must not add one; Python's json takes it from bytes only, orjson and JavaScript's JSON.parse refuse it.
    """

    name = "json-bom"
    severity = "warning"
    clause = "RFC 8259, section 8.1"
    formats = ("ndjson", "stream+json", "json", "records")
    hint = "write the stream without one"
    mended = "the mark is left out"
    bad = b'\xef\xbb\xbf{"a":1}\n'
    good = b'{"a":1}\n'

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """Of the first record only."""
        if passage.offset == 0 and passage.record.raw.startswith(BOM):
            yield self.at(1, 1, 0, "a byte order mark at the start", passage.record, len(BOM))


class JsonBomInside(Faulty):
    """A byte order mark stands before a value that is not the first.

    Files with a mark were joined (`cat a b`). It is no white space: readers refuse what follows.
    """

    name = "json-bom-inside"
    severity = "warning"
    clause = "RFC 8259, section 8.1"
    formats = ("ndjson", "stream+json")
    hint = "take the mark out; were files joined?"
    mended = "the mark is left out where it begins a line, or follows a value"
    bad = b'{"a":1}\n\xef\xbb\xbf{"a":2}\n'
    good = b'{"a":1}\n{"a":2}\n'


class InvalidUtf8(Faulty):
    """A string holds bytes that are not UTF-8.

    JSON that is exchanged is UTF-8. The record is dropped: what the bytes meant cannot be known.
    """

    name = "json-invalid-utf8"
    severity = "error"
    clause = "RFC 8259, section 8.1"
    formats = _OF_TEXTS
    hint = "write the stream in UTF-8"
    bad = b'{"t":"caf\xe9"}\n'
    good = b'{"t":"caf\xc3\xa9"}\n'


class NanInfinity(Faulty):
    """NaN or Infinity stands where a value is expected.

    It is not JSON; Python's json writes it by default and reads it, as does jq; everyone else refuses the record.
    """

    name = "json-nan-infinity"
    severity = "error"
    clause = "RFC 8259, section 6 (numeric values that cannot be represented are not permitted)"
    formats = _OF_TEXTS
    hint = "write null, or a string; Python: json.dumps(…, allow_nan=False)"
    bad = b'{"n":NaN}\n'
    good = b'{"n":null}\n'


class ControlChar(Faulty):
    """A string holds a control character as itself.

    Tab, LF and the like must be escaped in strings.
    """

    name = "json-control-char"
    severity = "error"
    clause = "RFC 8259, section 7"
    formats = _OF_TEXTS
    hint = "write it as an escape: \\t, \\n, \\u0000"
    bad = b'{"t":"a\tb"}\n'
    good = b'{"t":"a\\tb"}\n'


class JsonInvalid(Faulty):
    """The document, or an element of its array, is not JSON.

    Here only this element is left out, and reading goes on at a line that begins another one. No other reader measured
    recovers: all stop at the first fault.
    """

    name = "json-invalid"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = ("json",)
    hint = "mend the text at the place"
    bad = b'[{"a":1},\n{"a":}]\n'
    good = b'[{"a":1},\n{"a":2}]\n'


class JsonTruncated(Faulty):
    """The document ends inside a value, or before its array is closed.

    The stream was cut. Gemini without `alt=sse` streams one array: what came before is whole.
    """

    name = "json-truncated"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = ("json",)
    hint = "the stream was cut: look at what closed the connection"
    bad = b'[{"a":1},\n{"a":'
    good = b'[{"a":1},\n{"a":2}]\n'


RULES: Final[tuple[type[Rule], ...]] = (
    JsonBom, JsonBomInside, InvalidUtf8, DuplicateKey, IntBeyondDouble, IntOver64Bit, FloatOverflow, NanInfinity,
    LoneSurrogate, ControlChar, Deep, LineSeparatorInString, JsonInvalid, JsonTruncated,
)  # fmt: skip
