"""The records of one stream counted, by this process or with helpers, and in the end as by one.

Advice to the reader. The process that was started judges the stream, so it knows where reading stands between any two
parts of it. A part that begins and ends between two records is counted by whoever is idle, from where it begins; every
other part is counted here. What was counted is put together in the order of the stream.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Generator
from typing import Any

import msgspec

from streamconv.cli.crew import Helpers
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


def count_share(share: Share) -> Generator[None, None, Statistics]:
    """Count the records of a share: what a helper of `stats` does. It asks nothing."""
    yield from ()
    return counted(share)


def counted(share: Share) -> Statistics:
    """The records of a share, every type of event by itself."""
    found = Statistics(types=sys.maxsize)
    decode: Any = decoder(share.format, max_record_size=share.max_record_size)
    decode.standing = share.start
    for block in blocks(share.data):
        found.add_records(decode.feed(block))
    return found


class _Given:
    """A share that was given away, or what was counted here behind one."""

    def __init__(self, share: Share | None) -> None:
        self.share = share
        self.found: Statistics | None = None if share is not None else Statistics(types=sys.maxsize)


class Counts:
    """`add` the parts of a stream; what they hold is in `found` once it is finished."""

    def __init__(self, found: Statistics, format: str, max_record_size: int, helpers: Helpers | None = None) -> None:
        self._found = found
        self._format = format
        self._max_record_size = max_record_size
        self._helpers = helpers
        self._decoder: Any = decoder(format, max_record_size=max_record_size)
        self._stands: Standing | None = getattr(self._decoder, "standing", None)  # behind what was added
        self._given: deque[_Given] = deque()  # what is not in `found` yet
        self._at: dict[int, _Given] = {}  # what each helper is at

    def add(self, part: Part) -> None:
        """The next part."""
        if not part.chunks:
            return
        start, self._stands = self._stands, part.end
        share = None
        if self._helpers is not None and start is not None and part.end is not None:
            share = Share(self._format, self._max_record_size, b"".join(part.chunks), start)
        if share is None or self._helpers is None or not self._give_away(share, self._helpers):
            for chunk in part.chunks:
                for block in blocks(chunk):
                    self._here().add_records(self._decoder.feed(block))
        else:
            self._decoder.standing = part.end

    def finish(self, *, ended: bool) -> None:
        """No part follows; `ended` says that the end of the stream was seen."""
        while self._helpers is not None and self._at:
            self._listen(self._helpers)
        if ended:
            self._here().add_records(self._decoder.finish())
        self._put_together()

    def _here(self) -> Statistics:
        """Where this process counts now: behind all that was given away."""
        if not self._given:
            return self._found
        if self._given[-1].share is not None:
            self._given.append(_Given(None))
        last = self._given[-1].found
        assert last is not None  # that of no share
        return last

    def _give_away(self, share: Share, helpers: Helpers) -> bool:
        """Let a helper count, the first that is idle; False where none is left."""
        while (helper := helpers.idle()) is None and self._at:
            self._listen(helpers)
        if helper is None:
            return False
        self._at[helper] = given = _Given(share)
        self._given.append(given)
        helpers.give(helper, share)
        return True

    def _listen(self, helpers: Helpers) -> None:
        """Wait for what helpers counted."""
        for helper, said in helpers.listen():
            given = self._at.pop(helper)
            assert given.share is not None  # a helper has it
            given.found = counted(given.share) if said.value is None else said.value
        self._put_together()

    def _put_together(self) -> None:
        while self._given and (counts := self._given[0].found) is not None:
            self._found.add_counted(counts)
            self._given.popleft()
