"""Event stream frames as servers send them by the million, read a block or a frame at a time.

Advice to the reader. `SSEDecoder` reads line by line, which is always right. Here is what it may do instead, twice:

`regular_frames`: one possessive regular expression proves how much of a block's start is nothing but frames of these
shapes: `event:`, `data:` and `id:`, at most one line of each, in the usual order, with one space, ended by LF. For so
much, C code does all the splitting, decoding and counting.

`whole_frames` and `fields_of`: other frames that are whole, UTF-8, free of NUL and ended alike throughout, by LF or by
CRLF, are read one at a time; so is a live stream, which comes a frame a chunk.

Whatever is not proved is left to the reading line by line, so all three always read the same; the laws' tests compare
them, because bytes fed one at a time never come here.
"""

from __future__ import annotations

import re
from itertools import repeat
from operator import add
from typing import Final, NamedTuple

WORTH: Final = 512  # bytes; for a smaller block the regular expression costs more than it saves
_FEW: Final = 8  # comments of a frame; it costs linear time only where they are few
RETRY_DIGITS: Final = 4000  # Python refuses longer numbers in int(), and no client waits that long

# `.` is all but LF, and 14 times as fast as a class that leaves out CR too; so CR is looked for by itself.
_REGULAR = re.compile(rb"(?:(?:event: .++\n)?data: .*+\n(?:id: .++\n)?\n)++")
_FRAME = re.compile(r"(?:event: (.++)\n)?data: (.*+)\n(?:id: (.++)\n)?\n")


class Frames(NamedTuple):
    """The regular start of a block, in columns."""

    size: int  # bytes
    raws: list[bytes]
    datas: list[str]
    events: list[str] | None  # "" where there is none; None where no frame has one
    ids: list[str] | None  # the same


def regular_frames(block: bytes) -> Frames | None:
    """The frames at the start of a block that are regular, or None where the first one is not."""
    # No frame goes on at a CR; and a NUL may make an id invalid.
    irregular = block.find(b"\r")
    match = _REGULAR.match(block) if irregular < 0 else _REGULAR.match(block, 0, irregular)
    if match is None:
        return None
    size = match.end()
    head = block if size == len(block) else block[:size]
    if b"\0" in head:
        return None
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return None
    raws = head.split(b"\n\n")
    raws.pop()
    data_only = head.count(b"\n") == 2 * len(raws)
    raws = [*map(add, raws, repeat(b"\n\n"))]
    if data_only:
        return Frames(size, raws, text[6:-2].split("\n\ndata: "), None, None)
    events, datas, ids = map(list, zip(*_FRAME.findall(text), strict=True))
    return Frames(size, raws, datas, events if any(events) else None, ids if any(ids) else None)


def whole_frames(block: bytes) -> tuple[list[bytes], list[str]]:
    """The frames of a block up to its last blank line, with the blank lines, and their texts, for `fields_of`.

    There are none where they must be read line by line: where lines do not end alike, bytes are not UTF-8, or there is
    a NUL.
    """
    end = b"\r\n\r\n" if b"\r" in block else b"\n\n"
    stop = block.rfind(end) + len(end)
    if stop < len(end):
        return [], []
    head = block if stop == len(block) else block[:stop]
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return [], []
    if len(end) == 4:
        ends = head.count(b"\r\n")
        if head.count(b"\r") != ends or head.count(b"\n") != ends:
            return [], []
        text = text.replace("\r\n", "\n")
    if "\0" in text:
        return [], []
    texts = text.split("\n\n")
    texts.pop()
    raws = head.split(end)
    raws.pop()
    return [*map(add, raws, repeat(end))], texts


Fields = tuple[int, str | None, str | None, str | None, int | None, tuple[str, ...]]


def single_frame(block: bytes) -> Fields | None:
    """What `fields_of` says of a block that ends in a blank line; None where it is not one frame with LF alone."""
    try:
        text = block[:-2].decode()
    except UnicodeDecodeError:
        return None
    return None if "\r" in text or "\0" in text else fields_of(text)


def fields_of(text: str) -> Fields | None:
    """The number of lines, data, event, id, retry and comments of a frame, given as its lines without the blank one.

    None where a line is empty or ignored by clients.
    """
    data: str | None = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comments: tuple[str, ...] = ()
    more: list[str] | None = None  # data lines after the first
    lines = text.split("\n")
    for line in lines:
        if line.startswith("data: "):  # what most lines are, without a look at their parts
            name, value = "data", line[6:]
        else:
            name, colon, value = line.partition(":")
            if value[:1] == " ":
                value = value[1:]
            if not colon:
                return None
        if name == "data":
            if data is None:
                data = value
            elif more is None:
                more = [data, value]
            else:
                more.append(value)
        elif name == "event":
            event = value
        elif name == "id":
            id = value
        elif not name and len(comments) < _FEW:
            comments = (*comments, value)
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) <= RETRY_DIGITS:
            retry = int(value)
        else:
            return None
    return len(lines) + 1, data if more is None else "\n".join(more), event, id, retry, comments
