"""Splits: the ways in which a network may cut a stream into chunks, and the smallest one that changes what is read.

A stream means the same wherever it is cut (WHATWG HTML 9.2.6 decodes and parses it as one). Parsers that were tried
with whole events only fail where a chunk ends inside a character, or between CR and LF.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from inspect import isasyncgen, isawaitable, isgenerator
from itertools import pairwise
from typing import Any, Final, Literal, get_args

from streamconv.reports.printable import printable

Split = Literal["whole", "every-cut", "inside-crlf", "inside-utf-8", "bytes"]

SPLITS: Final[tuple[Split, ...]] = get_args(Split)
"""The names of all strategies: for `@pytest.mark.parametrize("split", SPLITS)`."""

_MOST: Final = 1000  # cuts that are tried one by one
_SHOWN: Final = 24  # bytes on either side of a cut that a message shows
_RESULT: Final = 300  # characters of a result that it shows

Chunks = list[bytes]


def resplit(data: bytes, split: Split) -> Iterator[Chunks]:
    """Iterate over the chunkings of `data` that a strategy makes, each a list of chunks.

    whole         one chunk
    every-cut     two chunks, cut at every byte in turn. Of more than 1000 cuts, 1000 are made: those inside CRLF and
                  characters, and before and after line ends, first; then others, evenly spread
    inside-crlf   cut between every CR and LF
    inside-utf-8  cut at every byte inside a character of UTF-8
    bytes         one byte at a time

    Where there is nothing to cut, it is the whole. Raises ValueError for another name.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    if split == "every-cut" and len(data) > 1:
        return (_chunks(data, (cut,)) for cut in _single_cuts(data))
    return iter((_chunks(data, _cuts(data, split)),))


def torture(parser: Callable[[Any], Any], data: bytes) -> None:
    """Fail with the smallest split of `data` that changes what a parser makes of it.

    `parser(chunks)` gets an iterable of bytes, which can be awaited, too (`async for`), and returns what it found: a
    value that compares, an iterator, a coroutine or an async generator. What it makes of the whole is the measure; what
    it raises there is raised. Each run reads all of `data`: there are at most 1000 and a few for each kind of split.

    Raises AssertionError, which shows the cut and both results; TypeError where the parser returns None.
    """
    __tracebackhide__ = True
    with asyncio.Runner() as runner:
        trial = _Trial(parser, data, runner)
        cuts = trial.smallest()
        if cuts is not None:
            raise AssertionError(trial.message(cuts))


class _Trial:
    """A parser, and what it makes of the data when that is whole."""

    def __init__(self, parser: Callable[[Any], Any], data: bytes, runner: asyncio.Runner) -> None:
        self._parser = parser
        self._data = data
        self._runner = runner
        self._whole = self._parse(())
        if self._whole is None:
            raise TypeError("the parser returned None for the whole data; it must return what it found")

    def smallest(self) -> tuple[int, ...] | None:
        """The fewest cuts, as few as were found, that change the result; None where none does."""
        for cut in _single_cuts(self._data):
            if self._changes((cut,)):
                return (cut,)
        for split in ("inside-crlf", "inside-utf-8", "bytes"):
            cuts = _cuts(self._data, split)
            if self._changes(cuts):
                return self._fewest(cuts)
        return None

    def _fewest(self, cuts: tuple[int, ...]) -> tuple[int, ...]:
        """Leave out ever smaller runs of the cuts, as long as the rest still changes the result."""
        size = len(cuts) // 2
        while size:
            at = 0
            while at < len(cuts):
                rest = cuts[:at] + cuts[at + size :]
                if rest and self._changes(rest):
                    cuts = rest
                else:
                    at += size
            size //= 2
        return cuts

    def _changes(self, cuts: Sequence[int]) -> bool:
        return bool(self._outcome(cuts) != self._whole)

    def _outcome(self, cuts: Sequence[int]) -> Any:
        try:
            return self._parse(cuts)
        except Exception as error:  # whatever a parser raises is what it makes of this split
            return _Raised(error)

    def _parse(self, cuts: Sequence[int]) -> Any:
        found = self._parser(_Both(_chunks(self._data, cuts)))
        if isasyncgen(found):
            return self._runner.run(_collected(found))
        if isawaitable(found):
            return self._runner.run(_awaited(found))
        return [*found] if isgenerator(found) or isinstance(found, Iterator) else found

    def message(self, cuts: tuple[int, ...]) -> str:
        """What these cuts change, and where they are."""
        data, cut = self._data, cuts[0]
        many, change = (f"{len(cuts)} cuts, the first", "change") if len(cuts) > 1 else ("a cut", "changes")
        before, after = data[max(0, cut - _SHOWN) : cut], data[cut : cut + _SHOWN]
        return "\n".join(
            (
                f"torture: {many} after byte {cut}{_inside(data, cut)} {change} what the parser returns",
                f"  {'…' if cut > _SHOWN else ''}{before!r} | {after!r}{'…' if cut + _SHOWN < len(data) else ''}",
                f"  whole: {_shown(self._whole)}",
                f"  split: {_shown(self._outcome(cuts))}",
            )
        )


class _Raised:
    """What a parser raised: never equal to what it returns."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __repr__(self) -> str:
        return f"raises {type(self._error).__name__}: {self._error}"


class _Both:
    """Chunks to iterate over, in either world."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


async def _collected(found: AsyncIterable[Any]) -> list[Any]:
    return [one async for one in found]


async def _awaited(found: Any) -> Any:
    return await found


def _chunks(data: bytes, cuts: Iterable[int]) -> Chunks:
    return [data[start:end] for start, end in pairwise((0, *cuts, len(data)))]


def _cuts(data: bytes, split: str) -> tuple[int, ...]:
    if split == "inside-crlf":
        return tuple(at for at in range(1, len(data)) if data[at - 1 : at + 1] == b"\r\n")
    if split == "inside-utf-8":
        return tuple(at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80)  # a continuation byte
    return tuple(range(1, len(data))) if split == "bytes" else ()


def _single_cuts(data: bytes) -> list[int]:
    """Every cut; of too many, those that tell the most and some of the others, in order."""
    every = range(1, len(data))
    if len(every) <= _MOST:
        return [*every]
    inside = {*_cuts(data, "inside-crlf"), *_cuts(data, "inside-utf-8")}
    at_ends = {at for at in every if data[at - 1] in b"\r\n" or data[at] in b"\r\n"}
    chosen: set[int] = set()
    for cuts in (inside, at_ends, every):
        left = sorted(set(cuts) - chosen)
        room = min(len(left), _MOST - len(chosen))
        chosen.update(left[number * len(left) // room] for number in range(room))
    return sorted(chosen)


def _inside(data: bytes, cut: int) -> str:
    """What the cut goes through, in words."""
    if data[cut - 1 : cut + 1] == b"\r\n":
        return ", between CR and LF,"
    if data[cut] & 0xC0 != 0x80:
        return ""
    start = max(0, cut - 3)
    char = data[start : cut + 4].decode("utf-8", "ignore")
    at = len(data[start:cut].decode("utf-8", "ignore"))
    return f", inside {char[at]!r}," if at < len(char) else ""


def _shown(result: Any) -> str:
    text = printable(repr(result))
    return text if len(text) <= _RESULT else text[: _RESULT - 1] + "…"
