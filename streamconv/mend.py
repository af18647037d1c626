"""Mending what can be mended without guessing: bytes of a stream to bytes of the same stream, better framed.

Every record is written as its own bytes, unless one of a few faults is in it whose mend leaves every payload token as
it is. What is not sure stays as it is: a number at the end of the stream may be cut, an unknown field may be meant.
The rules say in `mended` what is done here. Mending twice changes nothing.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv import jsontext
from streamconv.formats import decoder, find
from streamconv.formats.json_document import JSONDecoder
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.stream_json import StreamJSONDecoder
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.pipeline import Filter
from streamconv.record import Record
from streamconv.rules.spread import Spread, begins_array, is_array_of_composites

_SSE_LINE = re.compile(rb"([^\r\n]*+)(\r\n|\r|\n|\Z)")
_MARKED_FIELD = re.compile(rb"\xef\xbb\xbf(?:data|event|id|retry)?:")
_ENDS_ITSELF: Final = (b"{", b"[", b'"')  # what begins so cannot go on once it is complete


class Mender(Filter[bytes, bytes]):
    """Mends a stream of a format. Raises ValueError for an unknown one."""

    def __init__(self, format: str) -> None:
        name = find(format).name
        self._decoder = decoder(name)
        self._mend = _MENDERS.get(name, _Texts)()

    def feed(self, item: bytes, /) -> bytes:
        """What these bytes complete, mended."""
        return b"".join(map(self._mend.record, self._decoder.feed(item)))

    def finish(self) -> bytes:
        """The rest."""
        return b"".join(map(self._mend.record, self._decoder.finish())) + self._mend.finish()


class _Texts:
    """What is common to all: the mark at the start goes."""

    def record(self, record: Record) -> bytes:
        """The bytes of one record, mended; empty while it is held back."""
        of_stream = not (record.data or "").startswith("\ufeff")  # as a mark inside is not
        return _unmarked(record.raw) if of_stream else record.raw

    def finish(self) -> bytes:
        """What was held back, mended."""
        return b""


def _unmarked(raw: bytes) -> bytes:
    """Without byte order marks at the start."""
    while raw.startswith(BOM):
        raw = raw.removeprefix(BOM)
    return raw


class _SSE(_Texts):
    """Marks, line ends, and the end of the last event."""

    def __init__(self) -> None:
        self._end = b""  # of every line

    def record(self, record: Record) -> bytes:
        raw = record.raw
        if record.kind == "invalid":  # too large to look into
            return raw
        if (record.offset == 0 and not raw.startswith(2 * BOM)) or (
            record.kind == "control" and _MARKED_FIELD.match(raw)
        ):  # of two marks, the second is part of a field's name
            raw = raw.removeprefix(BOM)
        if not self._end:
            first = _SSE_LINE.match(raw)
            assert first is not None  # the pattern matches everything
            self._end = b"\r\n" if first[2] == b"\r\n" else b"\n"
        if self._end == b"\r\n" or b"\r" in raw:
            raw = b"".join(
                line.rstrip(b"\r\n") + self._end if line.endswith((b"\r", b"\n")) else line
                for line in raw.splitlines(keepends=True)
            )
        if raw.endswith(b"\n") and record.kind != "incomplete":
            return raw
        return self._ended(record, raw)

    def _ended(self, record: Record, raw: bytes) -> bytes:
        """The last record with its ends, as far as it is whole."""
        lines = raw.splitlines()
        last = lines[-1] if lines else b""
        ended = raw.endswith(b"\n")
        if record.kind == "control":  # a comment, which says nothing; what else has no end may be cut
            return raw + self._end if last.startswith(b":") else raw
        if record.data is None:
            return raw
        text = record.data.encode("utf-8", "surrogatepass")
        if text.lstrip(WHITE_SPACE).startswith((b"{", b"[")):
            whole = (record.is_end or jsontext.valid(text)) and (ended or last.startswith(b"data:"))
        else:
            whole = ended
        return raw + (b"" if ended else self._end) + self._end if whole else raw


class _NDJSON(_Texts):
    """One JSON text a line: blank lines go, values come together or apart, each line gets its end."""

    def __init__(self) -> None:
        self._end = b""
        self._spread = Spread()
        self._document: _Document | None = None  # reads the array that the stream may be
        self._begun = False  # a line has been seen that holds anything
        self._as_it_is = False

    def record(self, record: Record) -> bytes:
        if self._as_it_is:
            return record.raw
        if (record.data or "").startswith("\ufeff"):
            text = (record.data or "").lstrip("\ufeff")
            kind = "control" if not text else "event" if jsontext.valid(text.encode()) else record.kind
            record = record.replace(kind=kind, data=text or None, raw=_unmarked(record.raw))
        if self._document is not None:
            return self._of_document(record)
        if not self._begun and record.kind != "control":
            self._begun = True
            whole_line = record.kind == "event" and is_array_of_composites(record.data or "")
            if whole_line or (record.kind == "invalid" and begins_array(record)):
                self._document = _Document(whole_line=whole_line)
                return self._of_document(record)
        return self._lines(self._spread.feed([record]))

    def finish(self) -> bytes:
        if self._document is not None:
            return self._document.finish()
        return self._lines(self._spread.finish())

    def _of_document(self, record: Record) -> bytes:
        """A line while an array is read; what is no array, or one in a row of values, is left to the lines."""
        document = self._document
        assert document is not None  # who calls has looked
        if document.takes(record):
            if not document.ended:
                return b""
            self._document, self._end = None, b"\n"
            return document.finish()
        self._document = None
        if document.whole_line:
            return b"".join(map(self.record, (*document.lines, record)))
        self._as_it_is = True
        return document.raw() + record.raw

    def _lines(self, records: list[Record]) -> bytes:
        # Lines that may be a broken value stay as they are: else they might come together when mended again.
        given_up = {id(record) for record in self._spread.given_up}
        return b"".join(record.raw if id(record) in given_up else self._line(record) for record in records)

    def _line(self, record: Record) -> bytes:
        if record.kind == "control":
            return b""
        raw = _unmarked(record.raw)
        if not self._end:
            self._end = b"\r\n" if raw.endswith(b"\r\n") and record.kind == "event" else b"\n"
        text = _unmarked(raw.strip(WHITE_SPACE)).lstrip(WHITE_SPACE)
        if not text:
            return b""
        if not raw.endswith(b"\n") and not text.startswith(_ENDS_ITSELF):
            return raw
        if record.kind == "event":
            return (
                raw
                if raw.endswith(b"\n") and raw.endswith(b"\r\n") == (self._end == b"\r\n")
                else raw.rstrip(WHITE_SPACE) + self._end
            )
        return b"".join(one + self._end for one in _apart(text)) or raw


def _apart(text: bytes) -> list[bytes]:
    """The JSON texts of a line that is none: one over several lines, one with a comma after it, several of them."""
    if jsontext.valid(text):
        return [jsontext.single_line(text)]
    if text.endswith(b",") and jsontext.valid(text[:-1]):
        return [text[:-1].rstrip(WHITE_SPACE)]
    reader = StreamJSONDecoder()
    records = reader.feed(text) + reader.finish()
    if all(one.kind == "event" for one in records):
        return [(one.data or "").encode() for one in records]
    return []


class _Document:
    """An array, held until it is whole: only then are its elements made lines."""

    def __init__(self, *, whole_line: bool) -> None:
        self.whole_line = whole_line  # it is a record of its own, unless it is all there is
        self.lines: list[Record] = []  # of such a one; of others only the bytes are kept
        self._raw = bytearray()
        self._reader = JSONDecoder()
        self._elements = bytearray()
        self._count = 0

    @property
    def ended(self) -> bool:
        """True once no line can be added; one on a line of its own may still be followed by others."""
        return self._reader.ended and not self.whole_line

    def takes(self, record: Record) -> bool:
        """Read one more line; False where it is none of an array."""
        if self.lines and self.whole_line:
            return record.kind == "control"
        read = self._reader.feed(record.raw) + (self._reader.finish() if self._reader.ended else [])
        if len(self._raw) > MAX_RECORD_SIZE or any(one.kind == "invalid" for one in read):
            return False
        if self.whole_line:
            self.lines.append(record)
        self._raw += record.raw
        for one in read:
            if one.kind == "event":
                self._count += 1
                self._elements += jsontext.single_line((one.data or "").encode()) + b"\n"
        return True

    def raw(self) -> bytes:
        """The lines as they were."""
        return bytes(self._raw)

    def finish(self) -> bytes:
        """The elements, one a line; the lines as they were where the array was cut, or its only line would be one."""
        again = self._count == 1 and is_array_of_composites(self._elements.decode())
        return bytes(self._elements) if self._reader.ended and not again else self.raw()


class _StreamJSON(_Texts):
    """Concatenated texts: what stands between two of them becomes a line end."""

    def __init__(self) -> None:
        self._after_value = False
        self._open = False  # no LF has come since the last value, which ends by itself
        self._apart = True  # the next value stands apart from the one before

    def record(self, record: Record) -> bytes:
        raw = super().record(record)
        if record.kind == "invalid" and record.data in (",", "\ufeff") and self._after_value:
            self._apart = False
            return b""
        if not self._apart:
            self._apart = True
            raw = raw if raw[:1] in WHITE_SPACE else b"\n" + raw
        self._after_value = record.kind == "event"
        if record.kind == "event":
            self._open = raw.lstrip(WHITE_SPACE).startswith(_ENDS_ITSELF)
        else:
            self._open = self._open and record.kind == "control" and b"\n" not in raw
        return raw

    def finish(self) -> bytes:
        return b"\n" if self._open else b""


class _JSONSeq(_Texts):
    """Each text gets its line feed."""

    def record(self, record: Record) -> bytes:
        raw = record.raw
        return raw + b"\n" if record.kind == "event" and not raw.endswith(b"\n") else raw


_MENDERS: Final[dict[str, type[_Texts]]] = {
    "sse": _SSE,
    "ndjson": _NDJSON,
    "stream+json": _StreamJSON,
    "json-seq": _JSONSeq,
}
