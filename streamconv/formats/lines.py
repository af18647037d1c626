"""How records are found in bytes where each is one line: the reading shared by ndjson and vercel-data-stream."""

from __future__ import annotations

from streamconv.formats.pieces import MAX_RECORD_SIZE, Pieces
from streamconv.formats.standing import Standing
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.pipeline import BLOCK, Filter, TimedBytes
from streamconv.problem import Report
from streamconv.record import Kind, Record


class LineDecoder(Filter[bytes, list[Record]]):
    """Bytes to Records, one a line. Only LF ends a line; a format says in `_judge` what a line is."""

    format = ""
    # NDJSON: None until the first line that is not blank; then whether we are inside an array spread over lines.
    _in_array: bool | None = None

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._limit = max_record_size
        self._time: float | None = None
        self._offset = 0
        self._line = 1
        self._number = 0
        self._open: list[bytes] = []
        self._open_size = 0
        self._pieces: Pieces | None = None

    @property
    def standing(self) -> Standing | None:
        """Where reading stands; None inside a record."""
        if self._open or self._pieces is not None:
            return None
        return Standing(offset=self._offset, line=self._line, number=self._number, manner=self._in_array)

    @standing.setter
    def standing(self, standing: Standing) -> None:
        self._offset, self._line, self._number = standing.offset, standing.line, standing.number
        self._in_array = standing.manner

    def _judge(self, text: bytes, raw: bytes, at_end: bool) -> tuple[Kind, str | None, bytes]:
        """What this line is: its kind, its event name, and the end of its text that is the payload.

        `raw` is the whole line, `text` without the white space around it and without a BOM; `at_end` says that the
        stream ended in it.
        """
        raise NotImplementedError

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
        lines = block.splitlines(keepends=True) if b"\r" not in block else split_lines(block)
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
            self._pieces = Pieces(self.format, self._limit, self._offset, self._line, cr_ends_line=False)
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
        kind, event, payload = self._judge(text, raw, at_end)
        number = None
        if kind == "event":
            self._number += 1
            number = self._number
        record = Record(
            kind,
            payload.decode("utf-8", "replace") if payload else None,
            event,
            None,
            None,
            (),
            (),
            "",
            raw,
            self._offset + lead + len(text) - len(payload),
            self._line,
            number,
            self._time,
            self.format,
            "json",
        )
        batch.append(record)
        self._offset += len(raw)
        self._line += 1


def split_lines(block: bytes) -> list[bytes]:
    """Lines that end at LF only, with their ends."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
