"""Opening a source: its layers are taken off as its bytes come; of a container, the stream asked for is taken.

The two drivers, one for each world, are the only places here that read; everything else is fed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from streamconv.captures.chain import Chain
from streamconv.captures.entries import Entry, cell, only, select
from streamconv.captures.layer import (
    CaptureError,
    Known,
    NoStreamError,
    Peel,
    Peeled,
    SeveralStreamsError,
)
from streamconv.captures.peel import Peeler
from streamconv.captures.sources import Opened, Source, aiterate, open_async_bytes, open_bytes
from streamconv.formats.faults import line_of
from streamconv.pipeline import aclose
from streamconv.problem import Problem, Report
from streamconv.record import Record

ANYTHING: Final = Chain()


class Capture:
    """A stream, and what is known of it. `chunks` are its bytes as they come, TimedBytes where times are known.

    `name` is what its places are places in: the file, or `x.har[3]` for a stream inside. `layers` were taken off,
    outermost first. `problems` is what was found on the way, so far: a layer that was cut shows only at its end.
    """

    def __init__(
        self, peeler: Peeler, chunks: Iterator[bytes], problems: list[Problem], file: str, inside: str
    ) -> None:
        known = peeler.known
        self.chunks = chunks
        self.problems = problems
        self.file = file
        self.source = known.name or file  # where the stream came from, as far as the layers know
        self.content_type = known.content_type
        self.status = known.status
        self.headers = known.headers
        self.method = known.method
        self.url = known.url
        self.entry: Entry | None = None  # which reply of a container it is
        self.entries: tuple[Entry, ...] = ()  # all replies of that container
        self.nested = False  # in a container in that container, where `--entry N` does not reach
        self.stopped = False  # true once it was read no further, though there is more: its end was not seen
        self.outer_layers: tuple[Peeled, ...] = ()  # round the container
        self._peeler = peeler
        self._inside = inside

    @property
    def layers(self) -> tuple[Peeled, ...]:
        """The layers taken off, outermost first, each with how it was told."""
        return (*self.outer_layers, *self._peeler.layers)

    @property
    def name(self) -> str:
        """What a place in the stream is said to be in."""
        peels = self._peeler.peels[: self._peeler.opaque()]
        return f"{self._inside}[{','.join(peel.name for peel in peels)}]" if peels else self._inside

    def outside(self, problem: Problem) -> Problem:
        """A problem of the stream, at its place in the file where layers only cut; else where it is."""
        return self._peeler.outside(problem)

    def line_of(self, record: Record) -> int | None:
        """The line of a record, as `outside` tells it; None in a format that has no lines."""
        line = line_of(record)
        if line is None:
            return None
        at = Problem(rule="", severity="info", message="", line=line, offset=record.offset)
        return self.outside(at).line


def reporting(capture: Capture, report: Report) -> Report:
    """The report, told the places in the file."""
    return lambda problem: report(capture.outside(problem))


class AsyncCapture:
    """A Capture whose chunks must be awaited; `capture` knows the rest."""

    def __init__(self, capture: Capture, chunks: AsyncIterator[bytes]) -> None:
        self.capture = capture
        self.chunks = chunks


class Opening:
    """What both worlds do while a source is opened: `peeler` is fed by the driver, then `captures` has the result."""

    def __init__(self, opened: Opened, as_chain: Chain, entry: int | str | None, report: Report | None) -> None:
        self.problems: list[Problem] = []
        self._report_to = report
        self._file = opened.name
        self._entry = entry
        self._chain = as_chain
        known = Known(name=opened.name, content_type=opened.content_type, entry=entry)
        self.peeler = Peeler(known, self._report, as_chain.layers)

    def _report(self, problem: Problem) -> None:
        self.problems.append(problem)
        if self._report_to is not None:
            self._report_to(problem)

    def _peeled(self, peel: Peel) -> None:
        message = f"{peel.name}: {peel.evidence}"
        self._report(Problem(rule=_rule(peel), severity="info", message=message))

    def stream(self, chunks: Iterator[bytes]) -> Capture:
        """The stream itself, where no container was met. NoStreamError where another one of several was asked for."""
        if self._entry not in (None, "all", 1, -1):
            raise NoStreamError(f"no reply {self._entry!r} in it: this is one stream, no container of several")
        for peel in self.peeler.peels:
            self._peeled(peel)
        return Capture(self.peeler, chunks, self.problems, self._file, self._file)

    def found(self) -> list[Entry]:
        """The replies that were asked for. Raises SeveralStreamsError and NoStreamError."""
        for peel in self.peeler.peels:
            self._peeled(peel)
        try:
            found = select(self._entries(), self._entry)
        except CaptureError as error:
            error.layers = tuple(self.peeler.layers)
            raise
        if self._entry in (None, "all"):
            for one in self._entries():
                if one.is_stream and one.missing:
                    message = f"reply {one.number} ({one.url}) cannot be read: {one.missing}"
                    self._report(Problem(rule="capture-no-body", severity="warning", message=message))
        return found

    def _entries(self) -> Sequence[Entry]:
        container = self.peeler.container
        assert container is not None  # who asks has looked
        assert container.entries is not None  # that is what a container is
        return container.entries

    def captures(self, entries: list[Entry], *, go_on: bool = False) -> Iterator[Capture]:
        """The streams of these replies, each opened when the one before is done with.

        `go_on` reads the others where one cannot be, or only in part, which is reported instead of raised.
        """
        asked = self._chain.layers
        rest = None if asked is None else asked[len(self.peeler.layers) :]
        for entry in entries:
            if entry.missing:
                raise NoStreamError(f"reply {entry.number} cannot be read: {cell(entry.missing)}", [entry])
            name = f"{self._file}[{entry.number}]"
            inner = Opening(Opened(iter(()), name), Chain(rest), "all" if go_on else None, self._report)
            inner.peeler.known = entry.known()
            try:
                for capture in _open_entry(inner, entry, go_on):
                    capture.chunks = self._until_error(inner, capture.chunks) if go_on else capture.chunks
                    capture.problems = self.problems
                    capture.nested = capture.entry is not None
                    capture.entry = entry
                    capture.entries = tuple(self._entries())
                    capture.outer_layers = (*self.peeler.layers, *capture.outer_layers)
                    yield capture
            except CaptureError as error:
                if not go_on:
                    raise
                self._report_error(inner, error)

    def _until_error(self, inner: Opening, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except CaptureError as error:
            self._report_error(inner, error)

    def _report_error(self, inner: Opening, error: CaptureError) -> None:
        last = (*self.peeler.peels, *inner.peeler.peels)[-1]
        self._report(Problem(rule=_rule(last), severity="error", message=f"{inner._file}: {error}"))


_RULES: Final = {"http": "http-head", "utf-16": "utf16", "br": "brotli", "har-yaml": "har", "dots": "curl-trace"}


def _rule(peel: Peel) -> str:
    return f"capture-{_RULES.get(peel.name.partition('/')[0], peel.name)}"


def _open_entry(inner: Opening, entry: Entry, go_on: bool) -> Iterator[Capture]:
    through = _through(inner.peeler, entry.open(inner._report))
    first = next(through, b"")
    if inner.peeler.container is None:
        yield inner.stream(chain((first,), through))
        return
    try:
        nested = inner.found()  # a HAR in a zip in …
    except (SeveralStreamsError, NoStreamError) as error:
        several = isinstance(error, SeveralStreamsError)
        holds = f"{len(error.entries)} streams: --entry all reads them" if several else "no stream that can be read"
        raise CaptureError(
            f"reply {entry.number} ({cell(entry.url)}) is a container itself, with {holds}; "
            f"to take one of its replies, take it out first"
        ) from None
    yield from inner.captures(nested, go_on=go_on)


def _through(peeler: Peeler, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield from peeler.feed(chunk)
    yield from peeler.finish()


def open_streams(
    opened: Opened, as_chain: Chain = ANYTHING, *, entry: int | str | None = "all", report: Report | None = None
) -> Iterator[Capture]:
    """Open the streams of what was opened: the one that it is, or those of a container that `entry` names.

    Where "all" are asked for, one that cannot be read is reported, and the others are read. Raises OSError and
    CaptureError: while it is iterated, and while the chunks of a capture are.
    """
    opening = Opening(opened, as_chain, entry, report)
    through = _through(opening.peeler, opened.chunks)
    first = next(through, b"")
    if opening.peeler.container is None:
        yield opening.stream(chain((first,), through))
    else:
        yield from opening.captures(opening.found(), go_on=entry == "all")


def open_stream(
    opened: Opened, as_chain: Chain = ANYTHING, *, entry: int | str | None = None, report: Report | None = None
) -> Capture:
    """Open the one stream of what was opened, or the one of a container that `entry` names.

    Raises OSError and CaptureError: SeveralStreamsError where there are several.
    """
    opening = Opening(opened, as_chain, entry, report)
    through = _through(opening.peeler, opened.chunks)
    first = next(through, b"")
    if opening.peeler.container is None:
        return opening.stream(chain((first,), through))
    return next(opening.captures([only(opening.found(), entry)]))


def open_source(
    source: Source, as_chain: Chain = ANYTHING, *, entry: int | str | None = None, report: Report | None = None
) -> Capture:
    """Open the one stream of a source, its layers taken off.

    It is read as far as is needed to know them. `entry` names a reply of a container: its number (from 1), one from the
    end (-1), or a part or glob of its URL. `report` gets the problems of the layers as they are found.

    Raises OSError, TypeError for what is no source, and CaptureError.
    """
    return open_stream(open_bytes(source), as_chain, entry=entry, report=report)


async def _athrough(peeler: Peeler, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            for piece in peeler.feed(chunk):
                yield piece
        for piece in peeler.finish():
            yield piece
    finally:
        await aclose(chunks)


async def after(held: Iterable[bytes], chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks that were held back, and those that follow."""
    try:
        for chunk in held:
            yield chunk
        async for chunk in chunks:
            yield chunk
    finally:
        await aclose(chunks)


async def open_async_source(
    source: Source, as_chain: Chain = ANYTHING, *, entry: int | str | None = None, report: Report | None = None
) -> AsyncCapture:
    """`open_source` for one that is awaited; one that is not is read all the same. Raises as that does."""
    opened, chunks = open_async_bytes(source)
    opening = Opening(opened, as_chain, entry, report)
    through = _athrough(opening.peeler, chunks)
    first = await anext(through, b"")
    if opening.peeler.container is None:
        return AsyncCapture(opening.stream(iter(())), after((first,), through))
    capture = next(opening.captures([only(opening.found(), entry)]))
    return AsyncCapture(capture, aiterate(capture.chunks))
