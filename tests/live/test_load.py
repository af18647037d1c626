"""Many clients at once: each gets its own stream whole, and neither memory nor anything else grows with them.

python -m pytest -m load -n 0 -s -o faulthandler_timeout=0 tests/live/test_load.py      200 clients, 10 000 records each
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import aiohttp
import httpx
import pytest

from tests.live.measured_server import SPAWN, measured

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures what /proc says")
STREAMS = 20  # different ones; of two clients of one, one has what the other lacks if they are mixed
SOME = (20, 500)
MANY = pytest.param(200, 10_000, marks=pytest.mark.load)
how_many = pytest.mark.parametrize(("clients", "records"), [SOME, MANY], ids=["some", "many"])
_BUFFERS = 160 / 1024  # MiB for a client: what asyncio and aiohttp hold for it at most, and its task
_NOISE = 24  # MiB that a process may need more for other reasons


def _stream(number: int, records: int, size: int = 97) -> bytes:
    text = b"x" * size
    lines = (b'id: %d\ndata: {"stream":%d,"text":"%b"}\n\n' % (n, number, text[n % size :]) for n in range(records))
    return b"".join(lines)


def _streams(records: int) -> dict[str, bytes]:
    return {f"/{number}": _stream(number, records) for number in range(STREAMS)}


async def _read(url: str, clients: int, records: int, there: Connection, *, whole: bool) -> int:
    """Read every stream at once, whole, and return how many bytes came; or until all are in the middle, and say so."""
    streams = _streams(records)
    all_are_here = asyncio.Barrier(clients)

    async def one(client: int) -> int:
        path = f"/{client % STREAMS}"
        expected, at = streams[path], 0
        async with session.post(f"{url}{path[1:]}") as response:
            await all_are_here.wait()
            async for chunk in response.content.iter_any():
                assert expected.startswith(chunk, at)
                at += len(chunk)
                if not whole and at > len(expected) // 3:
                    await all_are_here.wait()
                    there.send(client)
                    await asyncio.Event().wait()
        assert at == len(expected)
        return at

    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        return sum(await asyncio.gather(*map(one, range(clients))))


def _clients(url: str, clients: int, records: int, there: Connection, whole: bool) -> None:
    there.send(asyncio.run(_read(url, clients, records, there, whole=whole)))


@contextmanager
def _reading(url: str, clients: int, records: int, *, whole: bool) -> Iterator[tuple[BaseProcess, Connection]]:
    """Clients in a process of their own, and what they say; where one failed, that is EOFError."""
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=_clients, args=(url, clients, records, there, whole))
    process.start()
    there.close()
    yield process, here
    process.join()


@how_many
def test_many_streams_at_once_are_whole_and_their_own(clients: int, records: int) -> None:
    with measured(_streams(records)) as server:
        before, began = server.cost(), time.monotonic()
        with _reading(server.url, clients, records, whole=True) as (_, said):
            size = said.recv()
        assert server.ends(clients) == {"whole"}
        took, after = time.monotonic() - began, server.cost()
    print(f"\n{clients} streams of {records} records, {size / 2**20:.0f} MiB in {took:.1f} s: {before} -> {after}")
    assert (after.descriptors, after.tasks) == (before.descriptors, before.tasks)
    assert after.peak - before.resident < _NOISE + clients * _BUFFERS


@pytest.mark.parametrize("clients", [20, pytest.param(200, marks=pytest.mark.load)])
def test_clients_that_never_read_cost_a_buffer_each(clients: int) -> None:
    """While they hang, others are served. The stream is larger than what a kernel takes for who does not read."""
    with measured({"/": _stream(0, 10_000, 2048)}) as server, ExitStack() as hanging:
        before = server.cost()
        address = httpx.URL(server.url)
        for _ in range(clients):
            client = hanging.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect((address.host, address.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(1) == b"H"
        size = len(httpx.get(server.url, trust_env=False).content)
        assert server.ends(1) == {"whole"}
        meanwhile = server.cost()
        hanging.close()
        assert server.ends(clients) == {"left"}
        after = server.cost()
    print(f"\n{clients} clients that do not read {size / 2**20:.0f} MiB: {before} -> {meanwhile} -> {after}")
    assert meanwhile.descriptors == before.descriptors + clients
    assert max(meanwhile.peak, after.peak) - before.resident < _NOISE + clients * _BUFFERS
    assert (after.descriptors, after.tasks) == (before.descriptors, before.tasks)


@how_many
def test_clients_that_are_killed_leave_nothing_behind(clients: int, records: int) -> None:
    """Three times, all of them in the middle of their streams, where the server stalls."""
    with measured(_streams(records), [f"stall={records // 2}"]) as server:
        before = server.cost()
        for _ in range(3):
            with _reading(server.url, clients, records, whole=False) as (process, said):
                assert {said.recv() for _ in range(clients)} == {*range(clients)}
                process.kill()
            assert server.ends(clients) == {"left"}
        after = server.cost()
    print(f"\n3 times {clients} clients killed: {before} -> {after}")
    assert (after.descriptors, after.tasks) == (before.descriptors, before.tasks)
    assert after.peak - before.resident < _NOISE + clients * _BUFFERS
