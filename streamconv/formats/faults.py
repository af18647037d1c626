"""Why a record is invalid or incomplete, as a Problem with its exact place.

What finds out why is imported when there is a fault: whoever converts asks here, and most streams have none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from streamconv import jsontext
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.problem import Problem
from streamconv.record import Record

# The name of a record that the stream ended in.
_INCOMPLETE: Final = {
    "sse": "sse-unterminated-event",
    "ndjson": "ndjson-truncated",
    "stream+json": "stream-truncated",
    "json": "json-truncated",
    "json-seq": "seq-truncated",
    "records": "records-truncated",
    "vercel-data-stream": "vercel-truncated",
    "timed": "timed-truncated",
}
# What stands before the JSON text in a record's raw bytes, as a pattern.
_LEADS: Final = {
    "ndjson": rb"(?:\xef\xbb\xbf)?[ \t\r]*",
    "stream+json": rb"(?:\xef\xbb\xbf)?[ \t\r\n]*",
    "json": rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[\[,]?[ \t\r\n]*",
    "json-seq": rb"[\x1e \t\r\n]*",
    "records": rb"(?:\xef\xbb\xbf)?[ \t\r\n]*",
    "vercel-data-stream": rb"(?:\xef\xbb\xbf)?(?:[0-9a-k]:)?[ \t\r]*",
    "timed": rb"(?:\xef\xbb\xbf)?[ \t\r]*",
}
_OF_LINES: Final = frozenset({"ndjson", "vercel-data-stream", "timed"})  # whose records start with their line
# Whose JSON texts are objects with keys of their own: the rule, and what one is.
_OBJECTS: Final = {
    "records": ("records-invalid", "a record"),
    "timed": ("timed-invalid", "a line of a timed capture"),
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
    if format not in _INCOMPLETE:  # made by hand
        return _unexplained(record)
    if record.kind == "incomplete":
        return _unterminated_event(record) if format == "sse" else _cut(record, format)
    if record.data is None and record.raw:
        return _too_large(record)
    if format == "vercel-data-stream" and record.event is None:
        message = "a line does not begin with a code of this format (0 to 9, a to k) and a colon"
        return _problem("vercel-unknown-code", message, record, payload_place(record, 0))
    line = record.raw.strip(WHITE_SPACE)
    if format == "vercel-data-stream" and len(line) <= len(b"0:"):
        place = payload_place(record, len(line))
        return _problem("vercel-invalid-line", "no value after the code", record, place, "write null")
    if format == "json-seq" and not record.raw.startswith(b"\x1e"):
        message = "text without the record separator (U+001E) that RFC 7464, section 2.2, puts before it"
        return _problem("seq-missing-rs", message, record, payload_place(record, 0))
    text = _text(record)
    found = jsontext.fault(text)
    if found is None and format in _OBJECTS:
        rule, what = _OBJECTS[format]
        return _problem(rule, f"not {what}: {_why_not(format, text)}", record, payload_place(record, 0))
    from streamconv.formats.diagnosis import diagnose

    diagnosis = diagnose(format, text, found)
    return Problem(
        rule=diagnosis.rule,
        severity=diagnosis.severity,
        message=diagnosis.message,
        length=diagnosis.length,
        record=record,
        hint=diagnosis.hint,
        **payload_place(record, diagnosis.position)._asdict(),
    )


def _cut(record: Record, format: str) -> Problem:
    """A JSON record that the stream ended in."""
    found = jsontext.fault(_text(record))
    rule = _INCOMPLETE[format]
    message = "the stream ends inside this record"
    if format == "records" and found is None:
        message = "the row says that its stream ended inside this record"
    in_array = format == "ndjson" and (found is None or not found.truncated)  # its lines stood for all of it
    if in_array or (format == "json" and not record.data):
        message = "the stream ends before the array is closed"
    elif found is not None and found.truncated:
        message += f", expected {found.expected}"
    elif format == "json-seq":
        rule = "seq-truncated-scalar"
        message += ": a number or literal without white space after it may be cut (RFC 7464, section 2.4)"
    hint = "--keep-incomplete passes it on" if record.data else ""
    return _problem(rule, message, record, Place(record.line, _column(record), record.offset), hint)


def payload_fault(record: Record) -> Problem:
    """Why the payload of an event is not the JSON it looks like (rules `data-json-…`)."""
    from streamconv.formats.diagnosis import in_words

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
    length = max(0, first_byte(record) + len(record.raw) - place.offset)
    return Problem(
        rule=rule, severity="error", message=message, record=record, length=length, hint=hint, **place._asdict()
    )


def _unexplained(record: Record) -> Problem:
    return _problem(f"{record.kind}-record", f"an {record.kind} record", record, _start(record))


def _too_large(record: Record) -> Problem:
    message = f"a record larger than the limit; here are {len(record.raw)} bytes of it"
    place = Place(line_of(record), None, record.offset)
    return _problem("record-too-large", message, record, place, "--max-record-size raises the limit")


def _message_fault(record: Record) -> Problem:
    """Of a message of `aws-eventstream`."""
    from streamconv.formats import aws_message

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


def _unterminated_event(record: Record) -> Problem:
    named = (("event", record.event), ("id", record.id), ("retry", record.retry), ("data", record.data))
    has = [name for name, value in named if value is not None] + [name for name, _ in record.unknown[:3]]
    message = f"the stream ends inside this event ({', '.join(map(repr, has))}); clients discard it"
    return _problem(_INCOMPLETE["sse"], message, record, _start(record), "--keep-incomplete passes it on")


def _why_not(format: str, text: bytes) -> str:
    from streamconv.formats.rows import read_row
    from streamconv.formats.timed_lines import read_line

    if not text.startswith(b"{"):
        return "an object is expected"
    try:
        read_row(text) if format == "records" else read_line(text)
    except ValueError as error:
        return str(error)
    return "the row says that it was none where it was read"


def _text(record: Record) -> bytes:
    return record.raw[_lead(record) :].rstrip(WHITE_SPACE)


def _lead(record: Record) -> int:
    """The size of what stands before the JSON text in the raw bytes."""
    text = record.data
    raw = record.raw
    if text and record.format != "records" and "\ufffd" not in text:  # the data are the text itself
        return len(raw.rstrip(WHITE_SPACE)) - len(text.encode("utf-8", "surrogatepass"))
    match = re.match(_LEADS[record.format or ""], raw)
    assert match is not None  # every lead may be empty
    for lead in (match.end(), len(raw) - len(raw.lstrip(WHITE_SPACE)), len(raw) - len(raw.lstrip(WHITE_SPACE + BOM))):
        if raw[lead:].rstrip(WHITE_SPACE).decode("utf-8", "replace") == text:
            return lead  # a comma, a bracket or a mark may not be of the format, but what is wrong
    return match.end()


def first_byte(record: Record) -> int:
    """Where the raw bytes of a record begin in the stream; its offset may be that of the text in them."""
    if record.kind == "control" or record.format not in _LEADS or (record.data is None and record.kind == "invalid"):
        return record.offset
    return record.offset - _lead(record)


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
        bom = len(BOM) if line_number == 1 and line.startswith(BOM) else 0
        content = line[bom:].rstrip(b"\r\n")
        name, _, value = content.partition(b":")
        if name == b"data":
            space = value.startswith(b" ")
            start = min(len(content), len(name) + 1 + space)
            text = value[space:].decode("utf-8", "replace").encode()
            before = len(text[:position].decode("utf-8", "ignore"))  # code points
            size = _size_of(value[space:], before)
            last = Place(line_number, start + before + 1, at + bom + start + size)
            if position <= len(text):
                return last
            position -= len(text) + 1
        at += len(line)
        line_number += 1
    return last


def _size_of(value: bytes, count: int) -> int:
    """The size in bytes of the first `count` code points, where bytes that are not UTF-8 may have become one each."""
    return bisect_right(range(len(value) + 1), count, key=lambda size: len(value[:size].decode("utf-8", "replace"))) - 1
