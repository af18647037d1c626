"""How JSON texts are found in bytes that no line end divides: the reading shared by stream+json, json and json-seq.

Advice to the reader. The open record is always in one of four states. `between`: white space and whatever the format
puts before a text. `text`: a Scanner is inside a JSON text and will find its end or its first bad byte. `tail`: the
text is complete, the record is not (json-seq). `skip`: a bad byte was met, and everything up to the place where the
format resumes belongs to one invalid record. Each state is a method that reads from `i` and returns where it stopped;
`_mark` is where the bytes of the open record begin in the current block, `_parts` what it had in earlier blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from streamconv import jsontext
from streamconv.formats.pieces import MAX_RECORD_SIZE, Pieces
from streamconv.formats.standing import Standing
from streamconv.jsonscan import BOM, WHITE_SPACE, Scanner
from streamconv.pipeline import BLOCK, Filter, TimedBytes
from streamconv.problem import Report
from streamconv.record import Kind, Record

_SPACE = re.compile(rb"[ \t\r\n]*+")

LF, COMMA, RS, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT = b"\n,\x1e[]{"

State = Callable[[bytes, int, list[Record]], int]


class TextDecoder(Filter[bytes, list[Record]]):
    """The states that the three formats share; a format adds what stands between its texts and where it resumes."""

    format = ""
    # stream+json: until one text has been read, what follows a fault is more likely not JSON at all, and only `{` and
    # `[` at the start of a line are tried again.
    _doubtful = False

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._limit = max_record_size
        self._time: float | None = None
        self._offset = 0  # where the open record's raw bytes start
        self._line = 1
        self._number = 0
        self._parts: list[bytes] = []
        self._held = 0  # the size of the parts
        self._mark = 0
        self._lead = 0  # the size of what stands before the text
        self._indent: int | None = 0  # white space since the last line end; None where the line holds anything else
        self._no_shortcut = 0  # up to here in the block, no text is the rest of its line
        self._carry = b""  # the start of a BOM that the end of a chunk cut
        self._pieces: Pieces | None = None
        self._scanner = Scanner()
        self._state: State = self._between

    @property
    def standing(self) -> Standing | None:
        """Where reading stands; None inside a record, or inside what stands before one."""
        if self._state != self._between or self._held or self._carry or self._pieces is not None:
            return None
        manner = (self._indent, self._doubtful, self._number > 0)
        return Standing(offset=self._offset, line=self._line, number=self._number, manner=manner)

    @standing.setter
    def standing(self, standing: Standing) -> None:
        self._offset, self._line, self._number = standing.offset, standing.line, standing.number
        self._indent, self._doubtful, _ = standing.manner

    def feed(self, item: bytes, /) -> list[Record]:
        """The records that these bytes complete."""
        batch: list[Record] = []
        self._time = item.time if isinstance(item, TimedBytes) else None
        for start in range(0, len(item), BLOCK):
            block = self._carry + item[start : start + BLOCK]
            self._carry = b""
            self._read(block, batch)
        return batch

    def finish(self) -> list[Record]:
        """What the stream ended in."""
        batch: list[Record] = []
        if self._carry:
            self._lead = self._held
            self._held += len(self._carry)
            self._parts.append(self._carry)
            self._state = self._skip
        self._mark = 0
        if self._state == self._text:
            self._finish_text(batch)
        elif self._state == self._skip:
            self._end("invalid", b"", 0, batch)
        else:
            self._finish_between(batch)
        return batch

    def _finish_text(self, batch: list[Record]) -> None:
        """The stream ended inside a text, or after a number or literal that nothing else would have ended."""
        self._end("event" if self._scanner.finish() == "done" else "incomplete", b"", 0, batch)

    def _finish_between(self, batch: list[Record]) -> None:
        """The stream ended between texts."""
        if self._held or self._pieces is not None:
            self._end("control", b"", 0, batch)

    def _read(self, block: bytes, batch: list[Record]) -> None:
        i = self._mark = self._no_shortcut = 0
        while i < len(block):
            i = self._state(block, i, batch)
        rest = block[self._mark : len(block) - len(self._carry)]
        if rest:
            self._parts.append(rest)
            self._held += len(rest)
            if self._held > self._limit or self._pieces is not None:
                self._spill(batch)

    # The states.

    def _between(self, block: bytes, i: int, batch: list[Record]) -> int:
        raise NotImplementedError

    def _text(self, block: bytes, i: int, batch: list[Record]) -> int:
        i = self._scanner.feed(block, i)
        if self._scanner.outcome == "done":
            self._text_done(block, i, batch)
        elif self._scanner.outcome == "bad":
            self._state = self._skip
            return self._skip(block, i, batch)
        return i

    def _skip(self, block: bytes, i: int, batch: list[Record]) -> int:
        """Past the next LF; the bad byte itself may be it."""
        end = block.find(b"\n", i) + 1
        if end:
            self._end("invalid", block, end, batch)
        return end or len(block)

    # What they do.

    @property
    def _at_start(self) -> bool:
        """True before the first byte of the stream, as far as earlier blocks go."""
        return self._offset == 0 and self._held == 0 and self._pieces is None

    def _text_done(self, block: bytes, i: int, batch: list[Record]) -> None:
        self._end("event", block, i, batch)

    def _space(self, block: bytes, i: int) -> int:
        match = _SPACE.match(block, i)
        assert match is not None  # the pattern matches the empty string
        end = match.end()
        line_end = block.rfind(b"\n", i, end)
        if line_end >= 0:
            self._indent = end - line_end - 1
        elif self._indent is not None:
            self._indent += end - i
        return end

    def _start_text(self, block: bytes, i: int, batch: list[Record]) -> int:
        """Read a text that starts at `i`: at once where its end is in sight, else by scanning."""
        self._lead = self._held + i - self._mark
        self._scanner = Scanner()
        self._state = self._text
        if i >= self._no_shortcut and block[i] in (OPEN_OBJECT, OPEN_ARRAY):
            line_end = block.find(b"\n", i)
            end = self._end_in_sight(block, i, line_end) if line_end > 0 else 0
            if end:
                self._text_done(block, end, batch)
                return end
            self._no_shortcut = line_end if line_end > 0 else len(block)
        return self._text(block, i, batch)

    def _end_in_sight(self, block: bytes, i: int, line_end: int) -> int:
        """Where the text at `i` ends, if it is the rest of its line, or pretty-printed up to its bracket; else 0.

        What is a valid text ends where scanning would find its end: a closing bracket says so by itself.
        """
        line = block[i:line_end].rstrip(WHITE_SPACE)
        if jsontext.quickly_valid(line):
            return i + len(line)
        bracket = b"\n" + b" " * (self._indent or 0) + (b"}" if block[i] == OPEN_OBJECT else b"]")
        last = block.find(bracket, line_end)
        end = last + len(bracket)
        return end if last > 0 and jsontext.quickly_valid(block[i:end]) else 0

    def _cut_bom(self, block: bytes, i: int) -> bool:
        """True where the block ends inside what may be a BOM: it is kept for the next one."""
        rest = block[i : i + 3]
        if len(rest) == 3 or not BOM.startswith(rest):
            return False
        self._carry = rest
        return True

    def _single(self, block: bytes, i: int, size: int, batch: list[Record]) -> int:
        """Something that must not stand between texts: one invalid record by itself."""
        self._lead = self._held + i - self._mark
        self._end("invalid", block, i + size, batch)
        return i + size

    def _end(self, kind: Kind, block: bytes, i: int, batch: list[Record]) -> None:
        """Close the open record before `block[i]`."""
        self._state = self._between
        last = block[self._mark : i]
        self._indent = 0 if last.endswith(b"\n") else None
        if self._pieces is None and self._held + len(last) > self._limit:
            self._spill(batch)
        self._mark = i
        if self._pieces is not None:
            self._pieces.add(b"".join((*self._parts, last)), self._time, batch)
            self._parts = []
            self._held = 0
            self._offset, self._line = self._pieces.end(self._time, batch)
            self._pieces = None
            return
        raw = b"".join((*self._parts, last)) if self._parts else last
        self._parts = []
        self._held = 0
        lead = len(raw) if kind == "control" else self._lead
        self._lead = 0
        text = raw[lead:].rstrip(WHITE_SPACE)
        number = None
        if kind == "event":
            self._number = number = self._number + 1
        record = Record(
            kind,
            text.decode("utf-8", "replace") if text else None,
            raw=raw,
            offset=self._offset + (0 if kind == "control" else lead),
            line=self._line + (0 if kind == "control" else raw.count(b"\n", 0, lead)),
            number=number,
            time=self._time,
            format=self.format,
            carries="json",
        )
        batch.append(record)
        self._offset += len(raw)
        self._line += raw.count(b"\n")

    def _spill(self, batch: list[Record]) -> None:
        """The open record is too large to hold: hand its bytes on in pieces."""
        if self._pieces is None:
            self._pieces = Pieces(self.format, self._limit, self._offset, self._line, cr_ends_line=False)
        self._pieces.add(b"".join(self._parts), self._time, batch)
        self._parts = []
        self._held = 0
