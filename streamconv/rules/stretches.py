"""Stretches of a stream that no rule has anything to say of: judged by their bytes, and never made Records of.

Advice to the reader. A pattern, of `alike` or of `quiet`, matches any number of records one after the other. All that
rules remember of such records is their ids, how many they were, and which was the last; so the last event is left to be
read plainly, and of the others the ids are compared and the events and lines counted (see `stretch`). Where rules must
hear what they say, that is told (see `told`). Comments say nothing to any rule, where their lines end as those before
them do. What is not proved is read plainly too: at first a little, and ever more while nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from streamconv.formats.ndjson import NDJSONDecoder
from streamconv.formats.sse import SSEDecoder
from streamconv.formats.standing import Standing
from streamconv.formats.stream_json import StreamJSONDecoder
from streamconv.record import Record
from streamconv.rules.alike import Run
from streamconv.rules.meaning import Meaning
from streamconv.rules.stream import Stream
from streamconv.rules.stretch import Plainly, Stretch, find, find_comments
from streamconv.rules.told import Told

# What an event stream carries; that lines are in no array; that a text has been read, and its line goes on.
_MANNERS: Final = ("json", "text", False, (None, False, True))

Passable = SSEDecoder | NDJSONDecoder | StreamJSONDecoder  # decoders that can read on behind a stretch


class Ahead(Protocol):
    """What somebody has seen ahead in the bytes of the stream."""

    def __call__(self, offset: int, pattern: bytes) -> Stretch | None:
        """The stretch that matches from this offset in the stream on; None where nobody has looked."""


class Passed(NamedTuple):
    """Records that were passed over, one after the other.

    They say nothing but text, in the same channel as records before them; `told` says all that they do, where it is to
    be heard.
    """

    size: int  # bytes
    records: int
    events: int
    told: Record | None = None


class Stretches:
    """Goes through the blocks of one stream; `decoder`, `stream` and `meaning` are told what is passed over."""

    def __init__(
        self,
        decoder: Passable,
        stream: Stream,
        meaning: Meaning | None,
        ahead: Ahead | None = None,
    ) -> None:
        self._decoder = decoder
        self._stream = stream
        self._meaning = meaning
        self._ahead = ahead
        self._plainly = Plainly(stream.format)

    def pass_over(self, block: bytes, start: int, runs: Iterable[Run | Told]) -> Passed | None:
        """Pass over the records that one of the patterns matches, less those from the last event on; where none does,
        over comments, less the last.
        """
        passed = None
        standing = self._decoder.standing
        if standing is None:
            return None
        # Before the first event, what the stream carries is not known.
        if standing.manner in _MANNERS:
            for run in runs:
                where = (block, start, standing)
                passed = self._tell(*where, run) if isinstance(run, Told) else self._pass(*where, run)
                if passed is not None:
                    break
        before = self._stream.before
        if passed is None and before is not None and block.startswith(b":", start):
            comments = find_comments(block, start, before)
            passed = self._go_on(block, start, comments, standing) if comments is not None else None
        self._plainly.note(passed=passed is not None)
        return passed

    def plain_end(self, block: bytes, start: int) -> int:
        """Where the records end that are to be read plainly next: the open one, or some more."""
        return self._plainly.end(block, start, is_open=self._decoder.standing is None)

    def _pass(self, block: bytes, start: int, standing: Standing, run: Run) -> Passed | None:
        stretch = self._find(block, start, run, standing)
        if stretch is None or (stretch.ids is not None and not self._stream.go_on(stretch.ids)):
            return None
        return self._go_on(block, start, stretch, standing)

    def _tell(self, block: bytes, start: int, standing: Standing, sample: Told) -> Passed | None:
        found = sample.find(block, start)
        if found is None or self._meaning is None:
            return None
        stretch, rows = found
        told = sample.tell(rows, self._meaning)
        return self._go_on(block, start, stretch, standing, told) if told is not None else None

    def _find(self, block: bytes, start: int, run: Run, standing: Standing) -> Stretch | None:
        if self._ahead is not None:
            seen = self._ahead(standing.offset, run.pattern.pattern)
            if seen is not None:
                return seen if run.fits(seen.names) else None
        if not run.is_near(block, start):
            return None
        found = find(self._stream.format, block, start, run.pattern)
        return found if found is not None and run.fits(found.names) else None

    def _go_on(
        self, block: bytes, start: int, stretch: Stretch, standing: Standing, told: Record | None = None
    ) -> Passed:
        """Go on behind a stretch."""
        size, events, ids = stretch.size, stretch.events, stretch.ids
        self._stream.events += events
        last_event_id = ids.last if ids is not None else ""
        after = standing.after(size, lines=stretch.lines, events=events, last_event_id=last_event_id)
        self._decoder.standing = after
        last_line = block[block.rfind(b"\n", start, start + size) + 1 : start + size]
        self._stream.place = (after.line, len(last_line.decode()) + 1, after.offset)
        return Passed(size, stretch.records, events, told)
