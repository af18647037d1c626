"""One record in depth: what was decoded, the payload, the bytes as they stand in the stream, the problems."""

from __future__ import annotations

from collections.abc import Iterator

from streamconv.captures.places import Place
from streamconv.examine import Row
from streamconv.formats import BINARY
from streamconv.formats.faults import first_byte
from streamconv.reports.dump import dump
from streamconv.reports.payloads import is_json, painted, whole
from streamconv.reports.printable import printable
from streamconv.reports.problem_forms import Text
from streamconv.reports.quantities import counted, duration


def detail(
    row: Row, name: str, place: Place, *, columns: int, full: bool = False, colour: bool = False
) -> Iterator[str]:
    """Lines about the record of a row, which begins at `place` in what is called `name`.

    A long dump is shortened unless `full`.
    """
    record = row.record
    what = f"event {record.number}" if record.number is not None else f"{record.kind} record"
    known = [] if record.format in BINARY else [f"line {place.line}"]
    known += [] if place.offset is None else [f"byte {place.offset}"]
    yield f"{what} of {printable(name)}: {', '.join([*known, counted(row.size, 'byte')])}"
    for title, value in _fields(row):
        yield f"  {title:<13} {value}"
    if record.data is not None:
        kind = "end marker" if record.is_end else "JSON" if is_json(record) else "text"
        yield ""
        yield f"data ({kind}, {counted(len(record.data), 'character')})"
        for spans in whole(record):
            yield "  " + painted(spans, colour=colour)
    yield ""
    yield "bytes"
    lead = record.raw[: record.offset - first_byte(record)]
    line = None if record.format in BINARY or place.line is None else place.line - lead.count(b"\n")
    offset = None if place.offset is None else place.offset - len(lead)
    for text in dump(record.raw, line, offset, columns - 2, sse=record.format == "sse", whole=full):
        yield f"  {text}"
    if row.problems:
        yield ""
        form = Text(columns=columns, colour=colour)
        for problem in row.problems:
            yield from form.problem(name, problem).rstrip("\n").split("\n")


def _fields(row: Row) -> Iterator[tuple[str, str]]:
    record = row.record
    if record.kind == "control":
        yield "kind", row.label
    if record.kind == "event" and (record.format == "sse" or record.event is not None):
        yield "type", printable(record.type)
    elif record.event is not None:
        yield "event", printable(record.event)
    if record.id is not None:
        yield "id", printable(record.id)
    if record.last_event_id and record.last_event_id != record.id:
        yield "last event id", printable(record.last_event_id)
    if record.retry is not None:
        yield "retry", f"{record.retry} ms"
    yield from (("comment", printable(comment)) for comment in record.comments)
    yield from (("unknown field", printable(f"{name}: {value}")) for name, value in record.unknown)
    if record.time is not None:
        yield (
            "time",
            f"{record.time:.6f} s" + ("" if row.gap is None else f" ({duration(row.gap)} after the one before)"),
        )
