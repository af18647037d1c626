"""Script, what a server sends in one response, step by step, and how faults change it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Final, Literal, NamedTuple

from streamconv.jsonscan import BOM
from streamconv.live.faults import Fault

_LF: Final = re.compile(rb"(?<!\r)\n")
_CHARACTERS: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


class Step(NamedTuple):
    """A chunk, sent `wait` seconds after the one before; after it, the connection may break, or stall for ever."""

    data: bytes
    wait: float = 0.0
    then: Literal["break", "stall"] | None = None


class Span(NamedTuple):
    """Where an event stands in the bytes of a script, and the id written in it."""

    start: int
    end: int
    id: str | None


def split_at(script: Sequence[Step], offset: int) -> tuple[list[Step], list[Step]]:
    """The steps before and after a byte, where one that goes across it is cut in two."""
    size = 0
    for at, (data, wait, then) in enumerate(script):
        size += len(data)
        if size >= offset:
            cut = len(data) - (size - offset)
            rest = [Step(data[cut:], 0.0, then)] if size > offset else []
            return [*script[:at], Step(data[:cut], wait, None if rest else then)], [*rest, *script[at + 1 :]]
    return [*script], []


class Faulty:
    """Makes scripts of a stream faulty: one with events in these places, and so many bytes.

    The places that no fault names are chosen by the seed. Where the stream has no such place, as another format of it
    may have not, `clamped` takes the last one that it has; else that raises ValueError.
    """

    def __init__(
        self, faults: Iterable[Fault], spans: Sequence[Span], size: int, seed: int, *, clamped: bool = False
    ) -> None:
        random = Random(seed)  # noqa: S311  the same places again for the same seed are what is wanted
        self._spans = spans
        self._faults = [_placed(fault, len(spans), size, random, clamped) for fault in faults]
        self._names = {fault.name for fault in self._faults}

    def first(self, script: list[Step]) -> list[Step]:
        """The script for a client that begins."""
        script = self._ended(script)
        for fault in sorted(self._faults, key=lambda fault: fault.number or 0, reverse=True):  # no place moves before
            script = self._at_event(script, fault)
        script = self._rewritten(script)
        if "bom" in self._names:
            script = [Step(BOM + script[0].data, *script[0][1:]), *script[1:]] if script else [Step(BOM)]
        script = self._split(script)
        for fault in self._faults:
            if fault.name == "cut-byte":
                script = [*split_at(script, fault.number or 0)[0], Step(b"", then="break")]
        return script

    def resumed(self, script: list[Step], offset: int) -> list[Step]:
        """The script from a byte on, for a client that resumes: it has had what goes wrong once, and gets the rest."""
        return self._split(self._rewritten(split_at(self._ended(script), offset)[1]))

    def _ended(self, script: list[Step]) -> list[Step]:
        dropped = "drop-end" in self._names and self._spans
        return split_at(script, self._spans[-1].start)[0] if dropped else script

    def _at_event(self, script: list[Step], fault: Fault) -> list[Step]:
        if fault.name not in ("cut-record", "stall", "duplicate"):
            return script
        span = self._spans[fault.number - 1] if fault.number else Span(0, 0, None)
        before, after = split_at(script, span.end)
        if fault.name == "duplicate":
            again = b"".join(step.data for step in split_at(before, span.start)[1])
            return [*before, Step(again), *after]
        if fault.extra is not None:
            return [*before, Step(b"", fault.extra), *after]
        return [*before, Step(b"", then="stall" if fault.name == "stall" else "break")]

    def _rewritten(self, script: list[Step]) -> list[Step]:
        return [*_with_crlf(script)] if "crlf" in self._names else script

    def _split(self, script: list[Step]) -> list[Step]:
        return [piece for step in script for piece in _split(step)] if "split-utf8" in self._names else script


def _placed(fault: Fault, events: int, size: int, random: Random, clamped: bool) -> Fault:
    """The fault at its place, or where clamped the last; else raises ValueError where the stream has none such."""
    if fault.name not in ("cut-byte", "cut-record", "stall", "duplicate", "drop-end"):
        return fault
    unit, most = ("byte", size) if fault.name == "cut-byte" else ("event", events)
    least = 1 if fault.name in ("duplicate", "drop-end") or fault.number is None else 0
    number = random.randint(least, most) if fault.number is None and most else fault.number or 0
    if clamped:
        number = min(number, most)
    elif not least <= number <= most:
        raise ValueError(f"{fault.name}: the stream has no {unit} {max(number, least)}; it has {most}")
    return fault._replace(number=number)


def _with_crlf(script: Iterable[Step]) -> Iterator[Step]:
    """LF that no CR stands before, also at the end of the chunk before, becomes CRLF."""
    after_cr = False
    for data, wait, then in script:
        changed = _LF.sub(b"\r\n", data)
        yield Step(changed[1:] if after_cr and data.startswith(b"\n") else changed, wait, then)
        after_cr = data.endswith(b"\r") if data else after_cr


def _split(step: Step) -> Iterator[Step]:
    """The step in pieces, each but the last of which ends inside a character."""
    cuts = [match.start() + 1 for match in _CHARACTERS.finditer(step.data)]
    edges = [0, *cuts, len(step.data)]
    last = len(cuts)
    for number, start in enumerate(edges[:-1]):
        piece = step.data[start : edges[number + 1]]
        yield Step(piece, step.wait if number == 0 else 0.0, step.then if number == last else None)
