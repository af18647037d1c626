"""The library's front: one call for each use, over the same core as the command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from streamconv.captures import (
    Capture,
    Chain,
    Opened,
    chain_of,
    open_async_source,
    open_bytes,
    open_stream,
    open_streams,
    reporting,
)
from streamconv.captures.sources import Source
from streamconv.detect import Choice, Chooser, achoose, choose
from streamconv.filters import Guard
from streamconv.formats import decoder
from streamconv.formats.payload import json_text
from streamconv.pipeline import Pipe, aclose, arun, outputs
from streamconv.problem import PayloadError, Problem, Report, raise_invalid
from streamconv.record import Record

if TYPE_CHECKING:  # large, and needed only by who checks or assembles
    from streamconv.protocols.message import Message
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
    as_chain = chain_of(format)
    return _read(open_bytes(source), as_chain, content_type, control, report, entry)


def _read(
    opened: Opened,
    as_chain: Chain,
    content_type: str | None,
    control: bool,
    report: Report | None,
    entry: int | str | None,
) -> Iterator[Record]:
    _, guard, batches = _open(opened, as_chain, content_type, report or raise_invalid, entry)
    for batch in batches:
        every = control or guard.only_events
        yield from batch if every else [record for record in batch if record.kind == "event"]


def _open(
    opened: Opened, as_chain: Chain, content_type: str | None, report: Report, entry: int | str | None
) -> tuple[Capture, Guard, Iterator[list[Record]]]:
    """The one stream that was asked for, and its records of every kind, in batches."""
    capture = open_stream(opened, as_chain, entry=entry, report=report)
    chooser = Chooser(as_chain.format, content_type or capture.content_type, capture.file, capture.layers)
    choice, chunks = choose(capture.chunks, chooser)
    guard = Guard(reporting(capture, report), pass_on=True)
    return capture, guard, outputs(chunks, _reader(choice, guard))


def _reader(choice: Choice, guard: Guard) -> Pipe:
    return Pipe((decoder(choice.format), guard))


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
    _, records = await _aopen(source, chain_of(format), content_type, report or raise_invalid, entry)
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
    choice, chunks = await achoose(opened.chunks, chooser)
    return capture, arun(chunks, _reader(choice, Guard(reporting(capture, report), pass_on=True)))


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
    return _payloads(open_bytes(source), chain_of(format), content_type, report, entry)


def _payloads(
    opened: Opened, as_chain: Chain, content_type: str | None, report: Report | None, entry: int | str | None
) -> Iterator[Any]:
    capture, _, batches = _open(opened, as_chain, content_type, report or raise_invalid, entry)
    for record in chain.from_iterable(batches):
        if record.kind == "event":
            text = json_text(record, as_chain.payload or "auto", reporting(capture, report or _raise_payload))
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
    from streamconv.rules import selected

    rules = selected(select, ignore)
    return _check(open_bytes(source), chain_of(format), content_type, entry, rules, limits)


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
    from streamconv.protocols.assembler import Assembler
    from streamconv.protocols.registry import protocol_of

    adding_up = protocol_of(protocol, path)
    capture, _, batches = _open(open_bytes(source), chain_of(format), content_type, report or raise_invalid, entry)
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
    from streamconv.protocols.assembler import Assembler
    from streamconv.protocols.registry import protocol_of

    adding_up = protocol_of(protocol, path)
    capture, records = await _aopen(source, chain_of(format), content_type, report or raise_invalid, entry)
    assembler = Assembler(adding_up, status=capture.status)
    try:
        async for record in records:
            assembler.feed([record])
    finally:
        await aclose(records)
    assembler.finish()
    return assembler.snapshot()
