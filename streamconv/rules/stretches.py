"""Stretches of a stream that no rule has anything to say of: judged by their bytes, and never made Records of.

Advice to the reader. A pattern, of `alike` or of `quiet`, matches any number of records one after the other. All that
rules remember of such records is their ids, how many they were, and which was the last; so the last event is left to be
read plainly, and of the others the ids are compared and the events and lines counted. Where rules must hear what they
say, that is told (see `told`). What is not proved is read plainly too: at first a little, and ever more while nothing
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from streamconv.formats.ndjson import NDJSONDecoder
from streamconv.formats.sse import SSEDecoder
from streamconv.formats.standing import Standing
from streamconv.pipeline import BLOCK
from streamconv.record import Record
from streamconv.rules.alike import Run, is_odd
from streamconv.rules.meaning import Meaning
from streamconv.rules.stream import Stream
from streamconv.rules.told import Told

_LITTLE: Final = 64  # bytes
# How records end: as their bytes do, and where one is looked for.
_ENDS: Final = {
    "sse": ((b"\r\n\r\n", b"\n\n"), re.compile(rb"\n\r?\n")),
    "ndjson": ((b"\n",), re.compile(rb"\n")),
}
_KNOWN: Final = ("json", "text", False)  # what an event stream carries; that lines are in no array
_ID = re.compile("\nid: ([!-~]++)")


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

    def __init__(self, decoder: SSEDecoder | NDJSONDecoder, stream: Stream, meaning: Meaning | None) -> None:
        self._decoder = decoder
        self._stream = stream
        self._meaning = meaning
        self._blanks, self._end = _ENDS[stream.format]
        self._plainly = _LITTLE

    def pass_over(self, block: bytes, start: int, runs: Iterable[Run]) -> Passed | None:
        """Pass over the records that one of the patterns matches, less those from the last event on."""
        passed = None
        standing = self._decoder.standing
        if standing is None:
            return None
        # Before the first event, what the stream carries is not known.
        if standing.manner in _KNOWN:
            for run in runs:
                match = run.pattern.match(block, start)
                passed = None if match is None else self._count(block, start, match.end(), standing, run.told)
                if passed is not None:
                    break
        self._plainly = _LITTLE if passed is not None else min(2 * self._plainly, BLOCK)
        return passed

    def plain_end(self, block: bytes, start: int) -> int:
        """Where the records end that are to be read plainly next: the open one, or some more."""
        found = self._end.search(block, start if self._decoder.standing is None else start + self._plainly)
        return len(block) if found is None else found.end()

    def _count(self, block: bytes, start: int, end: int, standing: Standing, sample: Told | None) -> Passed | None:
        blank = next(blank for blank in self._blanks if block.endswith(blank, 0, end))
        last = block.rfind(blank, start, end - len(blank))
        while last >= 0 and block.startswith(b":", last + len(blank)):
            last = block.rfind(blank, start, last)
        if last < 0:
            return None
        part = block[start : last + len(blank)]
        try:
            text = part.decode()
        except UnicodeDecodeError:
            return None
        if is_odd(text):
            return None
        comments = part.count(blank + b":") + part.startswith(b":")
        records = part.count(blank)
        events = records - comments
        told = None
        if sample is not None:
            told = sample.tell(block[start:end], events + 1, self._meaning) if self._meaning is not None else None
            if told is None:
                return None
        ids = _ID.findall("\n" + text) if b"id: " in part else []
        if not self._stream.go_on(ids):
            return None
        self._stream.events += events
        last_event_id = ids[-1] if ids else ""
        lines = part.count(b"\n")
        self._decoder.standing = standing.after(len(part), lines=lines, events=events, last_event_id=last_event_id)
        return Passed(len(part), records, events, told)
