"""A resumable scanner for one JSON text: RFC 8259, sections 2 to 8, in UTF-8, nothing more and nothing less.

Advice to the reader. The scanner never builds a value. It walks tokens with a stack of open brackets (so nesting costs
memory, never the interpreter's stack) and can stop at any byte: what a chunk cuts in two is kept as a few `carry`
bytes (an escape, a UTF-8 sequence, a literal) or as a state of the little number machine. A string of any length is
read in runs, so time stays linear even when the text arrives one byte at a time.

It is the slow, exact judge. `jsontext.valid` asks a fast library first and comes here only for the place of a fault.
"""

from __future__ import annotations

import re
from copy import copy
from typing import Final, Literal

Outcome = Literal["open", "done", "bad"]

WHITE_SPACE: Final = b" \t\r\n"
BOM: Final = b"\xef\xbb\xbf"  # not part of the grammar; RFC 8259, section 8.1, lets readers ignore one at the start

_SPACE = re.compile(rb"[ \t\r\n]*+")
# Characters of a string that stand for themselves, and whole escapes between them.
_STRING_RUN = re.compile(rb'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+')
_ESCAPE_START = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_DIGITS = re.compile(rb"[0-9]*+")
_LITERALS: Final = {0x74: b"true", 0x66: b"false", 0x6E: b"null"}
# A byte that would go on with a number or a literal: `12true` and `1-2` are faults, not two values.
_GLUED = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-._")

# The number machine (RFC 8259, section 6): state -> what a byte leads to. `whole` marks the states a number may end in.
_NUMBER: Final[dict[str, dict[str, str]]] = {
    "minus": {"0": "zero", "digit": "integer"},
    "zero": {".": "point", "e": "exponent"},
    "integer": {"0": "integer", "digit": "integer", ".": "point", "e": "exponent"},
    "point": {"0": "fraction", "digit": "fraction"},
    "fraction": {"0": "fraction", "digit": "fraction", "e": "exponent"},
    "exponent": {"0": "power", "digit": "power", "sign": "sign"},
    "sign": {"0": "power", "digit": "power"},
    "power": {"0": "power", "digit": "power"},
}
_WHOLE = frozenset({"zero", "integer", "fraction", "power"})
_CLASS: Final = {
    **dict.fromkeys(b"123456789", "digit"),
    ord("0"): "0",
    ord("."): ".",
    ord("e"): "e",
    ord("E"): "e",
    ord("+"): "sign",
    ord("-"): "sign",
}

# What was expected, where that alone names the fault.
UTF8: Final = "UTF-8"
NO_CONTROL: Final = "no raw control character in a string"
SPACE_AFTER_SCALAR: Final = "white space after a number or literal"

_EXPECTED: Final = {
    "value": "a value",
    "first-element": "a value or ']'",
    "first-key": "a string or '}'",
    "key": "a string",
    "colon": "':'",
    "comma": "',' or the closing bracket",
    "end": "the end of the text",
}


class Scanner:
    """Reads one JSON text, piece by piece.

    `feed(data, start)` returns the index where reading stopped: past the text (`outcome == "done"`), at the first bad
    byte ("bad"), or `len(data)` ("open": more is needed). The white space before the text must have been taken off.
    """

    __slots__ = ("_carry", "_literal", "_number", "_stack", "_state", "expected", "outcome", "scalar")

    def __init__(self) -> None:
        self.outcome: Outcome = "open"
        self.expected = ""  # in words, once the outcome is "bad" or the text is cut
        self.scalar = False  # the text is a number or a literal, which nothing but the next byte ends
        self._state = "value"
        self._stack = bytearray()
        self._carry = b""
        self._literal = b""
        self._number = ""

    def feed(self, data: bytes, start: int = 0) -> int:
        """Read `data` from `start` on and return the index where reading stopped."""
        carried = len(self._carry)
        if carried:
            data = self._carry + data[start:]
            self._carry = b""
            return max(start, self._walk(data, 0) - carried + start)
        return self._walk(data, start)

    def copy(self) -> Scanner:
        """One that stands where this one does."""
        copied = copy(self)
        copied._stack = self._stack[:]
        return copied

    def finish(self) -> Outcome:
        """Say what the text is when nothing follows: a number or literal is done only now."""
        if self.outcome == "open":
            if (self._state == "number" and not self._stack and self._number in _WHOLE) or self._state == "glue":
                self.outcome = "done"
            else:
                self._name_expected()
        return self.outcome

    def _name_expected(self) -> None:
        if self._state == "string" or self._state == "key-string":
            self.expected = "the rest of a string"
        elif self._state == "number" and self._number not in _WHOLE:
            self.expected = "a digit"
        elif self._state == "literal":
            self.expected = f"'{self._literal.decode()}'"
        elif self._state == "comma" or self._state == "number":
            self.expected = "',' or '}'" if self._stack[-1] == 0x7B else "',' or ']'"
        elif self._state == "glue":
            self.expected = SPACE_AFTER_SCALAR
        else:
            self.expected = _EXPECTED[self._state]

    def _bad(self, index: int, expected: str = "") -> int:
        self._name_expected()
        self.expected = expected or self.expected
        self.outcome = "bad"
        return index

    def _walk(self, data: bytes, i: int) -> int:
        size = len(data)
        while True:
            state = self._state
            if state == "string" or state == "key-string":
                i = self._string(data, i)
            elif state == "number":
                i = self._digits(data, i)
            elif state == "literal":
                i = self._rest_of_literal(data, i)
            elif state == "glue":
                if i < size:
                    if data[i] in _GLUED:
                        return self._bad(i)
                    self.outcome = "done"
                return i
            else:
                match = _SPACE.match(data, i)
                assert match is not None  # the pattern matches the empty string
                i = match.end()
                if i < size:
                    i = self._token(data, i, state)
            if self.outcome != "open" or i >= size:
                return i

    def _token(self, data: bytes, i: int, state: str) -> int:
        byte = data[i]
        if state == "comma":
            if byte == 0x2C:
                self._state = "key" if self._stack[-1] == 0x7B else "value"
            elif byte == self._stack[-1] + 2:  # { } and [ ] are two apart in ASCII
                return self._close(i)
            else:
                return self._bad(i)
        elif state == "colon":
            if byte != 0x3A:
                return self._bad(i)
            self._state = "value"
        elif state == "key" or state == "first-key":
            if byte == 0x22:
                self._state = "key-string"
            elif byte == 0x7D and state == "first-key":
                return self._close(i)
            else:
                return self._bad(i)
        elif byte == 0x22:
            self._state = "string"
        elif byte == 0x7B or byte == 0x5B:
            self._stack.append(byte)
            self._state = "first-key" if byte == 0x7B else "first-element"
        elif byte == 0x2D or 0x30 <= byte <= 0x39:
            self._state = "number"
            self._number = "minus" if byte == 0x2D else "zero" if byte == 0x30 else "integer"
        elif byte in _LITERALS:
            self._state = "literal"
            self._literal = _LITERALS[byte][1:]
        elif byte == 0x5D and state == "first-element":
            return self._close(i)
        else:
            return self._bad(i)
        return i + 1

    def _close(self, i: int) -> int:
        self._stack.pop()
        self._after_value()
        return i + 1

    def _after_value(self) -> None:
        if self._stack:
            self._state = "comma"
        else:
            self._state = "end"
            self.outcome = "done"

    def _string(self, data: bytes, i: int) -> int:
        match = _STRING_RUN.match(data, i)
        assert match is not None  # the pattern matches the empty string
        end = match.end()
        run = data[i:end]
        if not run.isascii():
            try:
                run.decode()
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data" or end < len(data):
                    return self._bad(i + error.start, UTF8)
                self._carry = run[error.start :]
                return end
        if end == len(data):
            return end
        byte = data[end]
        if byte == 0x22:
            if self._state == "key-string":
                self._state = "colon"
            else:
                self._after_value()
            return end + 1
        if byte == 0x5C:
            if _ESCAPE_START.match(data, end):
                self._carry = data[end:]
                return len(data)
            return self._bad(end, "an escape of RFC 8259, section 7")
        return self._bad(end, NO_CONTROL)

    def _digits(self, data: bytes, i: int) -> int:
        size = len(data)
        while i < size:
            step = _NUMBER[self._number].get(_CLASS.get(data[i], ""))
            if step is None:
                if self._number not in _WHOLE:
                    return self._bad(i)
                if self._stack:
                    self._state = "comma"
                else:
                    self.scalar = True
                    self._state = "glue"
                return i
            self._number = step
            i += 1
            if step in _WHOLE and step != "zero":
                match = _DIGITS.match(data, i)
                assert match is not None  # the pattern matches the empty string
                i = match.end()
        return i

    def _rest_of_literal(self, data: bytes, i: int) -> int:
        wanted = self._literal
        given = data[i : i + len(wanted)]
        if given == wanted:
            if self._stack:
                self._state = "comma"
            else:
                self.scalar = True
                self._state = "glue"
            return i + len(wanted)
        if wanted.startswith(given):  # cut by the end of the chunk
            self._literal = wanted[len(given) :]
            return i + len(given)
        same = next(n for n, byte in enumerate(given) if byte != wanted[n])
        self._literal = wanted[same:]
        return self._bad(i + same)
