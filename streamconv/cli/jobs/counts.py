"""The records of one stream counted, by this process or with helpers, and in the end as by one.

Advice to the reader. The process that was started judges the stream, so it knows where reading stands between any two
parts of it. Helpers count each part that begins and ends between two records, from where it begins; every other part,
and one whose records have times, is counted here, in its turn.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from typing import Any

import msgspec

from streamconv.cli.jobs.crew import Helpers
from streamconv.cli.jobs.errands import Errand, Errands
from streamconv.examine import Part
from streamconv.formats import decoder
from streamconv.formats.standing import Standing
from streamconv.pipeline import blocks
from streamconv.reports.statistics import Statistics


class Share(msgspec.Struct, frozen=True):
    """A part of a stream that is to be counted, and where it starts."""

    format: str
    max_record_size: int
    data: bytes
    start: Standing


def count_share(share: Share) -> Generator[None, None, Statistics | None]:
    """Count the records of a share, every type of event by itself: what a helper of `stats` does. It asks nothing.

    None where records have times, which mean something only beside those before them.
    """
    yield from ()
    found = Statistics(types=sys.maxsize)
    _count(share, found)
    return None if found.arrivals.known else found


def _count(share: Share, found: Statistics) -> None:
    decode: Any = decoder(share.format, max_record_size=share.max_record_size)
    decode.standing = share.start
    for block in blocks(share.data):
        found.add_records(decode.feed(block))


class Counts:
    """`add` the parts of a stream; what they hold is in `found` once it is finished."""

    def __init__(self, found: Statistics, format: str, max_record_size: int, helpers: Helpers | None = None) -> None:
        self._found = found
        self._format = format
        self._max_record_size = max_record_size
        self._errands = Errands(helpers) if helpers is not None else None
        self._decoder: Any = decoder(format, max_record_size=max_record_size)
        self._stands: Standing | None = getattr(self._decoder, "standing", None)  # behind what was added

    def add(self, part: Part) -> None:
        """The next part."""
        if not part.chunks:
            return
        start, self._stands = self._stands, part.end
        if self._errands is not None and start is not None and part.end is not None:
            share = Share(self._format, self._max_record_size, b"".join(part.chunks), start)
            self._take(self._errands.add(share))
            self._decoder.standing = part.end
            return
        self._catch_up()
        for chunk in part.chunks:
            for block in blocks(chunk):
                self._found.add_records(self._decoder.feed(block))

    def finish(self, *, ended: bool) -> None:
        """No part follows; `ended` says that the end of the stream was seen."""
        self._catch_up()
        if ended:
            self._found.add_records(self._decoder.finish())

    def _catch_up(self) -> None:
        if self._errands is not None:
            self._take(self._errands.finish())

    def _take(self, errands: Iterable[Errand]) -> None:
        for share, found in errands:
            if found is None:
                _count(share, self._found)
            else:
                self._found.add_counted(found)
