"""Many clients at once: none gets what is another's, and memory does not grow with them.

python -m pytest -m load -n 0 -s tests/live/test_load.py      200 clients, 10 000 records each
"""

from __future__ import annotations

import asyncio
import json
import resource
import time

import aiohttp
import pytest

from streamconv import aread
from streamconv.live.recording import record_source
from streamconv.live.server import Server, serving


def _stream(records: int) -> bytes:
    texts = (json.dumps({"n": n, "text": "x" * (n % 97)}) for n in range(records))
    return b"".join(b"id: %d\ndata: %b\n\n" % (n, text.encode()) for n, text in enumerate(texts))


async def _ask(server: Server, clients: int, records: int) -> None:
    """Each client resumes elsewhere, so that streams which were mixed would show."""

    async def one(client: int) -> None:
        first = client * 7 % records
        headers = {"Last-Event-ID": str(first - 1)} if first else {}
        async with session.get(server.url, headers=headers) as response:
            ids = [record.id async for record in aread(response)]
        assert ids == [str(n) for n in range(first, records)]

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(None)) as session:
        await asyncio.gather(*map(one, range(clients)))


@pytest.mark.parametrize(
    ("clients", "records"), [(20, 300), pytest.param(200, 10_000, marks=pytest.mark.load)], ids=["some", "many"]
)
def test_many_streams_at_once_are_whole_and_their_own(clients: int, records: int) -> None:
    data = _stream(records)
    with serving(record_source(data)) as server:
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        asyncio.run(_ask(server, clients, records))
        took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert server.active == 0
    grown = (after - before) / 1024
    print(f"\n{clients} streams of {records} records, {len(data)} bytes: {took:.1f} s, {grown:.0f} MiB more, both ends")
    assert grown < 64 + clients  # MiB: a client's buffers, at either end; the streams together are twenty times that
