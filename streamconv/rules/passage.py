"""Passage: a record where it stands, split into lines once for all rules, with the facts of its JSON text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from streamconv import jsontext
from streamconv.formats.faults import fault, payload_place
from streamconv.formats.payload import JSON_FORMATS
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.problem import Problem
from streamconv.record import Record
from streamconv.rules.facts import Fact, facts

# A payload that can only be meant as JSON: tokens of a text stream may begin with a bracket, but not so.
_MEANT_AS_JSON = re.compile(rb'\s*(?:\{\s*"(?:[^"\\]|\\.)*+"\s*:|\[\s*[\[{])')


class Line(NamedTuple):
    """One line of a passage; of an event stream also what the field is (WHATWG HTML 9.2.6)."""

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


class Passage:
    """A record and the place of its first byte."""

    def __init__(self, record: Record, line: int, column: int, offset: int) -> None:
        self.record = record
        self.line = line  # from 1
        self.column = column  # code points from 1
        self.offset = offset  # bytes from 0

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines: of an event stream at CR, LF and CRLF, of everything else at LF."""
        if self.record.format == "sse":
            return tuple(self._fields())
        lines = []
        start = 0
        for number, whole in enumerate(self.record.raw.split(b"\n"), self.line):
            at_end = start + len(whole) == len(self.record.raw)
            if whole or not at_end:
                bom = len(BOM) if start == self.offset == 0 and whole.startswith(BOM) else 0
                content = whole.removesuffix(b"\r") if not at_end else whole
                end = b"" if at_end else b"\r\n" if len(content) < len(whole) else b"\n"
                lines.append(Line(number, start + bom, content[bom:], end))
            start += len(whole) + 1
        return tuple(lines)

    def _fields(self) -> Iterator[Line]:
        start = 0
        for number, whole in enumerate(self.record.raw.splitlines(keepends=True), self.line):
            content = whole.rstrip(b"\r\n")
            end = whole[len(content) :]
            bom = BOM if start == self.offset == 0 and content.startswith(BOM) else b""
            content = content[len(bom) :]
            name, colon, value = content.partition(b":")
            value = value[1:] if value.startswith(b" ") else value
            yield Line(number, start + len(bom), content, end, name, bool(colon), value)
            start += len(whole)

    @cached_property
    def unreadable(self) -> Problem | None:
        """Why the record is invalid or incomplete; None where it is neither."""
        return fault(self.record) if self.record.kind in ("invalid", "incomplete") else None

    @cached_property
    def payload(self) -> bytes | None:
        """The text of an event that is JSON, or can only be meant as JSON; else None."""
        record = self.record
        if record.kind != "event" or record.data is None or record.is_end:
            return None
        text = record.data.encode("utf-8", "surrogatepass")
        if record.format != "sse":
            return text
        if text.lstrip(WHITE_SPACE)[:1] not in (b"{", b"["):
            return None
        return text if record.carries == "json" or _MEANT_AS_JSON.match(text) else None

    @cached_property
    def fault(self) -> jsontext.Fault | None:
        """Why the payload is no JSON text, where it should be one."""
        text = self.payload
        if text is None or self.record.format in JSON_FORMATS or jsontext.quickly_valid(text):
            return None
        return jsontext.fault(text)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What readers of the JSON text disagree on."""
        text = self.payload
        return () if text is None or self.fault is not None else facts(text)

    def place(self, offset: int) -> tuple[int, int, int]:
        """Line, column and offset of the byte at an offset in the stream; lines end as `lines` says."""
        before = self.record.raw[: offset - self.offset]
        if self.record.format == "sse":
            line = next(one for one in reversed(self.lines) if one.start <= len(before) or one is self.lines[0])
            return line.number, len(before[line.start :].decode("utf-8", "replace")) + 1, offset
        breaks = before.count(b"\n")
        last = before[before.rfind(b"\n") + 1 :]
        width = len(last.decode("utf-8", "replace"))
        width -= self.offset == breaks == 0 and before.startswith(BOM)
        return self.line + breaks, width + (1 if breaks else self.column), offset

    def payload_place(self, position: int) -> tuple[int, int, int]:
        """The same of a byte of the payload."""
        return self.place(payload_place(self.record, position).offset)
