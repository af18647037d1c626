"""Records that no rule has anything to say of, told by a few fast looks, so that clean streams are checked fast.

Advice to the reader. The first records of a stream are judged by every rule. From them `Quiet` learns how the stream is
written (its line end, the space after `data:`, the kind of its values) and then lets a record pass only if it is
written just so: one regular expression for the block, `is_plain` for its JSON text. A record with a time is never
quiet, because rules remember it. Tests check that rules find nothing in what is called quiet.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from streamconv.record import Record
from streamconv.rules.facts import has_line_separator, is_plain
from streamconv.rules.limits import LARGE
from streamconv.rules.shape import run
from streamconv.rules.stream import Stream

_BLANK: Final = (b"\n", b"\r\n", b"\r")
_WITH_VALUE = re.compile(rb"^data:(?:( )[^\r\n]|[^ \r\n])", re.MULTILINE)
_JSON_STARTS: Final = ("{", "[")
_VALUE: Final = rb"[^\x00\r\n\x0b\x0c\x1c-\x1e]++"


@cache
def _block(end: bytes, space: bytes) -> re.Pattern[bytes]:
    """A block of an event stream with at most one event type, data lines written alike, and comments in ASCII."""
    event, id, data, comment = _lines(end, space, _VALUE)
    orders = (id + event + data + rb"++", event + id + data + rb"++", event + data + rb"++" + id)
    fields = b"|".join(orders)  # tried one after the other, so what holds them must not be possessive
    return re.compile(comment + rb"*+(?:(?:" + fields + rb")" + comment + rb"*+)?" + end)


@cache
def _texts(end: bytes, space: bytes) -> re.Pattern[bytes]:
    """Any number of such blocks, whose data do not begin as JSON does, and of blocks of comments."""
    event, id, data, comment = _lines(end, space, rb"(?![ \t]*+[{\[])" + _VALUE)
    orders = (event + data + rb"++" + id, id + event + data + rb"++", event + id + data + rb"++")
    return re.compile(run([rb"(?:" + rb"|".join(orders) + rb")" + end], comment + rb"++" + end))


def _lines(end: bytes, space: bytes, value: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The patterns of an event type and of an id, where there is one, of a data line and of a comment."""
    return (
        rb"(?:event: (?!(?:open|error)[\r\n])[!-~]++" + end + rb")?+",
        rb"(?:id: [!-~]++" + end + rb")?+",
        rb"(?:data:" + (space or rb"(?! )") + value + end + rb")",
        rb"(?::[ -~]*+" + end + rb")",
    )


class Quiet:
    """What is told of one stream. `learn` from the records that were judged, and ask of the others."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._ask = {"sse": self._sse, "ndjson": self._ndjson, "stream+json": self._stream_json}.get(stream.format)
        self._end = b""
        self._start = ""  # the first character of a value
        self._is_spread = False  # values that are spread over lines have been there, which is said once
        self._block: re.Pattern[bytes] | None = None
        self.texts: re.Pattern[bytes] | None = (
            None  # of any number of quiet records, where an event stream carries text
        )

    def learn(self, record: Record) -> None:
        """See how the stream is written, from its first event."""
        raw = record.raw
        self._is_spread = self._is_spread or (record.kind == "event" and "\n" in (record.data or ""))
        if self._end or record.kind != "event" or not record.data:
            return
        written = _WITH_VALUE.search(raw)
        if record.format == "sse" and written is None:
            return
        if b"\r" in raw and (raw.count(b"\r") != raw.count(b"\n") or not raw.endswith(b"\r\n")):
            return
        self._end = b"\r\n" if b"\r" in raw else b"\n"
        self._start = record.data[0]
        if record.format == "sse" and written is not None:
            how = (self._end, written[1] or b"")
            self._block = _block(*how)
            self.texts = _texts(*how) if record.carries == "text" else None

    def __call__(self, record: Record) -> bool:
        """True where no rule has anything to say of the record; False says nothing."""
        if record.raw in _BLANK and self._stream.before is not None and self._stream.before.raw == record.raw:
            return self._ask == self._sse  # the first of them was judged
        if self._ask is None or not self._end or record.time is not None or len(record.raw) > LARGE:
            return False
        return self._ask(record)

    def _sse(self, record: Record) -> bool:
        raw = record.raw
        assert self._block is not None  # learned with the end
        if self._block.fullmatch(raw) is None or raw == self._end:
            return False
        if record.id is not None and not self._stream.goes_on(record.id):
            return False
        data = record.data
        if data is None:
            return record.kind == "control"
        if not raw.isascii() and (has_line_separator(raw) or "\ufffd" in data):
            return False
        if record.carries == "json" or data.lstrip(" \t").startswith(_JSON_STARTS):
            is_quiet = record.is_end or ("\n" not in data and is_plain(data.encode()))
            return record.kind == "event" and is_quiet
        return record.kind == "event"

    def _ndjson(self, record: Record) -> bool:
        raw = record.raw
        if record.kind != "event" or not raw.endswith(self._end) or raw[:1] != self._start.encode():
            return False
        text = raw[: -len(self._end)]
        return b"\r" not in text and is_plain(text)

    def _stream_json(self, record: Record) -> bool:
        raw = record.raw
        if record.kind != "event" or not raw.startswith(b"\n") or raw[1:2] != self._start.encode() or raw[1:2] in b"[n":
            return False
        text = raw[1:]
        return (self._is_spread or b"\n" not in text) and is_plain(text)
