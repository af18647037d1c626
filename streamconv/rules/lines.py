"""The lines of a record, cut once for all rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final, NamedTuple

from streamconv.jsonscan import BOM

_KEPT: Final = 1 << 18  # bytes of a record whose lines are kept; those of a larger one would take far more than it does

_SSE_LINE = re.compile(rb"([^\r\n]*+)(\r\n|\r|\n|\Z)")
_LF_LINE = re.compile(rb"([^\n]*?)(\r?\n|\Z)")


class Line(NamedTuple):
    """One line; of an event stream also what the field is (WHATWG HTML 9.2.6)."""

    number: int  # from 1
    start: int  # where the content stands in the record's bytes
    content: bytes  # without the line end, and without a BOM at the start of the stream
    end: bytes  # LF, CR, CRLF, or nothing at the end of the stream
    name: bytes = b""
    colon: bool = False
    value: bytes = b""  # less the one space after the colon

    @property
    def value_start(self) -> int:
        """Where the value stands in the content."""
        return len(self.content) - len(self.value)


class Lines:
    """The lines of `raw`: of an event stream at CR, LF and CRLF, of everything else at LF.

    `number` is that of the first one; `at_start` says that a BOM at the start is that of the stream.
    """

    def __init__(self, raw: bytes, number: int, *, sse: bool, at_start: bool) -> None:
        self._raw = raw
        self._number = number
        self._sse = sse
        self._lead = len(BOM) if at_start and raw.startswith(BOM) else 0
        self._few = tuple(self._cut()) if len(raw) <= _KEPT else None

    def __iter__(self) -> Iterator[Line]:
        return iter(self._few) if self._few is not None else self._cut()

    @cached_property
    def first(self) -> Line:
        """The first line; every record has one."""
        return next(iter(self))

    @cached_property
    def last(self) -> Line:
        """The last line."""
        return self._few[-1] if self._few is not None else max(self)  # by number

    def _cut(self) -> Iterator[Line]:
        pattern = _SSE_LINE if self._sse else _LF_LINE
        number = self._number
        for match in pattern.finditer(self._raw, self._lead):
            content, end = match.groups()
            if not content and not end and number > self._number:  # what is after the last line end is no line
                return
            if self._sse:
                name, colon, value = content.partition(b":")
                value = value[1:] if value.startswith(b" ") else value
                yield Line(number, match.start(), content, end, name, bool(colon), value)
            else:
                yield Line(number, match.start(), content, end)
            number += 1
