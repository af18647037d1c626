"""Which rule an unreadable JSON record breaks: from the first fault of its text to the name of what went wrong.

A decoder finds that a record cannot be read; people want to know that the line is a field of an event stream, a
comment, or two values. Converting and checking both ask here, so they say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from streamconv.jsonscan import BOM, NO_CONTROL, SPACE_AFTER_SCALAR, UTF8, WHITE_SPACE, Scanner
from streamconv.jsontext import END, Fault
from streamconv.problem import Severity


class Diagnosis(NamedTuple):
    """What is wrong with a text, and what to do about it."""

    rule: str
    message: str
    hint: str = ""
    position: int = 0  # in the text, bytes from 0
    length: int = 1  # bytes
    severity: Severity = "error"


_FIELD = re.compile(rb"(?:data|event|id|retry)[ \t]*:")
_COMMENT = re.compile(rb"//|#|/\*")
_NO_NUMBER = re.compile(rb"[-+]?(?:nan|inf(?:inity)?)\b", re.IGNORECASE)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_LITERALS: Final = (b"true", b"false", b"null")
_WORD = re.compile(rb"[A-Za-z0-9_]{1,40}")
_STARTS_VALUE: Final = b'{["-0123456789tfn'


def diagnose(format: str, text: bytes, found: Fault | None) -> Diagnosis:
    """Why a record with this text is invalid as `format`; `found` is the first fault of it as one JSON text."""
    for judge in _JUDGES[format]:
        diagnosis = judge(text, found)
        if diagnosis is not None:
            return diagnosis
    rule, misplaced = _INVALID[format]
    if found is None:
        return Diagnosis(rule, misplaced)
    at_end = found.position == len(text)
    return Diagnosis(rule, f"not JSON: {in_words(found, text)}", "", found.position, 0 if at_end else 1)


def in_words(found: Fault, text: bytes) -> str:
    """A fault of a JSON text: what was found, what was expected."""
    if found.truncated:
        return f"it ends where {found.expected} is expected"
    if found.expected == NO_CONTROL:
        return f"a raw control character in a string, U+{text[found.position]:04X}"
    if found.expected[1:-1].isalpha():  # the rest of true, false or null
        begun = next(literal for literal in _LITERALS if literal.endswith(found.expected[1:-1].encode()))
        start = found.position - len(begun) + len(found.expected) - 2
        word = _WORD.match(text, start)
        return f"{word[0].decode()!r} is no value" if word is not None else f"expected {found.expected}"
    byte = text[found.position : found.position + 1]
    shown = repr(byte.decode()) if byte.isascii() and byte.decode().isprintable() else f"byte 0x{byte.hex().upper()}"
    return f"found {shown}, expected {found.expected}"


def _value(text: bytes, found: Fault | None) -> Diagnosis | None:
    """Faults inside a value, which have one name in every format."""
    if found is None or found.truncated:
        return None
    at = found.position
    if found.expected == UTF8:
        message = f"byte 0x{text[at]:02X} is not UTF-8"
        return Diagnosis("json-invalid-utf8", message, "a stream of JSON is UTF-8: convert it (iconv)", at)
    if found.expected == NO_CONTROL:
        message = f"a raw control character in a string, U+{text[at]:04X}"
        return Diagnosis("json-control-char", message, f"write it as an escape: \\u{text[at]:04x}", at)
    if at and text[at - 1] in b"-n":  # the start of a number or of null, as far as it went well
        at -= 1
    word = _NO_NUMBER.match(text, at)
    if word is not None:
        message = f"{word[0].decode()} is not JSON"
        return Diagnosis("json-nan-infinity", message, "write null, or a string", at, len(word[0]))
    return None


def _other_format(text: bytes, found: Fault | None) -> Diagnosis | None:
    if text.startswith(b"\x1e"):
        message = "a record separator (U+001E) before the value: these are JSON text sequences"
        return Diagnosis("ndjson-rs-prefix", message, "--from json-seq reads them")
    field = _FIELD.match(text)
    if field is not None:
        return Diagnosis("ndjson-sse-line", "a field of an event stream", "--from sse reads it", 0, field.end())
    if text.startswith(BOM):
        return _BETWEEN_VALUES["\ufeff".encode()]
    return None


def _comment(text: bytes, found: Fault | None) -> Diagnosis | None:
    at = found.position if found is not None and found.expected == END else 0
    if _COMMENT.match(text, at) is None:
        return None
    return Diagnosis(
        "ndjson-comment", "a comment, which JSON does not have", "take comments out first", at, len(text) - at
    )


def _over_lines(text: bytes, found: Fault | None) -> Diagnosis | None:
    if text == b"[" or (text.startswith(b"[") and text.endswith(b",")):
        message = "one JSON array that is spread over lines, not one JSON text a line"
        return Diagnosis("ndjson-array-document", message, "--from json reads it")
    if found is None and b"\n" in text:
        lines = text.count(b"\n") + 1
        message = f"one JSON text over {lines} lines"
        return Diagnosis("ndjson-multi-line-value", message, "--from stream+json reads it", 0, len(text))
    return None


def _more_on_line(text: bytes, found: Fault | None) -> Diagnosis | None:
    if found is None or found.expected != END:
        return None
    at = found.position
    rest = text[at:]
    if rest == b",":
        return Diagnosis("ndjson-trailing-comma", "a comma after the value", "leave it out: the line end separates", at)
    if not _all_texts(rest):
        return None
    carriage_return = text.find(b"\r", len(text[:at].rstrip(WHITE_SPACE)), at)
    if carriage_return >= 0:
        message = "a lone CR between values, which ends no line here"
        return Diagnosis("ndjson-bare-cr", message, "end lines with LF", carriage_return)
    return Diagnosis(
        "ndjson-two-values", "more than one JSON text on the line", "--from stream+json reads them", at, len(rest)
    )


def _between(text: bytes, found: Fault | None) -> Diagnosis | None:
    field = _FIELD.match(text)
    if field is not None:
        return Diagnosis("stream-sse-line", "a field of an event stream", "--from sse reads it", 0, field.end())
    return _BETWEEN_VALUES.get(text)


def _glued(text: bytes, found: Fault | None) -> Diagnosis | None:
    if found is None or found.expected != SPACE_AFTER_SCALAR:
        return None
    message = "a number or literal runs into what follows"
    return Diagnosis("stream-ambiguous-scalar", message, "put white space between values", found.position)


def _element(text: bytes, found: Fault | None) -> Diagnosis | None:
    if found is None:
        message = "a number or literal without white space after it, which may be cut"
        return Diagnosis("seq-truncated-scalar", message, "end every element with LF", 0, len(text))
    if found.truncated:
        message = f"the element ends where {found.expected} is expected"
        return Diagnosis("seq-truncated", message, "", 0, len(text))
    at = found.position
    if found.expected == END and _all_texts(text[at:]):
        message = "more than one JSON text in the element"
        return Diagnosis("seq-two-values", message, "put U+001E before each", at, len(text) - at)
    return None


def _element_of_array(text: bytes, found: Fault | None) -> Diagnosis | None:
    """An element after which the array goes on or ends, but before which no comma came."""
    if found is None or found.expected != END or text[found.position : found.position + 1] not in (b",", b"]"):
        return None
    return Diagnosis("json-invalid", "a comma is missing before this element", "write it", 0, found.position)


def _all_texts(data: bytes) -> bool:
    """True for one JSON text after another and nothing else."""
    at = 0
    while at < len(data):
        if data[at] not in _STARTS_VALUE:
            return False
        scanner = Scanner()
        at = scanner.feed(data, at)
        if scanner.finish() != "done":
            return False
        match = _SPACE.match(data, at)
        assert match is not None  # the pattern matches the empty string
        at = match.end()
    return True


_BETWEEN_VALUES: Final = {
    b",": Diagnosis("stream-comma", "a comma between values", "leave it out"),
    b"\x1e": Diagnosis("stream-rs", "a record separator (U+001E) between values", "--from json-seq", 0, 1, "warning"),
    BOM: Diagnosis("json-bom-inside", "a byte order mark inside the stream", "were files joined?", 0, 3, "warning"),
}

Judge = Callable[[bytes, "Fault | None"], "Diagnosis | None"]

# Format -> what to look for, in this order.
_JUDGES: Final[dict[str, tuple[Judge, ...]]] = {
    "ndjson": (_other_format, _comment, _over_lines, _more_on_line, _value),
    "stream+json": (_between, _glued, _value),
    "json": (_element_of_array, _value),
    "json-seq": (_element, _value),
    "records": (_value,),
    "vercel-data-stream": (_value,),
    "timed": (_value,),
}
# Format -> the rule that is left, and what to say where the text by itself is JSON.
_INVALID: Final = {
    "ndjson": ("ndjson-invalid-json", "a line of a JSON array that is spread over lines; --from json reads it"),
    "stream+json": (
        "stream-invalid-json",
        "after a fault, and before any JSON text was read, only a line that starts with { or [ is tried",
    ),
    "json": ("json-invalid", "text after the end of the document, or out of place in its array"),
    "json-seq": ("seq-invalid-element", ""),
    "records": ("records-invalid", ""),
    "vercel-data-stream": ("vercel-invalid-line", ""),
    "timed": ("timed-invalid", ""),
}
