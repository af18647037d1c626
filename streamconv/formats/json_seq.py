"""`application/json-seq`, JSON text sequences: RS text LF. RFC 7464."""

from __future__ import annotations

import re

from streamconv.formats.ndjson import NDJSONEncoder
from streamconv.formats.texts import LF, RS, TextDecoder
from streamconv.record import Kind, Record

_SPACE_IN_LINE = re.compile(rb"[ \t\r]*+")


class JSONSeqDecoder(TextDecoder):
    """Bytes to Records, one an element. An element ends at the LF after its text, so that a live stream is not held up
    until the next RS; whatever follows without one is invalid up to the next RS (2.1: a bad element is not fatal).
    """

    format = "json-seq"
    _separated = False  # the open record has its RS
    _after_space = False  # the text is followed by white space, which a number or literal must be (2.4)

    def _between(self, block: bytes, i: int, batch: list[Record]) -> int:
        i = self._space(block, i)
        if i == len(block):
            return i
        if block[i] == RS:
            if self._separated:  # RS RS: an empty element (2.1)
                self._end("control", block, i, batch)
            self._separated = True
            return i + 1
        if self._separated:
            return self._start_text(block, i, batch)
        self._lead = self._held + i - self._mark
        self._state = self._skip
        return self._skip(block, i, batch)

    def _text_done(self, block: bytes, i: int, batch: list[Record]) -> None:
        self._after_space = False
        self._state = self._tail

    def _tail(self, block: bytes, i: int, batch: list[Record]) -> int:
        match = _SPACE_IN_LINE.match(block, i)
        assert match is not None  # the pattern matches the empty string
        self._after_space = self._after_space or match.end() > i
        i = match.end()
        if i == len(block):
            return i
        if block[i] == LF:
            self._end("event", block, i + 1, batch)
            return i + 1
        if block[i] == RS:
            self._end("invalid" if self._maybe_cut() else "event", block, i, batch)
            return i
        self._state = self._skip
        return self._skip(block, i, batch)

    def _maybe_cut(self) -> bool:
        """2.4: a number or literal not followed by white space may be the start of a longer one."""
        return self._scanner.scalar and not self._after_space

    def _skip(self, block: bytes, i: int, batch: list[Record]) -> int:
        """Up to the next RS."""
        end = block.find(b"\x1e", i)
        if end < 0:
            return len(block)
        self._end("invalid", block, end, batch)
        return end

    def _end(self, kind: Kind, block: bytes, i: int, batch: list[Record]) -> None:
        self._separated = False
        super()._end(kind, block, i, batch)

    def _finish_text(self, batch: list[Record]) -> None:
        self._end("incomplete", b"", 0, batch)  # also a number or literal: see `_maybe_cut`

    def _finish_between(self, batch: list[Record]) -> None:
        if self._state == self._tail:
            self._end("incomplete" if self._maybe_cut() else "event", b"", 0, batch)
        else:
            super()._finish_between(batch)


class JSONSeqEncoder(NDJSONEncoder):
    """RS text LF (2.2)."""

    format = "json-seq"

    def framed(self, lines: bytes) -> bytes:
        """JSON texts, each on a line, as they are written."""
        return b"\x1e" + lines[:-1].replace(b"\n", b"\n\x1e") + b"\n" if lines else b""
