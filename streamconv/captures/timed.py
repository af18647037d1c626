"""A timed capture, our own: its chunks are the stream, and know when they arrived. README, "Timed captures"."""

from __future__ import annotations

import re

from streamconv.captures.layer import MORE, Known, Peel, is_begun
from streamconv.formats.timed import MAGIC, MEDIA_TYPE, TimedReader
from streamconv.problem import Report

_HEADER = re.compile(rb'\s*\{\s*"format"\s*:\s*"%s"' % re.escape(MEDIA_TYPE).encode())


class Timed(Peel):
    """The chunks of a timed capture, and what its header knows of their source."""

    name = "timed"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self._reader = TimedReader(report)

    def feed(self, item: bytes, /) -> list[bytes]:
        """The chunks that these bytes complete."""
        return self._told(self._reader.feed(item))

    def finish(self) -> list[bytes]:
        """The chunk of the last line, where it has no LF."""
        return self._told(self._reader.finish())

    def _told(self, chunks: list[bytes]) -> list[bytes]:
        head = self._reader.head
        if head is not None:
            self.known.name = head.source
            self.known.content_type = head.content_type
            self.known.method, _, self.known.url = head.request.partition(" ")
        return chunks


def is_timed(start: bytes, known: Known) -> str | None:
    """The member `format` of its header first, with any white space."""
    if _HEADER.match(start):
        return "the header of a timed capture"
    return MORE if is_begun(start, MAGIC) else None
