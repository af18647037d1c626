"""fetch-event-source in Chromium: what an EventSource cannot do, over our server.

Run by `.ci/interop`, which has the browser and the package; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import read
from tests.conftest import FIXTURES
from tests.interop.clients import FETCH, Client, Made, Read, each

STREAM = b"retry: 1\n" + (FIXTURES / "tokens.sse").read_bytes()
QUESTION = json.dumps({"messages": [{"role": "user", "content": "天气？"}], "stream": True}, ensure_ascii=False)
ASKED: Made = {
    "method": "POST",
    "headers": {"Content-Type": "application/json", "Authorization": "Bearer none", "X-Trace": "7"},
    "body": QUESTION,
}

pytestmark = pytest.mark.parametrize("client", each([FETCH]))


def test_it_posts_a_body_with_headers_of_its_own(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """The page is of another origin: the browser asks first whether it may."""
    server = stream_server(STREAM)
    (made,) = made_by(client, [{"url": f"{server.url}v1/chat?n=1", **ASKED}])
    assert made == {"events": client.expected(read(STREAM)), "error": None}
    before, posted = server.requests
    assert before.method == "OPTIONS"
    assert before.headers["access-control-request-headers"] == "authorization,content-type,x-trace"
    assert (posted.method, posted.path, posted.body.decode()) == ("POST", "/v1/chat?n=1", QUESTION)
    assert (posted.headers["authorization"], posted.headers["x-trace"]) == ("Bearer none", "7")
    assert posted.headers["accept"] == "text/event-stream"


def test_it_posts_again_where_it_was_cut(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    server = stream_server(STREAM, faults=["cut-record=3"])
    (made,) = made_by(client, [{"url": server.url, "comesBack": True, **ASKED}])
    assert made == {"events": client.expected(read(STREAM)), "error": None}
    posted = [request for request in server.requests if request.method == "POST"]
    assert {request.body.decode() for request in posted} == {QUESTION}
    assert posted[0].headers.get("last-event-id") is None
    assert int(posted[-1].headers["last-event-id"]) <= 3  # less, where what came just before the break was dropped


def test_it_reads_any_format_as_an_event_stream(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """Its Accept names event streams alone, and what the server has is converted."""
    path = FIXTURES / "chat.ndjson"
    (made,) = made_by(client, [{"url": stream_server(path).url, **ASKED}])
    assert [json.loads(data) for _, data, _ in made["events"]] == [record.json() for record in read(path)]


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"faults": ["status=503"]}, "application/json"),
        ({"headers": {"Content-Type": "text/plain"}}, "text/plain"),
    ],
)
def test_what_is_no_event_stream_is_an_error(
    client: Client, how: Any, found: str, made_by: Read, stream_server: StreamServer
) -> None:
    """It looks at the type alone, not at the status."""
    (made,) = made_by(client, [{"url": stream_server(STREAM, **how).url, **ASKED}])
    assert made == {"events": [], "error": f"Expected content-type to be text/event-stream, Actual: {found}"}


def test_that_nothing_is_left_is_an_error_too(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    """The status 204 ends an EventSource; this one would ask again for ever, unless `onerror` throws."""
    server = stream_server(b"id: 1\ndata: a\n\n")
    (made,) = made_by(client, [{"url": server.url, "headers": {"Last-Event-ID": "1"}}])
    assert made == {"events": [], "error": "Expected content-type to be text/event-stream, Actual: null"}
