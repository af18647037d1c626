"""Event stream frames as servers send them by the million, read a block or a frame at a time.

Advice to the reader. `SSEDecoder` reads line by line, which is always right. Here is what it may do instead, where the
result is proved to be the same:

`alike_frames`: frames that begin with the same bytes (`data: `, or `event: delta` and `data: `) up to their only line
of data, which is their last: the block is split at those bytes, and no line ends in what is left.

`regular_frames`: `event`, `data` and `id` in their usual orders, and comments between: one possessive regular
expression proves how much of a block's start is nothing but these, and C code does all the splitting and decoding.

`single_frame`: one frame by itself, with comments and `retry` too; a live stream comes a frame a chunk.

Lines end by LF, or by CRLF, throughout. Whatever is not proved is left to the reading line by line. The laws' tests
compare, because bytes fed one at a time never come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate, count, repeat
from operator import add
from typing import Final, NamedTuple

WORTH: Final = 512  # bytes; for a smaller block the proofs cost more than they save
_FEW: Final = 8  # comments of a frame; it costs linear time only where they are few
RETRY_DIGITS: Final = 4000  # Python refuses longer numbers in int(), and no client waits that long

_ALIKE = re.compile(rb"((?:event: ?+([^\r\n]++)(?:(\r\n)|\n))?data: ?+)[^\r\n]*+(\r\n|\n)\4")
# `.` is all but LF, and 14 times as fast as a class that leaves out CR too; so CR is looked for by itself.
_SHAPE = (
    r"(?:id: ?+{0}.++)\n)?(?:event: ?+{0}.++)\n)?(?:id: ?+{0}.++)\n)?"
    r"data: ?+{0}.*+)\n{0}(?:data:.*+\n)*+)(?:id: ?+{0}.++)\n)?\n"
    r"|{0}(?::.*+\n)++)\n"
)
_FRAME = re.compile(_SHAPE.format("("))
_MORE = re.compile("^data: ?+", re.MULTILINE)
_COMMENT = re.compile("^: ?+(.*+)", re.MULTILINE)
_FRAMES = re.compile(f"(?:{_SHAPE.format('(?:')})++")


class Alike(NamedTuple):
    """Frames that differ in nothing but their payloads."""

    head: bytes  # what each begins with, up to its payload
    event: bytes | None
    payloads: list[bytes]
    end: bytes  # what each ends with

    @property
    def lines(self) -> int:
        """Of each frame, the blank one with them."""
        return self.head.count(b"\n") + 2

    def offsets(self, offset: int) -> list[int]:
        """Where each begins, and where the last ends, if the first begins at `offset`."""
        around = len(self.head) + len(self.end)
        return [*map(add, accumulate(map(len, self.payloads), initial=offset), count(0, around))]


class Frames(NamedTuple):
    """Frames in columns. In those that may be None, "" stands for none; they are None where no frame has one."""

    raws: list[bytes]
    datas: list[str]
    events: list[str] | None
    ids: list[str] | None
    comments: list[str] | None  # their lines, for `comments_of`; such a frame has nothing else
    more: bool  # some have more than one line of data, or more than one id

    def lines(self) -> Iterable[int]:
        """How many each frame has, the blank one with them."""
        if self.more or self.comments is not None:
            return map(bytes.count, self.raws, repeat(b"\n"))
        named = repeat(0) if self.events is None else repeat(1) if all(self.events) else map(bool, self.events)
        numbered = repeat(0) if self.ids is None else repeat(1) if all(self.ids) else map(bool, self.ids)
        return map(add, repeat(2, len(self.raws)), map(add, named, numbered))


def alike_frames(block: bytes) -> Alike | None:
    """The frames at the start of a block that are like the first one; None where that one is of another kind."""
    first = _ALIKE.match(block)
    if first is None:
        return None
    head, event, event_end, line_end = first.groups()
    if event is not None and (event_end or b"\n") != line_end:
        return None
    end = line_end + line_end
    payloads = block[len(head) : block.rfind(end)].split(end + head)
    joined = b"".join(payloads)
    if b"\n" in joined:  # from there on, something else stands between
        at = next(at for at, payload in enumerate(payloads) if b"\n" in payload)
        last = payloads[at].partition(end)[0]
        payloads[at:] = [] if b"\n" in last or b"\r" in last else [last]
        joined = b"".join(payloads)
    if not payloads or b"\r" in joined:
        return None
    if head.endswith(b":") and any(payload.startswith(b" ") for payload in payloads):
        return None  # the space is no part of the value
    return Alike(head, event, payloads, end)


def regular_frames(block: bytes) -> Frames | None:
    """The frames at the start of a block that are regular, or None where the first one is not."""
    if not block.startswith((b"data:", b"event:", b"id:", b":")):
        return None
    end = b"\r\n\r\n" if b"\r" in block else b"\n\n"
    stop = block.rfind(end)
    if stop < 0:
        return None
    head = block[: stop + len(end)]
    text = _with_lf(head)
    if text is None:
        return None
    match = _FRAMES.match(text)
    if match is None:
        return None
    regular = text if match.end() == len(text) else match[0]
    first_ids, events, ids, datas, more, last_ids, comments = map(list, zip(*_FRAME.findall(regular), strict=True))
    if any(more):
        datas = [_with_more(data, lines) if lines else data for data, lines in zip(datas, more, strict=True)]
    raws = [*map(add, head.split(end, len(datas)), repeat(end, len(datas)))]
    of_ids = [column for column in (first_ids, ids, last_ids) if any(column)]
    ids = (
        of_ids[0]
        if len(of_ids) == 1
        else [last or id or first for first, id, last in zip(first_ids, ids, last_ids, strict=True)]
    )
    if any(ids) and "\0" in regular:
        return None  # in an id, it is ignored
    has_more = any(more) or len(of_ids) > 1
    return Frames(raws, datas, _if_any(events), _if_any(ids), _if_any(comments), has_more)


def _if_any(column: list[str]) -> list[str] | None:
    return column if any(column) else None


def no_frame_ends(start: bytes) -> bool:
    """True for the start of a frame in which none can end before more bytes come: no line is empty."""
    return start.find(b"\n\n") < 0 and b"" not in start.splitlines()


def comments_of(lines: str) -> tuple[str, ...]:
    """The comments that these lines are."""
    return tuple(_COMMENT.findall(lines))


def _with_more(data: str, more: str) -> str:
    """Data with the lines that follow the first: they are joined by LF."""
    if more.startswith("data: ") and more.index("\n") == len(more) - 1:  # only one
        return f"{data}\n{more[6:-1]}"
    return f"{data}\n{_MORE.sub('', more)[:-1]}"


def _with_lf(block: bytes) -> str | None:
    """Lines as text, ended by LF; None where they do not all end alike, or are not UTF-8."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return None
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n")
    return None if "\r" in lines or len(text) - len(lines) != lines.count("\n") else lines


Fields = tuple[int, str | None, str | None, str | None, int | None, tuple[str, ...]]


def single_frame(block: bytes) -> Fields | None:
    """What a block says that is one frame, with its blank line: see `fields_of`. None where it is anything else."""
    text = _with_lf(block)
    if text is None:
        return None
    match = _FRAME.fullmatch(text)
    if match is None:
        return fields_of(text[:-2]) if text.endswith("\n\n") and "\0" not in text else None
    first_id, event, id, data, more, last_id, comments = match.groups()
    if comments is not None:
        return comments.count("\n") + 1, None, None, None, None, comments_of(comments)
    lines = 2 if event is None else 3
    if more:
        data = _with_more(data, more)
        lines += more.count("\n")
    for one in (first_id, id, last_id):
        if one is not None:
            id = one
            lines += 1
    if id is not None and "\0" in id:
        return None  # it is ignored
    return lines, data, event, id, None, ()


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
