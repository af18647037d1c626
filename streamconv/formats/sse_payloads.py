"""The payloads of event stream frames, a block at a time, and what the frames say besides them, counted.

Advice to the reader. Frames that begin alike are split at what they begin with (`alike_frames`). Others are taken apart
by one possessive regular expression whose only group is the data, as long as ids stand in the same place; all else is
counted in the bytes. What is no such frame the expression takes as one, with all that follows, and no data: where the
last match has none, it is looked where the frames end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Final, NamedTuple

from streamconv.formats.sse_frames import alike_frames

_FEW: Final = 4  # alike frames; for fewer it is worth a look whether more are regular
# {0} is all but the first byte of a line end, as a class of one is 14 times as fast as one of two; {1} is the line end.
_EVENT: Final = "(?:event: ?+{0}++{1})?+"
_NAME: Final = "(?:event: ?+({0}++){1})?+"
_ID: Final = "(?:id: ?+{0}++{1})?+"
_DATA: Final = "data: ?+((?:{0}++|(?={1}data:))(?:{1}data: ?+{0}*+)*+){1}"
_COMMENTS: Final = "(?::{0}*+{1})++{1}"
_REST: Final = "(?s:.++)"
_data: Final = itemgetter(1)


Names = list[bytes] | bytes | None
"""Of the events, empty where there is none; or one that all have; None where none has one."""


class Payloads(NamedTuple):
    """Frames in a row, with comments between them."""

    size: int  # bytes of all
    lines: int
    datas: list[bytes]  # of the events: the values of their lines of data, with what is between these
    breaks: tuple[bytes, ...]  # what may be between them, the longer one first
    names: Names
    ids: int  # events that have one
    last_id: bytes
    comments: int  # frames that are nothing but comments
    end_of: Callable[[int], int]  # where the first so many events end


def payloads(block: bytes) -> Payloads | None:
    """Those at the start of a block; None where it begins with something else."""
    try:
        if not block.isascii():
            block.decode()
    except UnicodeDecodeError as error:
        block = block[: error.start]
    alike = _alike(block)
    if alike is not None and len(alike.datas) >= _FEW:
        return alike
    regular = _regular(block)
    return alike if regular is None or (alike is not None and alike.size >= regular.size) else regular


def _alike(block: bytes) -> Payloads | None:
    alike = alike_frames(block)
    if alike is None:
        return None
    datas = alike.payloads
    count = len(datas)
    return Payloads(alike.size(count), alike.lines * count, datas, (), alike.event, 0, b"", 0, alike.size)


def _regular(block: bytes) -> Payloads | None:
    if not block.startswith((b"data:", b"event:", b"id:", b":")):
        return None
    line_end = "\r\n" if b"\r" in block else "\n"
    blank = 2 * line_end.encode()
    stop = block.rfind(blank) + len(blank)
    if stop < len(blank):
        return None
    fields = _fields(block)
    pattern = _pattern(fields, line_end)
    datas = pattern.findall(block, 0, stop)
    if not datas[-1]:
        stop = _end(block, stop, fields, line_end)
        datas = pattern.findall(block, 0, stop)
    part = block[:stop]
    lines = part.count(b"\n")
    if not lines or part.count(b"\r") != (lines if line_end == "\r\n" else 0):
        return None  # nothing is regular, or not all lines end alike
    ids = part.count(b"\nid:") + part.startswith(b"id:")
    if ids and b"\0" in part:
        return None  # in an id, it is ignored
    comments = datas.count(b"")
    if comments:
        datas = [*filter(None, datas)]
    names = _names(part, len(datas), fields, line_end)
    named = 0 if names is None else len(datas) if isinstance(names, bytes) else len([*filter(None, names)])
    breaks = (f"{line_end}data: ".encode(), f"{line_end}data:".encode())
    return Payloads(
        stop,
        lines,
        datas,
        breaks if lines != 2 * len(datas) + named + ids else (),
        names,
        ids,
        _value(part, part.rfind(b"\nid:") + 1) if ids else b"",
        comments,
        lambda count: next(islice(filter(_data, pattern.finditer(block, 0, stop)), count - 1, None)).end(),
    )


def _fields(block: bytes) -> str:
    """What may come before the data, and after a line feed what comes after: told by where the first id stands."""
    if block.startswith(b"id:"):
        return _ID + _EVENT
    at = block.find(b"\nid:")
    before = block[block.rfind(b"\n", 0, at) + 1 : at] if at >= 0 else b""
    if before.startswith(b"event:"):
        return _EVENT + _ID
    return _ID + _EVENT if at >= 0 and not before.startswith(b"data:") else _EVENT + "\n" + _ID


def _names(part: bytes, events: int, fields: str, line_end: str) -> Names:
    at = 0 if part.startswith(b"event:") else part.find(b"\nevent:") + 1
    if not at and not part.startswith(b"event:"):
        return None
    line = part[at : part.index(b"\n", at) + 1]
    if part.count(b"\n" + line) + part.startswith(line) == events:
        return _value(part, at)
    rows = _pattern(fields.replace(_EVENT, _NAME), line_end).findall(part)
    return [name for name, data in rows if data]


def _value(part: bytes, at: int) -> bytes:
    """The value of the field whose line begins there."""
    return part[part.index(b":", at) + 1 : part.index(b"\n", at)].removeprefix(b" ").removesuffix(b"\r")


@cache
def _pattern(fields: str, line_end: str) -> re.Pattern[bytes]:
    return _compiled(_frame(fields) + "|" + _REST, line_end)


@cache
def _run(fields: str, line_end: str) -> re.Pattern[bytes]:
    return _compiled(f"(?:{_frame(fields)})*+", line_end)


def _frame(fields: str) -> str:
    before, _, after = fields.partition("\n")
    return f"{before}{_DATA}{after}{{1}}|{_COMMENTS}"


def _compiled(pattern: str, line_end: str) -> re.Pattern[bytes]:
    return re.compile(pattern.format(f"[^{line_end[0]}]", line_end).encode())


def _end(block: bytes, stop: int, fields: str, line_end: str) -> int:
    """Where the frames end at the start of a block."""
    match = _run(fields, line_end).match(block, 0, stop)
    assert match is not None  # it matches nothing, too
    return match.end()
