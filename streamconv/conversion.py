"""Converting for the library: what `streamconv convert` does, over any source, as an iterator of bytes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import msgspec

from streamconv.captures import Capture, Opened, chain_of, open_async_source, open_bytes, open_stream, reporting
from streamconv.captures.sources import Source, arrives
from streamconv.convert import Converter, Reading, Selection, Settings, WritingOut
from streamconv.detect import Choice, Chooser, achoose, choose
from streamconv.formats import find, media_type
from streamconv.formats.timed import Head, TimedWriter
from streamconv.pipeline import TimedBytes, aclose, aoutputs, outputs
from streamconv.problem import Problem, Report, StreamError, raise_invalid


class Conversion(Iterator[bytes]):
    """The bytes of a conversion, as they become ready; `problems` holds what was found so far."""

    def __init__(self, chunks: Iterator[bytes], problems: list[Problem]) -> None:
        self._chunks = chunks
        self.problems = problems

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)


class AsyncConversion(AsyncIterator[bytes]):
    """A Conversion that is awaited. Left early, it is closed by `aclose`, or once nothing refers to it."""

    def __init__(self, chunks: AsyncIterator[bytes], problems: list[Problem]) -> None:
        self._chunks = chunks
        self.problems = problems

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """End the conversion, and what it reads from."""
        await aclose(self._chunks)


class _Order:
    """A conversion that was asked for. It knows nothing of who iterates: who leaves early is no part of a cycle."""

    def __init__(
        self,
        to: str,
        format: str | None,
        report: Report | None,
        *,
        content_type: str | None,
        entry: int | str | None,
        settings: dict[str, Any],
        filters: Sequence[Selection],
    ) -> None:
        given = msgspec.convert(settings, Settings)  # a ValueError names the setting that is wrong
        self.problems: list[Problem] = []
        self.chain = chain_of(format)
        if self.chain.payload is not None and given.payload == "auto":
            given = msgspec.structs.replace(given, payload=self.chain.payload)
        self.entry = entry
        self._to = to
        self._settings = given
        self._content_type = content_type
        self._report_to = report or (_raise_error if given.strict or given.lossless else raise_invalid)
        self.holds_chunks = find(to).holds_chunks
        if self.holds_chunks and (filters or given != Settings()):
            raise ValueError(f"{to} holds the bytes as they arrive: nothing is selected or changed on the way")
        self._out = None if self.holds_chunks else WritingOut(to, given, self.report, filters)

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)
        self._report_to(problem)

    def chooser(self, capture: Capture) -> Chooser:
        return Chooser(self.chain.format, self._content_type or capture.content_type, capture.file, capture.layers)

    def converter(self, capture: Capture, choice: Choice) -> Converter:
        assert self._out is not None  # chunks are recorded
        reading = Reading(choice.format, self._to, self._settings, reporting(capture, self.report))
        return Converter(reading, self._out)

    def writer(self, capture: Capture) -> TimedWriter:
        content_type = self._content_type or capture.content_type or media_type(self.chain.format)
        return TimedWriter(Head(capture.source, content_type, f"{capture.method} {capture.url}".strip()))


def _convert(order: _Order, opened: Opened) -> Iterator[bytes]:
    capture = open_stream(opened, order.chain, entry=order.entry, report=order.report)
    choice, chunks = choose(capture.chunks, order.chooser(capture))
    yield from filter(None, outputs(chunks, order.converter(capture, choice)))


def _record(order: _Order, opened: Opened) -> Iterator[bytes]:
    capture = open_stream(opened, order.chain, entry=order.entry, report=order.report)
    writer = order.writer(capture)
    yield from map(writer.feed, filter(None, capture.chunks))
    yield writer.finish()


async def _aconvert(order: _Order, source: Source) -> AsyncIterator[bytes]:
    capture = await open_async_source(source, order.chain, entry=order.entry, report=order.report)
    choice, chunks = await achoose(capture.chunks, order.chooser(capture.capture))
    written = aoutputs(chunks, order.converter(capture.capture, choice))
    try:
        async for data in written:
            if data:
                yield data
    finally:
        await aclose(written)


async def _arecord(order: _Order, source: Source) -> AsyncIterator[bytes]:
    capture = await open_async_source(source, order.chain, entry=order.entry, report=order.report)
    writer = order.writer(capture.capture)
    chunks = _astamped(capture.chunks) if arrives(source) else capture.chunks
    try:
        async for chunk in chunks:
            if chunk:
                yield writer.feed(chunk)
        yield writer.finish()
    finally:
        await aclose(chunks)


def _stamped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, those that do not know it with their time of arrival: in seconds since the first."""
    began: float | None = None
    for chunk in chunks:
        now = time.monotonic()
        began = now if began is None else began
        yield chunk if isinstance(chunk, TimedBytes) else TimedBytes(chunk, now - began)


async def _astamped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    began: float | None = None
    try:
        async for chunk in chunks:
            now = time.monotonic()
            began = now if began is None else began
            yield chunk if isinstance(chunk, TimedBytes) else TimedBytes(chunk, now - began)
    finally:
        await aclose(chunks)


def _raise_error(problem: Problem) -> None:
    if problem.severity == "error":
        raise StreamError(problem)


def convert(
    source: Source,
    to: str = "ndjson",
    format: str | None = None,
    *,
    content_type: str | None = None,
    entry: int | str | None = None,
    filters: Sequence[Selection] = (),
    report: Report | None = None,
    **settings: Any,
) -> Conversion:
    """Convert a source to another format: an iterator of bytes, with `.problems` when done.

    The source, `format` and `entry` are as for `read`; `settings` are the fields of `streamconv.convert.Settings`;
    `filters` select between. Without `report`, an invalid record raises StreamError, and so does what `strict` or
    `lossless` stop at. `to="timed"` gives the chunks with their times of arrival, whatever they hold, and takes neither
    settings nor filters. Raises ValueError for settings that mean nothing.
    """
    order = _Order(to, format, report, content_type=content_type, entry=entry, settings=settings, filters=filters)
    opened = open_bytes(source)
    if not order.holds_chunks:
        return Conversion(_convert(order, opened), order.problems)
    chunks = _stamped(opened.chunks) if arrives(source) else opened.chunks
    return Conversion(_record(order, opened._replace(chunks=chunks)), order.problems)


def aconvert(
    source: Source,
    to: str = "ndjson",
    format: str | None = None,
    *,
    content_type: str | None = None,
    entry: int | str | None = None,
    filters: Sequence[Selection] = (),
    report: Report | None = None,
    **settings: Any,
) -> AsyncConversion:
    """`convert` for sources that must be awaited: an async iterator of bytes, with `.problems` when done.

    Nothing is read before it is asked for, and cancelling or closing it closes the source.
    """
    order = _Order(to, format, report, content_type=content_type, entry=entry, settings=settings, filters=filters)
    return AsyncConversion((_arecord if order.holds_chunks else _aconvert)(order, source), order.problems)
