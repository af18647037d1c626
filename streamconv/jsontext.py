"""JSON as text: valid or not and where, compact, quoted, embedded, parsed. RFC 8259.

The one place that knows orjson and msgspec's Raw. Tokens are never rewritten here: a text goes through as its own
bytes, because parsing and dumping would change `1.0`, `1e400`, 30-digit integers, escapes and duplicate keys.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from streamconv.jsonscan import WHITE_SPACE, Scanner

EMBED_DEPTH: Final = 100  # deeper payloads travel as text: many readers stop at a few hundred levels

END: Final = "the end of the text"  # what a Fault expected where a complete text is followed by more

_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_STRINGS_AND_TOKENS = re.compile(rb'(?:[^ \t\r\n"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++', re.DOTALL)
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
# Characters of a string that stand for themselves, and whole escapes; the first half of a surrogate pair only where it
# can be seen what follows.
_STRING_RUN = re.compile(
    rb'[^"\\]*+(?:\\(?:[^u]|u(?![dD][89abAB])[0-9a-fA-F]{4}|u[0-9a-fA-F]{4}(?=[^\\]|\\[^u]|\\u[0-9a-fA-F]{4}))[^"\\]*+)*+'
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING_OR_NO_NUMBER = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|Infinity|NaN')
_PIECE: Final = 64 * 1024  # bytes of a large string made text at once
# Past 64 bits, or past what a double holds. A digit first: so the search runs over all else four times as fast.
_LONG_NUMBER = re.compile(r"[0-9](?:[0-9]{18}|[eE]\+?[0-9]{3})")
_DIRECT_INT_DIGITS = 4000  # Python reads and writes 4300 at once; halves of more than that take it less time, too
_DIGITS_PER_BIT = 0.30103


class Fault(NamedTuple):
    """Why bytes are not a JSON text: the first bad byte, from 0 in the text, and what was wanted there."""

    position: int
    truncated: bool  # the text ended before it was complete; `position` is its size
    expected: str


def valid(text: bytes) -> bool:
    """True when `text` is exactly one JSON text in UTF-8, white space around it allowed."""
    return quickly_valid(text) or fault(text) is None


def quickly_valid(text: bytes) -> bool:
    """True for nearly every JSON text; False says nothing.

    A valid text that holds a lone surrogate escape, or is nested past the library's stack, is refused too.
    """
    try:
        _decode_raw(text)
        if not text.isascii():
            text.decode()
    except (ValueError, RecursionError):  # msgspec's DecodeError and UnicodeDecodeError are ValueErrors
        return False
    return True


def fault(text: bytes) -> Fault | None:
    """The first fault of `text` as one JSON text, or None when it is one."""
    start = len(text) - len(text.lstrip(WHITE_SPACE))
    scanner = Scanner()
    stop = scanner.feed(text, start)
    if scanner.finish() == "open":
        return Fault(len(text), True, scanner.expected)
    if scanner.outcome == "bad":
        return Fault(stop, False, scanner.expected)
    rest = text[stop:].lstrip(WHITE_SPACE)
    return Fault(len(text) - len(rest), False, END) if rest else None


def single_line(text: bytes) -> bytes:
    """A valid JSON text on one line: unchanged less its outer white space, or, where it has line breaks, compact."""
    text = text.strip(WHITE_SPACE)
    return compact(text) if b"\n" in text or b"\r" in text else text


def compact(text: bytes) -> bytes:
    """A valid JSON text without the white space outside its strings; every token is kept byte for byte."""
    try:
        return msgspec.json.format(text, indent=-1)
    except (ValueError, RecursionError):  # lone surrogate escapes, deep nesting
        return b"".join(_STRINGS_AND_TOKENS.findall(text))


def indented(text: bytes) -> bytes:
    """A valid JSON text over lines, every token kept byte for byte; what is nested too deep comes back as it is."""
    try:
        return msgspec.json.format(text, indent=2)
    except (ValueError, RecursionError):  # lone surrogate escapes, deep nesting
        return text


def string(text: str) -> bytes:
    """`text` as a JSON string. Lone surrogates, which UTF-8 cannot hold, become escapes."""
    return quick_dumps(text)


def quick_dumps(value: Any) -> bytes:
    """A value of our own making, of plain types and no numbers that are not finite, as a JSON text on one line."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def string_value(text: bytes) -> str:
    """The value of `text`, a valid JSON text that is a string."""
    try:
        value = orjson.loads(text)
    except ValueError:  # lone surrogate escapes
        value = json.loads(text)
    assert isinstance(value, str)
    return value


def depth(text: bytes) -> int:
    """How many brackets are open at once, at most, in a valid JSON text."""
    deepest = level = 0
    for token in _STRING_OR_BRACKET.findall(text):
        if token in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif token in b"]}":
            level -= 1
    return deepest


def embeddable(text: bytes) -> bool:
    """True when `text` can stand unchanged inside another JSON text, safe for every reader of that.

    An object or array, on one line, without outer white space or lone surrogate escapes, at most EMBED_DEPTH deep.
    """
    if text[:1] not in (b"{", b"[") or text[-1:] not in (b"}", b"]") or b"\n" in text or b"\r" in text:
        return False
    if text.count(b"[") + text.count(b"{") > EMBED_DEPTH and depth(text) > EMBED_DEPTH:
        return False
    return quickly_valid(text)  # which refuses lone surrogate escapes, as wanted here: no second opinion is asked


def members(text: bytes) -> dict[str, bytes]:
    """The members of a JSON object as texts of their own, the last of equal names. ValueError for anything else."""
    try:
        return {name: bytes(value) for name, value in _decode_members(text).items()}
    except RecursionError:
        raise ValueError("nested past the stack") from None


def loads(text: str) -> Any:
    """The value of a JSON text, with integers of any size exact.

    Raises ValueError for what is not a JSON text and RecursionError for one nested deeper than Python can hold.
    """
    try:
        value = orjson.loads(text)
    except ValueError:
        # Lone surrogates, 1e400 and depth are JSON all the same; NaN, which json would accept, is not.
        found = fault(text.encode("utf-8", "surrogatepass"))
        if found is not None:
            raise ValueError(describe(found)) from None
        return json.loads(text, parse_int=_exact_int)
    if _LONG_NUMBER.search(text):
        return json.loads(text, parse_int=_exact_int)
    return value


def dumps(value: Any) -> bytes:
    """A value made of what `loads` gives, as a JSON text on one line: numbers of any size are kept.

    Raises ValueError where it is nested deeper than Python can write.
    """
    long: list[str] = []
    try:
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except ValueError:  # an integer of more digits than Python writes
            value = _without_long(value, long)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if not text.isascii() and _SURROGATE.search(text):  # UTF-8 cannot hold them, escapes can
            text = json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deep to be written as JSON") from None
    if "Infinity" in text or "NaN" in text:
        left = iter(long)
        text = _STRING_OR_NO_NUMBER.sub(lambda match: _as_number(match[0], left), text)
    return text.encode()


def _without_long(value: Any, long: list[str]) -> Any:
    """The value with NaN, which no JSON text holds, in the place of every long integer; `long` gets their digits."""
    if isinstance(value, dict):
        return {name: _without_long(member, long) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_long(element, long) for element in value]
    if isinstance(value, int) and value.bit_length() * _DIGITS_PER_BIT > _DIRECT_INT_DIGITS:
        long.append(_digits(value))
        return math.nan
    return None if isinstance(value, float) and math.isnan(value) else value


def _as_number(written: str, long: Iterator[str]) -> str:
    """As JSON what Python writes otherwise: 1e400 was read as infinity, which 1e999 is, too; of NaN see above."""
    if written == "NaN":
        return next(long, "null")
    return "1e999" if written == "Infinity" else written


def quick_loads(text: bytes | bytearray) -> Any:
    """The value of a JSON text of which nobody wants the long numbers: those past 64 bits may become floats.

    Raises as `loads` does.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        return loads(text.decode("utf-8", "replace"))


def views(text: bytearray | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, not copied: for large ones. ValueError for anything else."""
    try:
        return _decode_members(text)
    except RecursionError:
        raise ValueError("nested past the stack") from None


def string_pieces(text: msgspec.Raw) -> Iterator[str]:
    """The value of a JSON text that is a string, in pieces: for large ones. No piece ends inside a character."""
    view = memoryview(text)[1:-1]
    at = 0
    while at < len(view):
        match = _STRING_RUN.match(view, at, at + _PIECE)
        assert match is not None  # the pattern matches the empty string
        end = match.end() if match.end() > at else len(view)  # half a surrogate pair is all that is left
        while end < len(view) and view[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        yield string_value(b'"' + view[at:end] + b'"')
        at = end


def _exact_int(digits: str) -> int:
    if len(digits) <= _DIRECT_INT_DIGITS:
        return int(digits)
    if digits[0] == "-":
        return -_exact_int(digits[1:])
    low = len(digits) // 2
    shift: int = 10**low
    return _exact_int(digits[:-low]) * shift + _exact_int(digits[-low:])


def _digits(number: int) -> str:
    if number < 0:
        return "-" + _digits(-number)
    count = int(number.bit_length() * _DIGITS_PER_BIT)  # or one more
    if count <= _DIRECT_INT_DIGITS:
        return str(number)
    high, low = divmod(number, 10 ** (count // 2))
    return _digits(high) + _digits(low).zfill(count // 2)


def describe(found: Fault) -> str:
    """A fault in words: "ends at byte 12, expected ':'"."""
    if found.truncated:
        return f"ends after {found.position} bytes, expected {found.expected}"
    return f"wrong at byte {found.position}, expected {found.expected}"
