"""A stretch of a stream that a pattern matches, and all that is to know of it, told from its bytes alone.

Advice to the reader. Nothing here knows what came before, so that it can be looked for ahead, by another process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from streamconv.pipeline import BLOCK
from streamconv.record import Record
from streamconv.rules.shape import COMMENT, comments
from streamconv.rules.stream import Ids, in_order

_LITTLE: Final = 64  # bytes
_NEAR: Final = 4 * 1024  # bytes: the rest of a part, in which one more record may have had no room
# What ends a record, where one is looked for. The LF behind an object of a stream of them belongs to what follows.
_ENDS: Final = {
    "sse": re.compile(rb"\n\r?\n"),
    "ndjson": re.compile(rb"\n"),
    "stream+json": re.compile(rb"\}(?=\n\{)"),
}
SOUGHT: Final = frozenset(_ENDS)  # formats
_ID = re.compile(rb"\nid: ([!-~]++)")
_ODD: Final = ("\ufffd", "\u2028", "\u2029", "\x85")  # of which rules speak: what was no UTF-8, line separators

Names = tuple[bytes | None, ...]


class Stretch(NamedTuple):
    """Records that match, one after the other; their ids are in order."""

    size: int  # bytes
    records: int
    events: int
    lines: int
    ids: Ids | None  # None where they have none
    names: Names  # what the pattern found for each of its names, which is the same in all of them


def named(match: re.Match[bytes]) -> dict[str, bytes]:
    """What the groups of the pattern have that are of names; None where the pattern did not look."""
    found = match.groupdict()
    found.pop(COMMENT, None)
    return found


def names_of(match: re.Match[bytes]) -> Names:
    """The same in their order."""
    return tuple(named(match).values())


def is_odd(text: str) -> bool:
    """True where the text holds a character that rules speak of wherever it stands."""
    return not text.isascii() and any(character in text for character in _ODD)


def is_clean(part: bytes) -> bool:
    """True for bytes that are UTF-8, and not odd."""
    if part.isascii():
        return True
    try:
        return not is_odd(part.decode())
    except UnicodeDecodeError:
        return False


def find(format: str, block: bytes, start: int, pattern: re.Pattern[bytes]) -> Stretch | None:
    """The records that match from `start` on, less those from the last event on.

    They match in parts of at most BLOCK bytes, so that none is larger than a reader may hold, or than rules speak of.
    """
    end, names, commented = _matching(block, start, pattern)
    if end == start:
        return None
    around, before = _between(format, block, end)
    last = block.rfind(around, start, end - 1)  # where the last event begins
    while last >= 0 and block.startswith(b":", last + before):
        last = block.rfind(around, start, last)
    if last < 0:
        return None
    if not is_clean(block[start:end]):  # else the last might be no event
        return None
    part = block[start : last + before]
    found = _ID.findall(b"\n" + part) if b"id: " in pattern.pattern else []
    ids = in_order(found) if found else None
    if found and ids is None:
        return None
    lines = part.count(b"\n")
    records = lines if around == b"\n" else block.count(around, start, last + len(around))
    uneventful = part.count(around + b":") + part.startswith(b":") if commented else 0
    return Stretch(len(part), records, records - uneventful, lines, ids, names)


def find_comments(block: bytes, start: int, before: Record) -> Stretch | None:
    """The blocks of comments from `start` on, less the last, where their lines end as the record before them does."""
    if before.format != "sse" or not before.raw.endswith(b"\n"):
        return None
    match = re.compile(rb"(?:" + comments(before) + rb")++").match(block, start, start + BLOCK)
    if match is None:
        return None
    around, _ = _between("sse", block, match.end())
    last = block.rfind(around, start, match.end() - 1)
    if last < 0:
        return None
    part = block[start : last + len(around)]
    return Stretch(len(part), part.count(around), 0, part.count(b"\n"), None, ())


def _matching(block: bytes, start: int, pattern: re.Pattern[bytes]) -> tuple[int, Names, bool]:
    """Up to where the bytes match, under which names, and whether there are comments."""
    end, names, commented, stop = start, None, False, start
    while stop - end < _NEAR and (match := pattern.match(block, end, stop := end + BLOCK)):
        found = names_of(match)
        if names not in (None, found):
            break
        end, names = match.end(), found
        commented = commented or match.groupdict().get(COMMENT) is not None
    return end, names or (), commented


def _between(format: str, block: bytes, end: int) -> tuple[bytes, int]:
    """What stands between two records written as those are that end here, and how much of it belongs to the first."""
    if format == "stream+json":
        return b"}\n{", 1
    between = b"\n" if format == "ndjson" else b"\r\n\r\n" if block.endswith(b"\r\n", 0, end) else b"\n\n"
    return between, len(between)


class Plainly:
    """How much is to be read plainly where no pattern matches: at first a little, and ever more while none does."""

    def __init__(self, format: str) -> None:
        self._end = _ENDS[format]
        self._size = _LITTLE

    def note(self, *, passed: bool) -> None:
        """Whether records were passed over."""
        self._size = _LITTLE if passed else min(2 * self._size, BLOCK)

    def end(self, block: bytes, start: int, *, is_open: bool = False) -> int:
        """Where the records end that are to be read next: the one that is open, or some more."""
        found = self._end.search(block, start if is_open else start + self._size)
        return len(block) if found is None else found.end()


def find_all(format: str, block: bytes, patterns: Sequence[re.Pattern[bytes]]) -> Iterator[tuple[int, int, Stretch]]:
    """The stretches of a block that begins between two records, as whoever goes through it is likely to ask for them:
    where each begins, and which pattern it matches. The first record under other names is read plainly.
    """
    plainly = Plainly(format)
    under: dict[int, Names] = {}
    at = 0
    while at < len(block):
        stretch = None
        for number, pattern in enumerate(patterns):
            _, names, _ = _matching(block[at : plainly.end(block, at)], 0, pattern)
            if names and under.setdefault(number, names) != names:
                under[number] = names
                break
            stretch = find(format, block, at, pattern)
            if stretch is not None:
                yield at, number, stretch
                at += stretch.size
                break
        plainly.note(passed=stretch is not None)
        at = plainly.end(block, at)
