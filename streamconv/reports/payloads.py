"""Payloads as people read them: on one line as far as it goes, or whole and indented. RFC 8259 for what is JSON.

Nothing is parsed. A text is cut into tokens, each is shown as it is written, and only escapes that stand for a
character one can see are decoded: `\\u4f60` shows 你, `\\n` and `\\u001b` stay. So `1.0`, 30-digit integers and
duplicate keys survive, depth costs nothing, and one line of a large payload costs no more than what is shown of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from streamconv import jsontext
from streamconv.record import Record
from streamconv.reports.cells import EMOJI_STYLE, prefix, width
from streamconv.reports.colours import coloured
from streamconv.reports.excerpt import visible
from streamconv.reports.printable import printable

Sort = Literal["key", "string", "number", "word", "mark", "space", "text", "aside"]

_COLOURS: Final[dict[Sort, str]] = {"key": "34", "string": "32", "number": "36", "word": "35", "aside": "2"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]++)
    |(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)
    |(?P<number>-?[0-9][-+.0-9eE]*+)
    |(?P<word>[A-Za-z]++)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_COLON = re.compile(r"[ \t\r\n]*+:")
_CLOSING: Final = {"{": "}", "[": "]"}
_PAIR = r"u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_ESCAPE = re.compile(rf"\\(?:{_PAIR}|u([0-9a-fA-F]{{4}})|.)", re.DOTALL)
_LOOKED_AT: Final = 12  # characters of a text for each column: what `\ud83d\ude00` takes
_BYTES_LOOKED_AT: Final = 4  # for each column: what a character in UTF-8 takes
_DEEPEST: Final = 20  # levels of indentation: more would make the output larger than any screen


class Span(NamedTuple):
    """A piece of what is shown, safe to print, and what it is."""

    sort: Sort
    text: str


def painted(spans: Iterable[Span], *, colour: bool) -> str:
    """The text, in colour where that is wanted."""
    if not colour:
        return "".join(span.text for span in spans)
    return "".join(coloured(span.text, _COLOURS[span.sort]) if span.sort in _COLOURS else span.text for span in spans)


def is_json(record: Record) -> bool:
    """True where the payload is meant as JSON, well or badly written."""
    if record.data is None or record.is_end:
        return False
    return record.carries == "json" or record.data.lstrip(" \t\r\n")[:1] in ("{", "[")


def in_one_line(record: Record, columns: int, *, plain: bool = False) -> list[Span]:
    """What a record says, in at most so many columns: the payload of an event, the bytes of everything else.

    `plain`: nobody asks what the pieces are, so that a text may be one.
    """
    if record.kind != "event" or record.data is None:
        raw = record.raw.lstrip(b"\r\n")[: max(0, columns) * _BYTES_LOOKED_AT].rstrip(b"\r\n")
        return shortened([Span("aside", visible(raw))], columns, more=len(record.raw.strip(b"\r\n")) > len(raw))
    return text_in_one_line(record.data, columns, json=is_json(record), plain=plain)


def text_in_one_line(text: str, columns: int, *, json: bool, plain: bool = False) -> list[Span]:
    """A text in at most so many columns, however long it is."""
    start = text[: max(0, columns) * _LOOKED_AT]
    more = len(start) < len(text)
    if not json:
        return shortened([Span("text", printable(start))], columns, more=more)
    if plain and start.isprintable() and "\\" not in start and "  " not in start:  # as it is, which is most of them
        return shortened([Span("text", start.strip(" "))], columns, more=more)
    return shortened(_tokens(start.strip(" \t\r\n")), columns, more=more)


def shortened(spans: Iterable[Span], columns: int, *, more: bool = False) -> list[Span]:
    """The spans in at most so many columns; an ellipsis ends what does not fit, or what goes on (`more`)."""
    if columns < 1:
        return []
    kept: list[Span] = []
    left = columns
    for span in spans:
        kept.append(span)
        left -= _width(span, columns)
        if left < 0:
            more = True
            break
    if not more:
        return kept
    while kept and left < 1:  # until there is room for the ellipsis
        last = kept.pop()
        left += _width(last, columns)
        if left > 1:
            kept.append(Span(last.sort, prefix(last.text, left - 1)))
            break
    return [*kept, Span("mark", "…")]


def _width(span: Span, columns: int) -> int:
    """As far as that matters: a text may be very long. A character more than fits may take two columns."""
    text = span.text if len(span.text) <= columns else prefix(span.text, columns + 2)
    return width(text) + text.count(EMOJI_STYLE)  # which may widen the end of the span before


def whole(record: Record) -> Iterator[list[Span]]:
    """All that a record says, line by line: JSON indented, every token as it is written; other text as it is."""
    data = record.data
    if data is None:
        yield from ([Span("aside", visible(line))] for line in record.raw.strip(b"\r\n").splitlines())
    elif is_json(record) and jsontext.valid(data.encode("utf-8", "replace")):
        yield from indented(data)
    else:
        yield from ([Span("text", printable(line))] for line in re.split(r"\r\n|\r|\n", data))


def indented(text: str) -> Iterator[list[Span]]:
    """A valid JSON text, a member or element a line."""
    line: list[Span] = []
    level = 0
    opened = ""  # the bracket just before
    for span in _tokens(text):
        sort, shown = span
        if sort == "space":
            continue
        closes = sort == "mark" and shown in "]}"
        if closes:
            level -= 1
        if bool(opened) != closes:  # an empty bracket is closed where it is
            yield line
            line = [_indent(level)]
        opened = shown if sort == "mark" and shown in "[{" else ""
        if opened:
            level += 1
        line.append(Span("mark", ": ") if sort == "mark" and shown == ":" else span)
        if sort == "mark" and shown == ",":
            yield line
            line = [_indent(level)]
    yield line


def _indent(level: int) -> Span:
    return Span("mark", "  " * min(level, _DEEPEST))


def _tokens(text: str) -> Iterator[Span]:
    """The tokens as they are shown, white space between them as one space; what is no JSON is shown as it is."""
    for match in _TOKEN.finditer(text):
        token = match.group()
        match match.lastgroup:
            case "space":
                yield Span("space", " ")
            case "string":
                yield Span("key" if _COLON.match(text, match.end()) else "string", _decoded(token))
            case "number":
                yield Span("number", token)
            case "word":
                yield Span("word", token)
            case _:
                yield Span("mark", printable(token))


def _decoded(string: str) -> str:
    """A JSON string with the escapes decoded that stand for a character one can see."""
    return printable(_ESCAPE.sub(_character, string) if "\\" in string else string)


def _character(escape: re.Match[str]) -> str:
    high, low, single = escape.groups()
    if high is not None:
        char = chr(0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00)
    elif single is not None:
        char = chr(int(single, 16))
    else:
        return "/" if escape.group() == "\\/" else escape.group()
    return char if char.isprintable() and char not in '"\\' else escape.group()
