"""Takes the layers off a stream, outermost first, as its bytes come. No I/O: the same object serves both worlds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from streamconv.captures.layer import (
    EXPANDED,
    MORE,
    PREFIX,
    RATIO,
    CaptureError,
    Known,
    Layer,
    Peel,
    Peeled,
    timed_as,
)
from streamconv.captures.places import Place
from streamconv.jsonscan import BOM
from streamconv.pipeline import blocks
from streamconv.problem import Problem, Report

DEEPEST: Final = 16  # layers; nobody wraps a stream so often but to do harm
_EVENT_STREAM = re.compile(rb"(?:data|event|id|retry):|:[^\0]")  # which is not UTF-16, either
_LOOKS: Final = 200  # how often the start is looked at as each chunk comes; after that, when it has doubled


class Peeler:
    """`feed` it the bytes of a capture and it gives those of the stream inside.

    `chain` names the layers to take off, and no others; None recognises them, () takes nothing off. `settled` is True
    once the innermost stream is reached; `known` is then what the layers told of it.
    """

    def __init__(self, known: Known, report: Report, chain: Sequence[Layer] | None = None) -> None:
        self.known = known
        self._report = report
        self._chain = [*chain] if chain is not None else None
        self.peels: list[Peel] = []
        self.settled = False
        self._taken = 0  # bytes that came from outside
        self._given: list[int] = []  # bytes that each layer gave
        self._held: list[bytes] = []  # what the innermost layer gave, while it is not recognised
        self._start = b""
        self._judged = 0  # the size of the start when it was last looked at
        self._looks = 0

    @property
    def layers(self) -> list[Peeled]:
        """The layers taken off, outermost first."""
        return [layer for peel in self.peels for layer in peel.layers]

    @property
    def container(self) -> Peel | None:
        """The innermost layer, where it holds streams of its own; nothing comes through it."""
        return self.peels[-1] if self.peels and self.peels[-1].entries is not None else None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What these bytes hold of the innermost stream, a piece at a time: each leaves before the next is made."""
        self._taken += len(chunk)
        return self._through(chunk, 0)

    def finish(self) -> Iterator[bytes]:
        """What was still held back."""
        finished = 0
        while True:
            while finished < len(self.peels):
                for piece in self.peels[finished].finish():
                    yield from self._through(piece, finished + 1)
                finished += 1
            if self.settled:
                return
            yield from self._recognise(b"", at_end=True)

    def _through(self, chunk: bytes, depth: int) -> Iterator[bytes]:
        """What comes of a chunk that layer `depth` and those inside it are still to read."""
        if depth == len(self.peels):
            yield from (chunk,) if self.settled else self._recognise(chunk)
            return
        for block in blocks(chunk):
            for piece in self.peels[depth].feed(block):
                self._weigh(len(piece), depth)
                yield from self._through(piece, depth + 1)

    def _weigh(self, size: int, depth: int) -> None:
        """Layers that expand a little each may expand without bound together: what counts is what came from outside."""
        self._given[depth] += size
        if self._given[depth] > max(EXPANDED, RATIO * self._taken):
            raise CaptureError(
                f"{self._taken} bytes expand to more than {self._given[depth]}, {self.peels[depth].name} data being "
                f"taken off: this looks like a decompression bomb, and is read no further; expand it yourself if it "
                f"is none"
            )

    def _recognise(self, chunk: bytes, *, at_end: bool = False) -> Iterator[bytes]:
        """Open the layer that the start now tells, if any; what was held goes through it, and may tell the next."""
        if chunk:
            self._held.append(chunk)
        self._start += chunk[: PREFIX - len(self._start)]
        found = self._next_layer(at_end=at_end)
        if found is None:
            return
        layer, evidence = found
        held, self._held, self._start = self._held, [], b""
        if layer is None:
            self.settled = True
            yield from held
            return
        self._looks = self._judged = 0
        depth = len(self.peels)
        peel = self._open(layer, evidence)
        for piece in _without_bom(held, peel) if held else ():
            yield from self._through(piece, depth)

    def _next_layer(self, *, at_end: bool) -> tuple[Layer | None, str] | None:
        """The next layer and its evidence; (None, "") where there is none, None where more bytes must tell."""
        if self.container is not None:
            return (None, "")
        if self._chain is not None:
            return (self._chain.pop(0), "asked for") if self._chain else (None, "")
        if not self._start and not at_end:
            return None
        enough = at_end or len(self._start) == PREFIX
        if not enough and self._looks >= _LOOKS and len(self._start) < 2 * self._judged:
            return None
        self._looks += 1
        self._judged = len(self._start)
        start = self._start.removeprefix(BOM)
        waits = BOM.startswith(self._start) if not start or len(self._start) < len(BOM) else False
        for layer in looked_for(start, self.known):
            evidence = layer.recognise(start, self.known)
            if evidence == MORE:
                waits = True
            elif evidence is not None:
                return layer, evidence
        return None if waits and not enough else (None, "")

    def _open(self, layer: Layer, evidence: str) -> Peel:
        if len(self.peels) == DEEPEST:
            raise CaptureError(f"more than {DEEPEST} layers round the stream; read no further")
        depth = len(self.peels)
        peel = layer.open(self.known, evidence, lambda problem: self._report(self.outside(problem, depth)))
        self.peels.append(peel)
        self._given.append(0)
        return peel

    def outside(self, problem: Problem, depth: int | None = None) -> Problem:
        """A problem of what layer `depth` reads (the innermost stream), at its place as far outside as is known."""
        place = Place(problem.line, problem.column, problem.offset)
        for peel in reversed(self.peels[:depth]):
            outer = _outer(peel, place)
            if outer is None:
                break
            place = outer
        return msgspec.structs.replace(problem, line=place.line, column=place.column, offset=place.offset)

    def opaque(self) -> int:
        """How many layers, from outside, a place of the innermost stream cannot be followed through."""
        whole = [peel.places is not None or peel.keeps_lines for peel in self.peels]
        return len(whole) - next((at for at, yes in enumerate(reversed(whole)) if not yes), len(whole))


def _outer(peel: Peel, place: Place) -> Place | None:
    if peel.keeps_lines:
        return place._replace(offset=None)
    return peel.places.outer(place) if peel.places is not None else None


def _without_bom(held: list[bytes], peel: Peel) -> list[bytes]:
    whole = b"".join(held) if len(held[0]) < len(BOM) else held[0]
    if not whole.startswith(BOM):
        return held
    if peel.places is not None:
        peel.places.cut(BOM)
    rest = timed_as(held[0], whole[len(BOM) :])
    return [rest] if len(held[0]) < len(BOM) else [rest, *held[1:]]


def looked_for(start: bytes, known: Known) -> Sequence[Layer]:
    """The layers that may be round bytes that begin so. Round what begins as an event stream none is, unless a head or
    a name tells of it; most streams do, and do without the modules of all layers.
    """
    told = known.content_encoding or known.chunked or known.dotted or known.name.endswith(".br")
    if not start or (_EVENT_STREAM.match(start) and not told):
        return ()
    from streamconv.captures.layers import LAYERS

    return LAYERS


def recognise(start: bytes, known: Known) -> Peeled | None:
    """The outermost layer that these first bytes are of, if any."""
    start = start.removeprefix(BOM)
    for layer in looked_for(start, known):
        evidence = layer.recognise(start, known)
        if evidence:
            return Peeled(layer.name, evidence)
    return None
