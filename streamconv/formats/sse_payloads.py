"""The payloads of event stream frames, a block at a time, and what the frames say besides them, counted.

Advice to the reader. Frames that begin alike are split at what they begin with (`alike_frames`). Others are taken apart
by one possessive regular expression whose only group is the data: frames with the fields of the first one and its name;
where these are few, with any name; then, with some of the fields. All else is counted in the bytes. What is no such
frame the expression takes as one, with all that follows, and no data: where the last match has none, it is looked where
the frames end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from operator import itemgetter
from typing import Final, NamedTuple

from streamconv.formats.sse_frames import alike_frames

_FEW: Final = 4  # alike frames; for fewer it is worth a look whether more are regular
_SHARE: Final = 4  # of a block: frames with the fields of the first one are few where they fill less than its fourth
_LONGEST: Final = 8  # lines of a first frame that a pattern is made for
_LONGEST_NAME: Final = 80  # bytes of the line of a name that one is made for
# {0} is all but the first byte of a line end, as a class of one is 14 times as fast as one of two; {1} is the line end,
# {2} is the space after `data:`, or none.
_FIELDS: Final = {b"event": "event: ?+{0}++{1}", b"id": "id: ?+{0}++{1}"}
_NAME: Final = "event: ?+({0}++){1}"
# The group is not empty: the first line is not, or another one follows.
_DATA: Final = "data:{2}({0}++){1}"
_LINES_OF_DATA: Final = "data:{2}({0}*+%s){1}"
_ANY_LINES_OF_DATA: Final = "data:{2}((?:{0}++|(?={1}data:))(?:{1}data:{2}{0}*+)*+){1}"
_NEXT_LINE: Final = "{1}data:{2}{0}*+"
_COMMENTS: Final = "(?::{0}*+{1})++{1}"
_REST: Final = "(?s:.++)"
_data: Final = itemgetter(1)

Names = list[bytes] | bytes | None
"""Of the events, empty where there is none; or one that all have; None where none has one."""


class Payloads(NamedTuple):
    """Frames in a row, with comments between them."""

    size: int  # bytes of all
    lines: int
    datas: list[bytes]  # of the events: the values of their lines of data, with the same between all of these
    line_break: bytes  # this; empty where each has one line
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
    return Payloads(alike.size(count), alike.lines * count, datas, b"", alike.event, 0, b"", 0, alike.size)


def _regular(block: bytes) -> Payloads | None:
    line_end = "\r\n" if b"\r" in block else "\n"
    blank = 2 * line_end.encode()
    stop = block.rfind(blank) + len(blank)
    at = 0
    while block.startswith(b":", at) and at < stop:
        at = block.find(blank, at) + len(blank)
    if at >= stop:
        return None
    lines = block[at : block.find(blank, at)].split(line_end.encode())
    name = next((line for line in lines if line.startswith(b"event:")), b"")
    # To make a pattern takes as long as some hundred frames: it is worth it where they go on far into the block.
    far = max(at + len(name), stop // 2)
    comes_again = 0 < len(name) <= _LONGEST_NAME and block.find(b"\n" + name, far) >= 0
    found = None
    for shape in _shapes(lines, line_end, name if comes_again else b""):
        found = _take(block, stop, shape)
        if found is not None and found.size >= stop // _SHARE:
            break
    return found


def _shapes(lines: list[bytes], line_end: str, name: bytes) -> Iterator[_Shape]:
    """What frames that follow one of these lines may be, from narrow to wide; nothing where these are no such frame.

    `name` is the line of the name where others may have the same.
    """
    fields = tuple(line.partition(b":")[0] for line in lines)
    others = [field for field in fields if field != b"data"]
    if len(others) == len(fields) or not _FIELDS.keys() >= {*others} or len({*others}) < len(others):
        return
    spaced = all(line.startswith(b"data: ") for line in lines if line.startswith(b"data"))
    if len(fields) <= _LONGEST:
        if name:
            yield _shape(fields, line_end, name, spaced=spaced, mixed=False)
        yield _shape(fields, line_end, b"", spaced=spaced, mixed=False)
    missing = [field for field in _FIELDS if field not in others]
    yield _shape((*missing, *dict.fromkeys(fields)), line_end, b"", spaced=spaced, mixed=True)


class _Shape:
    """Frames with these fields in this order: with a line for each; or, `mixed`, with lines of data and any others.

    `name` is the line of the name, where all have the same.
    """

    def __init__(self, fields: tuple[bytes, ...], line_end: str, name: bytes, *, spaced: bool, mixed: bool) -> None:
        self.fields = fields
        self.name = name.removeprefix(b"event:").removeprefix(b" ") if name else None
        self.line_end = line_end
        self.mixed = mixed
        self.over_lines = mixed or fields.count(b"data") > 1
        self._space = " " if spaced else "(?! )"
        self.line_break = f"{line_end}data:{' ' if spaced else ''}".encode()
        literal = re.escape(name.decode()).replace("{", "{{").replace("}", "}}")
        self._patterns = _FIELDS | {b"event": f"{literal}{{1}}"} if name else _FIELDS
        self.frames = self._compile(f"{self._frame(self._patterns)}|{_REST}")

    @cached_property
    def named_frames(self) -> re.Pattern[bytes]:
        """The name is a group, too."""
        return self._compile(self._frame(_FIELDS | {b"event": _NAME}))

    @cached_property
    def run(self) -> re.Pattern[bytes]:
        """Any number of frames."""
        return self._compile(f"(?:{self._frame(self._patterns)})*+")

    def _frame(self, patterns: dict[bytes, str]) -> str:
        more = self.fields.count(b"data") - 1
        data = _ANY_LINES_OF_DATA if self.mixed else _LINES_OF_DATA % (more * _NEXT_LINE) if more else _DATA
        patterns = patterns | {b"data": data}
        often = "?+" if self.mixed else ""
        fields = (f"(?:{patterns[name]}){often if name != b'data' else ''}" for name in dict.fromkeys(self.fields))
        return f"{''.join(fields)}{{1}}|{_COMMENTS}"

    def _compile(self, pattern: str) -> re.Pattern[bytes]:
        return re.compile(pattern.format(f"[^{self.line_end[0]}]", self.line_end, self._space).encode())


_shape = lru_cache(maxsize=64)(_Shape)


def _take(block: bytes, stop: int, shape: _Shape) -> Payloads | None:
    datas = shape.frames.findall(block, 0, stop)
    if not datas[-1]:
        run = shape.run.match(block, 0, stop)
        stop = run.end() if run is not None else 0
        datas = shape.frames.findall(block, 0, stop)
    part = block[:stop]
    comments = datas.count(b"")
    if comments:
        datas = [*filter(None, datas)]
    events = len(datas)
    least = lines = (len(shape.fields) + 1) * events + 2 * comments
    if comments or shape.mixed or shape.line_end == "\r\n":
        lines = part.count(b"\n")
        # Each CR has its LF. Where there are more LFs than that makes, one stands in a line, or comments have more.
        if shape.line_end == "\r\n" and (shape.mixed or lines != least) and part.count(b"\r") != lines:
            return None
    ids = 0 if b"id" not in shape.fields else _count(part, b"id:") if shape.mixed else events
    if not stop or (ids and b"\0" in part):
        return None  # nothing is regular; in an id, NUL makes that it is ignored
    return Payloads(
        stop,
        lines,
        datas,
        shape.line_break if shape.over_lines and (not shape.mixed or b"\n" in b"".join(datas)) else b"",
        _names(part, events, shape),
        ids,
        _value(part, part.rfind(b"\nid:") + 1) if ids else b"",
        comments,
        lambda count: next(islice(filter(_data, shape.frames.finditer(part)), count - 1, None)).end(),
    )


def _names(part: bytes, events: int, shape: _Shape) -> Names:
    if shape.name is not None:
        return shape.name
    at = 0 if part.startswith(b"event:") else part.find(b"\nevent:") + 1
    if b"event" not in shape.fields or (not at and not part.startswith(b"event:")):
        return None
    if _count(part, part[at : part.index(b"\n", at) + 1]) == events:
        return _value(part, at)
    first = shape.fields.index(b"event") < shape.fields.index(b"data")
    return [row[not first] for row in shape.named_frames.findall(part) if row[first]]


def _count(part: bytes, beginning: bytes) -> int:
    """How many lines begin so."""
    return part.count(b"\n" + beginning) + part.startswith(beginning)


def _value(part: bytes, at: int) -> bytes:
    """The value of the field whose line begins there."""
    return part[part.index(b":", at) + 1 : part.index(b"\n", at)].removeprefix(b" ").removesuffix(b"\r")
