"""What a format cannot carry of a record: the rules `lost-…`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streamconv import jsontext
from streamconv.formats.faults import first_byte, line_of
from streamconv.formats.payload import JSON_FORMATS
from streamconv.problem import Problem, Report, Severity
from streamconv.record import Record

_KNOWN_FIELDS: Final = frozenset({"data", "event", "id", "retry"})
_NAME_KEYS: Final = ("type", "event", "event_type")

# rule -> (severity, what is lost, in words with its number)
LOSSES: Final[dict[str, tuple[Severity, str]]] = {
    "lost-event-name": ("warning", "event name"),
    "lost-id": ("warning", "id"),
    "lost-retry": ("warning", "retry time"),
    "lost-incomplete": ("warning", "incomplete record"),
    "lost-unknown-field": ("warning", "unknown field"),
    "lost-time": ("warning", "time"),
    "lost-bytes": ("warning", "record with bytes that are not UTF-8"),
    "lost-line-end": ("warning", "payload with a CR"),
    "lost-comment": ("info", "comment"),
    "lost-end-marker": ("info", "end marker"),
}


def report_losses(record: Record, target: str, report: Report) -> None:
    """Report every loss of writing this record as `target`."""
    for rule in losses(record, target):
        severity, what = LOSSES[rule]
        report(
            Problem(
                rule=rule,
                severity=severity,
                message=f"{target} cannot carry this {what}",
                line=line_of(record),
                offset=record.offset,
                length=first_byte(record) + len(record.raw) - record.offset,
                record=record,
                hint="--to raw keeps the bytes" if rule == "lost-bytes" else "--to records keeps everything",
            )
        )


def losses(record: Record, target: str) -> Iterator[str]:
    """The rules of what `target`, a format's name, loses of this record."""
    if target == "raw" or record.kind == "invalid":
        return
    if not record.raw.isascii() and record.kind != "incomplete" and not _is_utf8(record):
        yield "lost-bytes"
    if target == "records":
        return
    if record.kind == "incomplete":
        yield "lost-incomplete"
        return
    if record.time is not None:
        yield "lost-time"
    if target == "sse":
        if "\r" in (record.data or "") and record.format not in JSON_FORMATS:  # where it is only white space
            yield "lost-line-end"
        if not all(is_unknown_field(name, value) for name, value in record.unknown):
            yield "lost-unknown-field"
        return
    if record.event and record.event != "message" and not _carries_name(record):
        yield "lost-event-name"
    if record.id is not None:
        yield "lost-id"
    if record.retry is not None:
        yield "lost-retry"
    if record.unknown:
        yield "lost-unknown-field"
    if record.comments:
        yield "lost-comment"
    if record.is_end:
        yield "lost-end-marker"


def is_unknown_field(name: str, value: str) -> bool:
    """True when an event stream can say this field and its reader still ignores it."""
    # U+FEFF would be taken for a byte order mark at the start of a stream, and uncover the name behind it.
    misread = not name or name in _KNOWN_FIELDS or ":" in name or name.startswith("\ufeff")
    return not misread and "\n" not in name + value and "\r" not in name + value


def _is_utf8(record: Record) -> bool:
    text = record.raw
    if record.format == "aws-eventstream":
        from streamconv.formats import aws_message

        text = aws_message.payload(record.raw)
    return jsontext.is_utf8(text)


def _carries_name(record: Record) -> bool:
    data = record.data or ""
    if not data.lstrip().startswith("{"):
        return False
    try:
        value = jsontext.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and any(value.get(key) == record.event for key in _NAME_KEYS)
