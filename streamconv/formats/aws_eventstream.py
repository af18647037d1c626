"""`application/vnd.amazon.eventstream`, the binary stream of Bedrock and other AWS services. Reading only.

Advice to the reader. A prelude carries its own checksum, so a proved one says where its message ends, whatever is wrong
inside; where no prelude is proved, the bytes up to the next proved one are an invalid record. A message that is not
whole may have lost bytes, and hold the start of the next: the first prelude inside it ends it. Messages that start in
the bytes of one so searched are not searched themselves: no byte is summed more than twice, whatever preludes promise.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamconv.formats.aws_message import PRELUDE, MessageError, find_prelude, payload, read_headers, total_length
from streamconv.formats.payload import carried_by
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.pipeline import BLOCK, Filter, TimedBytes
from streamconv.problem import Report
from streamconv.record import Carried, Kind, Record

# The headers that name a message, by its `:message-type`; a message without a type is an event.
_NAMES: Final = {"event": ":event-type", "exception": ":exception-type", "error": ":error-code"}
_NOT_WHOLE: Final = frozenset({"aws-cut-message", "aws-message-checksum"})


class _Chunk(msgspec.Struct, forbid_unknown_fields=True):
    """The payload of a `chunk` that only wraps another; `p` is padding against guessing by size."""

    wrapped: bytes = msgspec.field(name="bytes")  # base64
    p: str = ""


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class AWSEventStreamDecoder(Filter[bytes, list[Record]]):
    """Bytes to Records, one a message.

    The event is the `:event-type`, `:exception-type` or `:error-code`; the data is the payload, of an error its
    `:error-message`, and of a `chunk` that only wraps base64 (InvokeModelWithResponseStream) what it wraps. `unknown`
    are the headers that say more. There are no lines: `line` is always 1.
    """

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._limit = max_record_size
        self._time: float | None = None
        self._offset = 0
        self._number = 0
        self._carries: Carried | None = None
        self._held = bytearray()
        self._junk = 0  # the bytes held before which no message starts
        self._oversized = 0  # bytes still to come of a message over the limit
        self._searched = 0  # the offset where the last searched message should have ended

    def feed(self, item: bytes, /) -> list[Record]:
        """The records that these bytes complete."""
        batch: list[Record] = []
        self._time = item.time if isinstance(item, TimedBytes) else None
        for start in range(0, len(item), BLOCK):
            self._held += item[start : start + BLOCK]
            while self._held and self._read(batch, at_end=False):
                pass
        return batch

    def finish(self) -> list[Record]:
        """The message that the stream ended in."""
        batch: list[Record] = []
        while self._held:
            self._read(batch, at_end=True)
        return batch

    def _read(self, batch: list[Record], *, at_end: bool) -> bool:
        """Take one step on what is held; False where it needs more bytes."""
        if self._oversized:
            size = min(self._oversized, self._limit)
            if len(self._held) < size and not at_end:
                return False
            self._oversized -= size
            self._emit("invalid", self._take(size), batch)
            return True
        if len(self._held) - self._junk < PRELUDE:
            if at_end:
                self._end_between(batch)
            return False
        if self._junk:
            self._seek(batch)
            return True
        total = total_length(self._held)
        if total > self._limit:
            self._oversized = total
        elif not total:
            self._junk = 1
        elif len(self._held) < total and not at_end:
            return False
        else:
            self._message(total, batch)
        return True

    def _take(self, size: int) -> bytes:
        raw = bytes(self._held[:size])
        del self._held[:size]
        return raw

    def _seek(self, batch: list[Record]) -> None:
        """Everything up to the next prelude is junk, or up to where one may begin whose end is not here yet."""
        found = find_prelude(self._held, self._junk)
        self._junk = found if found >= 0 else len(self._held) - PRELUDE + 1
        while self._junk > self._limit:
            self._junk -= self._limit
            self._emit_junk(self._limit, batch)
        if found >= 0:
            self._emit_junk(self._junk, batch)
            self._junk = 0

    def _emit_junk(self, size: int, batch: list[Record]) -> None:
        raw = self._take(size)
        self._emit("invalid", raw, batch, data=raw.decode("utf-8", "replace"))

    def _end_between(self, batch: list[Record]) -> None:
        """The stream ended where no prelude is complete."""
        if not self._junk and len(self._held) <= self._limit:
            self._emit("incomplete", self._take(len(self._held)), batch)
            return
        while self._held:
            self._emit_junk(min(self._limit, len(self._held)), batch)

    def _message(self, total: int, batch: list[Record]) -> None:
        """The message at the start of what is held, which is shorter than `total` only at the end of the stream."""
        whole = bytes(self._held[:total])
        try:
            headers = read_headers(whole)
        except MessageError as fault:
            next_one = -1
            if fault.rule in _NOT_WHOLE and self._offset >= self._searched:
                self._searched = self._offset + total
                next_one = find_prelude(whole, 1)
            kind: Kind = "incomplete" if len(whole) < total and next_one < 0 else "invalid"
            raw = self._take(next_one if next_one > 0 else len(whole))
            self._emit(kind, raw, batch, data=payload(raw).decode("utf-8", "replace"))
        else:
            self._event(self._take(total), headers, batch)

    def _event(self, raw: bytes, headers: dict[str, str], batch: list[Record]) -> None:
        kind = headers.pop(":message-type", "event")
        event = headers.pop(_NAMES.get(kind, ":event-type"), None)
        content = payload(raw) or headers.pop(":error-message", "").encode()
        if headers.get(":content-type") == "application/json":
            del headers[":content-type"]
        if kind != "event":
            headers[":message-type"] = kind
        data = (_unwrapped(content) if event == "chunk" else content).decode("utf-8", "replace")
        if data and self._carries is None:
            self._carries = carried_by(data)
        self._number += 1
        self._emit("event", raw, batch, data=data, event=event, unknown=tuple(headers.items()))

    def _emit(
        self,
        kind: Kind,
        raw: bytes,
        batch: list[Record],
        *,
        data: str | None = None,
        event: str | None = None,
        unknown: tuple[tuple[str, str], ...] = (),
    ) -> None:
        batch.append(
            Record(
                kind,
                data,
                event,
                unknown=unknown,
                raw=raw,
                offset=self._offset,
                number=self._number if kind == "event" else None,
                time=self._time,
                format="aws-eventstream",
                carries=self._carries,
            )
        )
        self._offset += len(raw)


def _unwrapped(content: bytes) -> bytes:
    """What a chunk wraps, where nothing stands beside it but padding and it is text."""
    try:
        inner = _decode_chunk(content).wrapped
        inner.decode()
    except ValueError:  # msgspec's ValidationError and UnicodeDecodeError are ValueErrors
        return content
    return inner
