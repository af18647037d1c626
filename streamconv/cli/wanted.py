"""Which record is meant: by its number, a byte, or FILE:LINE[:COLUMN] as `check` prints it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from streamconv.captures.places import Place
from streamconv.examine import Row
from streamconv.formats.faults import first_byte

_NUMBERED: Final = re.compile(r"(.+):([1-9][0-9]{0,17})", re.DOTALL)
_INSIDE: Final = re.compile(r"(.+)\[([^\[\]]*)\]", re.DOTALL)
_SSE_END: Final = re.compile(rb"\r\n|\r|\n")


class Wanted(msgspec.Struct, frozen=True):
    """One of them is given."""

    number: int | None = None
    offset: int | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """As messages name it."""
        if self.number is not None:
            return f"event {self.number}"
        if self.offset is not None:
            return f"record at byte {self.offset}"
        return f"record at line {self.line}" + ("" if self.column is None else f", column {self.column}")


class Named(NamedTuple):
    """A file, a stream in it, and a place there."""

    path: str
    entry: int | None
    wanted: Wanted | None


def parse_place(text: str) -> Named:
    """`FILE:LINE[:COLUMN]`, unless that is a file's name. The file may be `stdin`, or a stream inside: `x.har[3]`."""
    match = None if os.path.exists(text) else _NUMBERED.fullmatch(text)
    if match is None:
        return Named(text, None, None)
    name, wanted = match[1], Wanted(line=int(match[2]))
    before = None if os.path.exists(name) else _NUMBERED.fullmatch(name)
    if before is not None:
        name, wanted = before[1], Wanted(line=int(before[2]), column=wanted.line)
    entry: int | None = None
    while not os.path.exists(name) and (inside := _INSIDE.fullmatch(name)):
        name = inside[1]
        entry = int(inside[2]) if inside[2].isdecimal() else entry
    return Named("-" if name == "stdin" and not os.path.exists(name) else name, entry, wanted)


class Finder:
    """Finds the record that is wanted among the rows as they come; `outside` maps a place to the file's."""

    def __init__(self, wanted: Wanted, outside: Callable[[Place], Place]) -> None:
        self._wanted = wanted
        self._outside = outside
        self._column = 1  # of the next record's first byte; event streams begin a record on a new line
        self._last: tuple[str, int | None] | None = None  # what came by: what it is, where it is

    def find(self, rows: Iterator[Row]) -> Row | None:
        """The row, or None at the end of all."""
        return next(filter(self._is_it, rows), None)

    def missed(self, ended: str = "") -> str:
        """Why it was not found: there is none, or reading was `ended` before it ("interrupted")."""
        why = f"{ended} before {self._wanted}" if ended else f"there is no {self._wanted}"
        if self._last is None:
            return f"{why}; {'no records were read' if ended else 'there are no records'}"
        what, where = self._last
        return f"{why}; the last {what} {'read ' if ended else ''}is {where}"

    def _is_it(self, row: Row) -> bool:
        wanted, record = self._wanted, row.record
        if wanted.number is not None:
            if record.number is not None:
                self._last = "one", record.number
            return record.number == wanted.number
        first, last = self._ends(row)
        if wanted.offset is not None:
            self._last = "byte", last.offset
            return first.offset is not None and last.offset is not None and first.offset <= wanted.offset <= last.offset
        self._last = "line", last.line
        assert first.line is not None and last.line is not None and wanted.line is not None  # noqa: PT018
        if not first.line <= wanted.line <= last.line:
            return False
        ends_here = wanted.line == last.line and wanted.column is not None and not record.raw.endswith((b"\n", b"\r"))
        return not ends_here or (last.column or 1) >= (wanted.column or 1)

    def _ends(self, row: Row) -> tuple[Place, Place]:
        """The places of the first and the last byte, in the file."""
        record, raw = row.record, row.record.raw
        start = first_byte(record)
        line = record.line - raw[: record.offset - start].count(b"\n")
        if record.format == "sse":
            breaks = sum(1 for match in _SSE_END.finditer(raw) if match.end() < len(raw))
            last = Place(line + breaks, None, start + len(raw) - 1)
            return self._outside(Place(line, None, start)), self._outside(last)
        body = raw[:-1]
        column = self._column
        breaks = body.count(b"\n")
        width = len(body[body.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
        last = Place(line + breaks, width + (1 if breaks else column), start + len(raw) - 1)
        self._column = 1 if raw.endswith(b"\n") else (last.column or 1) + 1
        return self._outside(Place(line, column, start)), self._outside(last)
