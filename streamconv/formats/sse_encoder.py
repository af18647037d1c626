"""Writing Server-Sent Events, `text/event-stream`: WHATWG HTML 9.2.5."""

from __future__ import annotations

import re

from streamconv import jsontext
from streamconv.formats.faults import unwritable
from streamconv.formats.losses import is_unknown_field, report_losses
from streamconv.formats.payload import JSON_FORMATS, Writing, check_json, plain_text
from streamconv.pipeline import Filter
from streamconv.problem import Report, raise_invalid
from streamconv.record import END_MARKER, Record

_VALUE_BREAK = re.compile(r"\r\n|\r|\n")


class SSEEncoder(Filter[list[Record], bytes]):
    """Records to the bytes of an event stream: `data: ` with the space, an empty line after every block, no BOM."""

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        self._report = report or raise_invalid
        self._losses = report
        self._payload = writing.payload
        self._append_done = writing.done
        self.ended: bool | None = False  # the last event was an end marker; None before any, where that is not known
        self.broken_off = False  # the stream was left before its end: it must not look complete
        self.client_id = ""  # the last event id that a client reading our output has

    def feed(self, item: list[Record], /) -> bytes:
        """The blocks of these records."""
        blocks: list[str] = []
        for record in item:
            problem = unwritable(record, "sse")
            if problem is None and self._payload == "json":
                problem = check_json(record)
            if problem is not None:
                self._report(problem)
                continue
            if self._losses is not None:
                report_losses(record, "sse", self._losses)
            if record.kind != "incomplete":
                self._block(record, blocks)
        return "".join(blocks).encode("utf-8", "replace")

    def framed(self, lines: bytes) -> bytes:
        """JSON texts, each on a line, as the events of a stream that has no names or ids."""
        if not lines:
            return b""
        self.ended = False
        return b"data: " + lines[:-1].replace(b"\n", b"\n\ndata: ") + b"\n\n"

    def finish(self) -> bytes:
        """The end marker, where it was asked for and the last event was not one."""
        wanted = self._append_done and not self.ended and not self.broken_off
        return f"data: {END_MARKER}\n\n".encode() if wanted else b""

    def _data(self, record: Record, data: str) -> str:
        if self._payload == "text":
            return plain_text(record)
        if record.format in JSON_FORMATS and ("\n" in data or "\r" in data):
            return jsontext.single_line(data.encode("utf-8", "replace")).decode()
        return data

    def _block(self, record: Record, blocks: list[str]) -> None:
        lines = [f": {line}" if line else ":" for text in record.comments for line in _VALUE_BREAK.split(text)]
        if record.event is not None:
            lines.append(_line("event", record.event))
        identifier = record.id
        if identifier is None and record.kind == "event" and record.format in ("sse", "records"):
            # The record that carried the id was left out, or another stream was written before: say it here.
            identifier = record.last_event_id if record.last_event_id != self.client_id else None
        if identifier is not None:
            lines.append(_line("id", identifier))
            self.client_id = identifier
        if record.retry is not None:
            lines.append(f"retry: {record.retry}")
        lines += [_line(name, value) for name, value in record.unknown if is_unknown_field(name, value)]
        if record.data is not None:
            lines += [_line("data", piece) for piece in _VALUE_BREAK.split(self._data(record, record.data))]
            if record.kind == "event":
                self.ended = record.is_end
        if lines:
            blocks.append("\n".join(lines) + "\n\n")


def _line(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name}:"
