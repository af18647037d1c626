"""The source line of a problem, with a caret under the bytes meant; safe to print, whatever the line holds.

Offsets are bytes, carets are columns of a terminal: a character may be several bytes and two columns wide. So a line
is cut into cells first (a character, or a byte that is none), each with what it is shown as.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rich.cells import cell_len

from streamconv.formats import BINARY
from streamconv.formats.faults import first_byte
from streamconv.problem import Problem

_LINE_ENDS: Final = {"sse": re.compile(rb"\r\n|\r|\n")}
_LF = re.compile(rb"\n")
_PICTURES: Final = {**{code: chr(0x2400 + code) for code in range(0x20)}, 0x7F: "␡", 0xFEFF: "<BOM>"}
_BYTES_SHOWN: Final = 16
_NARROWEST: Final = 20  # columns
_FARTHEST: Final = 4096  # bytes on either side of the place that are looked at: a window is never wider


class Cell(NamedTuple):
    """One character of a line, or one byte that belongs to none."""

    start: int  # bytes from 0 in the line
    shown: str


class Excerpt(NamedTuple):
    """A line as it is shown, and where the caret stands."""

    text: str
    indent: int  # columns before the caret
    width: int  # columns of the caret


def visible(data: bytes) -> str:
    """Bytes as text in which nothing is hidden: ␊ ␍ ␀ <BOM> <E9> <U+2028>."""
    text = data.decode("utf-8", "surrogateescape")
    line = text.rstrip("\r\n")
    if line.isprintable():  # which most are
        return line + "".join(_PICTURES[ord(end)] for end in text[len(line) :])
    return "".join(cell.shown for cell in _cells(data))


def _cells(data: bytes) -> list[Cell]:
    cells: list[Cell] = []
    at = 0
    for char in data.decode("utf-8", "surrogateescape"):
        code = ord(char)
        if 0xDC80 <= code <= 0xDCFF:
            cells.append(Cell(at, f"<{code - 0xDC00:02X}>"))
            at += 1
            continue
        plain = char.isprintable() or char == " "
        cells.append(Cell(at, char if plain else _PICTURES.get(code, f"<U+{code:04X}>")))
        at += len(char.encode())
    return cells


def excerpt(problem: Problem, columns: int) -> Excerpt | None:
    """The line of a problem in at most so many columns; None where it has no place in a record."""
    record = problem.record
    if record is None or not record.raw or (problem.within is None and problem.offset is None):
        return None
    raw = record.raw
    within = (problem.offset or 0) - first_byte(record) if problem.within is None else problem.within
    at = min(max(0, within), len(raw))
    if record.format in BINARY:
        return _hexadecimal(raw, at, columns)
    low, high = max(0, at - _FARTHEST), min(len(raw), at + _FARTHEST)
    start, end = _line(raw[low:high], at - low, _LINE_ENDS.get(record.format or "", _LF))
    line = raw[low + start : low + end]
    inside_line = low + start == 0 and (problem.column or 1) > len(raw[:at].decode("utf-8", "replace")) + 1
    cut_before = inside_line or (start == 0 and low > 0)
    cut_after = low + end == high < len(raw) and not line.endswith(b"\n")
    at -= low + start
    content = len(line.rstrip(b"\r\n"))
    length = max(1, min(problem.length, (content if at < content else len(line)) - at))
    cells = _cells(line)
    first = next((n for n, cell in enumerate(cells) if cell.start >= at), len(cells))
    last = next((n for n, cell in enumerate(cells) if cell.start >= at + length), len(cells))
    return _window([cell.shown for cell in cells], first, max(last, first + 1), columns, cut_before, cut_after)


def _hexadecimal(raw: bytes, at: int, columns: int) -> Excerpt:
    """The bytes round the place, two digits each; the caret is under one of them."""
    most = max(1, min(_BYTES_SHOWN, columns // 3 - 1))
    start = max(0, min(at - most // 2, len(raw) - most))
    before = "…" if start else ""
    after = "…" if start + most < len(raw) else ""
    shown = before + raw[start : start + most].hex(" ") + after
    if at == len(raw):
        return Excerpt(shown, len(shown), 1)
    return Excerpt(shown, len(before) + 3 * (at - start), 2)


def _line(part: bytes, at: int, line_end: re.Pattern[bytes]) -> tuple[int, int]:
    """The line that holds the byte, its end included; what stands after the last end is a line only if it is there."""
    start = 0
    for match in line_end.finditer(part):
        if match.end() > at or match.end() == len(part):
            return start, match.end()
        start = match.end()
    return start, len(part)


def _window(shown: list[str], first: int, last: int, columns: int, cut_before: bool, cut_after: bool) -> Excerpt:
    """The cells round the place that fit; what is left out shows as an ellipsis."""
    widths = [cell_len(one) for one in shown]
    room = max(_NARROWEST, columns) - 2  # an ellipsis on either side
    left = right = first
    used = 0
    while right < min(last, len(shown)) and used + widths[right] <= room:
        used += widths[right]
        right += 1
    grows = True
    while grows:  # to both sides by turns
        grows = False
        if left > 0 and used + widths[left - 1] <= room:
            left -= 1
            used += widths[left]
            grows = True
        if right < len(shown) and used + widths[right] <= room:
            used += widths[right]
            right += 1
            grows = True
    before = "…" if left > 0 or cut_before else ""
    after = "…" if right < len(shown) or cut_after else ""
    indent = len(before) + sum(widths[left:first])
    width = sum(widths[first : min(last, right)])
    return Excerpt(before + "".join(shown[left:right]) + after, indent, max(1, width))
