"""Many clients at once: none gets what is another's, and the server's memory does not grow with them.

python -m pytest -m load -n 0 -s -o faulthandler_timeout=0 tests/live/test_load.py      200 clients, 10 000 records each
"""

from __future__ import annotations

import asyncio
import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import aiohttp
import pytest

from streamconv.live.recording import record_source
from streamconv.live.server import serving


def _records(records: int) -> list[bytes]:
    texts = (json.dumps({"n": n, "text": "x" * (n % 97)}) for n in range(records))
    return [b"id: %d\ndata: %b\n\n" % (n, text.encode()) for n, text in enumerate(texts)]


async def _ask(url: str, clients: int, records: int) -> int:
    """How many bytes came. Each client resumes elsewhere, so that streams which were mixed would show."""
    written = _records(records)

    async def one(client: int) -> int:
        first = client * 7 % records
        headers = {"Last-Event-ID": str(first - 1)} if first else {}
        async with session.get(url, headers=headers) as response:
            body = await response.read()
        assert body == b"".join(written[first:])
        return len(body)

    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        return sum(await asyncio.gather(*map(one, range(clients))))


def _clients(url: str, clients: int, records: int) -> int:
    return asyncio.run(_ask(url, clients, records))


def _peak() -> float:
    """MiB that this process has needed at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize(
    ("clients", "records"), [(20, 300), pytest.param(200, 10_000, marks=pytest.mark.load)], ids=["some", "many"]
)
def test_many_streams_at_once_are_whole_and_their_own(clients: int, records: int) -> None:
    recording = record_source(b"".join(_records(records)))
    with serving(recording) as server, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        elsewhere.submit(_clients, server.url, 1, 1).exception()  # both have started
        before, began = _peak(), time.monotonic()
        size = elsewhere.submit(_clients, server.url, clients, records).result()
        took, grown = time.monotonic() - began, _peak() - before
        assert server.active == 0
    print(f"\n{clients} streams of {records} records, {size / 2**20:.0f} MiB: {took:.1f} s, {grown:.0f} MiB more")
    assert grown < 32 + clients / 4  # MiB: 128 KiB of buffers a client, and the steps of who resumes
