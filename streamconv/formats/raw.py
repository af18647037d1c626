"""`raw`: the exact bytes of the records that are written. Writing only."""

from __future__ import annotations

from streamconv.formats.payload import Writing
from streamconv.pipeline import Filter
from streamconv.problem import Report
from streamconv.record import Record


class RawEncoder(Filter[list[Record], bytes]):
    """Records to the bytes they were read from."""

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        pass

    def feed(self, item: list[Record], /) -> bytes:
        """The raw bytes of this batch."""
        return b"".join([record.raw for record in item])

    def finish(self) -> bytes:
        """Nothing is held back."""
        return b""
