"""What the line ends of NDJSON tore apart, put together again: values that were pretty-printed, and array documents.

Each of their lines is a record to the decoder, mostly an invalid one. People want to hear of the value, once.
"""

from __future__ import annotations

from typing import Final

from streamconv.jsonscan import BOM, WHITE_SPACE, Scanner
from streamconv.pipeline import Filter
from streamconv.record import Kind, Record

_LONGEST: Final = 1 << 20  # bytes of a value that is looked for; its lines are held back meanwhile


class Spread(Filter[list[Record], list[Record]]):
    """Makes one invalid record of the lines of a value, and of an array document its first line only."""

    def __init__(self) -> None:
        self._held: list[Record] = []  # lines that may be the start of one value
        self.given_up: list[Record] = []  # lines that were held back in vain, and are in the last batch
        self._size = 0
        self._scanner = Scanner()
        self._in_array: bool | None = None  # None before the first line
        self._last_of_array: Record | None = None

    @property
    def is_idle(self) -> bool:
        """True where whole lines that follow are records, each by itself."""
        return not self._held and self._in_array is False

    def feed(self, item: list[Record], /) -> list[Record]:
        """The batch, less what is held back."""
        self.given_up = []
        batch: list[Record] = []
        for record in item:
            self._take(record, batch)
        return batch

    def finish(self) -> list[Record]:
        """What is held back: a value or an array that the stream ended in, or lines that are none."""
        if self._last_of_array is not None:
            return [self._last_of_array.replace(kind="incomplete")]
        if len(self._held) > 1:
            return [self._whole("incomplete")]
        self.given_up = self._held
        return self._held

    def _take(self, record: Record, batch: list[Record]) -> None:
        if self._held and self._goes_on(record):
            if self._scanner.outcome == "done":
                batch.append(self._whole("invalid"))
                self._held = []
            return
        batch += self._held
        self.given_up += self._held
        self._held = []
        if self._in_array and record.kind == "invalid":
            self._in_array = record.data != "]"
            self._last_of_array = record if self._in_array else None
            return
        if record.kind == "invalid" and self._starts(record):
            return
        if record.kind != "control":
            self._in_array = self._in_array or False
        batch.append(record)

    def _starts(self, record: Record) -> bool:
        """True where the line may be the first of a value; of an array document it is the one that stands for all."""
        first, self._in_array = self._in_array is None, self._in_array or False
        text = record.raw.removeprefix(BOM)
        if text[:1] not in (b"{", b"[") or not (record.data or "").startswith(("{", "[")):
            return False
        if first and begins_array(record):
            self._in_array = True
            self._last_of_array = record
            return False
        self._scanner = Scanner()
        self._scanner.feed(text)
        if self._scanner.outcome != "open":
            return False
        self._held = [record]
        self._size = len(text)
        return True

    def _goes_on(self, record: Record) -> bool:
        """True where the line goes on with the value; what begins like a record is one."""
        text = record.raw
        self._size += len(text)
        at_margin = text[:1] in (b"{", b"[")
        if self._size > _LONGEST or (at_margin and (record.kind == "event" or self._held_is_cut())):
            return False
        end = self._scanner.feed(text)
        if self._scanner.outcome == "bad" or text[end:].strip():
            return False
        self._held.append(record)
        return True

    def _held_is_cut(self) -> bool:
        """True where one line is held that no printer breaks there, so that it is more likely a line that was cut."""
        return len(self._held) == 1 and self._held[0].data not in ("{", "[")

    def _whole(self, kind: Kind) -> Record:
        first, last = self._held[0], self._held[-1]
        raw = b"".join(record.raw for record in self._held)
        text = raw.removeprefix(BOM).strip(WHITE_SPACE)
        return first.replace(kind=kind, data=text.decode("utf-8", "replace"), raw=raw, number=None, time=last.time)


def begins_array(record: Record) -> bool:
    """True for a line that begins an array over several lines."""
    text = record.data or ""
    return text == "[" or (text.startswith("[") and text.endswith(","))


def is_array_of_composites(text: str) -> bool:
    """True for an array whose first element is an object or an array: records, and not a row of values."""
    return text.startswith("[") and text[1:].lstrip(" \t\r\n")[:1] in ("{", "[")
