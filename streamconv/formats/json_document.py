"""`application/json`: one document. A top-level array is taken element by element, as it arrives. RFC 8259."""

from __future__ import annotations

from streamconv.formats.ndjson import NDJSONEncoder
from streamconv.formats.payload import Writing
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.texts import CLOSE_ARRAY, COMMA, OPEN_ARRAY, OPEN_OBJECT, TextDecoder
from streamconv.jsonscan import BOM
from streamconv.problem import Report
from streamconv.record import Kind, Record


class JSONDecoder(TextDecoder):
    """Bytes to Records, one an element of the array, or one for a document that is no array.

    The brackets and commas of the array belong to the raw bytes of the element after them. After a bad element, reading
    resumes at a line that is indented no deeper than the first element and starts with `{`, `[`, `,` or `]`.
    """

    format = "json"

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        super().__init__(report=report, max_record_size=max_record_size)
        self._expects = "document"  # or "first" and "element" in the array, "comma", "end", "resume"
        self._first_indent: int | None = None  # how far the line of the first element is indented

    @property
    def ended(self) -> bool:
        """True after the end of the document."""
        return self._expects == "end"

    def _between(self, block: bytes, i: int, batch: list[Record]) -> int:
        i = self._space(block, i)
        if i == len(block):
            return i
        byte = block[i]
        expects = self._expects
        if expects == "document":
            if byte == BOM[0] and self._at_start and i == self._mark:
                if block.startswith(BOM):
                    return len(BOM)
                if self._cut_bom(block, i):
                    return len(block)
            if byte == OPEN_ARRAY:
                self._expects = "first"
                self._indent = None
                return i + 1
            return self._start_text(block, i, batch)
        if expects == "resume":
            if byte not in (OPEN_OBJECT, OPEN_ARRAY, COMMA, CLOSE_ARRAY) or not self._can_resume():
                return self._out_of_place(block, i, batch)
            expects = "comma" if byte in (COMMA, CLOSE_ARRAY) else "element"
        if byte == CLOSE_ARRAY and expects in ("first", "comma"):
            self._expects = "end"
            self._end("control", block, i + 1, batch)
            return i + 1
        if byte == COMMA and expects == "comma":
            self._expects = "element"
            self._indent = None
            return i + 1
        if expects in ("first", "element"):
            if self._first_indent is None:
                self._first_indent = self._indent or 0
            return self._start_text(block, i, batch)
        return self._out_of_place(block, i, batch)

    def _out_of_place(self, block: bytes, i: int, batch: list[Record]) -> int:
        self._lead = self._held + i - self._mark
        self._state = self._skip
        return self._skip(block, i, batch)

    def _can_resume(self) -> bool:
        return self._indent is not None and self._indent <= (self._first_indent or 0)

    def _end(self, kind: Kind, block: bytes, i: int, batch: list[Record]) -> None:
        if kind == "event":
            self._expects = "end" if self._expects == "document" else "comma"
        elif kind == "invalid" and self._expects != "end":
            self._expects = "end" if self._expects == "document" else "resume"
        super()._end(kind, block, i, batch)

    def _finish_text(self, batch: list[Record]) -> None:
        if self._expects == "document":
            super()._finish_text(batch)
        else:  # also a whole number: its array is not closed, and it may be the start of a longer one
            self._end("incomplete", b"", 0, batch)

    def _finish_between(self, batch: list[Record]) -> None:
        if self._expects in ("document", "end"):
            super()._finish_between(batch)
        else:
            # The array is not closed. Where no byte is left to say so, an empty record does.
            self._lead = self._held
            self._end("incomplete", b"", 0, batch)


class JSONEncoder(NDJSONEncoder):
    """One array, written as the records come: each on a line of its own, with the comma before it."""

    format = "json"

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        super().__init__(report, writing)
        self._before = b"["

    @property
    def begun(self) -> bool:
        """True once an element was written. May be set, to go on with an array that another one began."""
        return self._before == b","

    @begun.setter
    def begun(self, begun: bool) -> None:
        self._before = b"," if begun else b"["

    def framed(self, lines: bytes) -> bytes:
        """Texts, each on a line, as elements of the array."""
        if not lines:
            return b""
        before, self._before = self._before, b","
        return before + lines[:-1].replace(b"\n", b"\n,") + b"\n"

    def finish(self) -> bytes:
        """The end of the array, which is empty where nothing was written."""
        return b"[]\n" if self._before == b"[" else b"]\n"
