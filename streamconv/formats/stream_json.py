"""`application/stream+json`: concatenated JSON texts, white space optional, as Spring 5 to 6 wrote and read it.

The type was never registered. Spring's writer put one LF after each compact text, its reader took any concatenation;
so this reads any concatenation and writes one text a line.
"""

from __future__ import annotations

from streamconv.formats.ndjson import NDJSONEncoder
from streamconv.formats.texts import COMMA, OPEN_ARRAY, OPEN_OBJECT, RS, TextDecoder
from streamconv.jsonscan import BOM
from streamconv.record import Kind, Record


class StreamJSONDecoder(TextDecoder):
    """Bytes to Records, one a JSON text. After a bad byte, reading resumes past the next LF."""

    format = "stream+json"

    def _between(self, block: bytes, i: int, batch: list[Record]) -> int:
        i = self._space(block, i)
        if i == len(block):
            return i
        byte = block[i]
        if byte == BOM[0] and block.startswith(BOM, i):
            if self._at_start and i == self._mark:
                return i + len(BOM)
            return self._single(block, i, len(BOM), batch)
        if byte == BOM[0] and self._cut_bom(block, i):
            return len(block)
        if byte in (COMMA, RS):
            return self._single(block, i, 1, batch)
        if self._doubtful and not (byte in (OPEN_OBJECT, OPEN_ARRAY) and self._indent == 0):
            self._lead = self._held + i - self._mark
            self._state = self._skip
            return self._skip(block, i, batch)
        return self._start_text(block, i, batch)

    def _skip(self, block: bytes, i: int, batch: list[Record]) -> int:
        """As everywhere, past the next LF; what follows is doubted until one text has been read."""
        self._doubtful = self._number == 0
        return super()._skip(block, i, batch)

    def _end(self, kind: Kind, block: bytes, i: int, batch: list[Record]) -> None:
        self._doubtful = self._doubtful and kind != "event"
        super()._end(kind, block, i, batch)


class StreamJSONEncoder(NDJSONEncoder):
    """One compact text and one LF a record: what Spring's writer sent."""

    format = "stream+json"
