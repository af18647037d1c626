"""Clients that come back: where a stream was cut, when they were told, and never again where the server says so.

Run by `.ci/interop`, which has the clients; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import read
from streamconv.live.recording import record_source
from streamconv.live.server import Replaying, Server, serving
from tests.conftest import FIXTURES
from tests.interop.clients import CHROMIUM, EVENT_SOURCES, FETCH, Client, Made, Read, each
from tests.interop.node_tools import SCRIPTS
from tests.interop.pages import needs_chromium

TOKENS = FIXTURES / "tokens.sse"
AT_ONCE = b"retry: 1\n"  # milliseconds: they come back without the 1 s or 3 s that they wait untold
STREAM = AT_ONCE + TOKENS.read_bytes()
EVENTS = [*read(STREAM)]
TYPES = ["message", "end"]
COME_BACK = [*EVENT_SOURCES, FETCH]


def assert_came_back(server: Server, last_event_id: str) -> None:
    """It began without an id, and came back with this one; or with an earlier one, where Chromium dropped what had come
    just before the connection broke.
    """
    first, *others = resumed(server)
    assert first is None
    assert others[-1] is not None
    assert int(others[-1]) <= int(last_event_id)


def resumed(server: Server) -> list[str | None]:
    """The Last-Event-ID of each request, without those by which browsers ask whether they may send it."""
    return [request.headers.get("last-event-id") for request in server.requests if request.method != "OPTIONS"]


def until_the_end(server: Server) -> Made:
    return {"url": server.url, "types": TYPES, "comesBack": True, "last": "end"}


@pytest.mark.parametrize("client", each(COME_BACK))
def test_a_stream_that_is_cut_is_resumed(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    server = stream_server(STREAM, faults=["cut-record=3"])
    (made,) = made_by(client, [until_the_end(server)])
    assert made["events"] == client.expected(EVENTS)
    assert_came_back(server, "3")


@pytest.mark.parametrize("client", each(EVENT_SOURCES))
def test_wherever_it_is_cut_every_event_comes_once(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    first = AT_ONCE + b"data: 1\nid: 1\n\n"
    stream = first + "id: 2\r\ndata: 今天\r\n\r\ndata: a\ndata: b\nid: 3\n\nid\nevent: end\ndata: 4\n\n".encode()
    cuts = range(len(first), len(stream))
    servers = [stream_server(stream, faults=[f"cut-byte={cut}"]) for cut in cuts]
    made = made_by(client, [until_the_end(server) for server in servers])
    for cut, server, one in zip(cuts, servers, made, strict=True):
        assert one["events"] == client.expected(read(stream)), cut
        *_, last = read(stream[:cut], report=lambda problem: None)
        assert_came_back(server, last.id or "")


@pytest.mark.parametrize("client", each([FETCH]))
def test_an_event_that_is_cut_after_its_id_is_lost(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """The difference `id-at-once`. Chromium may drop what came just before the break, and then nothing is lost."""
    cut = STREAM.index(b"id: 4\n") + len(b"id: 4\n")
    servers = [stream_server(STREAM, faults=[f"cut-byte={cut}"]) for _ in range(8)]
    made = made_by(client, [until_the_end(server) for server in servers])
    whole = client.expected(EVENTS)
    lost = [event for event in whole if event[2] != "4"]
    assert lost in [one["events"] for one in made]
    assert all(one["events"] in (lost, whole) for one in made)


@pytest.mark.parametrize("client", each(EVENT_SOURCES))
def test_who_has_had_everything_comes_back_no_more(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """Its end is no end to an EventSource: it comes back, and only the status 204 closes it."""
    server = stream_server(AT_ONCE + b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n", faults=["cut-record=1"])
    (made,) = made_by(client, [{"url": server.url, "types": TYPES, "comesBack": True}])
    assert made["events"] == [["message", "a", "1"], ["message", "b", "2"]]
    assert resumed(server) == [None, "1", "2"]


@pytest.mark.parametrize(
    "how", [{"faults": ["status=503"]}, {"headers": {"Content-Type": "text/plain"}}], ids=["status", "content type"]
)
@pytest.mark.parametrize("client", each(EVENT_SOURCES))
def test_what_is_no_event_stream_is_not_asked_for_again(
    client: Client, how: Any, made_by: Read, stream_server: StreamServer
) -> None:
    server = stream_server(STREAM, **how)
    (made,) = made_by(client, [until_the_end(server)])
    assert (made["events"], resumed(server)) == ([], [None])


@pytest.mark.parametrize("client", each(EVENT_SOURCES))
def test_they_come_back_when_they_were_told(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """One that was told to wait for an hour has lost its connection before another asks three times, and stays away."""
    patient = stream_server(b"retry: 3600000\ndata: a\n\n")
    quick = stream_server(AT_ONCE + b"data: a\n\n")
    (made,) = made_by(
        client, [{"url": quick.url, "beside": patient.url, "types": TYPES, "comesBack": True, "count": 3}]
    )
    assert made["events"] == [["message", "a", ""]] * 3
    assert (len(quick.requests), len(patient.requests)) == (3, 1)


@pytest.mark.parametrize("client", each(COME_BACK))
def test_events_come_while_the_stream_goes_on(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    server = stream_server(STREAM, faults=["stall=3"])  # nothing more is ever sent
    (made,) = made_by(client, [{**until_the_end(server), "count": 3}])
    assert [data for _, data, _ in made["events"]] == ["可以", "，", "今天"]


# Pages and their origins


@contextmanager
def told(**how: Any) -> Iterator[Server]:
    with serving(record_source(TOKENS), Replaying(**how)) as server:
        yield server


def listened(page: Any, made_by: Read, url: str, **init: Any) -> Made:
    (made,) = made_by(CHROMIUM, [{"url": url, "types": TYPES, "last": "end", **init}])
    return made


@needs_chromium
def test_a_page_of_another_origin_may_read_with_and_without_credentials(
    page: Any, made_by: Read, stream_server: StreamServer
) -> None:
    server = stream_server(TOKENS)
    page.context.add_cookies([{"name": "session", "value": "7", "url": server.url}])
    for init in ({}, {"withCredentials": True}):
        assert len(listened(page, made_by, server.url, **init)["events"]) == 10
    origin = page.evaluate("location.origin")
    assert origin not in server.url
    assert [request.headers["origin"] for request in server.requests] == [origin, origin]
    assert [request.headers.get("cookie") for request in server.requests] == [None, "session=7"]


@needs_chromium
def test_a_page_of_anywhere_reads_only_what_it_may(page: Any, made_by: Read) -> None:
    with told(origin="*") as anybody:
        assert len(listened(page, made_by, anybody.url)["events"]) == 10
        assert listened(page, made_by, anybody.url, withCredentials=True)["events"] == []


@needs_chromium
def test_a_page_of_elsewhere_reads_only_where_its_origin_is_named(page: Any, stream_server: StreamServer) -> None:
    """Chromium asks somebody first whether a site may reach this machine; here it may."""
    context = page.context.browser.new_context()
    context.grant_permissions(["local-network-access"])
    elsewhere = context.new_page()
    elsewhere.route("https://example.com/", lambda route: route.fulfill(body="", content_type="text/html"))
    elsewhere.route("https://example.com/*.mjs", lambda route: route.fulfill(path=SCRIPTS / route.request.url[20:]))
    elsewhere.goto("https://example.com/")
    script = "async request => (await (await import('/event-source.mjs')).read(globalThis, request)).events.length"
    with told(origin="https://example.com") as named:
        assert elsewhere.evaluate(script, {"url": named.url, "types": TYPES, "last": "end"}) == 10
    unnamed = stream_server(TOKENS)
    assert elsewhere.evaluate(script, {"url": unnamed.url, "types": TYPES, "last": "end"}) == 0
    assert [request.headers["origin"] for request in unnamed.requests] == ["https://example.com"]
    context.close()
