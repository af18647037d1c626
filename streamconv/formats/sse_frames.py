"""Event stream frames as servers send them by the million, read a block or a frame at a time.

Advice to the reader. `SSEDecoder` reads line by line, which is always right. Here is what it may do instead, where the
result is proved to be the same:

`alike_frames`: frames that begin with the same bytes (`data: `, or `event: delta` and `data: `) up to their only line
of data, which is their last: the block is split at those bytes, and no line ends in what is left.

`regular_frames`: `event`, `data` and `id` in their usual orders, and comments between: one possessive regular
expression splits a block into columns. It passes over nothing: the first frame that is not regular, it takes together
with all that follows.

`single_frame`: one frame by itself, with comments and `retry` too; a live stream comes a frame a chunk. `Like`: the
same of one that is as the one before it was, but for the values of data and id.

Lines end by LF, or by CRLF, throughout. Whatever is not proved is left to the reading line by line. The laws' tests
compare, because bytes fed one at a time never come here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, compress, repeat
from operator import add
from typing import Final, NamedTuple

WORTH: Final = 512  # bytes; for a smaller block the proofs cost more than they save
_FEW: Final = 8  # comments of a frame; it costs linear time only where they are few
RETRY_DIGITS: Final = 4000  # Python refuses longer numbers in int(), and no client waits that long

_ALIKE = re.compile(rb"((?:event: ?+([^\r\n]++)(?:(\r\n)|\n))?data: ?+)[^\r\n]*+(\r\n|\n)\4")
# {0} is all but the first byte of a line end, as a class of one is 14 times as fast as one of two; {1} is the line end.
_SHAPE = (
    "(?:id: ?+({0}++){1})?+(?:event: ?+({0}++){1})?+(?:id: ?+({0}++){1})?+"
    "data: ?+({0}*+(?:{1}data:{0}*+)*+){1}(?:id: ?+({0}++){1})?+{1}"
    "|((?::{0}*+{1})++){1}"
    "|(?s:.++)"
)
_COMMENT = re.compile("^: ?+([^\r\n]*+)", re.MULTILINE)


class _LineEnd:
    """One of the two ways in which servers end lines."""

    def __init__(self, line_end: str) -> None:
        self.blank_line = 2 * line_end.encode()
        self.usual = f"{line_end}data: "  # what usually begins a further line of data
        self._line_end = line_end

    @cached_property
    def frame(self) -> re.Pattern[str]:
        """One frame. Compiled when asked for, which many streams do without."""
        return re.compile(_SHAPE.format(f"[^{self._line_end[0]}]", self._line_end))

    @cached_property
    def more(self) -> re.Pattern[str]:
        """What begins a further line of data."""
        return re.compile(f"{self._line_end}data: ?+")


_WITH_SPACE: Final = (b"data: ", b"event: ", b"id: ")
_LF, _CR, _NUL = b"\n\r\0"  # as numbers: looking for these takes a tenth of the time in a short text
_LF_ENDS, _CRLF_ENDS = _LineEnd("\n"), _LineEnd("\r\n")
_COLUMNS: Final = 1 + 6  # of what `split` gives: its groups; the first is what it passed over, which is nothing


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

    def raws(self) -> list[bytes]:
        """The bytes of each."""
        return [*map(bytes.join, self.payloads, repeat((self.head, self.end)))]  # a payload joins the two

    def size(self, count: int) -> int:
        """Of the first so many, in bytes."""
        return sum(map(len, self.payloads[:count])) + count * (len(self.head) + len(self.end))


class Frames(NamedTuple):
    """Frames in columns. A column that may be None is so where no frame has any."""

    raws: list[bytes]
    datas: list[str]  # "" of comments
    events: list[str | None] | None
    ids: list[str | None] | None
    comments: dict[int, str]  # of those that say nothing else, by their index: the lines, for `comments_of`
    lines: int | None  # of each frame, the blank one with them; None where they may differ

    def lines_from(self, line: int) -> Sequence[int]:
        """In which line each begins, and the one after the last, if the first begins in `line`."""
        if self.lines is not None:
            return range(line, line + self.lines * len(self.raws) + 1, self.lines)
        return [*accumulate(map(bytes.count, self.raws, repeat(b"\n")), initial=line)]


def alike_frames(block: bytes) -> Alike | None:
    """The frames at the start of a block that are like the first one; None where that one is of another kind."""
    first = _ALIKE.match(block)
    if first is None:
        return None
    head, event, event_end, line_end = first.groups()
    if event is not None and (event_end or b"\n") != line_end:
        return None
    end = line_end + line_end
    payloads = block.split(end + head)
    payloads[0] = payloads[0][len(head) :]
    last, ended, _ = payloads.pop().rpartition(end)
    if ended:
        payloads.append(last)
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
    line_end = _CRLF_ENDS if b"\r" in block else _LF_ENDS
    end = line_end.blank_line
    stop = block.rfind(end) + len(end)
    if stop < len(end):
        return None
    try:
        text = block[:stop].decode()
    except UnicodeDecodeError:
        return None
    parts = line_end.frame.split(text)
    if parts[-2] is None and parts[-4] is None:  # neither comments nor data: it is what is left
        del parts[-_COLUMNS:]
    size = len(parts) // _COLUMNS
    raws = [*map(add, block.split(end, size)[:size], repeat(end))]
    first_ids, events, middle_ids, datas, last_ids, said = (parts[at::_COLUMNS] for at in range(1, _COLUMNS))
    stop = sum(map(len, raws))
    lines = block.count(b"\n", 0, stop)
    if not lines or block.count(b"\r", 0, stop) != (lines if line_end is _CRLF_ENDS else 0):
        return None  # nothing is regular, or not all lines end alike
    ids = [column for column in (first_ids, middle_ids, last_ids) if any(column)]
    if ids and block.find(b"\0", 0, stop) >= 0:
        return None  # in an id, it is ignored
    fields = [events, *ids] if any(events) else ids
    comments = dict(compress(enumerate(said), said))
    if comments:
        datas = [data or "" for data in datas]
    joined = "\r".join(datas)
    if "\n" in joined:
        datas = line_end.more.sub("\n", joined).split("\r")
    alike = "\n" not in joined and not comments and all(map(all, fields))
    return Frames(
        raws,
        datas,
        events if any(events) else None,
        _last_of(ids),
        comments,
        2 + len(fields) if alike else None,
    )


def _last_of(ids: list[list[str | None]]) -> list[str | None] | None:
    """One column of several: the last id of a frame counts."""
    if len(ids) < 2:
        return ids[0] if ids else None
    return [next((id for id in reversed(of_one) if id is not None), None) for of_one in zip(*ids, strict=True)]


def no_frame_ends(start: bytes) -> bool:
    """True for the start of a frame in which none can end before more bytes come: no line is empty."""
    return start.find(b"\n\n") < 0 and b"" not in start.splitlines()


def comments_of(lines: str) -> tuple[str, ...]:
    """The comments that these lines are."""
    return tuple(_COMMENT.findall(lines))


Fields = tuple[int, str | None, str | None, str | None, int | None, tuple[str, ...]]


def single_frame(block: bytes) -> Fields | None:
    """What a block says that is one frame, with its blank line: see `fields_of`. None where it is anything else."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return None
    line_end = _CRLF_ENDS if "\r" in text else _LF_ENDS
    match = line_end.frame.fullmatch(text)
    if match is None or (line_end is _CRLF_ENDS and text.count("\r") != text.count("\n")):
        return None
    first_id, event, middle_id, data, last_id, comments = match.groups()
    if comments is not None:
        return comments.count("\n") + 1, None, None, None, None, comments_of(comments)
    if data is None:
        text = text.replace("\r\n", "\n")
        return fields_of(text[:-2]) if text.endswith("\n\n") and "\0" not in text and "\r" not in text else None
    lines = 2 if event is None else 3
    if "\n" in data:
        further = data.count("\n")
        pieces = data.split(line_end.usual)
        data = "\n".join(pieces) if len(pieces) > further else line_end.more.sub("\n", data)
        lines += further
    id = None
    for one in (first_id, middle_id, last_id):
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


class Like:
    """What single frames look like that differ in the values of data and id alone.

    It is a guess, after one frame, of what the next one is: `fields` looks whether it holds.
    """

    __slots__ = ("_begin", "_between", "_end", "_event", "_id_first", "_lines", "_more", "_start", "_stop")

    def __init__(self, line_end: bytes, event: str | None, *, id_first: bool | None) -> None:
        """`id_first` is None where there is no id."""
        up_to_data = b"data: " if event is None else b"event: %b%bdata: " % (event.encode(), line_end)
        self._begin, self._between = up_to_data, b""
        if id_first is not None:
            self._begin, self._between = (b"id: ", up_to_data) if id_first else (up_to_data, b"id: ")
            self._between = line_end + self._between
        self._id_first = id_first
        self._more = line_end + b"data: "
        self._end = 2 * line_end
        self._start, self._stop = len(self._begin), -len(self._end)
        self._event = event
        self._lines = 2 + (event is not None) + (id_first is not None)

    def following(self, block: bytes, fields: Fields) -> Like:
        """What frames look like after one that is not like this."""
        _, data, event, id, _, _ = fields
        if data is None or len(block) >= WORTH or not block.startswith(_WITH_SPACE):
            return self
        return _like(block[-2:] == b"\r\n", event, None if id is None else block.startswith(b"id: "))

    def fields(self, block: bytes) -> Fields | None:
        """What a block says that is such a frame, as `single_frame` has it. None where it is anything else."""
        if block[: self._start] != self._begin or block[self._stop :] != self._end:
            return None
        data = block[self._start : self._stop]
        lines = self._lines
        last_id = None
        if self._between:
            first, found, second = data.partition(self._between)
            last_id, data = (first, second) if self._id_first else (second, first)
            if not found or _LF in last_id or _CR in last_id or _NUL in last_id:
                return None
        if _LF in data:
            values = data.split(self._more)
            further = len(values) - 1
            data = b"\n".join(values)
            if data.count(b"\n") != further:
                return None
            lines += further
        if _CR in data:
            return None
        try:
            return lines, data.decode(), self._event, None if last_id is None else last_id.decode(), None, ()
        except UnicodeDecodeError:
            return None


@lru_cache(maxsize=16)  # names come again, and in turns
def _like(crlf: bool, event: str | None, id_first: bool | None) -> Like:
    return Like(b"\r\n" if crlf else b"\n", event, id_first=id_first)
