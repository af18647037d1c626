"""JSON as text: valid or not and where, compact, quoted, embedded, parsed. RFC 8259.

The one place that knows orjson and msgspec's Raw. Tokens are never rewritten here: a text goes through as its own
bytes, because parsing and dumping would change `1.0`, `1e400`, 30-digit integers, escapes and duplicate keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
import orjson

from streamconv.jsonscan import WHITE_SPACE, Scanner

T = TypeVar("T")

EMBED_DEPTH: Final = 100  # deeper payloads travel as text: many readers stop at a few hundred levels

END: Final = "the end of the text"  # what a Fault expected where a complete text is followed by more

_decode = msgspec.json.Decoder().decode  # as fast as orjson, and exact in integers of more than 64 bits
_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode
_CUT: Final = "Input data was truncated"  # what msgspec says, where it stays so
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
# Patterns, compiled at their first use: few streams need any, and compiling all takes as long as reading a megabyte.
_STRINGS_AND_TOKENS: Final = rb'(?s)(?:[^ \t\r\n"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++'
_STRING_OR_BRACKET: Final = rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]'
# Characters of a string that stand for themselves, and whole escapes; the first half of a surrogate pair only where it
# can be seen what follows.
_STRING_RUN: Final = (
    rb'[^"\\]*+(?:\\(?:[^u]|u(?![dD][89abAB])[0-9a-fA-F]{4}'
    rb'|u[0-9a-fA-F]{4}(?=[^\\]|\\[^u]|\\u[0-9a-fA-F]{4}))[^"\\]*+)*+'
)
_MAYBE_LONG: Final = "[0-9](?:[0-9]{15}|[eE])"  # a number past what a double or 64 bits hold
_SURROGATE: Final = "[\ud800-\udfff]"
_STRING_OR_INFINITY: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|Infinity'
_PIECE: Final = 64 * 1024  # bytes of a large string made text at once
_DIRECT_INT_DIGITS = 4000  # Python refuses longer decimal strings in int(); Decimal reads them exactly


_first, _last = itemgetter(0), itemgetter(-1)
# What is escaped in a string, besides CR and LF.
_ESCAPED: Final = bytes({*range(0x20), *b'"\\'} - {*b"\r\n"})
_LF, _CR = b"\n\r"  # as numbers: to look for these in a short text takes a tenth of the time


class Named(msgspec.Struct, gc=False):
    """An object's members that may name its event."""

    type: str = ""
    event: str = ""
    event_type: str = ""


_decode_lines = msgspec.json.Decoder(msgspec.Raw).decode_lines
_decode_named = msgspec.json.Decoder(Named).decode


class Fault(NamedTuple):
    """Why bytes are not a JSON text: the first bad byte, from 0 in the text, and what was wanted there."""

    position: int
    truncated: bool  # the text ended before it was complete; `position` is its size
    expected: str


def valid(text: bytes) -> bool:
    """True when `text` is exactly one JSON text in UTF-8, white space around it allowed."""
    return quickly_valid(text) or fault(text) is None


def is_utf8(text: bytes) -> bool:
    """True where `text` is UTF-8, as JSON texts are that are exchanged (RFC 8259, 8.1)."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


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


def seems_cut(text: bytes) -> bool:
    """True where `text` is quickly seen to be the start of a longer one; False says nothing."""
    try:
        _decode_raw(text)
    except (ValueError, RecursionError) as error:
        return str(error) == _CUT and b"\\u" not in text  # half of a surrogate pair is called so, too
    return False


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
    return compact(text) if _LF in text or _CR in text else text


def count_valid(texts: list[bytes]) -> int:
    """How many texts, all in UTF-8, there are before the first that is not quickly seen to be valid."""
    return len(_decoded(_decode_raw, texts))


def names(texts: list[bytes]) -> list[Named]:
    """What names the events of texts, all in UTF-8, up to the first that is not quickly seen to be a valid object in
    which each such member is a string or missing.
    """
    return _decoded(_decode_named, texts)


def _decoded(decode: Callable[[bytes], T], texts: list[bytes]) -> list[T]:
    found: list[T] = []
    try:
        found.extend(map(decode, texts))  # which keeps those before one that fails
    except (ValueError, RecursionError):
        pass
    return found


def count_lines(block: bytes) -> tuple[int, int]:
    """How many lines, each ended by LF, there are before the first that is not quickly seen to be a valid text and
    nothing else; and the size of these in bytes.
    """
    texts: list[Any] = []
    try:
        block.decode()
        texts = _decode_lines(block)
    except (ValueError, RecursionError):
        pass
    # Each on a line of its own. To look for an LF in all of them takes a third of the time of counting those between.
    if b"\n".join((*texts, b"")) == block and b"\n" not in b"".join(texts):
        return len(texts), len(block)
    lines = block.split(b"\n")[:-1]
    alone = (line.strip(WHITE_SPACE) == line and quickly_valid(line) for line in lines)
    count = next((at for at, is_alone in enumerate(alone) if not is_alone), len(lines))
    return count, sum(map(len, lines[:count])) + count


def on_lines(texts: list[bytes], *, over_lines: bool) -> bytes:
    """Valid texts, each as `single_line` has it and ended by LF; `over_lines` says that they may have line breaks."""
    if over_lines or not {*map(_first, texts), *map(_last, texts)}.isdisjoint(WHITE_SPACE):
        texts = [*map(single_line, texts)]
    return b"\n".join((*texts, b""))


def compact_lines(texts: list[bytes]) -> bytes:
    """Texts, each as `compact` has it and ended by LF. Raises ValueError where one is not quickly seen to be valid."""
    try:
        lines = b"\n".join((*[msgspec.json.format(text, indent=-1) for text in texts], b""))
    except RecursionError:
        raise ValueError("nested past the stack") from None
    if not lines.isascii():
        lines.decode()
    return lines


def quick_single_line(text: bytes) -> bytes:
    """`single_line` of a text without outer white space. Raises ValueError where it is not quickly seen to be valid."""
    if not text.isascii():
        text.decode()
    try:
        if _LF in text or _CR in text:
            return msgspec.json.format(text, indent=-1)
        _decode_raw(text)
    except RecursionError:
        raise ValueError("nested past the stack") from None
    return text


def compact(text: bytes) -> bytes:
    """A valid JSON text without the white space outside its strings; every token is kept byte for byte."""
    try:
        return msgspec.json.format(text, indent=-1)
    except (ValueError, RecursionError):  # lone surrogate escapes, deep nesting
        return b"".join(re.findall(_STRINGS_AND_TOKENS, text))


def indented(text: bytes) -> bytes:
    """A valid JSON text over lines, every token kept byte for byte; what is nested too deep comes back as it is."""
    try:
        return msgspec.json.format(text, indent=2)
    except (ValueError, RecursionError):  # lone surrogate escapes, deep nesting
        return text


def string(text: str) -> bytes:
    """`text` as a JSON string. Lone surrogates, which UTF-8 cannot hold, become escapes."""
    return quick_dumps(text)


def strings_on_lines(texts: list[bytes], line_break: bytes = b"") -> bytes:
    """Texts, all in UTF-8, each as a JSON string and ended by LF.

    CR and LF are in them only as a part of `line_break`, which becomes a line feed, where there is one.
    """
    lines = b'"\n"'.join(texts)
    if len(lines) - len(lines.translate(None, _ESCAPED)) == 2 * len(texts) - 2:  # the quotes between them
        return b'"%b"\n' % (b"\\n".join(lines.split(line_break)) if line_break else lines)
    if line_break:
        texts = [text.replace(line_break, b"\n") for text in texts]
    return b"\n".join((*map(orjson.dumps, map(bytes.decode, texts)), b""))


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
    for token in re.findall(_STRING_OR_BRACKET, text):
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
        return _decode(text)
    except (ValueError, RecursionError):
        # Lone surrogates, 1e400 and depth are JSON all the same; NaN, which json would accept, is not.
        found = fault(text.encode("utf-8", "surrogatepass"))
        if found is not None:
            raise ValueError(describe(found)) from None
    try:
        return json.loads(text, parse_int=_exact_int)
    except RecursionError:
        if re.search(_MAYBE_LONG, text) or re.search(_SURROGATE, text):
            raise
    try:
        return orjson.loads(text)  # which has a depth of its own
    except ValueError:
        raise RecursionError("nested deeper than can be read") from None


def dumps(value: Any, *, spaced: bool = False) -> bytes:
    """A value made of what `loads` gives, as a JSON text on one line: numbers of any size are kept.

    With `spaced` there is a space after each comma and colon, for readers.

    Raises ValueError where it is nested deeper than Python can write.
    """
    try:
        text = _written(value, spaced, ensure_ascii=False)
        if not text.isascii() and re.search(_SURROGATE, text):  # UTF-8 cannot hold them, escapes can
            text = _written(value, spaced, ensure_ascii=True)
    except RecursionError:
        raise ValueError("nested too deep to be written as JSON") from None
    if "Infinity" in text:  # what 1e400 was read as, which 1e999 is, too
        text = re.sub(_STRING_OR_INFINITY, lambda match: "1e999" if match[0] == "Infinity" else match[0], text)
    return text.encode()


def _written(value: Any, spaced: bool, *, ensure_ascii: bool) -> str:
    separators = (", ", ": ") if spaced else (",", ":")
    encoder = json.JSONEncoder(ensure_ascii=ensure_ascii, separators=separators)
    try:
        return encoder.encode(value)
    except ValueError:  # an integer of more digits than Python writes, here or further in
        return _in_pieces(value, encoder)


def _in_pieces(value: Any, encoder: json.JSONEncoder) -> str:
    """Each number and string written by itself: slower, and an integer may have any size."""
    comma, colon = encoder.item_separator, encoder.key_separator
    if isinstance(value, dict):
        members = (f"{encoder.encode(name)}{colon}{_in_pieces(held, encoder)}" for name, held in value.items())
        return f"{{{comma.join(members)}}}"
    if isinstance(value, list):
        return f"[{comma.join(_in_pieces(held, encoder) for held in value)}]"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(Decimal(value))
    return encoder.encode(value)


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
    run = re.compile(_STRING_RUN)
    view = memoryview(text)[1:-1]
    at = 0
    while at < len(view):
        match = run.match(view, at, at + _PIECE)
        assert match is not None  # the pattern matches the empty string
        end = match.end() if match.end() > at else len(view)  # half a surrogate pair is all that is left
        while end < len(view) and view[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        yield string_value(b'"' + view[at:end] + b'"')
        at = end


def _exact_int(digits: str) -> int:
    return int(digits) if len(digits) < _DIRECT_INT_DIGITS else int(Decimal(digits))


def describe(found: Fault) -> str:
    """A fault in words: "ends at byte 12, expected ':'"."""
    if found.truncated:
        return f"ends after {found.position} bytes, expected {found.expected}"
    return f"wrong at byte {found.position}, expected {found.expected}"
