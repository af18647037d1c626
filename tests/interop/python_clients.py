"""Clients of event streams for Python, each as its own documentation uses it: the events that it reads at an address.

An event is its type, its data, and the last event id, where a client that has none for it says "".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import aiohttp
import httpx
import httpx_sse
import requests
import sseclient
import urllib3
from aiohttp_sse_client2 import client as aiohttp_sse_client2

Event = tuple[str, str, str]


def _httpx_sse(url: str) -> list[Event]:
    with httpx.Client(trust_env=False) as client, httpx_sse.connect_sse(client, "POST", url, json={}) as source:
        return [(event.event, event.data, event.id) for event in source.iter_sse()]


def _httpx_sse_async(url: str) -> list[Event]:
    async def read() -> list[Event]:
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            httpx_sse.aconnect_sse(client, "POST", url, json={}) as source,
        ):
            return [(event.event, event.data, event.id) async for event in source.aiter_sse()]

    return asyncio.run(read())


def _sseclient_py(response: Any) -> list[Event]:
    return [(event.event, event.data, event.id or "") for event in sseclient.SSEClient(response).events()]


def _sseclient_py_requests(url: str) -> list[Event]:
    with requests.Session() as session:
        session.trust_env = False
        with session.post(url, json={}, stream=True, headers={"Accept": "text/event-stream"}) as response:
            return _sseclient_py(response)


def _sseclient_py_urllib3(url: str) -> list[Event]:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, preload_content=False, headers={"Accept": "text/event-stream"})
        try:
            return _sseclient_py(response)
        finally:
            response.close()


class _Over(Exception):
    """The stream has ended, and the client would connect again."""


def _aiohttp_sse_client2(url: str) -> list[Event]:
    source: Any = None

    def over() -> None:
        if source.ready_state == aiohttp_sse_client2.READY_STATE_CONNECTING:
            raise _Over

    async def read() -> list[Event]:
        nonlocal source
        found: list[Event] = []
        async with aiohttp.ClientSession() as session:
            source = aiohttp_sse_client2.EventSource(
                url, session=session, option={"method": "POST"}, json={}, on_error=over, reconnection_time=timedelta(0)
            )
            try:
                async with source:
                    async for event in source:
                        found.append((event.type or "message", event.data, event.last_event_id))
            except _Over:
                pass
        return found

    return asyncio.run(read())


CLIENTS: Final[dict[str, Callable[[str], list[Event]]]] = {
    "httpx-sse": _httpx_sse,
    "httpx-sse, async": _httpx_sse_async,
    "sseclient-py, requests": _sseclient_py_requests,
    "sseclient-py, urllib3": _sseclient_py_urllib3,
    "aiohttp-sse-client2": _aiohttp_sse_client2,
}
"""Clients that read any event stream."""
