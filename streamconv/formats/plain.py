"""Stretches of a stream that can be written in another format from their bytes: no Record is made of them.

Advice to the reader. A finder is given bytes that begin between two records, and tells how many of them are nothing but
events whose payload becomes a JSON text, what these texts are, and what of the events no JSON format carries. It proves
all that the decoder, the encoder and the rules of loss would look at; of whatever it does not prove, it says nothing.
The laws' tests compare: bytes fed one at a time never come here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from streamconv import jsontext
from streamconv.formats.sse_frames import no_frame_ends
from streamconv.formats.sse_payloads import Names, payloads
from streamconv.formats.standing import Standing
from streamconv.record import END_MARKER

_END: Final = END_MARKER.encode()
_FEW: Final = 4  # texts; for fewer it is not worth a look whether all are alike
_UNNAMED: Final = (b"", b"message")
_MAYBE_JSON = re.compile(rb"[ \t]*+[{\[\r\n]")
_CR: Final = b"\r"[0]  # as a number, which is found faster in a short text
_type: Final = attrgetter("type")


class Plain(NamedTuple):
    """A plain stretch."""

    size: int  # bytes
    lines: bytes  # the JSON texts of its events, each on a line
    events: int  # the end markers with them, which have no line
    lost: dict[str, int]  # how often a loss occurs, by rule
    standing: Standing  # at its end


def sse(block: bytes, standing: Standing) -> Plain | None:
    """Events of a stream that carries JSON texts, or of one that carries text, which becomes JSON strings."""
    found = payloads(block) if standing.manner is not None else None  # else the next event tells which
    if found is None:
        return None
    texts, names = found.datas, found.names
    bracketed = b"[" in block or b"{" in block  # in most text, none is
    ends = texts.count(_END) if bracketed else 0
    if ends:
        if isinstance(names, list):
            names = [name for name, data in zip(names, texts, strict=True) if data != _END]
        texts = [data for data in texts if data != _END]
    if standing.manner == "text":
        count, lines, said = _strings(texts, found.line_break, bracketed=bracketed)
    else:
        count, lines, said = _json(texts, names, found.line_break)
    if count < len(texts):
        events = [at for at, data in enumerate(found.datas) if data != _END][count]
        return sse(block[: found.end_of(events)], standing) if events else None
    lost = {
        "lost-event-name": _named(found.names, len(found.datas)) - said,
        "lost-id": found.ids,
        "lost-comment": found.comments,
        "lost-end-marker": ends,
    }
    return _plain(found.size, found.lines, lines, len(found.datas), lost, standing, found.last_id.decode())


def _named(names: Names, events: int) -> int:
    """How many events have a name that says something."""
    if isinstance(names, list):
        return len(names) - sum(map(names.count, _UNNAMED))
    return 0 if names is None or names in _UNNAMED else events


def _json(texts: list[bytes], names: Names, line_break: bytes) -> tuple[int, bytes, int]:
    """How many of the first payloads are JSON; if all are, these on lines, and how many say the name of their event."""
    if line_break:
        texts = [text.replace(line_break, b"\n") for text in texts]
    found = jsontext.names(texts) if _named(names, len(texts)) else None
    count = jsontext.count_valid(texts) if found is None else len(found)
    if count < len(texts):
        return count, b"", 0
    return count, jsontext.on_lines(texts, over_lines=bool(line_break)), 0 if found is None else _said(found, names)


def _said(found: list[jsontext.Named], names: Names) -> int:
    """How many of the names are said."""
    if isinstance(names, bytes):
        types = [*map(_type, found)].count(names.decode())
        if types == len(found):
            return types
        names = [names] * len(found)
    pairs = zip(names or (), found, strict=True)
    return sum(name not in _UNNAMED and name.decode() in (one.type, one.event, one.event_type) for name, one in pairs)


def _strings(texts: list[bytes], line_break: bytes, *, bracketed: bool) -> tuple[int, bytes, int]:
    """How many of the first payloads are text whatever they say; if all are, these as JSON strings on lines."""
    if bracketed:
        count = next((at for at, text in enumerate(texts) if _MAYBE_JSON.match(text)), len(texts))
        if count < len(texts):
            return count, b"", 0
    return len(texts), jsontext.strings_on_lines(texts, line_break), 0


def ndjson(block: bytes, standing: Standing) -> Plain | None:
    """Lines that end in LF, each a JSON text and nothing else."""
    if standing.manner is not False or _CR in block:
        return None
    count, size = jsontext.count_lines(block[: block.rfind(b"\n") + 1])
    return _plain(size, count, block[:size], count, {}, standing)


def stream_json(block: bytes, standing: Standing) -> Plain | None:
    """Objects, one after the other, that end at the end of a line; another one follows the last.

    `}` LF `{` outside strings stands only between two texts, and strings hold no LF.
    """
    _, doubtful, begun = standing.manner
    start = block.startswith(b"\n")  # it belongs to the text that follows
    stop = block.rfind(b"}\n{") + 1
    if doubtful or not begun or not stop or not block.startswith(b"{", start):
        return None
    insides = block[start + 1 : stop - 1].split(b"\n}\n{\n")
    lines = _pretty(insides) if len(insides) >= _FEW else None
    size, events = stop, len(insides)
    if lines is None:
        texts: list[bytes] = []
        size = start - 1
        try:
            for inside in block[start + 1 : stop - 1].split(b"}\n{"):
                texts.append(jsontext.quick_single_line(b"{%b}" % inside))
                size += 3 + len(inside)
        except ValueError:
            pass
        lines, events = b"\n".join((*texts, b"")), len(texts)
    standing = msgspec.structs.replace(standing, manner=(None, False, True))
    return _plain(size, block.count(b"\n", 0, max(size, 0)), lines, events, {}, standing)


def _pretty(insides: list[bytes]) -> bytes | None:
    """Objects without their brackets, which stand on lines of their own, as compact lines; None where that fails."""
    try:
        return jsontext.compact_lines([b"{%b}" % inside for inside in insides])
    except ValueError:
        return None


def _plain(
    size: int, passed: int, lines: bytes, events: int, lost: dict[str, int], standing: Standing, id: str = ""
) -> Plain | None:
    """A stretch over so many lines; None where it has no bytes."""
    if size <= 0:
        return None
    after = standing.after(size, lines=passed, events=events, last_event_id=id)
    return Plain(size, lines, events, {rule: count for rule, count in lost.items() if count}, after)


def line_is_open(rest: bytes) -> bool:
    """True where no line ends."""
    return b"\n" not in rest


def object_is_open(rest: bytes) -> bool:
    """True for the start of an object that is seen to be not complete."""
    start = rest.startswith(b"\n")
    return rest.startswith(b"{", start) and jsontext.seems_cut(rest[start:])


class Finder(NamedTuple):
    """How plain stretches of a format are found, and the start of a record that can be kept for what follows."""

    find: Callable[[bytes, Standing], Plain | None]
    is_open: Callable[[bytes], bool]
    end: re.Pattern[bytes]  # what is likely the end of a record


FINDERS: Final = {
    "sse": Finder(sse, no_frame_ends, re.compile(rb"\n\r?\n")),
    "ndjson": Finder(ndjson, line_is_open, re.compile(rb"\n")),
    # The LF belongs to what follows.
    "stream+json": Finder(stream_json, object_is_open, re.compile(rb"(?<=\n)[}\]](?=\n)|\}(?=\n\{)")),
}
