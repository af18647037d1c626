"""What becomes of a record that is larger than a decoder may hold: invalid pieces of exactly that size."""

from __future__ import annotations

from typing import Final

from streamconv.record import Record

MAX_RECORD_SIZE: Final = 64 * 1024 * 1024  # bytes; the largest records seen in the wild are base64 images of a few MiB


class Pieces:
    """Cuts the bytes of one oversized record so that the cuts do not depend on how the bytes arrived."""

    def __init__(self, format: str, limit: int, offset: int, line: int, *, cr_ends_line: bool) -> None:
        self._format = format
        self._limit = limit
        self._offset = offset
        self._line = line
        self._cr_ends_line = cr_ends_line
        self._parts: list[bytes] = []
        self._held = 0
        self._after_cr = False

    def add(self, data: bytes, time: float | None, batch: list[Record]) -> None:
        """Take the next bytes of the record and hand on the pieces that are full."""
        self._parts.append(data)
        self._held += len(data)
        if self._held > self._limit:
            whole = b"".join(self._parts)
            at = 0
            while len(whole) - at > self._limit:
                batch.append(self._piece(whole[at : at + self._limit], time))
                at += self._limit
            self._parts = [whole[at:]]
            self._held = len(whole) - at

    def end(self, time: float | None, batch: list[Record]) -> tuple[int, int]:
        """Hand on the last piece; returns the offset and the line after the record."""
        rest = b"".join(self._parts)
        if rest:
            batch.append(self._piece(rest, time))
        return self._offset, self._line

    def _piece(self, raw: bytes, time: float | None) -> Record:
        piece = Record("invalid", raw=raw, offset=self._offset, line=self._line, time=time, format=self._format)
        self._offset += len(raw)
        self._line += raw.count(b"\n")
        if self._cr_ends_line:
            self._line += raw.count(b"\r") - raw.count(b"\r\n") - (self._after_cr and raw.startswith(b"\n"))
            self._after_cr = raw.endswith(b"\r")
        return piece
