"""Recording, a capture that was read to be replayed: its bytes, when they came, and where its events stand in them.

It is held in memory, once for all clients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from streamconv.captures import Capture, chain_of, open_bytes, open_stream
from streamconv.captures.sources import Source, arrives
from streamconv.convert import Reading, Settings, WritingOut
from streamconv.detect import Chooser, UnrecognisedError, choose
from streamconv.formats import decoder, media_type
from streamconv.live.script import Span, Step
from streamconv.pipeline import TimedBytes, run
from streamconv.problem import Problem, raise_invalid
from streamconv.record import Record

_LARGEST: Final = 2**20  # bytes sent at once: what waits in memory for a client that reads nothing is no more


class Served:
    """A stream in one format, ready to be sent: its steps, and the places of its events in the bytes."""

    def __init__(self, format: str, pieces: Iterable[tuple[bytes, float | None]], spans: list[Span]) -> None:
        self.format = format
        self.steps = [*_steps(pieces)]
        self.spans = spans
        self.size = sum(len(step.data) for step in self.steps)

    def after(self, last_event_id: str) -> int | None:
        """Where the events after the last one with this id begin; None where there is no such id."""
        return next((span.end for span in reversed(self.spans) if span.id == last_event_id), None)


class Recording:
    """A capture that was read. `exact` says that its chunks are those of the stream, as in a list of chunks.

    Raises OSError, ValueError (UnrecognisedError and CaptureError are such).
    """

    def __init__(self, capture: Capture, format: str | None = None, *, exact: bool = False) -> None:
        chooser = Chooser(format, capture.content_type, capture.file, capture.layers)
        choice, chunks = choose(capture.chunks, chooser)
        self.format = choice.format
        self.disagreement = choice.disagreement
        self.chunks = [chunk for chunk in chunks if chunk]
        if not self.chunks:
            raise UnrecognisedError("empty")
        self.records: list[Record] = [*run(self.chunks, decoder(choice.format, report=_ignored))]
        self.events = sum(record.kind == "event" for record in self.records)
        self.content_type = capture.content_type or media_type(choice.format) or "text/plain; charset=utf-8"
        self.status = capture.status or 200
        timed = any(isinstance(chunk, TimedBytes) for chunk in self.chunks)
        self._exact = exact or timed or any(layer.name == "timed" for layer in capture.layers)

    def served(self, format: str, *, delay: float | None = None) -> Served:
        """The stream in a format: as its chunks came, where that is known, else a chunk a record.

        `delay` makes it a chunk a record, each so many seconds after the one before.
        """
        own = format == self.format
        pieces = [*_raw(self.records)] if own else [*_converted(self.records, self.format, format)]
        spans = [*_spans(pieces)]
        if delay is not None:
            return Served(format, ((data, at * delay) for at, (data, _) in enumerate(pieces)), spans)
        if own and self._exact:
            return Served(format, ((chunk, getattr(chunk, "time", None)) for chunk in self.chunks), spans)
        return Served(format, ((data, record.time if record else None) for data, record in pieces), spans)


def record_source(source: Source, format: str | None = None, *, entry: int | str | None = None) -> Recording:
    """Read a source to replay it; it and its `format` and `entry` are as for `streamconv.read`."""
    chain = chain_of(format)
    opened = open_bytes(source)
    capture = open_stream(opened, chain, entry=entry, report=raise_invalid)
    return Recording(capture, chain.format, exact=arrives(source))


Piece = tuple[bytes, Record | None]


def _raw(records: Sequence[Record]) -> Iterator[Piece]:
    return ((record.raw, record) for record in records)


def _converted(records: Sequence[Record], source: str, target: str) -> Iterator[Piece]:
    """The records in another format, one by one. What it does not carry is left out."""
    guard = Reading(source, target, Settings(), _ignored).guard
    write = WritingOut(target, Settings(), _ignored).filter
    for record in records:
        yield write.feed(guard.feed([record])), record
    yield write.finish(), None


def _spans(pieces: Iterable[Piece]) -> Iterator[Span]:
    size = 0
    for data, record in pieces:
        if record is not None and record.kind == "event" and data:
            yield Span(size, size + len(data), record.id)
        size += len(data)


def _steps(pieces: Iterable[tuple[bytes, float | None]]) -> Iterator[Step]:
    """The pieces with the waits between their times; large ones in several."""
    before = 0.0
    for data, time in pieces:
        now = before if time is None else max(before, time)
        for at in range(0, len(data), _LARGEST):
            yield Step(data[at : at + _LARGEST], 0.0 if at else now - before)
        before = now if data else before


def _ignored(problem: Problem) -> None:
    """Faults of the stream are replayed, too."""
