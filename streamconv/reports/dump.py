"""The bytes of a record, in hexadecimal and as text; each line of the stream begins a row of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_SHOWN: Final = 256  # bytes at either end of a long record
_SSE_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_LF_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_AS_TEXT: Final = bytes(code if 0x20 <= code < 0x7F else 0x2E for code in range(256))


def dump(
    raw: bytes, line: int | None, offset: int | None, columns: int, *, sse: bool, whole: bool = False
) -> Iterator[str]:
    """Rows of `line offset  hexadecimal  text`. `line` and `offset` are those of the first byte, where known.

    Of more than 512 bytes the middle is left out, unless `whole`.
    """
    pattern = _SSE_LINE if sse else _LF_LINE
    head, tail = len(raw), len(raw)
    if not whole and len(raw) > 2 * _SHOWN:
        head, tail = _SHOWN, len(raw) - _SHOWN
        tail -= raw[tail - 1 : tail + 1] == b"\r\n"  # a line end is not cut in two
    lines = sum(1 for _ in pattern.finditer(raw))
    line_width = 0 if line is None else max(4, len(str(line + lines)))
    offset_width = max(6, len(str((offset or 0) + len(raw))))
    room = columns - (line_width + 1 if line_width else 0) - offset_width - 4
    at_once = 16 if room >= 16 * 4 - 1 else 8
    titles = ("line".rjust(line_width) + " " if line_width else "") + "offset".rjust(offset_width)
    yield titles
    for number, start, piece in _rows(raw, pattern, at_once, head, tail):
        if piece is None:
            yield f"{'…':>{len(titles)}}  {tail - head} bytes are left out; --full shows them"
            continue
        named = "" if line is None or number is None else str(line + number)
        place = (named.rjust(line_width) + " " if line_width else "") + str((offset or 0) + start).rjust(offset_width)
        text = piece.translate(_AS_TEXT).decode("ascii")
        yield f"{place}  {piece.hex(' '):<{3 * at_once - 1}}  {text}"


def _rows(
    raw: bytes, pattern: re.Pattern[bytes], at_once: int, head: int, tail: int
) -> Iterator[tuple[int | None, int, bytes | None]]:
    """Number of the line from 0, at its first row; where the piece begins; the piece, None for what is left out."""
    said = False
    for number, match in enumerate(pattern.finditer(raw)):
        begin, end = match.span()
        for start, stop in ((begin, min(end, head)), (max(begin, tail), end)):
            if start >= tail and tail > head and not said and stop > start:
                said = True
                yield None, head, None
            for at in range(start, stop, at_once):
                yield (number if at in (begin, tail) else None), at, raw[at : min(at + at_once, stop)]
