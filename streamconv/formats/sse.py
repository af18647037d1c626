"""Reading Server-Sent Events, `text/event-stream`: WHATWG HTML 9.2.5 (the format) and 9.2.6 (how it is read).

Advice to the reader. Bytes are split into lines before they are decoded: only CR, LF and CRLF end a line, all ASCII,
so decoding line by line gives what decoding the whole stream would. `bytes.splitlines` cuts at exactly these three
(that of `str` does not). A line is complete at its LF; at a CR only once the next byte shows that no LF belongs to it.
A record is a block: the lines up to and including an empty one. Extra empty lines are records of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate, count, pairwise, repeat
from operator import add, not_
from typing import Final

from streamconv.formats.payload import carried_by
from streamconv.formats.pieces import MAX_RECORD_SIZE, Pieces
from streamconv.formats.sse_frames import (
    RETRY_DIGITS,
    WORTH,
    alike_frames,
    comments_of,
    no_frame_ends,
    regular_frames,
    single_frame,
)
from streamconv.formats.standing import Standing
from streamconv.jsonscan import BOM
from streamconv.pipeline import BLOCK, Filter
from streamconv.problem import Report
from streamconv.record import Carried, Record

_BLANK_LINE = re.compile(rb"\n\r?\n")
_LF, _CR = b"\n\r"  # as numbers: looking for these takes a tenth of the time in a short text
_LEAST_REACH: Final = 8 * WORTH
_LINE_ENDS: Final = (b"\n", b"\r\n", b"\r")


class SSEDecoder(Filter[bytes, list[Record]]):
    """Bytes of an event stream to Records, one a block."""

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._limit = max_record_size
        self._short = min(WORTH, max_record_size + 1)  # bytes; less may be a frame of a live stream
        self._time: float | None = None
        self._reach = BLOCK  # bytes of a block that are looked at as one
        self._like: tuple[bytes, str | None, int] = (b"data: ", None, 2)  # what single frames begin with
        self._tail = b""  # the start of a frame, of which nothing has been read yet
        # The place where the open record starts, and what is committed.
        self._offset = 0
        self._line = 1
        self._number = 0
        self._last_event_id = ""
        self._carries: Carried | None = None
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
        if len(item) < self._short and not self._is_open() and not self._tail and not self._open_line:
            # A live stream comes a frame a chunk.
            record = self._like_last(item) or self._single(item)
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

    @property
    def between(self) -> bool:
        """True where the next byte begins a record, and what the stream carries is known: `pass_over` is allowed."""
        return not (self._tail or self._open_line or self._is_open())

    def pass_over(self, size: int, *, lines: int, events: int, last_event_id: str) -> None:
        """Count whole records of so many bytes, that somebody else has read, as if they had been fed."""
        self._offset += size
        self._line += lines
        self._number += events
        self._last_event_id = last_event_id or self._last_event_id

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
                if not size and len(chunk) >= WORTH and len(block) <= _LEAST_REACH and no_frame_ends(block):
                    self._tail = block  # it is read with what follows
                    return
            if not size:  # what follows is looked at again, but ever later while that is in vain
                size = _frame_end(block, stretch)
                self._read_lines(block[:size], batch)
                stretch *= 2
            else:
                stretch = 1
            block = block[size:]

    def _is_open(self) -> bool:
        """True while the next record must be read line by line: it has begun, or tells what the stream carries."""
        return self._carries is None or bool(self._lines) or self._pieces is not None

    def _read_frames(self, block: bytes, batch: list[Record]) -> int:
        """Read frames at the start of a block at once, as many as can be; returns their size."""
        if len(block) < WORTH:
            return self._read_single(block, batch)
        window = block[: self._reach]
        size = self._read_alike(window, batch) or self._read_regular(window, batch)
        if not size:
            return self._read_single(block, batch)
        # How far to look: for as long as frames keep to what the first one is.
        in_vain = _BLANK_LINE.search(window, size) is not None
        self._reach = max(size, _LEAST_REACH) if in_vain else min(2 * self._reach, BLOCK)
        return size

    def _read_single(self, block: bytes, batch: list[Record]) -> int:
        record = self._single(block[: _frame_end(block, 1)])
        if record is None:
            return 0
        batch.append(record)
        return len(record.raw)

    def _like_last(self, block: bytes) -> Record | None:
        """A block that is one frame, like the last one by itself."""
        head, event, lines = self._like
        if not block.startswith(head):
            return None
        size = len(block)
        if block.find(b"\n", len(head)) != size - 2 or block[-1] != _LF or _CR in block:
            return None
        try:
            data = block[len(head) : -2].decode()
        except UnicodeDecodeError:
            return None
        offset, line = self._offset, self._line
        self._offset = offset + size
        self._line = line + lines
        self._number = number = self._number + 1
        return Record(
            "event",
            data,
            event,
            None,
            None,
            (),
            (),
            self._last_event_id,
            block,
            offset,
            line,
            number,
            self._time,
            "sse",
            self._carries,
        )

    def _single(self, block: bytes) -> Record | None:
        """A block that is one frame."""
        fields = single_frame(block)
        if fields is None:
            return None
        lines, data, event, id, retry, comments = fields
        if event and lines == 3:
            self._like = f"event: {event}\ndata: ".encode(), event, lines
        if id is not None:
            self._last_event_id = id
        number = None
        if data is not None:
            self._number = number = self._number + 1
        record = Record(
            "control" if data is None else "event",
            data,
            event,
            id,
            retry,
            comments,
            (),
            self._last_event_id,
            block,
            self._offset,
            self._line,
            number,
            self._time,
            "sse",
            self._carries,
        )
        self._offset += len(block)
        self._line += lines
        return record

    def _read_alike(self, block: bytes, batch: list[Record]) -> int:
        alike = alike_frames(block)
        if alike is None:
            return 0
        try:
            datas = [*map(bytes.decode, alike.payloads)]
            event = None if alike.event is None else alike.event.decode()
        except UnicodeDecodeError:
            return 0
        size = len(datas)
        ends = alike.offsets(0)
        batch += map(
            Record,
            repeat("event", size),
            datas,
            repeat(event),
            repeat(None),
            repeat(None),
            repeat(()),
            repeat(()),
            repeat(self._last_event_id),
            [block[start:end] for start, end in pairwise(ends)],
            map(add, ends, repeat(self._offset)),
            count(self._line, alike.lines),
            count(self._number + 1),
            repeat(self._time),
            repeat("sse"),
            repeat(self._carries),
        )
        self._offset += ends[-1]
        self._line += alike.lines * size
        self._number += size
        return ends[-1]

    def _read_regular(self, block: bytes, batch: list[Record]) -> int:
        frames = regular_frames(block)
        if frames is None:
            return 0
        raws, datas, events, ids, comments, _ = frames
        size = len(raws)
        offsets = [*accumulate(map(len, raws), initial=self._offset)]
        lines = [*accumulate(frames.lines(), initial=self._line)]
        last_event_ids = [self._last_event_id] * size
        if ids is not None:
            last_event_ids = ids if all(ids) else [*accumulate(ids, _later, initial=self._last_event_id)][1:]
        kinds: Iterable[str] = repeat("event", size)
        numbers: Iterable[int | None] = range(self._number + 1, self._number + 1 + size)
        said: Iterable[tuple[str, ...]] = repeat(())
        payloads: Iterable[str | None] = datas
        if comments is not None:
            kinds = ["control" if comment else "event" for comment in comments]
            payloads = [None if comment else data for data, comment in zip(datas, comments, strict=True)]
            said = [comments_of(comment) if comment else () for comment in comments]
            counted = accumulate(map(not_, comments), initial=self._number)
            numbers = [None if comment else number + 1 for comment, number in zip(comments, counted, strict=False)]
        batch += map(
            Record,
            kinds,
            payloads,
            _or_none(events),
            _or_none(ids),
            repeat(None),
            said,
            repeat(()),
            last_event_ids,
            raws,
            offsets,
            lines,
            numbers,
            repeat(self._time),
            repeat("sse"),
            repeat(self._carries),
        )
        self._number += size if comments is None else comments.count("")
        size = offsets[-1] - self._offset
        self._offset, self._line = offsets[-1], lines[-1]
        self._last_event_id = last_event_ids[-1]
        return size

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


def _or_none(column: list[str] | None) -> Iterable[str | None]:
    """A column in which "" stands for none."""
    if column is None:
        return repeat(None)
    return column if all(column) else [one or None for one in column]


def _later(before: str, id: str) -> str:
    return id or before


def _frame_end(block: bytes, stretch: int) -> int:
    """Where the first frame ends that goes on for at least so many bytes; the block's end where none does."""
    found = _BLANK_LINE.search(block, stretch - 1)
    return found.end() if found is not None else len(block)
