"""What is awaited is read, converted and closed as what is not; nothing is read before it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import httpx
import pytest

import streamconv
from pytest_streamconv import StreamServer
from streamconv import StreamError, TimedBytes, aconvert, aread, arun, decoder, encoder
from streamconv.filters import Take
from tests.conftest import FIXTURES

FILES = ["tokens.sse", "chat.ndjson", "array.json", "pretty.stream.json", "sequence.json-seq", "captures/chromium.har"]
FORMATS = ["sse", "ndjson", "json", "records", "timed"]


class Watched:
    """A source of endless events that says how often it was read, and whether it was closed."""

    def __init__(self) -> None:
        self.read = 0
        self.closed = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            while True:
                self.read += 1
                yield b"data: %d\n\n" % self.read
        finally:
            self.closed.set()

    async def waiting(self) -> AsyncIterator[bytes]:
        """The first chunk, and then nothing more comes."""
        try:
            yield b"data: 1\n\n"
            await asyncio.Event().wait()
        finally:
            self.closed.set()


READERS: dict[str, Callable[[AsyncIterator[bytes]], Any]] = {
    "arun": lambda chunks: arun(chunks, decoder("sse"), encoder("ndjson")),
    "aread": aread,
    "aconvert": aconvert,
    "aconvert, timed": lambda chunks: aconvert(chunks, to="timed"),
    "aconvert, a filter": lambda chunks: aconvert(chunks, filters=[Take(9)]),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_nothing_is_read_ahead_of_who_asks(reader: Callable[[AsyncIterator[bytes]], Any]) -> None:
    async def check() -> None:
        watched = Watched()
        found = reader(watched.chunks())
        assert watched.read == 0
        for number in range(1, 4):
            await anext(found)
            assert watched.read == number
        await found.aclose()
        assert watched.closed.is_set()

    asyncio.run(check())


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_leaving_early_leaves_nothing_running(reader: Callable[[AsyncIterator[bytes]], Any]) -> None:
    async def check() -> None:
        watched = Watched()
        async for _ in reader(watched.chunks()):
            break
        await watched.closed.wait()  # the loop closes what is left alone
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(check())


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_cancelling_closes_the_source(reader: Callable[[AsyncIterator[bytes]], Any]) -> None:
    async def check() -> None:
        watched = Watched()
        first = asyncio.Event()

        async def read() -> None:
            async for _ in reader(watched.waiting()):
                first.set()

        task = asyncio.create_task(read())
        await first.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert watched.closed.is_set()

    asyncio.run(check())


def test_a_filter_that_is_done_closes_the_source() -> None:
    async def check() -> None:
        watched = Watched()
        written = [data async for data in aconvert(watched.chunks(), filters=[Take(2)])]
        assert (written, watched.read, watched.closed.is_set()) == ([b'"1"\n', b'"2"\n'], 2, True)

    asyncio.run(check())


async def _converted(source: Any, **how: Any) -> bytes:
    return b"".join([data async for data in aconvert(source, **how)])


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 7):
        yield data[at : at + 7]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("to", FORMATS)
def test_converting_is_the_same_in_both_worlds(name: str, to: str) -> None:
    path = FIXTURES / name
    entry = "*/tokens.sse" if name.endswith(".har") else None
    expected = b"".join(streamconv.convert(path, to=to, entry=entry))
    assert asyncio.run(_converted(path, to=to, entry=entry)) == expected
    if to == "timed":  # whose chunks are those that came
        data = asyncio.run(_converted(_pieces(path.read_bytes()), to=to, entry=entry))
        expected = b"".join(streamconv.convert(path, to="raw", entry=entry))
        assert b"".join(streamconv.convert(data, to="raw")) == expected
    else:
        assert asyncio.run(_converted(_pieces(path.read_bytes()), to=to, entry=entry)) == expected


def test_settings_and_problems_are_those_of_convert() -> None:
    conversion = aconvert(_pieces(b"id: 7\ndata: {}\n\n"))
    assert conversion.problems == []

    async def collect() -> list[bytes]:
        return [data async for data in conversion]

    assert asyncio.run(collect()) == [b"{}\n"]
    assert [problem.rule for problem in conversion.problems] == ["lost-id"]
    with pytest.raises(StreamError, match="lost-id"):
        asyncio.run(_converted(_pieces(b"id: 7\ndata: {}\n\n"), lossless=True))
    with pytest.raises(ValueError, match="unknown field `colour`"):
        aconvert(b"", colour="red")
    with pytest.raises(ValueError, match="nothing is selected or changed on the way"):
        aconvert(b"", to="timed", done=True)


def test_recording_what_is_awaited_keeps_or_takes_times() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"
        yield b""
        yield TimedBytes(b"data: 2\n\n", 7.5)

    first, second = streamconv.read(asyncio.run(_converted(chunks(), to="timed")))
    assert (first.time, second.time) == (0.0, 7.5)


async def _with_httpx(url: str, read: Callable[[Any], Awaitable[Any]]) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as response:
        return await read(response)


async def _with_aiohttp(url: str, read: Callable[[Any], Awaitable[Any]]) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await read(response)


@pytest.mark.parametrize("client", [_with_httpx, _with_aiohttp])
def test_responses_are_converted_and_left_in_the_middle(client: Any, stream_server: StreamServer) -> None:
    url = stream_server(FIXTURES / "tokens.sse", faults=["stall=3"]).url
    whole = stream_server(FIXTURES / "tokens.sse").url

    async def first_three(response: Any) -> bytes:
        conversion = aconvert(response, to="json-seq")
        found = b""
        while found.count(b"\n") < 3:
            found += await anext(conversion)
        await conversion.aclose()
        return found

    assert asyncio.run(client(url, first_three)) == '\x1e"可以"\n\x1e"，"\n\x1e"今天"\n'.encode()
    expected = b"".join(streamconv.convert(FIXTURES / "tokens.sse"))
    assert asyncio.run(client(whole, _converted)) == expected
