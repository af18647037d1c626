"""How clients cut bytes into lines."""

from __future__ import annotations

import codecs
import re
from typing import Final

import msgspec

STANDARD: Final = re.compile(rb"\r\n|\r|\n")
# What `str.splitlines` cuts at, in UTF-8: also VT, FF, FS, GS, RS, NEL, LS and PS.
UNICODE: Final = re.compile(rb"\r\n|[\n\r\v\f\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]")
_LONGEST_END: Final = 3  # bytes
_BLOCK_ENDS: Final = (b"\r\r", b"\n\n", b"\r\n\r\n")


class Line(msgspec.Struct, frozen=True):
    """A line without its end. `end` is empty for the last one of a stream that ends inside it."""

    offset: int  # bytes from 0
    content: bytes
    end: bytes
    ends_block: bool = False


class Lines:
    """Bytes to lines, which end where a pattern finds an end. A CR waits for the next byte."""

    def __init__(self, ends: re.Pattern[bytes] = STANDARD) -> None:
        self._ends = ends
        self._open = bytearray()
        self._searched = 0  # bytes of it, in which no end was found
        self.offset = 0  # where the line begins that is still open

    @property
    def size(self) -> int:
        """Bytes of the line that is still open."""
        return len(self._open)

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that these bytes complete."""
        self._open += chunk
        lines: list[Line] = []
        start = 0
        for match in self._ends.finditer(self._open, self._searched):
            if match[0] == b"\r" and match.end() == len(self._open):
                break
            lines.append(Line(self.offset + start, bytes(self._open[start : match.start()]), match[0]))
            start = match.end()
        del self._open[:start]
        self.offset += start
        self._searched = max(0, len(self._open) - _LONGEST_END)
        return lines

    def finish(self) -> list[Line]:
        """What was still open; a CR ends a line then."""
        lines: list[Line] = []
        if self._open:
            self._end_line(lines)
        return lines

    def _end_line(self, lines: list[Line], *, ends_block: bool = False) -> None:
        """All that is open is a line."""
        held = bytes(self._open)
        content = held.rstrip(b"\r\n")
        lines.append(Line(self.offset, content, held[len(content) :], ends_block))
        self.offset += len(held)
        self._open.clear()


class WaitingLines(Lines):
    """Lines of which none ends at the last CR of a piece before there is a piece with a line end in it.

    Pieces are of text here: bytes of a character that is not yet whole are of the next one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that these bytes complete."""
        chunk = self._decoder.decode(chunk).encode("utf-8", "surrogateescape")
        if not self._open or b"\n" in chunk or b"\r" in chunk:
            return super().feed(chunk)
        self._open += chunk
        return []

    def finish(self) -> list[Line]:
        """None; of a CR that still waits, the place is `waiting`."""
        return []

    @property
    def waiting(self) -> int | None:
        """The byte where the last line would have ended."""
        at = self._open.find(b"\r")
        return None if at < 0 else self.offset + at


class BlockLines(Lines):
    r"""Lines of blocks, which end at CR CR, LF LF or CRLF CRLF and nowhere else, as far as a piece of bytes shows.

    So where pieces are cut before the LF of CR CR LF, a block has ended, and the LF is a line of the next.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tail = b""  # the last bytes of the block

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that these bytes complete."""
        lines: list[Line] = []
        for piece in chunk.splitlines(keepends=True):
            if self._open.endswith(b"\r") and piece != b"\n":
                self._end_line(lines)
            self._open += piece
            self._tail = (self._tail + piece[-4:])[-4:]
            if self._tail.endswith(_BLOCK_ENDS):
                self._tail = b""
                self._end_line(lines, ends_block=True)
            elif piece.endswith(b"\n"):
                self._end_line(lines)
        return lines
