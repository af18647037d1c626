"""What the library reads from: paths, bytes, files, iterables, and the responses of HTTP clients, by their manners.

Responses are recognised by what they offer, so that no client needs to be installed: httpx (`iter_bytes`,
`aiter_bytes`), requests (`iter_content`), aiohttp (`content.iter_any`), urllib3 and urllib (`read1`). Each of these
hands bytes on as they arrive, content coding undone.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from inspect import iscoroutinefunction
from typing import Any, Final, NamedTuple

from streamconv.pipeline import aclose

READ_SIZE: Final = 256 * 1024  # bytes asked of a file at once

Source = Any
"""A path (str or PathLike), bytes, a binary file, an iterable of bytes or str, or a response."""


_AT_REST: Final = (str, os.PathLike, bytes, bytearray, memoryview)


def arrives(source: Source) -> bool:
    """True where the chunks arrive one after the other; False where all are there at once, as in a file."""
    if isinstance(source, _AT_REST):
        return False
    try:
        return not stat.S_ISREG(os.fstat(source.fileno()).st_mode)
    except (AttributeError, OSError, TypeError, ValueError):
        return not isinstance(source, io.BytesIO)


class Opened(NamedTuple):
    """The bytes of a source as they come, and what it says of them."""

    chunks: Iterator[bytes]
    name: str = ""
    content_type: str = ""


def open_bytes(source: Source) -> Opened:
    """Open a source as it is. Reading raises OSError for a path that cannot be read; TypeError is for no source."""
    if isinstance(source, str | os.PathLike):
        path = _path(source)
        return Opened(_read_path(path), path)
    if isinstance(source, bytes | bytearray | memoryview):
        return Opened(iter((bytes(source),) if len(source) else ()))
    content_type = _content_type(source)
    if callable(getattr(source, "iter_bytes", None)) and not _is_async_only(source):
        return Opened(_encoded(source.iter_bytes()), content_type=content_type)
    if callable(getattr(source, "iter_content", None)):
        return Opened(_encoded(source.iter_content(chunk_size=None)), content_type=content_type)
    if callable(getattr(source, "read", None)) and not _is_async_only(source):
        return Opened(_read_file(source), _file_name(source), content_type)
    if isinstance(source, Iterable):
        return Opened(_encoded(source), content_type=content_type)
    if _is_async_only(source):
        raise TypeError(f"{type(source).__name__} can only be awaited: use streamconv.aread")
    raise TypeError(
        f"cannot read from {type(source).__name__}: give a path, bytes, a binary file, chunks, or a response"
    )


def open_async_bytes(source: Source) -> tuple[Opened, AsyncIterator[bytes]]:
    """`open_bytes` for a source that is awaited: what it says, and its bytes. One that is not awaited is read, too."""
    said = Opened(iter(()), content_type=_content_type(source))
    if callable(getattr(source, "aiter_bytes", None)) and _is_async_only(source):
        return said, _aencoded(source.aiter_bytes())
    iter_any = getattr(getattr(source, "content", None), "iter_any", None)
    if callable(iter_any):
        return said, _aencoded(iter_any())
    if iscoroutinefunction(getattr(source, "read", None)):  # asyncio's StreamReader, whose iterator waits for lines
        return said, _aread_file(source)
    if isinstance(source, AsyncIterable):
        return said, _aencoded(source)
    opened = open_bytes(source)
    return opened, aiterate(opened.chunks)


def _path(source: str | os.PathLike[str]) -> str:
    path = os.fspath(source)
    if "\n" in path or "\r" in path:
        raise ValueError("a str is a path; pass bytes for content: b'data: …'")
    return path


def _is_async_only(source: Source) -> bool:
    """True for async iterables, for aiohttp's response, and for httpx's when an async client made it."""
    if isinstance(source, AsyncIterable):
        return True
    if callable(getattr(source, "iter_bytes", None)):
        stream = getattr(source, "stream", None)  # once read, httpx's response has one that is both
        return isinstance(stream, AsyncIterable) and not isinstance(stream, Iterable)
    # Not asked of httpx or requests, whose `content` is the whole body.
    return not hasattr(source, "iter_content") and hasattr(getattr(source, "content", None), "iter_any")


def _content_type(source: Source) -> str:
    headers = getattr(source, "headers", None)
    get = getattr(headers, "get", None)
    found = get("content-type") or get("Content-Type") if callable(get) else None
    return str(found) if found else ""


def _file_name(source: Source) -> str:
    name = getattr(source, "name", "")
    return name if isinstance(name, str) else ""


def _read_path(path: str) -> Iterator[bytes]:
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(READ_SIZE):
            yield chunk


def _read_file(file: Any) -> Iterator[bytes]:
    # read1 gives what is there; read would wait for all that was asked for.
    read = getattr(file, "read1", None) or file.read
    while chunk := read(READ_SIZE):
        if isinstance(chunk, str):
            raise TypeError("the file is open in text mode: open it with 'rb', bytes are what a stream is made of")
        yield chunk


def _encoded(chunks: Iterable[Any]) -> Iterator[bytes]:
    iterator = iter(chunks)
    try:
        for chunk in iterator:
            yield _as_bytes(chunk)
    finally:
        # A generator that is left early ends now, not when it is collected.
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


async def _aencoded(chunks: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    iterator = aiter(chunks)
    try:
        async for chunk in iterator:
            yield _as_bytes(chunk)
    finally:
        await aclose(iterator)


async def _aread_file(file: Any) -> AsyncIterator[bytes]:
    while chunk := await file.read(READ_SIZE):
        yield _as_bytes(chunk)


async def aiterate(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Chunks that need not be awaited, as if they had to be."""
    for chunk in chunks:
        yield chunk


def _as_bytes(chunk: Any) -> bytes:
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, str):
        return chunk.encode()
    if isinstance(chunk, bytearray | memoryview):
        return bytes(chunk)
    raise TypeError(f"a source gave {type(chunk).__name__}, not bytes or str")
