"""Stretches of a stream that can be written in another format from their bytes: no Record is made of them.

Advice to the reader. A finder is given bytes that begin between two records, and tells how many of them are nothing but
events whose payload becomes a JSON text, what these texts are, and what of the events no JSON format carries. It proves
all that the decoder, the encoder and the rules of loss would look at; of whatever it does not prove, it says nothing.
The laws' tests compare: bytes fed one at a time never come here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec

from streamconv import jsontext
from streamconv.formats.sse_frames import Alike, Frames, alike_frames, no_frame_ends, regular_frames
from streamconv.formats.standing import Standing
from streamconv.jsonscan import WHITE_SPACE, Scanner
from streamconv.record import END_MARKER

_FEW: Final = 4  # alike frames; for fewer it is worth a look whether more are regular
_LF, _CR = b"\n\r"  # as numbers, which are found faster in a short text
_UNNAMED: Final = frozenset({None, "message"})
_MAYBE_JSON: Final = ("{", "[", " ", "\t", "\r", "\n")
_first, _last, _start = itemgetter(0), itemgetter(-1), itemgetter(slice(1))


class Plain(NamedTuple):
    """A plain stretch: its size in bytes, the JSON texts of its events, and how often a loss occurs, by rule."""

    size: int
    texts: list[bytes]
    lost: dict[str, int]
    standing: Standing  # at its end


def sse(block: bytes, standing: Standing) -> Plain | None:
    """Events of a stream that carries JSON texts, or of one that carries text, which becomes JSON strings."""
    if standing.manner is None:
        return None  # the next event tells which
    alike = alike_frames(block)
    frames = regular_frames(block) if alike is None or len(alike.payloads) < _FEW else None
    if frames is not None and (alike is None or len(frames.raws) > len(alike.payloads)):
        return _regular(frames, standing)
    return _alike(alike, standing) if alike is not None else None


def _alike(alike: Alike, standing: Standing) -> Plain | None:
    payloads, event = alike.payloads, alike.event
    if event is not None and not event.isascii():
        return None
    names = [None if event is None else event.decode()] * len(payloads)
    if standing.manner == "json":
        texts, lost = _json(payloads, names)
        if not {*map(_first, texts), *map(_last, texts)}.isdisjoint(WHITE_SPACE):
            texts = [*map(jsontext.single_line, texts)]
    else:
        try:
            texts, lost = _strings([*map(bytes.decode, payloads)], names)
        except UnicodeDecodeError:
            return None
    size = len(texts)
    return _plain(alike.size(size), size * alike.lines, texts, {"lost-event-name": lost}, standing)


def _regular(frames: Frames, standing: Standing) -> Plain | None:
    raws, datas, events, ids, comments, _ = frames
    taken = len(raws)
    at: Sequence[int] = range(taken)
    if comments:
        at = [one for one in at if one not in comments]
        datas, events = [datas[one] for one in at], [events[one] for one in at] if events is not None else None
    names = [None] * len(datas) if events is None else events
    if standing.manner == "json":
        texts, lost = _json([data.encode() for data in datas], names)
        texts = [*map(jsontext.single_line, texts)]
    else:
        texts, lost = _strings(datas, names)
    if len(texts) < len(datas):
        taken = at[len(texts)]
    said = [*filter(None, ids[:taken])] if ids is not None else []
    losses = {"lost-event-name": lost, "lost-id": len(said), "lost-comment": taken - len(texts)}
    passed = b"".join(raws[:taken])
    return _plain(len(passed), passed.count(b"\n"), texts, losses, standing, said[-1] if said else "")


def _json(payloads: list[bytes], names: Sequence[str | None]) -> tuple[list[bytes], int]:
    """The first payloads that are JSON, on one line each, and how many names they do not say themselves."""
    if {*names} <= _UNNAMED:
        size, lost = jsontext.count_valid(payloads), 0
    else:
        said = jsontext.names(payloads)
        size = len(said)
        lost = size - sum(name in _UNNAMED or name in one for name, one in zip(names, said, strict=False))
    return payloads[:size], lost


def _strings(datas: list[str], names: Sequence[str | None]) -> tuple[list[bytes], int]:
    """The first payloads that are text whatever they say, as JSON strings, and how many names are lost with them."""
    if END_MARKER in datas or not {*map(_start, datas)}.isdisjoint(_MAYBE_JSON):
        size = next(at for at, data in enumerate(datas) if data == END_MARKER or data.startswith(_MAYBE_JSON))
        datas, names = datas[:size], names[:size]
    return jsontext.strings(datas), len(names) - sum(map(names.count, _UNNAMED))


def ndjson(block: bytes, standing: Standing) -> Plain | None:
    """Lines that end in LF, each a JSON text and nothing else."""
    if standing.manner is not False or _CR in block:
        return None
    lines = block[: block.rfind(b"\n") + 1].split(b"\n")
    texts = lines[: jsontext.count_valid(lines[:-1])]
    if not {*map(_first, texts), *map(_last, texts)}.isdisjoint(WHITE_SPACE):
        return None
    return _plain(sum(map(len, texts)) + len(texts), len(texts), texts, {}, standing)


def stream_json(block: bytes, standing: Standing) -> Plain | None:
    """Objects, one after the other, that end at the end of a line; another one follows the last.

    `}` LF `{` outside strings stands only between two texts, and strings hold no LF.
    """
    _, doubtful, begun = standing.manner
    start = block.startswith(b"\n")  # it belongs to the text that follows
    stop = block.rfind(b"}\n{")
    if doubtful or not begun or stop < 0 or not block.startswith(b"{", start):
        return None
    texts = [b"{%b}" % inside for inside in block[start + 1 : stop].split(b"}\n{")]
    size = start - 1
    lines: list[bytes] = []
    try:
        for text in texts:
            lines.append(jsontext.quick_single_line(text))
            size += 1 + len(text)
    except ValueError:
        pass
    standing = msgspec.structs.replace(standing, manner=(None, False, True))
    return _plain(size, block.count(b"\n", 0, max(size, 0)), lines, {}, standing)


def _plain(
    size: int, lines: int, texts: list[bytes], lost: dict[str, int], standing: Standing, id: str = ""
) -> Plain | None:
    if size <= 0:
        return None
    after = standing.after(size, lines=lines, events=len(texts), last_event_id=id)
    return Plain(size, texts, {rule: count for rule, count in lost.items() if count}, after)


def line_is_open(rest: bytes) -> bool:
    """True where no line ends."""
    return b"\n" not in rest


def object_is_open(rest: bytes) -> bool:
    """True for the start of an object that is not complete."""
    start = rest.startswith(b"\n")
    scanner = Scanner()
    scanner.feed(rest, start)
    return rest.startswith(b"{", start) and scanner.outcome == "open"


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
