"""A stream converted by several processes, in order, as by one.

Advice to the reader. The process that was started goes through the stream as it always does, only in larger segments,
and holds the one decoder and encoder that count. Helpers convert the segments to come (see `shares`). When it reaches a
segment that was converted from exactly where its decoder stands, it takes what was converted, and its decoder stands
where that ended; every other segment it converts itself. So nothing hangs on helpers but time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from streamconv.cli.jobs.crew import Helpers
from streamconv.cli.jobs.shares import BEFORE, Converted, Share, Task, end_of, fits
from streamconv.convert import Reading, WritingOut
from streamconv.formats.cutting import Cutter
from streamconv.formats.json_document import JSONEncoder
from streamconv.formats.sse_encoder import SSEEncoder
from streamconv.formats.standing import Standing


class _Segment:
    """A segment on its way."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.data = data
        self.offset = offset
        self.helper: int | None = None
        self.thought: Standing | None = None  # where it was thought to start; None while it was not given away
        self.asks = False  # its helper waits to be told the start
        self.start: Standing | None = None  # what it was told
        self.end: Standing | None = None  # what it said, as thought
        self.done = False
        self.converted: Converted | None = None


class Sharing:
    """`feed` it the bytes of a stream; `take` gets what helpers converted, `convert` the bytes that none did.

    `reading` and `writing` are what `convert` goes through; nothing stops them before the end.
    """

    def __init__(
        self,
        helpers: Helpers,
        task: Task,
        reading: Reading,
        writing: WritingOut,
        *,
        take: Callable[[Converted], None],
        convert: Callable[[bytes], None],
    ) -> None:
        self._helpers = helpers
        self._task = task
        self._decoder: Any = reading.decoder
        self._writing = writing
        self._take = take
        self._convert = convert
        self._ahead = 2 * helpers.size  # segments that may be waiting
        self._cutter = Cutter(task.source)
        self._offset = 0
        self._segments: deque[_Segment] = deque()
        self._at: dict[int, _Segment] = {}  # what each helper is at
        self._stands: Standing | None = None  # the last place between two records that was reached

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        for data in self._cutter.feed(chunk):
            self._add(data)

    def finish(self) -> None:
        """No byte follows: everything is converted, and helpers are idle afterwards."""
        for data in self._cutter.finish():
            self._add(data)
        while self._segments:
            self._settle()
        while self._at:
            self._listen()

    def _add(self, data: bytes) -> None:
        self._segments.append(_Segment(data, self._offset))
        self._offset += len(data)
        self._give_away()
        while len(self._segments) > (self._ahead if self._stands is not None else 0):
            self._settle()

    def _give_away(self) -> None:
        """Let helpers that are idle convert what waits."""
        unwatched = self._writing.unnamed is None or not self._writing.unnamed.wanted
        if self._stands is None or not unwatched:
            return
        for segment in self._segments:
            if segment.thought is not None:
                continue
            helper = self._helpers.idle()
            if helper is None:
                return
            segment.thought = msgspec.structs.replace(self._stands, offset=segment.offset, last_event_id=BEFORE)
            segment.helper = helper
            self._at[helper] = segment
            self._helpers.give(helper, Share(self._task, segment.data, segment.thought))

    def _settle(self) -> None:
        """Have the first segment converted, by whoever can."""
        segment = self._segments[0]
        while segment.thought is not None and not segment.done and self._is_wanted(segment):
            self._listen()
        self._segments.popleft()
        converted = segment.converted
        if converted is not None and self._is_wanted(segment) and self._can_follow(converted, segment):
            self._accept(converted, segment)
        else:
            self._convert(segment.data)
        self._stands = self._decoder.standing or self._stands
        self._answer()
        self._give_away()

    def _is_wanted(self, segment: _Segment) -> bool:
        """True for the first segment where it starts as it was thought to."""
        stands: Standing | None = self._decoder.standing
        return segment.thought is not None and fits(segment.thought, stands) and segment.start in (None, stands)

    def _can_follow(self, converted: Converted, segment: _Segment) -> bool:
        """True where what was converted can be written after what was."""
        match self._writing.encoder:
            case JSONEncoder() as encoder:
                return encoder.begun
            case SSEEncoder() as encoder:
                return segment.start is None or encoder.client_id == segment.start.last_event_id
        return True

    def _accept(self, converted: Converted, segment: _Segment) -> None:
        assert segment.thought is not None  # it was given away
        stands: Standing = self._decoder.standing
        of_reading, of_writing = converted.heard
        of_reading.move(stands.line - segment.thought.line)
        if segment.start is None:
            of_writing.move(stands.line - segment.thought.line)
        self._take(converted)
        self._decoder.standing = end_of(segment.thought, converted.end, stands)
        encoder = self._writing.encoder
        if isinstance(encoder, SSEEncoder):
            encoder.client_id = encoder.client_id if converted.client_id == BEFORE else converted.client_id
            encoder.ended = encoder.ended if converted.ended is None else converted.ended

    def _listen(self) -> None:
        """Wait for what a helper says."""
        for helper, said in self._helpers.listen():
            segment = self._at[helper]
            if said.done:
                del self._at[helper]
                segment.done, segment.converted = True, said.value
            else:
                segment.asks, segment.end = True, said.value
        self._answer()
        self._give_away()

    def _answer(self) -> None:
        """Tell helpers that ask where their segments start, as far as that is known."""
        stands: Standing | None = self._decoder.standing
        for segment in self._segments:
            if segment.thought is None or not fits(segment.thought, stands):
                break
            if segment.asks:
                self._tell(segment, stands)
            if stands is None or segment.end is None:
                break
            stands = end_of(segment.thought, segment.end, stands)
        for segment in self._at.values():
            if segment.asks and segment not in self._segments:
                self._tell(segment, None)

    def _tell(self, segment: _Segment, start: Standing | None) -> None:
        assert segment.helper is not None  # it asked
        segment.asks, segment.start = False, start
        self._helpers.give(segment.helper, start)
