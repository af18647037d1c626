"""What a valid JSON text holds that its readers disagree on, each with its place: RFC 8259 and I-JSON, RFC 7493.

Advice to the reader. `is_plain` is the quick answer for nearly every text: one that a fast library parses and writes
back byte for byte has no name twice, no number that it cannot hold, no lone surrogate. Only what is left is walked,
token by token; the walk is what defines the facts, and tests compare the two.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

import orjson

DEEP: Final = 512  # levels
LARGEST_EXACT: Final = 2**53 - 1  # RFC 7493, 2.2: the integers that a double holds exactly, both ways
_OF_64_BITS: Final = range(-(2**63), 2**64)
_WALKED: Final = 1 << 20  # bytes; parsing a larger text into values would take many times its size

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[][{}:]|-?[0-9][0-9.eE+-]*+', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)")
# Digits become 0, and what may stand before a number becomes a colon: a number is told from the digits in a string.
_NUMBERS_ALIKE: Final = bytes.maketrans(b"123456789,[ \t\r\n", b"000000000::::::")
_WRITTEN: Final = 254  # levels that orjson writes
_SIXTEEN: Final = b"0" * 16
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_LINE_SEPARATOR = re.compile(rb"\xc2\x85|\xe2\x80[\xa8\xa9]")  # NEL, LS, PS in UTF-8
_WHOLE_DIGITS: Final = 25  # more of them are past 64 bits, whatever they are


class Fact(NamedTuple):
    """The first thing of a kind in a text, and how many there are."""

    kind: str
    position: int  # bytes from 0
    length: int  # bytes
    shown: str
    number: int = 1  # of them in the text


def is_plain(text: bytes) -> bool:
    """True for a valid JSON text that has no facts; False says nothing."""
    if len(text) > _WALKED or has_line_separator(text):
        return False
    shape = (b":" + text).translate(_NUMBERS_ALIKE)
    if b":" + _SIXTEEN in shape or b":-" + _SIXTEEN in shape:
        return False
    try:
        value = orjson.loads(text)  # which refuses numbers that no double holds
    except ValueError:
        return False
    brackets = text.count(b"[") + text.count(b"{")  # no text is deeper
    if brackets <= _WRITTEN and orjson.dumps(value) == text:
        return True
    # Each name is followed by `":`, unless white space stands there; where as many are kept, none was there twice.
    return brackets <= DEEP and _members(value) == text.count(b'":') and not _SPACED_COLON.search(text)


def _members(value: Any) -> int:
    count = 0
    open_values = [value]
    while open_values:
        one = open_values.pop()
        if isinstance(one, dict):
            count += len(one)
            open_values += one.values()
        elif isinstance(one, list):
            open_values += one
    return count


def has_line_separator(text: bytes) -> bool:
    """True where NEL, LS or PS stands in the text."""
    return not text.isascii() and (b"\xe2\x80\xa8" in text or b"\xe2\x80\xa9" in text or b"\xc2\x85" in text)


def facts(text: bytes) -> tuple[Fact, ...]:
    """All facts of a valid JSON text, in the order of their places."""
    return () if is_plain(text) else walk(text)


def walk(text: bytes) -> tuple[Fact, ...]:
    """The facts of a valid JSON text, found token by token."""
    found = _Found(text)
    names: list[set[bytes] | None] = []  # of each open bracket: the names in an object, None for an array
    string: tuple[int, int] = (0, 0)
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first == 0x22:
            string = match.span()
            found.in_string(*string)
        elif first == 0x3A:
            seen = names[-1]
            assert seen is not None  # a colon stands in an object
            name = _unescaped(text[string[0] : string[1]])
            if name in seen:
                found.add("duplicate-key", *string)
            seen.add(name)
        elif first in b"{[":
            names.append(set() if first == 0x7B else None)
            if len(names) == DEEP + 1:
                found.add("deep", *match.span())
        elif first in b"}]":
            names.pop()
        else:
            found.number(*match.span())
    return found.all()


class _Found:
    """Collects facts: the first of each kind with its place, the others as a number."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._first: dict[str, tuple[int, int]] = {}
        self._count: dict[str, int] = {}

    def add(self, kind: str, start: int, end: int) -> None:
        self._first.setdefault(kind, (start, end))
        self._count[kind] = self._count.get(kind, 0) + 1

    def number(self, start: int, end: int) -> None:
        token = self._text[start:end]
        if not token.lstrip(b"-").isdigit():
            if float(token) in (float("inf"), float("-inf")):
                self.add("float-overflow", start, end)
        elif len(token) > _WHOLE_DIGITS or int(token) not in _OF_64_BITS:
            self.add("int-over-64bit", start, end)
        elif abs(int(token)) > LARGEST_EXACT:
            self.add("int-beyond-2^53", start, end)

    def in_string(self, start: int, end: int) -> None:
        string = self._text[start:end]
        if b"\\u" in string:
            self._surrogates(start, string)
        if not string.isascii() and (match := _LINE_SEPARATOR.search(string)) is not None:
            self.add("linesep", start + match.start(), start + match.end())

    def _surrogates(self, start: int, string: bytes) -> None:
        """RFC 8259, 7: a character outside the BMP is two escapes, one right after the other."""
        high: tuple[int, int] | None = None
        for match in _ESCAPE.finditer(string):
            unit = int(match[1], 16) if match[1] else 0
            low = 0xDC00 <= unit <= 0xDFFF
            paired = low and high is not None and high[1] == match.start()
            if high is not None and not paired:
                self.add("lone-surrogate", start + high[0], start + high[1])
            if low and not paired:
                self.add("lone-surrogate", start + match.start(), start + match.end())
            high = match.span() if 0xD800 <= unit <= 0xDBFF else None
        if high is not None:
            self.add("lone-surrogate", start + high[0], start + high[1])

    def all(self) -> tuple[Fact, ...]:
        places = sorted(self._first.items(), key=lambda item: item[1])
        return tuple(
            Fact(kind, start, end - start, self._text[start:end].decode("utf-8", "replace"), self._count[kind])
            for kind, (start, end) in places
        )


def _unescaped(string: bytes) -> bytes:
    """A name as it reads once its escapes are undone, in bytes that may hold a lone surrogate."""
    if b"\\" not in string:
        return string
    value = json.loads(string)
    assert isinstance(value, str)
    return b'"' + value.encode("utf-8", "surrogatepass") + b'"'
