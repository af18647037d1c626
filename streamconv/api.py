"""The library's front: one call for each use, over the same core as the command."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from streamconv.captures import Capture, open_async_source, open_source
from streamconv.captures.sources import Source
from streamconv.convert import Reading, Recording, Selection, Settings, WritingOut
from streamconv.detect import Choice, Chooser, UnrecognisedError, claimed
from streamconv.filters import Guard
from streamconv.formats import decoder, find
from streamconv.formats.payload import json_text
from streamconv.formats.timed import Head
from streamconv.pipeline import Pipe, arun, run
from streamconv.problem import PayloadError, Problem, Report, StreamError, raise_invalid
from streamconv.record import Record

if TYPE_CHECKING:
    from streamconv.rules import Rule

_AT_REST = (str, os.PathLike, bytes, bytearray, memoryview)  # sources whose chunks do not arrive, as others' do


def read(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    control: bool = False,
    report: Report | None = None,
) -> Iterator[Record]:
    """Iterate over the events of a source, as they arrive.

    `source` is a path, bytes, a binary file, an iterable of bytes or str, or a response of httpx, requests, urllib3,
    Starlette's TestClient or the like. `format` is a name or media type; without it the stream tells (see
    `streamconv.detect`). `control=True` yields every record: comments, incomplete and invalid ones too. Each invalid or
    incomplete record is handed to `report`; without one, an invalid record raises StreamError.

    Raises OSError, UnrecognisedError (a ValueError), StreamError.
    """
    capture = open_source(source)
    chooser = Chooser(format, content_type or capture.content_type, capture.name)
    return _read(capture, chooser, control, report)


def _read(capture: Capture, chooser: Chooser, control: bool, report: Report | None) -> Iterator[Record]:
    choice, chunks = _begin(run(capture.chunks, chooser.layer(report or raise_invalid)), chooser)
    for record in run(chunks, _reader(choice, report)):
        if control or record.kind == "event":
            yield record


def _begin(chunks: Iterator[bytes], chooser: Chooser) -> tuple[Choice, Iterator[bytes]]:
    choice = next(filter(None, map(chooser.feed, chunks)), None) or chooser.finish()
    return choice, itertools.chain(chooser.held, chunks)


def _reader(choice: Choice, report: Report | None) -> Pipe:
    report = report or raise_invalid
    return Pipe((decoder(choice.format, report=report), Guard(report, pass_on=True)))


async def aread(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    control: bool = False,
    report: Report | None = None,
) -> AsyncIterator[Record]:
    """`read` for sources that must be awaited: responses of aiohttp and httpx.AsyncClient, async iterables."""
    capture = open_async_source(source)
    chooser = Chooser(format, content_type or capture.content_type, capture.name)
    layered = arun(capture.chunks, chooser.layer(report or raise_invalid))
    choice, chunks = await _abegin(layered, chooser)
    async for record in arun(chunks, _reader(choice, report)):
        if control or record.kind == "event":
            yield record


async def _abegin(chunks: AsyncIterator[bytes], chooser: Chooser) -> tuple[Choice, AsyncIterator[bytes]]:
    async for chunk in chunks:
        choice = chooser.feed(chunk)
        if choice is not None:
            return choice, _achain(chooser.held, chunks)
    return chooser.finish(), _achain(chooser.held, chunks)


async def _achain(held: list[bytes], chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in held:
        yield chunk
    async for chunk in chunks:
        yield chunk


def payloads(
    source: Source, format: str | None = None, *, content_type: str | None = None, report: Report | None = None
) -> Iterator[Any]:
    """Iterate over the parsed payloads of a source, without the end marker `[DONE]`.

    Which payloads are JSON is told as converting tells it: the tokens of a text stream stay strings. A payload that
    should be JSON and is not raises PayloadError, or is handed to `report` and given as the string it is.
    """
    for record in read(source, format, content_type=content_type, report=report):
        text = json_text(record, "auto", report or _raise_payload)
        if text is not None:
            yield Record(data=text.decode(), line=record.line).json()


def _raise_payload(problem: Problem) -> None:
    raise PayloadError(str(problem))


def check(
    source: Source,
    format: str | None = None,
    *,
    content_type: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Iterator[Problem]:
    """Iterate over the problems of a source, in stream order, as its bytes arrive.

    The source and `format` are as for `read`; without `format`, a file is held to what its name claims. `select` and
    `ignore` name rules, families of rules (`sse`), or globs. Raises OSError, UnrecognisedError, and ValueError for a
    name that no rule has.
    """
    from streamconv.rules import selected  # a tenth of what importing the library costs, and only this needs them

    rules = selected(select, ignore)
    capture = open_source(source)
    outside = content_type or capture.content_type
    return _check(capture, Chooser(format or claimed(capture.name), outside, capture.name), rules, outside)


def _check(capture: Capture, chooser: Chooser, rules: Sequence[type[Rule]], content_type: str) -> Iterator[Problem]:
    from streamconv.rules import Checker
    from streamconv.rules.capture import wrapped

    try:
        choice, chunks = _begin(capture.chunks, chooser)
    except UnrecognisedError:
        found = wrapped(b"".join(chooser.held), rules)
        if found is None:
            raise
        yield found
        return
    yield from run(chunks, Checker(choice.format, rules, content_type=content_type))


class Conversion(Iterator[bytes]):
    """The bytes of a conversion, as they become ready; `problems` holds what was found so far."""

    def __init__(
        self,
        source: Source,
        to: str,
        format: str | None,
        report: Report | None,
        *,
        content_type: str | None,
        settings: Settings,
        filters: Sequence[Selection],
    ) -> None:
        self.problems: list[Problem] = []
        self._report_to = report or (_raise_error if settings.strict or settings.lossless else raise_invalid)
        capture = open_source(source)
        content_type = content_type or capture.content_type
        if find(to).holds_chunks:
            if filters or settings != Settings():
                raise ValueError(f"{to} holds the bytes as they arrive: nothing is selected or changed on the way")
            recording = Recording(
                self._report,
                Head(capture.name, content_type),
                clock=None if isinstance(source, _AT_REST) else time.monotonic,
                certain=format is not None and find(format).holds_chunks,
            )
            self._chunks = _record(capture.chunks, recording)
        else:
            chooser = Chooser(format, content_type, capture.name)
            out = WritingOut(to, settings, self._report, filters)
            self._chunks = self._convert(capture, chooser, to, settings, out)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def _report(self, problem: Problem) -> None:
        self.problems.append(problem)
        self._report_to(problem)

    def _convert(
        self, capture: Capture, chooser: Chooser, to: str, settings: Settings, out: WritingOut
    ) -> Iterator[bytes]:
        choice, chunks = _begin(run(capture.chunks, chooser.layer(self._report)), chooser)
        yield from run(chunks, Reading(choice.format, to, settings, self._report).filter, out.filter)


def _record(chunks: Iterator[bytes], recording: Recording) -> Iterator[bytes]:
    for chunk in chunks:
        yield recording.feed(chunk)  # whole, where `run` would cut it
    yield recording.finish()


def _raise_error(problem: Problem) -> None:
    if problem.severity == "error":
        raise StreamError(problem)


def convert(
    source: Source,
    to: str = "ndjson",
    format: str | None = None,
    *,
    content_type: str | None = None,
    filters: Sequence[Selection] = (),
    report: Report | None = None,
    **settings: Any,
) -> Conversion:
    """Convert a source to another format: an iterator of bytes, with `.problems` when done.

    The source and `format` are as for `read`; `settings` are the fields of `streamconv.convert.Settings`; `filters`
    select between. Without `report`, an invalid record raises StreamError, and so does what `strict` or `lossless` stop
    at. `to="timed"` gives the chunks with their times of arrival, whatever they hold, and takes neither settings nor
    filters. Raises ValueError for settings that mean nothing.
    """
    given = msgspec.convert(settings, Settings)  # a ValueError names the setting that is wrong
    return Conversion(source, to, format, report, content_type=content_type, settings=given, filters=filters)
