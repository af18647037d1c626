"""The library's front: one call for each use, over the same core as the command."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from streamconv.captures import (
    AsyncCapture,
    Capture,
    Chain,
    Opened,
    open_async_source,
    open_bytes,
    open_stream,
    open_streams,
    parse_chain,
)
from streamconv.captures.capture import after
from streamconv.captures.sources import Source, arrives
from streamconv.convert import Reading, Selection, Settings, WritingOut
from streamconv.detect import Choice, Chooser, choose
from streamconv.filters import Guard
from streamconv.formats import decoder, find, media_type
from streamconv.formats.payload import json_text
from streamconv.formats.timed import Head, TimedWriter
from streamconv.pipeline import Pipe, TimedBytes, aclose, arun, outputs, run
from streamconv.problem import PayloadError, Problem, Report, StreamError, raise_invalid
from streamconv.protocols import Assembler, Message, protocol_of
from streamconv.record import Record

if TYPE_CHECKING:
    from streamconv.rules import Rule


def read(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    control: bool = False,
    report: Report | None = None,
    entry: int | str | None = None,
) -> Iterator[Record]:
    """Iterate over the events of a source, as they arrive.

    `source` is a path, bytes, a binary file, an iterable of bytes or str, or a response of httpx, requests, urllib3,
    Starlette's TestClient or the like. What is wrapped round the stream (gzip, an HTTP head, a HAR …) is taken off.
    `format` is a name or media type, which takes nothing off, or a chain such as `gzip,http,sse`; without it the
    stream tells (see `streamconv.detect`). `entry` says which stream of a HAR or another container: its number from 1,
    -1 for the last, or a part or glob of its URL. `control=True` yields every record: comments, incomplete and invalid
    ones too. Each invalid or incomplete record is handed to `report`, and what is wrong with a layer; without one, an
    invalid record or a damaged layer raises StreamError.

    Raises OSError, ValueError (UnrecognisedError and CaptureError are such), StreamError.
    """
    as_chain = _chain(format)
    return _read(open_bytes(source), as_chain, content_type, control, report, entry)


def _chain(format: str | None) -> Chain:
    return Chain() if format is None else parse_chain(format)


def _read(
    opened: Opened,
    as_chain: Chain,
    content_type: str | None,
    control: bool,
    report: Report | None,
    entry: int | str | None,
) -> Iterator[Record]:
    _, batches = _open(opened, as_chain, content_type, report or raise_invalid, entry)
    for batch in batches:
        yield from batch if control else [record for record in batch if record.kind == "event"]


def _open(
    opened: Opened, as_chain: Chain, content_type: str | None, report: Report, entry: int | str | None
) -> tuple[Capture, Iterator[list[Record]]]:
    """The one stream that was asked for, and its records of every kind, in batches."""
    capture = open_stream(opened, as_chain, entry=entry, report=report)
    chooser = Chooser(as_chain.format, content_type or capture.content_type, capture.file, capture.layers)
    choice, chunks = choose(capture.chunks, chooser)
    return capture, outputs(chunks, _reader(choice, _outside(capture, report)))


def _outside(capture: Capture, report: Report) -> Report:
    """The report, told the places in the file."""
    return lambda problem: report(capture.outside(problem))


def _reader(choice: Choice, report: Report) -> Pipe:
    return Pipe((decoder(choice.format, report=report), Guard(report, pass_on=True)))


async def aread(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    control: bool = False,
    report: Report | None = None,
    entry: int | str | None = None,
) -> AsyncIterator[Record]:
    """`read` for sources that must be awaited: responses of aiohttp and httpx.AsyncClient, async iterables."""
    _, records = await _aopen(source, _chain(format), content_type, report or raise_invalid, entry)
    try:
        async for record in records:
            if control or record.kind == "event":
                yield record
    finally:
        await aclose(records)


async def _aopen(
    source: Source, as_chain: Chain, content_type: str | None, report: Report, entry: int | str | None
) -> tuple[Capture, AsyncIterator[Record]]:
    """`_open`, awaited."""
    opened = await open_async_source(source, as_chain, entry=entry, report=report)
    capture = opened.capture
    chooser = Chooser(as_chain.format, content_type or capture.content_type, capture.file, capture.layers)
    choice, chunks = await _abegin(opened, chooser)
    return capture, arun(chunks, _reader(choice, _outside(capture, report)))


async def _abegin(capture: AsyncCapture, chooser: Chooser) -> tuple[Choice, AsyncIterator[bytes]]:
    async for chunk in capture.chunks:
        choice = chooser.feed(chunk)
        if choice is not None:
            return choice, after(chooser.held, capture.chunks)
    return chooser.finish(), after(chooser.held, capture.chunks)


def payloads(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    report: Report | None = None,
    entry: int | str | None = None,
) -> Iterator[Any]:
    """Iterate over the parsed payloads of a source, without the end marker `[DONE]`.

    Which payloads are JSON is told as converting tells it: the tokens of a text stream stay strings, unless `format` is
    a chain that ends in `json` or `text`. A payload that should be JSON and is not raises PayloadError, or is handed to
    `report`; it is then given as the string it is, or left out where the chain says `json`.
    """
    return _payloads(open_bytes(source), _chain(format), content_type, report, entry)


def _payloads(
    opened: Opened, as_chain: Chain, content_type: str | None, report: Report | None, entry: int | str | None
) -> Iterator[Any]:
    capture, batches = _open(opened, as_chain, content_type, report or raise_invalid, entry)
    for record in chain.from_iterable(batches):
        if record.kind == "event":
            text = json_text(record, as_chain.payload or "auto", _outside(capture, report or _raise_payload))
            if text is not None:
                yield Record(data=text.decode(), line=record.line).json()


def _raise_payload(problem: Problem) -> None:
    raise PayloadError(str(problem))


def check(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    entry: int | str | None = "all",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    **limits: float,
) -> Iterator[Problem]:
    """Iterate over the problems of a source, in stream order, as its bytes arrive.

    The source and `format` are as for `read`; without `format`, a file is held to what its name claims, and of a
    container every stream is checked. `select` and `ignore` name rules, families of rules (`sse`), or globs. Places are
    those of the file where layers only cut. `limits` are `keepalive`, the longest silence in seconds that is no problem
    (15), and `max_record_size` in bytes (64 MiB).

    Raises OSError, and ValueError: UnrecognisedError, CaptureError, and where a name is that of no rule.
    """
    from streamconv.rules import selected  # a tenth of what importing the library costs, and only this needs them

    rules = selected(select, ignore)
    return _check(open_bytes(source), _chain(format), content_type, entry, rules, limits)


def _check(
    opened: Opened,
    as_chain: Chain,
    content_type: str | None,
    entry: int | str | None,
    rules: Sequence[type[Rule]],
    limits: dict[str, float],
) -> Iterator[Problem]:
    from streamconv.examine import Examination

    found: list[Problem] = []
    names = {rule.name for rule in rules}
    for capture in open_streams(opened, as_chain, entry=entry, report=found.append):
        examination = Examination(capture, as_chain.format, rules, content_type=content_type, **limits)
        for problem in examination.problems():
            yield from (one for one in _taken(found) if one.rule in names)
            yield problem
        yield from (one for one in _taken(found) if one.rule in names)


def _taken(problems: list[Problem]) -> list[Problem]:
    taken = problems.copy()
    problems.clear()
    return taken


def assemble(
    source: Source,
    format: str | None = None,
    *,
    protocol: str | None = None,
    path: str | None = None,
    content_type: str | None = None,
    entry: int | str | None = None,
    report: Report | None = None,
) -> Message:
    """The message that a model's stream adds up to, with a verdict on whether the stream is whole.

    The source, `format`, `entry` and `report` are as for `read`. `protocol` is the name of one; without it the first
    events tell. `path` is for streams of no known protocol: a JMESPath, whose finds in the events are joined.

    Raises as `read` does, and ValueError for a protocol or path that is none.
    """
    adding_up = protocol_of(protocol, path)
    capture, batches = _open(open_bytes(source), _chain(format), content_type, report or raise_invalid, entry)
    assembler = Assembler(adding_up, status=capture.status)
    for batch in batches:
        assembler.feed(batch)
    assembler.finish()
    return assembler.snapshot()


async def aassemble(
    source: Source,
    format: str | None = None,
    *,
    protocol: str | None = None,
    path: str | None = None,
    content_type: str | None = None,
    entry: int | str | None = None,
    report: Report | None = None,
) -> Message:
    """`assemble` for sources that must be awaited, as `aread` is `read` for them."""
    adding_up = protocol_of(protocol, path)
    capture, records = await _aopen(source, _chain(format), content_type, report or raise_invalid, entry)
    assembler = Assembler(adding_up, status=capture.status)
    try:
        async for record in records:
            assembler.feed([record])
    finally:
        await aclose(records)
    assembler.finish()
    return assembler.snapshot()


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
        self.chain = _chain(format)
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
        self._out = Pipe(()) if self.holds_chunks else WritingOut(to, given, self.report, filters).filter

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)
        self._report_to(problem)

    def chooser(self, capture: Capture) -> Chooser:
        return Chooser(self.chain.format, self._content_type or capture.content_type, capture.file, capture.layers)

    def filters(self, capture: Capture, choice: Choice) -> Pipe:
        reading = Reading(choice.format, self._to, self._settings, _outside(capture, self.report))
        return Pipe((reading.filter, self._out))

    def writer(self, capture: Capture) -> TimedWriter:
        content_type = self._content_type or capture.content_type or media_type(self.chain.format)
        return TimedWriter(Head(capture.source, content_type, f"{capture.method} {capture.url}".strip()))


def _convert(order: _Order, opened: Opened) -> Iterator[bytes]:
    capture = open_stream(opened, order.chain, entry=order.entry, report=order.report)
    choice, chunks = choose(capture.chunks, order.chooser(capture))
    yield from run(chunks, order.filters(capture, choice))


def _record(order: _Order, opened: Opened) -> Iterator[bytes]:
    capture = open_stream(opened, order.chain, entry=order.entry, report=order.report)
    writer = order.writer(capture)
    yield from map(writer.feed, filter(None, capture.chunks))
    yield writer.finish()


async def _aconvert(order: _Order, source: Source) -> AsyncIterator[bytes]:
    capture = await open_async_source(source, order.chain, entry=order.entry, report=order.report)
    choice, chunks = await _abegin(capture, order.chooser(capture.capture))
    written = arun(chunks, order.filters(capture.capture, choice))
    try:
        async for data in written:
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
