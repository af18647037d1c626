"""NDJSON, also called JSON Lines: one JSON text a line. ndjson-spec 3.1 and 3.2; jsonlines.org."""

from __future__ import annotations

from streamconv import jsontext
from streamconv.formats.faults import unwritable
from streamconv.formats.lines import LineDecoder
from streamconv.formats.losses import report_losses
from streamconv.formats.payload import Writing, json_text
from streamconv.pipeline import Filter
from streamconv.problem import Report, raise_invalid
from streamconv.record import Kind, Record


class NDJSONDecoder(LineDecoder):
    """Bytes to Records, one a line. Only LF ends a line; a bad line is one invalid record and the next is read."""

    format = "ndjson"

    def _judge(self, text: bytes, raw: bytes, at_end: bool) -> tuple[Kind, str | None, bytes]:
        if text and not self._in_array and jsontext.valid(text):
            self._in_array = False
            return "event", None, text
        return self._unread(text, at_end), None, text

    def _unread(self, text: bytes, at_end: bool) -> Kind:
        if not text:
            return "control"
        if self._in_array:
            # The lines of an array document would make bogus records (`{"a":2}` from its last element): none is read.
            self._in_array = text != b"]"
            return "invalid"
        if self._in_array is None:
            self._in_array = text == b"[" or (text.startswith(b"[") and text.endswith(b","))
        if at_end and not self._in_array:
            found = jsontext.fault(text)
            return "incomplete" if found is not None and found.truncated else "invalid"
        return "invalid"


class NDJSONEncoder(Filter[list[Record], bytes]):
    """Records to JSON texts, one a line, each ended by LF; so is what is called `application/stream+json`."""

    format = "ndjson"

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        self._report = report or raise_invalid
        self._losses = report
        self._payload = writing.payload

    def feed(self, item: list[Record], /) -> bytes:
        """The payloads of the events of this batch."""
        return self.framed(b"\n".join((*self._texts(item), b"")))

    def framed(self, lines: bytes) -> bytes:
        """JSON texts, each on a line, as they are written."""
        return lines

    def finish(self) -> bytes:
        """Nothing is held back."""
        return b""

    def _texts(self, batch: list[Record]) -> list[bytes]:
        texts: list[bytes] = []
        for record in batch:
            if record.kind == "event":
                text = json_text(record, self._payload, self._report)
                if text is not None:
                    texts.append(text)
            else:
                problem = unwritable(record, self.format)
                if problem is not None:
                    self._report(problem)
            if self._losses is not None:
                report_losses(record, self.format, self._losses)
        return texts
