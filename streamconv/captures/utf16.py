"""UTF-16 text, as `>` of Windows PowerShell writes it: made UTF-8, which all stream formats are. Encoding 4.2."""

from __future__ import annotations

import codecs
import re

from streamconv.captures.layer import MORE, Known, Peel, timed_as
from streamconv.problem import Report

# Without a byte order mark: two ASCII characters, each with its zero byte.
_LITTLE = re.compile(rb"(?:[\t\n\r\x20-\x7e]\0){2}")
_BIG = re.compile(rb"(?:\0[\t\n\r\x20-\x7e]){2}")


class UTF16(Peel):
    """UTF-16 to UTF-8. Lines and columns stay what they were."""

    name = "utf-16"
    keeps_lines = True

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self._decoder: codecs.IncrementalDecoder | None = None
        self._held = b""

    def feed(self, item: bytes, /) -> list[bytes]:
        """The text of these bytes."""
        data = self._held + item
        if self._decoder is None:
            if len(data) < 2:
                self._held = data
                return []
            data = self._begin(data)
            self._held = b""
        assert self._decoder is not None  # as _begin makes it
        text = self._decoder.decode(data)
        return [timed_as(item, text.encode())] if text else []

    def _begin(self, data: bytes) -> bytes:
        little = data.startswith(codecs.BOM_UTF16_LE) or (data[1:2] == b"\0" and not data.startswith(b"\xfe\xff"))
        self._decoder = codecs.getincrementaldecoder("utf-16-le" if little else "utf-16-be")("replace")
        return data[2:] if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else data

    def finish(self) -> list[bytes]:
        """Half a character, where the text was cut in it."""
        last = self._decoder.decode(b"", final=True) if self._decoder is not None else ""
        if last or self._held:
            self.say("capture-utf16", "the UTF-16 text ends inside a character, which is read as U+FFFD")
        return [last.encode()] if last else []


def is_utf16(start: bytes, known: Known) -> str | None:
    """A byte order mark, or ASCII with zero bytes between."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "a UTF-16LE byte order mark, ff fe"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "a UTF-16BE byte order mark, fe ff"
    if _LITTLE.match(start) or _BIG.match(start):
        return "ASCII characters with zero bytes between"
    may_be = start in (b"\xff", b"\xfe") or (len(start) < 4 and b"\0" in start)
    return MORE if may_be else None
