"""Where a stream can be cut so that its parts may be read apart: at the likely end of a record.

Advice to the reader. No cut is proved here. A cut is safe where the decoder that read what comes before it stands
between two records (see `standing`); what comes after is then read from there, and all is as if it had not been cut.
Whoever cuts asks that, so these places need only be right mostly. An empty line ends a block of an event stream, an LF
a line, an RS begins a record; and outside strings, which hold no raw LF, `}` LF `{` stands only between two texts.
"""

from __future__ import annotations

from typing import Final

from streamconv.pipeline import Filter

_TEXTS: Final = ((b"}\n{", 1), (b"]\n[", 1), (b"}\r\n{", 1))

# format -> what stands round a cut, and how many bytes of it stand before
CUTS: Final[dict[str, tuple[tuple[bytes, int], ...]]] = {
    "sse": ((b"\n\n", 2), (b"\r\n\r\n", 4), (b"\r\r", 2)),
    "ndjson": ((b"\n", 1),),
    "stream+json": _TEXTS,
    "json-seq": ((b"\n\x1e", 1),),
    "records": _TEXTS,
    "vercel-data-stream": ((b"\n", 1),),
}
SEGMENT: Final = 1 << 20  # bytes
_NEAR: Final = 64 * 1024  # bytes before the end that are looked at first


class Cutter(Filter[bytes, list[bytes]]):
    """Bytes in segments of at most `size`, and as large as can be. What has no place to cut is cut anywhere."""

    def __init__(self, format: str, size: int | None = None) -> None:
        self._cuts = CUTS[format]
        self._most = size or SEGMENT
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, item: bytes, /) -> list[bytes]:
        """The segments that these bytes complete."""
        self._held.append(item)
        self._size += len(item)
        if self._size < self._most:
            return []
        whole = b"".join(self._held)
        segments: list[bytes] = []
        start = 0
        while len(whole) - start >= self._most:
            end = self._cut(whole, start, start + self._most)
            segments.append(whole[start:end])
            start = end
        self._held = [whole[start:]]
        self._size = len(whole) - start
        return segments

    def finish(self) -> list[bytes]:
        """The rest."""
        rest, self._held, self._size = b"".join(self._held), [], 0
        return [rest] if rest else []

    def _cut(self, whole: bytes, start: int, end: int) -> int:
        """The last place to cut in this part, or its end."""
        near = max(start, end - _NEAR)
        return self._last(whole, near, end) or self._last(whole, start, near) or end

    def _last(self, whole: bytes, start: int, end: int) -> int:
        found = ((whole.rfind(around, start, end), before) for around, before in self._cuts)
        return max((at + before for at, before in found if at >= 0), default=0)
