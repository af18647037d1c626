"""`application/x-streamconv-timed`: the chunks of a stream as they arrived, whatever they hold, and when. NDJSON.

This is no framing of records: reading it gives the chunks of another stream. README, "Timed captures".
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections import deque
from typing import Final

import msgspec

from streamconv import jsontext
from streamconv.formats.faults import fault
from streamconv.formats.lines import LineDecoder
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.timed_lines import MEDIA_TYPE, VERSION, Chunk, Head, read_line
from streamconv.pipeline import Filter, TimedBytes
from streamconv.problem import Problem, Report, raise_invalid
from streamconv.record import Kind, Record

MAGIC: Final = b'{"format":"%s"' % MEDIA_TYPE.encode()
"""The first bytes of what the writer writes."""

_LARGEST: Final = 2**20  # bytes of a chunk on one line, so that a reader need not hold more


class TimedReader(Filter[bytes, list[bytes]]):
    """The bytes of a timed capture to the chunks in it: TimedBytes where their time is known.

    `head` is its first line, once that was read. A line that is no chunk goes to `report` (rules `timed-…`), and
    reading goes on after it; without a report it raises StreamError.
    """

    def __init__(self, report: Report | None = None, *, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._report = report or raise_invalid
        self._lines = _Lines(max_record_size=max_record_size)
        self.head: Head | None = None

    def feed(self, item: bytes, /) -> list[bytes]:
        """The chunks that these bytes complete."""
        return self._chunks(self._lines.feed(item))

    def finish(self) -> list[bytes]:
        """The chunk of the last line, where it has no LF."""
        return self._chunks(self._lines.finish())

    def _chunks(self, lines: list[Record]) -> list[bytes]:
        chunks: list[bytes] = []
        for record in lines:
            if record.kind in ("invalid", "incomplete"):
                self._report(fault(record))
            elif record.kind == "event":
                line = self._lines.read.popleft()
                if isinstance(line, Head):
                    self._begin(line, record)
                elif line.data:
                    chunks.append(line.data if line.time is None else TimedBytes(line.data, line.time))
        return chunks

    def _begin(self, head: Head, record: Record) -> None:
        if record.number == 1:
            self.head = head
            return
        message = "the header of another capture: its chunks are read as if they went on with those before"
        self._report(
            Problem(
                rule="timed-joined",
                severity="error",
                message=message,
                line=record.line,
                column=1,
                offset=record.offset,
                length=len(record.raw),
                record=record,
                hint="split the file before this line",
            )
        )


class _Lines(LineDecoder):
    """The lines of a timed capture as Records: what is an event is a header or a chunk, which `read` holds in turn."""

    format = "timed"

    def __init__(self, *, max_record_size: int) -> None:
        super().__init__(max_record_size=max_record_size)
        self.read: deque[Head | Chunk] = deque()

    def _judge(self, text: bytes, raw: bytes, at_end: bool) -> tuple[Kind, str | None, bytes]:
        if not text:
            return "control", None, text
        try:
            self.read.append(read_line(text))
        except ValueError:
            found = jsontext.fault(text)
            cut = at_end and found is not None and found.truncated
            return "incomplete" if cut else "invalid", None, text
        return "event", None, text


class TimedWriter(Filter[bytes, bytes]):
    """Chunks, as they arrived, to the lines of a timed capture; the header comes before the first.

    A chunk that is TimedBytes has its time. `head` may be set until the first chunk.
    """

    def __init__(self, head: Head = Head()) -> None:
        self.head = head
        self._headed = False

    def feed(self, item: bytes, /) -> bytes:
        """The lines of this chunk: one, if it is no larger than a line may be."""
        time = item.time if isinstance(item, TimedBytes) else None
        pieces = (item[at : at + _LARGEST] for at in range(0, len(item), _LARGEST))
        return self._header() + b"".join(_line(piece, time) for piece in pieces)

    def finish(self) -> bytes:
        """The header, where there was no chunk."""
        return self._header()

    def _header(self) -> bytes:
        if self._headed:
            return b""
        self._headed = True
        known = msgspec.json.encode(self.head)[1:]
        return MAGIC + b',"version":%d' % VERSION + (b"," if known != b"}" else b"") + known + b"\n"


def _line(data: bytes, time: float | None) -> bytes:
    when = b'"t":%s,' % repr(round(time, 6)).encode() if time is not None and math.isfinite(time) else b""
    try:
        return b'{%s"b":%s}\n' % (when, jsontext.string(data.decode()))
    except UnicodeDecodeError:
        return b'{%s"b64":"%s"}\n' % (when, b64encode(data))


__all__ = ["MAGIC", "MEDIA_TYPE", "Chunk", "Head", "TimedReader", "TimedWriter"]
