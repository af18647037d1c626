"""Stretches of a stream that no rule has anything to say of: judged by their bytes, and never made Records of.

Advice to the reader. A pattern, of `alike` or of `quiet`, matches any number of records one after the other. All that
rules remember of such records is their ids, how many they were, and which was the last; so the last one is left to be
read plainly, and of the others the ids are compared and the events and lines counted. Where rules must hear what they
say, that is told (see `told`). What is not proved is read plainly too: at first a little, and ever more while nothing
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from streamconv.formats.ndjson import NDJSONDecoder
from streamconv.formats.sse import SSEDecoder
from streamconv.formats.standing import Standing
from streamconv.pipeline import BLOCK
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


class Stretches:
    """Goes through the blocks of one stream; `decoder`, `stream` and `meaning` are told what is passed over."""

    def __init__(self, decoder: SSEDecoder | NDJSONDecoder, stream: Stream, meaning: Meaning | None) -> None:
        self._decoder = decoder
        self._stream = stream
        self._meaning = meaning
        self._blanks, self._end = _ENDS[stream.format]
        self._plainly = _LITTLE

    def pass_over(self, block: bytes, start: int, runs: Iterable[Run]) -> int:
        """Pass over the records that one of the patterns matches, less the last; returns where they end."""
        end = start
        standing = self._decoder.standing
        # Before the first event, what the stream carries is not known.
        if standing is not None and standing.manner in _KNOWN:
            for run in runs:
                match = run.pattern.match(block, start)
                end = start if match is None else self._count(block, start, match.end(), standing, run.told)
                if end > start:
                    break
        self._plainly = _LITTLE if end > start else min(2 * self._plainly, BLOCK)
        return end

    def plain_end(self, block: bytes, start: int) -> int:
        """Where the records end that are to be read plainly next."""
        found = self._end.search(block, start + self._plainly)
        return len(block) if found is None else found.end()

    def _count(self, block: bytes, start: int, end: int, standing: Standing, told: Told | None) -> int:
        blank = next(blank for blank in self._blanks if block.endswith(blank, 0, end))
        last = block.rfind(blank, start, end - len(blank))
        if last < 0:
            return start
        stop = last + len(blank)
        part = block[start:stop]
        try:
            text = part.decode()
        except UnicodeDecodeError:
            return start
        if is_odd(text):
            return start
        comments = part.count(blank + b":") + part.startswith(b":")
        events = part.count(blank) - comments
        if told is not None and (self._meaning is None or not told.tell(part, events, self._meaning)):
            return start
        ids = _ID.findall("\n" + text) if b"id: " in part else []
        if not self._stream.go_on(ids):
            return start
        self._stream.events += events
        last_event_id = ids[-1] if ids else ""
        lines = part.count(b"\n")
        self._decoder.standing = standing.after(len(part), lines=lines, events=events, last_event_id=last_event_id)
        return stop
