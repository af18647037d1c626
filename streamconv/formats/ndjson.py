"""NDJSON, also called JSON Lines: one JSON text a line. ndjson-spec 3.1 and 3.2; jsonlines.org."""

from __future__ import annotations

from streamconv import jsontext
from streamconv.formats.faults import unwritable
from streamconv.formats.losses import report_losses
from streamconv.formats.payload import Writing, json_text
from streamconv.formats.pieces import MAX_RECORD_SIZE, Pieces
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.pipeline import BLOCK, Filter, TimedBytes
from streamconv.problem import Report, raise_invalid
from streamconv.record import Kind, Record


class NDJSONDecoder(Filter[bytes, list[Record]]):
    """Bytes to Records, one a line. Only LF ends a line; a bad line is one invalid record and the next is read."""

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._limit = max_record_size
        self._time: float | None = None
        self._offset = 0
        self._line = 1
        self._number = 0
        self._open: list[bytes] = []
        self._open_size = 0
        self._pieces: Pieces | None = None
        # None until the first line that is not blank; then whether we are inside an array spread over lines.
        self._in_array: bool | None = None

    def feed(self, item: bytes, /) -> list[Record]:
        """The records that these bytes complete."""
        batch: list[Record] = []
        self._time = item.time if isinstance(item, TimedBytes) else None
        for start in range(0, len(item), BLOCK):
            self._read(item[start : start + BLOCK], batch)
        return batch

    def finish(self) -> list[Record]:
        """The last line, where it has no LF."""
        batch: list[Record] = []
        if self._pieces is not None:
            self._end_pieces(batch)
        elif self._open:
            self._add_line(b"".join(self._open), batch, at_end=True)
            self._open = []
        return batch

    def _read(self, block: bytes, batch: list[Record]) -> None:
        lines = block.splitlines(keepends=True) if b"\r" not in block else _split_lines(block)
        if lines[-1].endswith(b"\n"):
            rest = b""
        else:
            rest = lines.pop()
        for line in lines:
            if self._open or self._pieces is not None:
                self._hold(line, batch)
                if self._pieces is not None:
                    self._end_pieces(batch)
                    continue
                line = b"".join(self._open)
                self._open = []
                self._open_size = 0
            self._add_line(line, batch)
        if rest:
            self._hold(rest, batch)

    def _hold(self, part: bytes, batch: list[Record]) -> None:
        self._open.append(part)
        self._open_size += len(part)
        if self._pieces is None and self._open_size > self._limit:
            self._pieces = Pieces("ndjson", self._limit, self._offset, self._line, cr_ends_line=False)
        if self._pieces is not None:
            self._pieces.add(b"".join(self._open), self._time, batch)
            self._open = []
            self._open_size = 0

    def _end_pieces(self, batch: list[Record]) -> None:
        assert self._pieces is not None
        self._offset, self._line = self._pieces.end(self._time, batch)
        self._pieces = None

    def _add_line(self, raw: bytes, batch: list[Record], *, at_end: bool = False) -> None:
        if len(raw) > self._limit:
            self._hold(raw, batch)
            self._end_pieces(batch)
            return
        text = raw.strip(WHITE_SPACE)
        lead = 0
        if self._offset == 0 and raw.startswith(BOM):
            text = raw[len(BOM) :].strip(WHITE_SPACE)
            lead = raw.find(text, len(BOM)) if text else 0
        elif text and raw[:1] in b" \t\r":
            lead = raw.find(text[:1])
        kind, data = self._judge(text, at_end)
        number = None
        if kind == "event":
            self._number += 1
            number = self._number
        batch.append(
            Record(
                kind,
                data,
                raw=raw,
                offset=self._offset + lead,
                line=self._line,
                number=number,
                time=self._time,
                format="ndjson",
                carries="json",
            )
        )
        self._offset += len(raw)
        self._line += 1

    def _judge(self, text: bytes, at_end: bool) -> tuple[Kind, str | None]:
        if not text:
            return "control", None
        if self._in_array:
            # The lines of an array document would make bogus records (`{"a":2}` from its last element): none is read.
            self._in_array = text != b"]"
            return "invalid", text.decode("utf-8", "replace")
        if jsontext.valid(text):
            self._in_array = False
            return "event", text.decode()
        if self._in_array is None:
            self._in_array = text == b"[" or (text.startswith(b"[") and text.endswith(b","))
        kind: Kind = "invalid"
        if at_end and not self._in_array:
            found = jsontext.fault(text)
            kind = "incomplete" if found is not None and found.truncated else "invalid"
        return kind, text.decode("utf-8", "replace")


def _split_lines(block: bytes) -> list[bytes]:
    """Lines that end at LF only, with their ends."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


class NDJSONEncoder(Filter[list[Record], bytes]):
    """Records to JSON texts, one a line, each ended by LF; so is what is called `application/stream+json`."""

    format = "ndjson"
    before = b""
    after = b"\n"

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        self._report = report or raise_invalid
        self._losses = report
        self._payload = writing.payload

    def feed(self, item: list[Record], /) -> bytes:
        """The payloads of the events of this batch."""
        return b"".join(self.before + text + self.after for text in self._texts(item))

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
