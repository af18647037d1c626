"""Record, one parsed unit of a stream, which knows its own bytes."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from streamconv import jsontext
from streamconv.problem import PayloadError

Kind = Literal["event", "control", "invalid", "incomplete"]
Carried = Literal["json", "text"]

END_MARKER = "[DONE]"  # the OpenAI API's last payload, and that of many servers like it

_REPR_DATA = 60  # characters of payload shown before it is cut


class Record(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One record. Equality, hash and repr look at what it says, never at where it came from.

    `kind` is "event" (what a conforming client dispatches), "control" (comments, a block with only `retry` or `id`, an
    event without data, blank lines), "invalid" (not readable in its format) or "incomplete" (the stream ended in it).
    """

    kind: Kind = "event"
    data: str | None = None  # payload text, for every kind that has one
    event: str | None = None  # the event name as written; see `type`
    id: str | None = None  # as written in this record; None when absent or invalid
    retry: int | None = None  # milliseconds; SSE only
    comments: tuple[str, ...] = ()  # SSE only
    unknown: tuple[tuple[str, str], ...] = ()  # SSE fields that clients ignore, as (name, value)
    # Where it came from.
    last_event_id: str = ""  # the sticky, committed id (WHATWG HTML 9.2.6)
    raw: bytes = b""  # the exact bytes of this record in the decoded body
    offset: int = 0  # bytes from 0
    line: int = 1  # from 1
    number: int | None = None  # 1, 2, 3 … over events only
    time: float | None = None  # seconds since the capture began
    format: str | None = None  # the name of the format it was read as; None when made by hand
    # What its stream carries: "json" where the first payload was an object or array, and in the formats of JSON texts;
    # a scalar is JSON only there. None when made by hand.
    carries: Carried | None = None

    @property
    def type(self) -> str:
        """The type a client dispatches: "message" where no name, or an empty one, was written."""
        return self.event or "message"

    @property
    def is_end(self) -> bool:
        """True for the end marker `[DONE]`, which is text in streams whose other payloads are JSON."""
        return self.data == END_MARKER

    def json(self) -> Any:
        """The parsed payload, with integers of any size exact. Raises PayloadError."""
        if self.data is None:
            raise PayloadError(f"line {self.line}: the record has no payload")
        try:
            return jsontext.loads(self.data)
        except ValueError as error:
            raise PayloadError(f"line {self.line}: the payload is not JSON: {error}") from None
        except RecursionError:
            raise PayloadError(f"line {self.line}: the payload is nested deeper than Python can hold") from None

    def replace(self, **changes: Any) -> Record:
        """A copy with some attributes changed."""
        return msgspec.structs.replace(self, **changes)

    def _said(self) -> tuple[object, ...]:
        return (self.kind, self.data, self.event, self.id, self.retry, self.comments, self.unknown)

    def __eq__(self, other: object) -> bool:
        return self._said() == other._said() if isinstance(other, Record) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._said())

    def __repr__(self) -> str:
        shown = [repr(self.kind)] if self.kind != "event" else []
        for name in ("data", "event", "id", "retry", "comments", "unknown"):
            value = getattr(self, name)
            if value is not None and value != ():
                text = repr(value)
                shown.append(f"{name}={text if len(text) <= _REPR_DATA else text[: _REPR_DATA - 1] + '…'}")
        return f"Record({', '.join(shown)})"
