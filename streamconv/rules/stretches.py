"""Stretches of an event stream that no rule has anything to say of: judged by their bytes, and never made Records of.

Advice to the reader. A pattern, of `alike` or of `quiet`, matches any number of records one after the other. All that
rules remember of such records is their ids, how many they were, and which was the last; so the last one is left to be
read plainly, and of the others the ids are compared and the events and lines counted. What is not proved is read
plainly too: at first a little, and ever more while nothing is.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.formats.sse import SSEDecoder
from streamconv.formats.standing import Standing
from streamconv.pipeline import BLOCK
from streamconv.rules.alike import is_odd
from streamconv.rules.stream import Stream

_LITTLE: Final = 64  # bytes
_BLANK_LINE = re.compile(rb"\n\r?\n")
_ID = re.compile("\nid: ([!-~]++)")


class Stretches:
    """Goes through the blocks of one event stream; `decoder` and `stream` are told what is passed over."""

    def __init__(self, decoder: SSEDecoder, stream: Stream) -> None:
        self._decoder = decoder
        self._stream = stream
        self._plainly = _LITTLE

    def pass_over(self, block: bytes, start: int, pattern: re.Pattern[bytes] | None) -> int:
        """Pass over the records that match, less the last; returns where they end."""
        standing = self._decoder.standing
        # Before the first event, what the stream carries is not known.
        between = standing is not None and standing.manner is not None
        match = pattern.match(block, start) if pattern is not None and between else None
        end = start if match is None or standing is None else self._count(block, start, match.end(), standing)
        self._plainly = _LITTLE if end > start else min(2 * self._plainly, BLOCK)
        return end

    def plain_end(self, block: bytes, start: int) -> int:
        """Where the records end that are to be read plainly next."""
        found = _BLANK_LINE.search(block, start + self._plainly)
        return len(block) if found is None else found.end()

    def _count(self, block: bytes, start: int, end: int, standing: Standing) -> int:
        blank = b"\r\n\r\n" if block.endswith(b"\r\n", 0, end) else b"\n\n"
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
        ids = _ID.findall("\n" + text) if b"id: " in part else []
        if not self._stream.go_on(ids):
            return start
        comments = part.count(blank + b":") + part.startswith(b":")
        events = part.count(blank) - comments
        self._stream.events += events
        last_event_id = ids[-1] if ids else ""
        lines = part.count(b"\n")
        self._decoder.standing = standing.after(len(part), lines=lines, events=events, last_event_id=last_event_id)
        return stop
