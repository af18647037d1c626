"""What a test received: a source read to its end, with the times at which its chunks came, where it has any."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator

import msgspec

from streamconv.captures import Capture, Chain, Opened, open_bytes, open_stream
from streamconv.captures.sources import Source, arrives, open_async_bytes
from streamconv.detect import Chooser, choose
from streamconv.examine import Examination
from streamconv.formats import decoder
from streamconv.pipeline import TimedBytes, run
from streamconv.problem import Problem, Report
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message
from streamconv.protocols.registry import find
from streamconv.record import Record
from streamconv.rules import selected


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is to be read; as for `streamconv.read`."""

    chain: Chain = Chain()
    content_type: str = ""
    entry: int | str | None = None
    protocol: str | None = None


class Received:
    """A stream that was read to its end, and what is known of it. Raises ValueError where it is no stream."""

    def __init__(self, chunks: list[bytes], opened: Opened, asked: Asked, kind: str) -> None:
        self._opened = opened._replace(content_type=asked.content_type or opened.content_type)
        self._asked = asked
        self._chunks = chunks
        self.kind = kind  # of source: "file", or the name of its class
        self.name = opened.name or kind
        self.pieces = 0  # chunks of the stream
        capture = self._open(_ignored)
        chooser = Chooser(asked.chain.format, capture.content_type, capture.file, capture.layers)
        choice, rest = choose(capture.chunks, chooser)
        self.took: float | None = None  # seconds to the last chunk
        self.records: list[Record] = [*run(self._timing(rest), decoder(choice.format, report=_ignored))]
        self.events = [record for record in self.records if record.kind == "event"]

    def _open(self, report: Report) -> Capture:
        opened = self._opened._replace(chunks=iter(self._chunks))
        return open_stream(opened, self._asked.chain, entry=self._asked.entry, report=report)

    def _timing(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.pieces += 1
            if isinstance(chunk, TimedBytes):
                self.took = chunk.time
            yield chunk

    def problems(self) -> list[Problem]:
        """What `streamconv.check` says of it."""
        of_layers: list[Problem] = []
        rules = selected((), ())
        names = {rule.name for rule in rules}
        examination = Examination(self._open(of_layers.append), self._asked.chain.format, rules)
        of_stream = [*examination.problems()]
        return [*(problem for problem in of_layers if problem.rule in names), *of_stream]

    def message(self) -> Message:
        """What the stream adds up to, by its protocol. Raises ValueError for the name of none."""
        name = self._asked.protocol
        assembler = Assembler(find(name)() if name is not None else None)
        assembler.feed(self.records)
        assembler.finish()
        return assembler.snapshot()


def receive(source: Source, asked: Asked) -> Received:
    """Read a source to its end. Raises as `streamconv.read`."""
    kind = _kind(source)
    opened = open_bytes(source)
    chunks = [*_stamped(opened.chunks)] if _is_timed(source) else [*filter(None, opened.chunks)]
    return Received(chunks, opened, asked, kind)


async def areceive(source: Source, asked: Asked) -> Received:
    """The same for a source that is awaited."""
    opened, chunks = open_async_bytes(source)
    if not _is_timed(source):
        return Received([chunk async for chunk in chunks if chunk], opened, asked, _kind(source))
    return Received([chunk async for chunk in _astamped(chunks)], opened, asked, _kind(source))


def _stamped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks with their times since the reading began; those that know a time keep it."""
    began = time.monotonic()
    for chunk in chunks:
        if chunk:
            yield chunk if isinstance(chunk, TimedBytes) else TimedBytes(chunk, time.monotonic() - began)


async def _astamped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    began = time.monotonic()
    async for chunk in chunks:
        if chunk:
            yield chunk if isinstance(chunk, TimedBytes) else TimedBytes(chunk, time.monotonic() - began)


def _is_timed(source: Source) -> bool:
    """True where reading takes as long as the stream does; False where all of it was there before."""
    return arrives(source) and not (isinstance(source, list | tuple) or getattr(source, "is_stream_consumed", False))


def _kind(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        return "file"
    module = type(source).__module__.partition(".")[0]
    return type(source).__name__ if module == "builtins" else f"{module}.{type(source).__name__}"


def _ignored(problem: Problem) -> None:
    """`well_formed` asks for problems; other assertions look at what can be read."""
