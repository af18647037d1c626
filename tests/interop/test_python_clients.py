"""Clients for Python read each well-formed event stream of ours to the events that we read, but for their defects.

Run by `.ci/interop`, which installs the clients; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import pytest
import requests

import streamconv
from pytest_streamconv import StreamServer
from tests.conftest import FIXTURES
from tests.interop.well_formed import WELL_FORMED

if TYPE_CHECKING:
    from tests.interop.python_clients import Event

for _package in ("httpx_sse", "sseclient", "aiohttp_sse_client2"):
    pytest.importorskip(_package, reason="run by .ci/interop")
from tests.interop.python_clients import CLIENTS  # noqa: E402  which imports them

TOKENS = FIXTURES / "tokens.sse"


class Defect(NamedTuple):
    """What a client makes of our events of a fixture, and why."""

    client: str  # its name begins so
    fixture: str
    reason: str
    read: Callable[[list[Event]], list[Event]]


def _without_first(ours: list[Event]) -> list[Event]:
    return ours[1:]


def _last_without_id(ours: list[Event]) -> list[Event]:
    *first, (type, data, _) = ours
    return [*first, (type, data, "")]


_BOM: Final = "a byte order mark is part of the first field, which is lost"
_PERSISTENT: Final = "an id is that of its event alone, and none of those that follow"
DEFECTS: Final = [
    Defect("httpx-sse", "bom.sse", _BOM, _without_first),
    Defect(
        "httpx-sse",
        "ping.sse",
        "once there was an id, an empty line without data before it is an event",
        lambda ours: [ours[0], ("message", "", "a"), *ours[1:]],
    ),
    Defect("sseclient-py", "bom.sse", _BOM, _without_first),
    Defect("sseclient-py", "ping.sse", _PERSISTENT, _last_without_id),
    Defect("sseclient-py", "tokens.sse", _PERSISTENT, _last_without_id),
    Defect("aiohttp-sse-client2", "bom.sse", _BOM, _without_first),
    Defect("aiohttp-sse-client2", "mixed-ends.sse", "CR by itself ends no line", lambda ours: ours[:-1]),
]


def expected(client: str, path: Path) -> list[Event]:
    """Our events, with what is known of the client."""
    ours = [(record.type, record.data or "", record.last_event_id) for record in streamconv.read(path)]
    known = [one for one in DEFECTS if client.startswith(one.client) and one.fixture == path.name]
    assert len(known) <= 1
    changed = known[0].read(ours) if known else ours
    assert not known or changed != ours
    return changed


def test_there_are_streams_to_read_and_every_defect_is_one_of_theirs() -> None:
    names = {path.name for path in WELL_FORMED}
    assert len(names) >= 13
    assert {defect.fixture for defect in DEFECTS} <= names


@pytest.mark.parametrize("faults", [[], ["crlf"], ["split-utf8"]], ids=["as recorded", "CRLF", "characters cut"])
@pytest.mark.parametrize("path", WELL_FORMED, ids=lambda path: path.name)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_what_we_read(client: str, path: Path, faults: list[str], stream_server: StreamServer) -> None:
    assert CLIENTS[client](stream_server(path, faults=faults).url) == expected(client, path)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_byte_may_come_by_itself(client: str, stream_server: StreamServer) -> None:
    chunks = [bytes((byte,)) for byte in TOKENS.read_bytes()]
    assert CLIENTS[client](stream_server(chunks).url) == expected(client, TOKENS)


_CUT: Final[dict[str, type[Exception]]] = {
    "httpx-sse": httpx.RemoteProtocolError,
    "sseclient-py, requests": requests.exceptions.ChunkedEncodingError,
}


@pytest.mark.parametrize("client", _CUT)
def test_a_stream_that_is_cut_raises(client: str, stream_server: StreamServer) -> None:
    with pytest.raises(_CUT[client]):
        CLIENTS[client](stream_server(TOKENS, faults=["cut-record=3"]).url)


def test_an_error_status_first_is_no_stream(stream_server: StreamServer) -> None:
    """sseclient-py is given the body, whatever the status, and finds no event in it."""
    from httpx_sse import SSEError

    with pytest.raises(SSEError, match="got 'application/json'"):
        CLIENTS["httpx-sse"](stream_server(TOKENS, faults=["status=503"]).url)
    with pytest.raises(ConnectionError, match="a fault that was asked for"):
        CLIENTS["aiohttp-sse-client2"](stream_server(TOKENS, faults=["status=503"]).url)
    assert CLIENTS["sseclient-py, requests"](stream_server(TOKENS, faults=["status=503"]).url) == []


def test_a_client_that_is_cut_resumes_where_it_was(stream_server: StreamServer) -> None:
    """As the manual of httpx-sse does it, but for the wait."""
    import httpx_sse

    server = stream_server(TOKENS, faults=["cut-record=4"])
    found: list[str] = []
    last = ""
    with httpx.Client(trust_env=False) as client:
        while not found or found[-1] != "":
            headers = {"Last-Event-ID": last} if last else {}
            try:
                with httpx_sse.connect_sse(client, "GET", server.url, headers=headers) as source:
                    for event in source.iter_sse():
                        found.append(event.data)
                        last = event.id
            except httpx.RemoteProtocolError:
                continue
    assert found == [record.data for record in streamconv.read(TOKENS)]
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, "4"]


def test_a_client_that_reconnects_is_told_when_nothing_is_left(stream_server: StreamServer) -> None:
    """The reader of aiohttp-sse-client2 asks again when a stream ends, and takes 204 for an error."""
    import aiohttp
    from aiohttp_sse_client2.client import EventSource

    server = stream_server(b"retry: 0\nid: 1\ndata: a\n\nid: 2\ndata: b\n\n")
    found: list[str] = []

    async def read() -> None:
        async with aiohttp.ClientSession() as session, EventSource(server.url, session=session) as source:
            async for event in source:
                found.append(event.data)

    with pytest.raises(ConnectionAbortedError, match="wrong response status: 204"):
        asyncio.run(read())
    assert found == ["a", "b"]
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, "2"]


def _stalled_httpx(url: str) -> list[Any]:
    import httpx_sse

    found: list[Any] = []
    with (
        httpx.Client(trust_env=False, timeout=httpx.Timeout(60, read=2)) as client,
        httpx_sse.connect_sse(client, "GET", url) as source,
        pytest.raises(httpx.ReadTimeout),
    ):
        found.extend(event.id for event in source.iter_sse())
    return found


def _stalled_requests(url: str) -> list[Any]:
    import sseclient

    found: list[Any] = []
    with requests.Session() as session:
        session.trust_env = False
        with (
            session.get(url, stream=True, timeout=(60, 2)) as response,
            pytest.raises(requests.exceptions.ConnectionError, match="Read timed out"),
        ):
            found.extend(event.id for event in sseclient.SSEClient(response).events())
    return found


@pytest.mark.parametrize("read", [_stalled_httpx, _stalled_requests])
def test_a_client_with_a_timeout_leaves_a_server_that_stalls(
    read: Callable[[str], list[Any]], stream_server: StreamServer
) -> None:
    assert read(stream_server(TOKENS, faults=["stall=3"]).url) == ["1", "2", "3"]
