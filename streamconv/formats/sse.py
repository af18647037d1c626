"""Reading Server-Sent Events, `text/event-stream`: WHATWG HTML 9.2.5 (the format) and 9.2.6 (how it is read).

Advice to the reader. Bytes are split into lines before they are decoded: only CR, LF and CRLF end a line, all ASCII,
so decoding line by line gives what decoding the whole stream would. `bytes.splitlines` cuts at exactly these three
(that of `str` does not). A line is complete at its LF; at a CR only once the next byte shows that no LF belongs to it.
A record is a block: the lines up to and including an empty one. Extra empty lines are records of their own.
"""

from __future__ import annotations

from typing import Final

from streamconv.formats.payload import carried_by
from streamconv.formats.pieces import MAX_RECORD_SIZE, Pieces
from streamconv.formats.sse_blocks import LEAST_REACH, FrameReader, frame_end
from streamconv.formats.sse_frames import RETRY_DIGITS, WORTH, no_frame_ends
from streamconv.formats.standing import Standing
from streamconv.jsonscan import BOM
from streamconv.pipeline import BLOCK, Filter
from streamconv.problem import Report
from streamconv.record import Record

_LINE_ENDS: Final = (b"\n", b"\r\n", b"\r")


class SSEDecoder(FrameReader, Filter[bytes, list[Record]]):
    """Bytes of an event stream to Records, one a block."""

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        super().__init__()
        self._limit = max_record_size
        self._short = min(WORTH, max_record_size + 1)  # bytes; less may be a frame of a live stream
        self._tail = b""  # the start of a frame, of which nothing has been read yet
        # The open record: its complete lines, and the fragments of the line that is still open.
        self._lines: list[bytes] = []
        self._size = 0
        self._open_line: list[bytes] = []
        self._open_size = 0
        self._pieces: Pieces | None = None
        self._inside_line = False  # of an oversized record: the start of the open line has been handed on
        self._clear()

    @property
    def standing(self) -> Standing | None:
        """Where reading stands; None inside a record."""
        if self._tail or self._lines or self._open_line or self._pieces is not None:
            return None
        return Standing(
            offset=self._offset,
            line=self._line,
            number=self._number,
            last_event_id=self._last_event_id,
            manner=self._carries,
        )

    @standing.setter
    def standing(self, standing: Standing) -> None:
        self._offset, self._line, self._number = standing.offset, standing.line, standing.number
        self._last_event_id = standing.last_event_id
        self._carries = standing.manner

    def _clear(self) -> None:
        self._data: list[str] = []
        self._event: str | None = None
        self._id: str | None = None
        self._retry: int | None = None
        self._comments: list[str] = []
        self._unknown: list[tuple[str, str]] = []

    def feed(self, item: bytes, /) -> list[Record]:
        """The records that these bytes complete."""
        self._time = None if type(item) is bytes else getattr(item, "time", None)  # of TimedBytes
        # The condition of `standing`, without the call: a frame takes a microsecond.
        within = self._open_line or self._tail or self._lines or self._pieces is not None
        if len(item) < self._short and not within and self._carries is not None:
            record = self._single(item)  # a live stream comes a frame a chunk
            if record is not None:
                return [record]
        batch: list[Record] = []
        if len(item) <= BLOCK:
            self._read(item, batch)
            return batch
        for start in range(0, len(item), BLOCK):
            self._read(item[start : start + BLOCK], batch)
        return batch

    def finish(self) -> list[Record]:
        """The last record, where the stream ended without its empty line."""
        batch: list[Record] = []
        if self._tail:
            self._read_lines(self._tail, batch)
            self._tail = b""
        line = b"".join(self._open_line)
        self._open_line = []
        if line.endswith(b"\r"):
            self._add_line(line, batch)
            line = b""
        if self._pieces is not None:
            self._pieces.add(line, self._time, batch)
            self._end_pieces(batch)
        elif self._lines or line:
            self._end_of_stream(line, batch)
        return batch

    def _read(self, chunk: bytes, batch: list[Record]) -> None:
        block = chunk
        if self._tail:
            block = self._tail + chunk
            self._tail = b""
        elif self._open_line:
            if b"\n" not in chunk and b"\r" not in chunk and not self._open_line[-1].endswith(b"\r"):
                self._hold(chunk, batch)
                return
            self._open_line.append(chunk)
            block = b"".join(self._open_line)
            self._open_line = []
            self._open_size = 0
        if len(block) > self._limit:
            self._read_lines(block, batch)
            return
        stretch = 1
        while block:
            if self._is_open():
                size = 0
            else:
                size = self._read_frames(block, batch)
                if not size and len(chunk) >= WORTH and len(block) <= LEAST_REACH and no_frame_ends(block):
                    self._tail = block  # it is read with what follows
                    return
            if not size:  # what follows is looked at again, but ever later while that is in vain
                size = frame_end(block, stretch)
                self._read_lines(block[:size], batch)
                stretch *= 2
            elif size >= WORTH:
                stretch = 1
            block = block[size:]

    def _is_open(self) -> bool:
        """True while the next record must be read line by line: it has begun, or tells what the stream carries."""
        return self._carries is None or bool(self._lines) or self._pieces is not None

    def _read_lines(self, block: bytes, batch: list[Record]) -> None:
        lines = block.splitlines(keepends=True)
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        for line in lines:
            self._add_line(line, batch)
        if rest:
            self._hold(rest, batch)

    def _hold(self, part: bytes, batch: list[Record]) -> None:
        """Keep bytes of a line that is not complete yet."""
        self._open_line.append(part)
        self._open_size += len(part)
        if self._pieces is None and self._size + self._open_size > self._limit:
            self._start_pieces(batch)
        if self._pieces is not None:
            held = b"".join(self._open_line)
            kept = b"\r" if held.endswith(b"\r") else b""  # its LF may still come
            self._pieces.add(held.removesuffix(b"\r"), self._time, batch)
            self._inside_line = self._inside_line or len(held) > len(kept)
            self._open_line = [kept] if kept else []
            self._open_size = len(kept)

    def _add_line(self, line: bytes, batch: list[Record]) -> None:
        if self._pieces is None and self._size + len(line) > self._limit:
            self._start_pieces(batch)
        if self._pieces is not None:
            self._pieces.add(line, self._time, batch)
            if line in _LINE_ENDS and not self._inside_line:
                self._end_pieces(batch)
            self._inside_line = False
            return
        self._lines.append(line)
        self._size += len(line)
        text = line.rstrip(b"\r\n")
        if self._offset == 0 and len(self._lines) == 1:
            text = text.removeprefix(BOM)
        if text:
            self._field(text)
        else:
            self._empty_line(batch)

    def _field(self, line: bytes) -> None:
        """WHATWG HTML 9.2.6, "process the field"; bytes that are not UTF-8 become U+FFFD."""
        name, colon, value = line.partition(b":")
        text = (value[1:] if value.startswith(b" ") else value).decode("utf-8", "replace")
        if name == b"data":
            self._data.append(text)
        elif name == b"event":
            self._event = text
        elif name == b"id":
            if "\0" not in text:
                self._id = text
        elif name == b"retry":
            if text.isascii() and text.isdigit() and len(text) <= RETRY_DIGITS:
                self._retry = int(text)
        elif not name and colon:
            self._comments.append(text)
        else:
            self._unknown.append((name.decode("utf-8", "replace"), text))

    def _empty_line(self, batch: list[Record]) -> None:
        if self._id is not None:
            self._last_event_id = self._id
        if self._data:
            self._number += 1
            self._emit("event", self._number, batch)
        else:
            self._emit("control", None, batch)

    def _end_of_stream(self, line: bytes, batch: list[Record]) -> None:
        """9.2.6: "once the end of the file is reached, any pending data must be discarded"; here it is shown."""
        lines = len(self._lines)
        if line:
            self._lines.append(line)
            first = line.removeprefix(BOM) if self._offset == 0 and not lines else line
            # A comment or a retry without its line end is discarded for good, as browsers do.
            if first and not first.startswith((b":", b"retry:")):
                self._field(first)
        said_nothing = not self._data and self._event is None and self._id is None and self._retry is None
        only_comments = said_nothing and not self._unknown
        self._emit("control" if only_comments else "incomplete", None, batch)

    def _emit(self, kind: str, number: int | None, batch: list[Record]) -> None:
        raw = b"".join(self._lines)
        data = "\n".join(self._data) if self._data else None
        if data and self._carries is None:
            self._carries = carried_by(data)
        record = Record(
            kind,  # type: ignore[arg-type]
            data,
            self._event,
            self._id,
            self._retry,
            tuple(self._comments),
            tuple(self._unknown),
            self._last_event_id,
            raw,
            self._offset,
            self._line,
            number,
            self._time,
            "sse",
            self._carries,
        )
        batch.append(record)
        self._offset += len(raw)
        self._line += len(self._lines)
        self._lines = []
        self._size = 0
        self._clear()

    def _start_pieces(self, batch: list[Record]) -> None:
        self._pieces = Pieces("sse", self._limit, self._offset, self._line, cr_ends_line=True)
        self._pieces.add(b"".join(self._lines), self._time, batch)
        self._lines = []
        self._size = 0
        self._clear()

    def _end_pieces(self, batch: list[Record]) -> None:
        assert self._pieces is not None
        self._offset, self._line = self._pieces.end(self._time, batch)
        self._pieces = None
