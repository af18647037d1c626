"""The elements of an array inside a JSON document, each as its bytes, while the document streams by. RFC 8259.

Advice to the reader. Only strings and brackets matter: one regular expression runs to the next bracket outside a
string, and in a string that a chunk cuts only its end is looked for, so the bodies in the strings cost next to nothing.
What a chunk cuts is gone on with. Elements are not checked here: whoever parses one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_TO_BRACKET_OR_COMMA = re.compile(rb'[^"\[\]{},]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{},]*+)*+', re.DOTALL)
_TOKEN = re.compile(rb'[^"\[\]{}:,]*+')
_OPEN: Final = b"[{"
_CLOSE: Final = b"]}"


class Elements:
    """Finds the elements of the array at one of `paths`, the names of the members that lead to it.

    `found` says that the array was met; `complete` that it was closed. Feed bytes, get elements.
    """

    def __init__(self, *paths: Sequence[str]) -> None:
        self._paths = {tuple(name.encode() for name in path) for path in paths}
        self._longest = max(map(len, self._paths))
        self._names: list[bytes] = []  # of the members that are open, as many as the longest path has
        self._depth = 0
        self._string: list[bytes] | None = None  # the open string, outside the array
        self._last = b""  # the last string, which is a name if a colon follows
        self._parts: bytearray | None = None  # of the open element
        self._in_string = False  # of an element
        self._element_depth = 0
        self._escaped = False  # the chunk ended in a backslash of a string
        self.found = False
        self.complete = False

    def feed(self, data: bytes) -> list[bytearray]:
        """The elements that these bytes complete."""
        elements: list[bytearray] = []
        i = 0
        while i < len(data):
            if self.complete:
                break
            i = self._inside(data, i, elements) if self.found else self._outside(data, i)
        return elements

    def _string_end(self, data: bytes, i: int) -> tuple[int, bool]:
        """Past the closing quote of the string that is open at `i`, and False; or the end of the data, and True."""
        i += self._escaped
        self._escaped = False
        end = data.find(b'"', i)
        if end < 0:
            end = len(data)
        if (
            data.find(b"\\", i, end) >= 0
        ):  # the quote may be an escaped one; looking without need costs ten times as much
            match = _STRING_REST.match(data, i)
            assert match is not None  # the pattern matches the empty string
            end = match.end()
        if end < len(data) and data[end] == 0x22:
            return end + 1, False
        self._escaped = end < len(data)  # a backslash, and nothing after it
        return len(data), True

    def _outside(self, data: bytes, i: int) -> int:
        """One token on the way to the array."""
        if self._in_string:
            end, self._in_string = self._string_end(data, i)
            assert self._string is not None  # as it is open
            self._string.append(data[i:end])
            if not self._in_string:
                self._last = b"".join(self._string)[:-1][:256]
            return end
        match = _TOKEN.match(data, i)
        assert match is not None  # the pattern matches the empty string
        i = match.end()
        if i == len(data):
            return i
        byte = data[i]
        if byte == 0x22:
            self._in_string = True
            self._string = []
        elif byte in _OPEN:
            self._open(byte)
        elif byte in _CLOSE:
            self._depth -= 1
            del self._names[max(0, self._depth) :]
        elif byte == 0x3A and 0 < self._depth <= self._longest:
            self._names[self._depth - 1 :] = [self._last]
        return i + 1

    def _open(self, byte: int) -> None:
        if byte == 0x5B and tuple(self._names) in self._paths and len(self._names) == self._depth:
            self.found = True
        self._depth += 1
        if len(self._names) < self._depth - 1 <= self._longest:
            self._names.append(b"")  # an element of an array has no name

    def _inside(self, data: bytes, i: int, elements: list[bytearray]) -> int:
        """Up to the end of the data or of an element."""
        if self._parts is None:
            rest = data[i:].lstrip(b" \t\r\n,")
            i = len(data) - len(rest)
            if not rest:
                return i
            if rest[0] == 0x5D:
                self.complete = True
                return i + 1
            self._parts = bytearray()
            self._element_depth = 0
            self._in_string = self._escaped = False
        start = i
        while i < len(data):
            if self._in_string:
                i, self._in_string = self._string_end(data, i)
                continue
            match = (_TO_BRACKET if self._element_depth else _TO_BRACKET_OR_COMMA).match(data, i)
            assert match is not None  # the pattern matches the empty string
            i = match.end()
            if i == len(data):
                break
            byte = data[i]
            if byte == 0x22:  # a string that the data ends in
                self._in_string = True
                i += 1
                continue
            if byte != 0x2C:
                self._element_depth += 1 if byte in _OPEN else -1
            if self._element_depth > 0:
                i += 1
                continue
            # A bracket ends the element that it belongs to; a number or the like ends before a comma or the array's.
            self.complete = self._element_depth < 0
            own = self._element_depth == 0 and byte != 0x2C
            elements.append(self._parts + data[start : i + own])
            self._parts = None
            return i + 1
        self._parts += data[start:]
        return i
