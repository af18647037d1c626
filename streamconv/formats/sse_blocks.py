"""Event stream frames made Records, a block or a frame at a time: the part of `SSEDecoder` that is there for speed.

Everything here may be left out, and the same is read, only slower: see `sse_frames`, which proves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate, count, repeat
from typing import Final

from streamconv.formats.sse_frames import WORTH, Like, alike_frames, comments_of, regular_frames, single_frame
from streamconv.pipeline import BLOCK
from streamconv.record import Carried, Record

LEAST_REACH: Final = 8 * WORTH
_MOST_COLUMNS: Final = 32 * 1024  # bytes; the columns of more outgrow the processor's cache
_MOST_APART: Final = 64  # frames; reading them takes longer by then than the look before them
_BLANK_LINE = re.compile(rb"\n\r?\n")


class FrameReader:
    """What has been read of an event stream, and reading on by whole frames, where the next byte begins one."""

    def __init__(self) -> None:
        self._time: float | None = None
        self._reach = BLOCK  # bytes of a block that are looked at as one
        self._apart = 1  # how many frames are read one by one where it was in vain to look for more
        self._like = Like(b"\n", None, id_first=None)  # what single frames look like
        # The place where the open record starts, and what is committed.
        self._offset = 0
        self._line = 1
        self._number = 0
        self._last_event_id = ""
        self._carries: Carried | None = None

    def _read_frames(self, block: bytes, batch: list[Record]) -> int:
        """Read frames at the start of a block at once, as many as can be; returns their size."""
        if len(block) < WORTH:
            return self._read_singles(block, batch, 1)
        window = block[: self._reach]
        size = self._read_alike(window, batch)
        if not size:
            window = window[:_MOST_COLUMNS]
            size = self._read_regular(window, batch)
        # How far to look: for as long as frames keep to what the first one is.
        whole = size > 0 and _BLANK_LINE.search(window, size) is None
        self._reach = min(2 * self._reach, BLOCK) if whole else max(size, LEAST_REACH)
        if whole or size >= WORTH:
            self._apart = 1
            return size
        self._apart = min(2 * self._apart, _MOST_APART)
        return size + self._read_singles(block[size:], batch, self._apart)

    def _read_singles(self, block: bytes, batch: list[Record], most: int) -> int:
        """Read frames one by one, up to one that needs a closer look; returns their size."""
        start = 0
        for _ in range(most):
            record = self._single(block[start : frame_end(block, start + 1)])
            if record is None:
                break
            batch.append(record)
            start += len(record.raw)
        return start

    def _single(self, block: bytes) -> Record | None:
        """A block that is one frame."""
        fields = self._like.fields(block)
        if fields is None:
            fields = single_frame(block)
            if fields is None:
                return None
            self._like = self._like.following(block, fields)
        lines, data, event, id, retry, comments = fields
        if id is not None:
            self._last_event_id = id
        number = None
        if data is not None:
            self._number = number = self._number + 1
        offset, line = self._offset, self._line
        self._offset = offset + len(block)
        self._line = line + lines
        return Record(
            "control" if data is None else "event",
            data,
            event,
            id,
            retry,
            comments,
            (),
            self._last_event_id,
            block,
            offset,
            line,
            number,
            self._time,
            "sse",
            self._carries,
        )

    def _read_alike(self, block: bytes, batch: list[Record]) -> int:
        alike = alike_frames(block)
        if alike is None:
            return 0
        try:
            datas = [*map(bytes.decode, alike.payloads)]
            event = None if alike.event is None else alike.event.decode()
        except UnicodeDecodeError:
            return 0
        raws = alike.raws()
        size = len(raws)
        offsets = [*accumulate(map(len, raws), initial=self._offset)]
        batch += map(
            Record,
            repeat("event", size),
            datas,
            repeat(event),
            repeat(None),
            repeat(None),
            repeat(()),
            repeat(()),
            repeat(self._last_event_id),
            raws,
            offsets,
            range(self._line, self._line + alike.lines * size, alike.lines),
            count(self._number + 1),
            repeat(self._time),
            repeat("sse"),
            repeat(self._carries),
        )
        self._line += alike.lines * size
        self._number += size
        return self._move_to(offsets[-1])

    def _read_regular(self, block: bytes, batch: list[Record]) -> int:
        frames = regular_frames(block)
        if frames is None:
            return 0
        raws, events, ids = frames.raws, frames.events, frames.ids
        size = len(raws)
        kinds = ["event"] * size
        datas: list[str | None] = [*frames.datas]
        said: list[tuple[str, ...]] = [()] * size
        for at, comments in frames.comments.items():
            kinds[at], datas[at], said[at] = "control", None, comments_of(comments)
        counted = count(self._number + 1)
        numbers: Iterable[int | None] = counted
        if frames.comments:
            numbers = [next(counted) if kind == "event" else None for kind in kinds]
        last_event_ids = [self._last_event_id] * size if ids is None else _sticky(self._last_event_id, ids)
        offsets = [*accumulate(map(len, raws), initial=self._offset)]
        lines = frames.lines_from(self._line)
        batch += map(
            Record,
            kinds,
            datas,
            repeat(None) if events is None else events,
            repeat(None) if ids is None else ids,
            repeat(None),
            said,
            repeat(()),
            last_event_ids,
            raws,
            offsets,
            lines,
            numbers,
            repeat(self._time),
            repeat("sse"),
            repeat(self._carries),
        )
        self._number += kinds.count("event")
        self._line = lines[-1]
        self._last_event_id = last_event_ids[-1]
        return self._move_to(offsets[-1])

    def _move_to(self, offset: int) -> int:
        """Go on from there; returns how many bytes that is."""
        size = offset - self._offset
        self._offset = offset
        return size


def _sticky(last_event_id: str, ids: list[str | None]) -> list[str]:
    """The last event id after each of these."""
    said = [*filter(None, ids)]
    return said if len(said) == len(ids) else [*accumulate(ids, _later, initial=last_event_id)][1:]


def _later(before: str, id: str | None) -> str:
    return id or before


def frame_end(block: bytes, stretch: int) -> int:
    """Where the first frame ends that goes on for at least so many bytes; the block's end where none does."""
    found = _BLANK_LINE.search(block, stretch - 1)
    return found.end() if found is not None else len(block)
