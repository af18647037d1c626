"""Chunk sizes left in the body, as `curl --raw` and proxies' dumps have them: RFC 9112, section 7.1."""

from __future__ import annotations

import re
from typing import Final

from streamconv.captures.layer import MORE, PREFIX, Known, Peel, begins_stream, timed_as
from streamconv.captures.places import Places
from streamconv.problem import Report

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_SIZE_BEGUN = re.compile(rb"[0-9A-Fa-f]{1,15}(?:[ \t]*(?:;[^\r\n]*)?\r?)?\Z")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n")
_TRAILER_BEGUN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?::[^\r\n]*\r?)?\Z|\r?\Z")
_LONGEST_LINE: Final = 16 * 1024  # bytes of a size line or a trailer
_NOTHING_ELSE: Final = re.compile(rb"[0-9\s]*\Z")


class Chunked(Peel):
    """Takes out the size lines and the trailers. After a line that is neither, the bytes are passed on as they are."""

    name = "chunked"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        known.chunked = False
        self.places: Places = Places()
        self._held = b""
        self._left = 0  # bytes of the open chunk still to come
        self._state = "size"  # or "data", "end" (of the data), "trailer", "over", "broken"

    def feed(self, item: bytes, /) -> list[bytes]:
        """The data of these chunks."""
        pieces: list[bytes] = []
        data = self._held + item
        i = 0
        while i < len(data):
            if self._state in ("data", "broken"):
                end = len(data) if self._state == "broken" else min(len(data), i + self._left)
                piece = data[i:end]
                self._left -= len(piece)
                self.places.keep(piece)
                pieces.append(timed_as(item, piece))
                if self._state == "data" and not self._left:
                    self._state = "end"
                i = end
                continue
            stop = data.find(b"\n", i) + 1
            if not stop:
                if len(data) - i <= _LONGEST_LINE and not self._is_wrong(data[i:]):
                    break
                stop = len(data)
            i = self._line(data, i, stop)
        self._held = data[i:]
        return pieces

    def _is_wrong(self, begun: bytes) -> bool:
        """True for the start of a line that cannot become the line expected: it is not waited for."""
        if self._state == "size":
            return not _SIZE_BEGUN.match(begun)
        if self._state == "trailer":
            return not _TRAILER_BEGUN.match(begun)
        return begun != b"\r" or self._state == "over"

    def _line(self, data: bytes, i: int, stop: int) -> int:
        """Read the line from `i` to `stop`; returns where reading goes on."""
        line = data[i:stop]
        if self._state == "size":
            match = _SIZE.fullmatch(line)
            if match is None:
                return self._break(i, f"{line[:24]!r} stands where a chunk size should")
            self._left = int(match[1], 16)
            self._state = "data" if self._left else "trailer"
        elif self._state == "end":
            if line != b"\r\n":
                return self._break(i, "a chunk goes on past the size before it")
            self._state = "size"
        elif self._state == "trailer":
            if line == b"\r\n":
                self._state = "over"
            elif not _TRAILER.fullmatch(line):
                return self._break(i, f"{line[:24]!r} follows the last chunk, and is no trailer")
        else:
            return self._break(i, "something follows the last chunk")
        self.places.cut(line)
        return stop

    def _break(self, i: int, message: str) -> int:
        self.say("capture-chunked", f"{message}; from here on the bytes are read as they are")
        self._state = "broken"
        return i

    def finish(self) -> list[bytes]:
        """What could still have been a size, where the sizes are given up; a body that was cut is said."""
        if self._state == "data":
            self.say("capture-chunked", f"the body is cut: {self._left} bytes of its last chunk are missing")
        elif self._state in ("end", "size"):
            self.say("capture-chunked", "the body is cut: the last chunk, of size 0, is missing")
        elif self._state == "trailer":
            self.say("capture-chunked", "the body is cut: the empty line after its last chunk is missing")
        return []


def is_chunked(start: bytes, known: Known) -> str | None:
    """A first line that is a size, where a head says chunked; else also a whole chunk of what is no number.

    Of a chunk that is larger than what is looked at, the start must be that of a stream.
    """
    match = _SIZE.match(start)
    if match is None:
        return MORE if _SIZE_BEGUN.match(start) and len(start) < _LONGEST_LINE else None
    size = int(match[1], 16)
    evidence = f"the first line, {match[1].decode()!r}, is the size of a chunk"
    if known.chunked:
        return evidence
    data = start[match.end() : match.end() + size]
    after = start[match.end() + size : match.end() + size + 2]
    if not b"\r\n".startswith(after) or not size:
        return None
    if len(start) == PREFIX and len(data) < size and begins_stream(data):
        return evidence
    if len(after) < 2:
        return MORE
    return None if _NOTHING_ELSE.match(data) else evidence
