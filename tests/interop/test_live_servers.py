"""What servers for Python send is read record by record as they send it, over POST, by everything of ours that reads.

What needs Flask or Django is run by `.ci/interop`, which installs them; elsewhere it is skipped, and says so.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

import streamconv
from tests.conftest import needs
from tests.interop.live_servers import PAYLOADS, SERVERS, Acknowledged

Payloads = Iterator[Any]


def _read_httpx(url: str) -> Payloads:
    with httpx.stream("POST", url, json={}, trust_env=False) as response:
        for record in streamconv.read(response):
            yield record.json()


def _payloads_requests(url: str) -> Payloads:
    with requests.Session() as session:
        session.trust_env = False
        with session.post(url, json={}, stream=True) as response:
            yield from streamconv.payloads(response)


def _read_urllib3(url: str) -> Payloads:
    with urllib3.PoolManager() as pool:
        response = pool.request("POST", url, json={}, preload_content=False)
        for record in streamconv.read(response):
            yield record.json()
        response.close()


def _convert_httpx(url: str) -> Payloads:
    """A chunk of output is a record of input."""
    with httpx.stream("POST", url, json={}, trust_env=False) as response:
        for written in streamconv.convert(response, to="json-seq"):
            yield json.loads(written.removeprefix(b"\x1e"))


def _command(url: str) -> Payloads:
    needs("curl")
    curl = f"curl -sN -H 'Content-Type: application/json' -d '{{}}' {url}"
    shell = f"set -o pipefail; {curl} | {sys.executable} -m streamconv convert -q"
    with subprocess.Popen(["bash", "-c", shell], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # it is a pipe
        yield from map(json.loads, process.stdout)
    assert process.returncode == 0


SYNC = {
    "read, httpx": _read_httpx,
    "read, urllib3": _read_urllib3,
    "payloads, requests": _payloads_requests,
    "convert, httpx": _convert_httpx,
    "curl | streamconv": _command,
}


@pytest.fixture(params=SERVERS)
def live(request: pytest.FixtureRequest) -> Iterator[tuple[str, Acknowledged]]:
    """The address of a server, and what it waits for."""
    serve, path, package = SERVERS[request.param]
    if package is not None:
        pytest.importorskip(package, reason="run by .ci/interop")
    acknowledged = Acknowledged()
    with serve(acknowledged) as port:
        yield f"http://127.0.0.1:{port}/{path}", acknowledged


@pytest.mark.parametrize("reader", SYNC)
def test_a_record_is_read_before_the_next_is_sent(reader: str, live: tuple[str, Acknowledged]) -> None:
    url, acknowledged = live
    found = []
    for payload in SYNC[reader](url):
        found.append(payload)
        acknowledged.acknowledge()
    assert found == PAYLOADS


async def _aread_httpx(url: str, read: Callable[[Any], None]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("POST", url, json={}) as response:
        async for record in streamconv.aread(response):
            read(record.json())


async def _aread_aiohttp(url: str, read: Callable[[Any], None]) -> None:
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as response:
        async for record in streamconv.aread(response):
            read(record.json())


async def _aconvert_aiohttp(url: str, read: Callable[[Any], None]) -> None:
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as response:
        async for written in streamconv.aconvert(response):
            read(json.loads(written))


@pytest.mark.parametrize("reader", [_aread_httpx, _aread_aiohttp, _aconvert_aiohttp])
def test_a_record_that_is_awaited_is_read_before_the_next_is_sent(reader: Any, live: tuple[str, Acknowledged]) -> None:
    url, acknowledged = live
    found = []

    def read(payload: Any) -> None:
        found.append(payload)
        acknowledged.acknowledge()

    asyncio.run(reader(url, read))
    assert found == PAYLOADS


def test_names_ids_and_pings_of_sse_starlette_are_read() -> None:
    """It ends lines with CRLF. The second event is acknowledged when a ping has come after it."""
    serve, path, _ = SERVERS["sse-starlette"]
    acknowledged = Acknowledged()
    events = []
    with (
        serve(acknowledged) as port,
        httpx.stream("POST", f"http://127.0.0.1:{port}/{path}", json={}, trust_env=False) as response,
    ):
        for record in streamconv.read(response, control=True):
            assert record.raw.endswith(b"\r\n\r\n")
            if record.kind == "event":
                events.append((record.type, record.id, record.last_event_id, record.retry))
            if record.number == 1 or (len(events) == 2 and record.comments):
                acknowledged.acknowledge()
            assert all(comment.startswith("ping - ") for comment in record.comments)
    assert events == [("token", "1", "1", 1500), ("token", "2", "2", 1500), ("end", "3", "3", 1500)]
