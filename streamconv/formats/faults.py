"""Why a record is invalid or incomplete, as a Problem with its exact place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from streamconv import jsontext
from streamconv.formats import aws_message
from streamconv.formats.rows import read_row
from streamconv.formats.timed_lines import read_line
from streamconv.jsonscan import WHITE_SPACE
from streamconv.problem import Problem
from streamconv.record import Record

# The names of what can be wrong with a record of each format: not readable, and ended by the stream.
_RULES: Final = {
    "sse": ("event-too-large", "sse-unterminated-event"),
    "ndjson": ("ndjson-invalid-json", "ndjson-truncated"),
    "stream+json": ("stream-invalid-json", "stream-truncated"),
    "json": ("json-invalid", "json-truncated"),
    "json-seq": ("seq-invalid-element", "seq-truncated"),
    "records": ("records-invalid", "records-truncated"),
    "vercel-data-stream": ("vercel-invalid-line", "vercel-truncated"),
    "timed": ("timed-invalid", "timed-truncated"),
}
# What stands before the JSON text in a record's raw bytes.
_LEADS: Final = {
    "ndjson": re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r]*"),
    "stream+json": re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*"),
    "json": re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[\[,]?[ \t\r\n]*"),
    "json-seq": re.compile(rb"[\x1e \t\r\n]*"),
    "records": re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*"),
    "vercel-data-stream": re.compile(rb"(?:\xef\xbb\xbf)?(?:[0-9a-k]:)?[ \t\r]*"),
    "timed": re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r]*"),
}
_OF_LINES: Final = frozenset({"ndjson", "vercel-data-stream", "timed"})  # whose records start with their line
# Whose JSON texts are objects with keys of their own, and what says why one is not.
_OBJECTS: Final[dict[str, tuple[str, Callable[[bytes], object]]]] = {
    "records": ("a record", read_row),
    "timed": ("a line of a timed capture", read_line),
}
_BETWEEN_VALUES: Final = {
    ",": ("stream-comma", "a comma between values"),
    "\x1e": ("stream-rs", "a record separator (U+001E) between values"),
    "\ufeff": ("json-bom-inside", "a byte order mark between values"),
}


class Place(NamedTuple):
    """Where something stands, as a Problem says it."""

    line: int | None
    column: int | None
    offset: int


def fault(record: Record) -> Problem:
    """Why this record is "invalid" or "incomplete"."""
    format = record.format
    if format == "aws-eventstream":
        return _message_fault(record)
    if format not in _RULES:  # made by hand
        return _unexplained(record)
    invalid, incomplete = _RULES[format]
    if record.kind == "incomplete":
        if format == "sse":
            return _unterminated_event(record, incomplete)
        found = _judged(record)
        message = "the stream ends inside this record"
        if format == "json" and not record.data:
            message = "the stream ends before the array is closed"
        elif found is not None and found.truncated:
            message += f", expected {found.expected}"
        hint = "--keep-incomplete passes it on" if record.data else ""
        return _problem(incomplete, message, record, Place(record.line, _column(record), record.offset), hint)
    if record.data is None and record.raw:
        return _too_large(record)
    if format == "stream+json" and record.data in _BETWEEN_VALUES:
        rule, message = _BETWEEN_VALUES[record.data]
        return _problem(rule, message, record, Place(record.line, _column(record), record.offset))
    if format == "vercel-data-stream" and record.event is None:
        message = "a line does not begin with a code of this format (0 to 9, a to k) and a colon"
        return _problem("vercel-unknown-code", message, record, Place(record.line, _column(record), record.offset))
    if format == "json-seq" and not record.raw.startswith(b"\x1e"):
        message = "text without the record separator (U+001E) that RFC 7464, section 2.2, puts before it"
        return _problem("seq-missing-rs", message, record, Place(record.line, _column(record), record.offset))
    found = _judged(record)
    if found is None and format in _OBJECTS:
        what, read = _OBJECTS[format]
        return _problem(
            invalid, f"not {what}: {_why_not(read, record)}", record, Place(record.line, _column(record), record.offset)
        )
    if found is None:
        return _problem(invalid, _misplaced(format), record, Place(record.line, _column(record), record.offset))
    place = payload_place(record, found.position)
    return _problem(invalid, f"not JSON: {in_words(found, _text(record))}", record, place)


def payload_fault(record: Record) -> Problem:
    """Why the payload of an event is not the JSON it looks like (rules `data-json-…`)."""
    text = (record.data or "").encode("utf-8", "replace")
    found = jsontext.fault(text)
    assert found is not None  # who asks has seen that it is not valid
    rule = "data-json-truncated" if found.truncated else "data-json-invalid"
    message = f"the payload is not JSON: {in_words(found, text)}"
    return _problem(rule, message, record, payload_place(record, found.position), "--payload text takes it as text")


def unwritable(record: Record, target: str) -> Problem | None:
    """Why this record cannot be written at all, or None when it can."""
    if record.kind == "invalid":
        return fault(record)
    if target != "sse":
        return None
    # A line end in a name or id would start another field: refused, never mended by guessing.
    if _breaks_line(record.event) or _breaks_line(record.id) or "\0" in (record.id or ""):
        what = "event name" if _breaks_line(record.event) else "id"
        message = f"the {what} has a character that no event stream can carry (CR, LF, or NUL in an id)"
        return _problem("sse-unwritable-field", message, record.replace(kind="invalid"), _start(record))
    return None


def _breaks_line(value: str | None) -> bool:
    return value is not None and ("\n" in value or "\r" in value)


def line_of(record: Record) -> int | None:
    """The line that a Problem names: None in a format that has no lines."""
    return None if record.format == "aws-eventstream" else record.line


def _start(record: Record) -> Place:
    line = line_of(record)
    return Place(line, None if line is None else 1, record.offset)


def _problem(rule: str, message: str, record: Record, place: Place, hint: str = "") -> Problem:
    length = max(0, record.offset + len(record.raw) - place.offset)
    return Problem(
        rule=rule, severity="error", message=message, record=record, length=length, hint=hint, **place._asdict()
    )


def _unexplained(record: Record) -> Problem:
    return _problem(f"{record.kind}-record", f"an {record.kind} record", record, _start(record))


def _too_large(record: Record) -> Problem:
    message = f"a record larger than the limit; here are {len(record.raw)} bytes of it"
    place = Place(line_of(record), None, record.offset)
    return _problem("event-too-large", message, record, place, "--max-record-size")


def _message_fault(record: Record) -> Problem:
    """Of a message of `aws-eventstream`."""
    if record.kind == "incomplete":
        total = aws_message.total_length(record.raw)
        of = (
            f"after {len(record.raw)} of the {total} bytes of this message"
            if total
            else "inside the start of a message"
        )
        hint = "--keep-incomplete passes it on" if record.data else ""
        return _problem("aws-truncated", f"the stream ends {of}", record, _start(record), hint)
    if record.data is None:
        return _too_large(record)
    found = aws_message.fault(record.raw)
    if found is None:
        return _unexplained(record)
    return _problem(found.rule, str(found), record, Place(None, None, record.offset + found.position))


def _unterminated_event(record: Record, rule: str) -> Problem:
    named = (("event", record.event), ("id", record.id), ("retry", record.retry), ("data", record.data))
    has = [name for name, value in named if value is not None] + [name for name, _ in record.unknown[:3]]
    message = f"the stream ends inside this event ({', '.join(map(repr, has))}); clients discard it"
    return _problem(rule, message, record, _start(record), "--keep-incomplete passes it on")


def _misplaced(format: str) -> str:
    if format == "ndjson":
        return "a line of a JSON array that is spread over lines; --from json reads it"
    if format == "json":
        return "text after the end of the document, or out of place in its array"
    if format == "json-seq":
        return "a number or literal without white space after it may be cut (RFC 7464, section 2.4)"
    return "after a fault, and before any JSON text was read, only a line that starts with { or [ is tried"


def _why_not(read: Callable[[bytes], object], record: Record) -> str:
    try:
        read(_text(record))
    except ValueError as error:
        return str(error)
    return "a number or literal out of place"


def _text(record: Record) -> bytes:
    return record.raw[_lead(record) :].rstrip(WHITE_SPACE)


def _lead(record: Record) -> int:
    """The size of what stands before the JSON text in the raw bytes."""
    match = _LEADS[record.format or ""].match(record.raw)
    assert match is not None  # every lead may be empty
    return match.end()


def _judged(record: Record) -> jsontext.Fault | None:
    return jsontext.fault(_text(record))


def _column(record: Record) -> int | None:
    """The column where the record's JSON text starts, where the start of its line can be seen."""
    before = record.raw[: _lead(record)]
    start = before.rfind(b"\n") + 1
    if start == 0 and record.format not in _OF_LINES and record.offset > len(before):
        return None
    return len(before[start:].decode("utf-8", "replace").removeprefix("\ufeff")) + 1


def payload_place(record: Record, position: int) -> Place:
    """The place in the stream of a byte of the payload, `position` counting from 0 in its UTF-8 text."""
    if record.format == "sse":
        return _place_in_event(record, position)
    if record.format not in _LEADS or record.format == "records":
        return Place(line_of(record), None, record.offset)
    text = _text(record)[:position]
    breaks = text.count(b"\n")
    width = len(text[text.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
    first = 1 if breaks else _column(record)
    return Place(record.line + breaks, None if first is None else first + width, record.offset + position)


def _place_in_event(record: Record, position: int) -> Place:
    at = record.offset
    line_number = record.line
    last = _start(record)
    for line in record.raw.splitlines(keepends=True):
        bom = 3 if line_number == 1 and line.startswith(b"\xef\xbb\xbf") else 0
        content = line[bom:].rstrip(b"\r\n")
        name, _, value = content.partition(b":")
        if name == b"data":
            space = value.startswith(b" ")
            start = min(len(content), len(name) + 1 + space)
            text = value[space:].decode("utf-8", "replace").encode()
            here = text[:position]
            column = start + len(here.decode("utf-8", "ignore")) + 1
            last = Place(line_number, column, at + bom + start + len(here))
            if position <= len(text):
                return last
            position -= len(text) + 1
        at += len(line)
        line_number += 1
    return last


def in_words(found: jsontext.Fault, text: bytes) -> str:
    """A fault of a JSON text: what was found, what was expected."""
    if found.truncated:
        return f"it ends where {found.expected} is expected"
    byte = text[found.position : found.position + 1]
    shown = repr(byte.decode()) if byte.isascii() and byte.decode().isprintable() else f"byte 0x{byte.hex().upper()}"
    return f"found {shown}, expected {found.expected}"
