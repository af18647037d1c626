"""The server, asked by real clients: chunk by chunk, with faults, and by clients that go away or never read."""

from __future__ import annotations

import asyncio
import http.client
import importlib
import os
import queue
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest

import streamconv
from pytest_streamconv import StreamServer
from streamconv import TimedBytes
from streamconv.live import server as live_server
from streamconv.live.answers import Replaying
from streamconv.live.faults import Fault, parse_fault
from streamconv.live.recording import record_source
from streamconv.live.script import Step
from streamconv.live.server import Exchange, Server, _Sending, serving
from streamconv.testing import assert_stream
from tests.conftest import FIXTURES

TOKENS = FIXTURES / "tokens.sse"
NEVER = 1e6  # seconds


@contextmanager
def watched(source: Any, **how: Any) -> Iterator[tuple[Server, queue.Queue[Exchange]]]:
    """A server, and its exchanges as they end."""
    over: queue.Queue[Exchange] = queue.Queue()
    with serving(record_source(source), Replaying(**how), say=over.put) as server:
        yield server, over


def get(server: Server, **headers: str) -> httpx.Response:
    return httpx.get(server.url, headers=headers, trust_env=False)


def connect(
    server: Server, request: str = "GET / HTTP/1.1", *headers: str, receive_buffer: int | None = None
) -> socket.socket:
    """A client that has asked, and reads what it is told to."""
    host, port = httpx.URL(server.url).host, httpx.URL(server.url).port
    client = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(60)
    client.connect((host, port))
    client.sendall("\r\n".join((request, "Host: localhost", *headers, "", "")).encode())
    return client


def chunks(server: Server) -> list[bytes]:
    """The chunks of RFC 9112, 7.1, as they stand on the wire."""
    with connect(server) as client, client.makefile("rb") as lines:
        while lines.readline() != b"\r\n":
            pass
        found = []
        while size := int(lines.readline(), 16):
            found.append(lines.read(size))
            assert lines.read(2) == b"\r\n"
        return found


def test_a_record_is_a_chunk(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS)
    assert chunks(server) == [record.raw for record in streamconv.read(TOKENS, control=True)]
    assert_stream(get(server)).count("message", 9).ends_with("end")


def test_chunks_of_a_list_and_of_a_timed_capture_are_as_they_were(stream_server: StreamServer) -> None:
    pieces = ["data: é".encode()[:-1], b"\xa9\n", b"\ndata: b\n\n"]
    assert chunks(stream_server(pieces)) == pieces
    timed = b"".join(streamconv.convert([TimedBytes(piece, 0.001 * n) for n, piece in enumerate(pieces)], to="timed"))
    assert chunks(stream_server(timed)) == pieces


def test_chunks_come_when_they_came() -> None:
    """The second is due in eleven days: the first is here, and the client leaves."""
    with watched([TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b"data: 2\n\n", NEVER)]) as (server, over):
        with httpx.stream("GET", server.url, trust_env=False) as response:
            assert next(streamconv.read(response)).data == "1"
        left = over.get(timeout=60)
        assert (left.end, left.size, server.active) == ("left", 9, 0)


def test_speed_divides_the_waits(stream_server: StreamServer) -> None:
    source = [TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b"data: 2\n\n", NEVER)]
    for speed in (float("inf"), NEVER * 1000):
        assert_stream(get(stream_server(source, speed=speed))).count("message", 2)
    assert_stream(get(stream_server(source, delay=0.001))).count("message", 2)
    for speed in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="the speed is a factor above 0, not"):
            stream_server(source, speed=speed)
    for delay in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="the delay is a number of seconds from 0, not"):
            stream_server(source, delay=delay)


def test_a_stream_arrives_incrementally(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS, delay=0.001)
    with httpx.stream("GET", server.url, trust_env=False) as response:
        assert_stream(response).incremental().ends_with("end")


def test_accept_chooses_the_format(stream_server: StreamServer) -> None:
    server = stream_server(FIXTURES / "chat.ndjson")
    own = get(server, Accept="application/json")
    assert own.headers["content-type"] == "application/x-ndjson"
    assert own.content == (FIXTURES / "chat.ndjson").read_bytes()
    other = get(server, Accept="text/event-stream")
    assert other.headers["content-type"] == "text/event-stream"
    assert [*streamconv.payloads(other)] == [*streamconv.payloads(own)]


def test_who_resumes_gets_what_follows(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS, faults=["cut-record=3"])
    with httpx.Client(trust_env=False) as client, client.stream("GET", server.url) as response:
        ids = []
        with pytest.raises(httpx.RemoteProtocolError):
            ids.extend(record.id for record in streamconv.read(response))
    rest = get(server, **{"Last-Event-ID": "3"})
    assert_stream(rest).count("message", 6).data(0).matches("天气").ends_with("end")
    assert get(server, **{"Last-Event-ID": "9"}).content == b"event: end\ndata: \n\n"
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, "3", "9"]


def test_an_id_that_is_not_there_begins_again(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS)
    assert get(server, **{"Last-Event-ID": "x"}).content == TOKENS.read_bytes()
    assert get(server, **{"Last-Event-ID": ""}).content == TOKENS.read_bytes()


def test_who_has_had_everything_is_told_to_ask_no_more(stream_server: StreamServer) -> None:
    server = stream_server(b"id: 1\ndata: a\n\n: the end\n\n")
    assert get(server, **{"Last-Event-ID": "1"}).status_code == 204


def test_methods(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS, headers={"content-type": "text/plain", "X-Request-Id": "7"})
    body = b"x" * 100_000
    posted = httpx.post(f"{server.url}v1/chat?a=1", content=body, trust_env=False)
    assert posted.content == TOKENS.read_bytes()
    assert posted.headers.get_list("content-type") == ["text/plain"]
    assert posted.headers["x-request-id"] == "7"
    seen = server.requests[-1]
    assert (seen.method, seen.path, seen.body) == ("POST", "/v1/chat?a=1", body[:65536])
    head = httpx.head(server.url, trust_env=False)
    assert (head.status_code, head.content, head.headers["x-request-id"]) == (200, b"", "7")
    refused = httpx.put(server.url, trust_env=False)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_a_header_that_is_given_twice_is_sent_twice() -> None:
    given = [("Set-Cookie", "a=1"), ("vary", "X"), ("set-cookie", "b=2"), ("Vary", "Y")]
    with watched(TOKENS, headers=given) as (server, _):
        headers = get(server).headers
    assert headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert headers.get_list("vary") == ["X", "Y"]


def test_who_waits_to_be_told_to_go_on_is_told(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS)
    headers = ("Content-Length: 5", "Expect: 100-continue")
    with connect(server, "POST / HTTP/1.1", *headers) as client, client.makefile("rb") as lines:
        assert [lines.readline(), lines.readline()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
        client.sendall(b"hello")
        assert lines.readline() == b"HTTP/1.1 200 OK\r\n"
    assert server.requests[-1].body == b"hello"


def test_another_name_for_this_machine_is_refused(stream_server: StreamServer) -> None:
    """A page elsewhere, whose name resolves to 127.0.0.1."""
    server = stream_server(TOKENS)
    refused = get(server, Host="attacker.example")
    assert refused.status_code == 421
    assert refused.text == "only localhost and 127.0.0.1 are served here; streamconv serve --host says otherwise\n"
    assert get(server, Host="app.localhost:3000").content == TOKENS.read_bytes()
    with watched(TOKENS, origin="*") as (anybody, _):
        assert get(anybody, Host="attacker.example").content == TOKENS.read_bytes()
    with serving(record_source(TOKENS), host="0.0.0.0") as open_to_all:
        assert get(open_to_all, Host="laptop.example").content == TOKENS.read_bytes()


def test_several_streams_are_each_at_their_path() -> None:
    names = {"/tokens.sse": TOKENS, "/a b/今.ndjson": FIXTURES / "chat.ndjson"}
    recordings = {path: record_source(source) for path, source in names.items()}
    with serving(recordings) as server:
        for path, source in names.items():
            assert httpx.get(f"{server.url}{quote(path[1:])}?x=1", trust_env=False).content == source.read_bytes()
        assert get(server).text == "/tokens.sse\n/a%20b/%E4%BB%8A.ndjson\n"
        lost = httpx.post(f"{server.url}other", trust_env=False)
        assert (lost.status_code, lost.text) == (404, "there is no stream at this path; / lists them\n")
    with (
        pytest.raises(ValueError, match=r"/tokens\.sse: stall: the stream has no event 99; it has 10"),
        serving(recordings, Replaying(faults=[Fault("stall", 99)])),
    ):
        pass


def test_a_name_that_is_not_utf_8_is_a_path_too() -> None:
    recordings = {os.fsdecode(b"/a\xff.sse"): record_source(TOKENS), "/b.sse": record_source([b"data: b\n\n"])}
    with serving(recordings) as server:
        assert get(server).text == "/a%FF.sse\n/b.sse\n"
        assert httpx.get(f"{server.url}a%FF.sse", trust_env=False).content == TOKENS.read_bytes()


def test_pages_of_this_machine_may_read_it_and_others_that_are_told(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS)
    for origin in ("http://localhost:3000", "http://app.localhost", "https://127.0.0.1:5173", "http://[::1]:80"):
        asked = {"Origin": origin, "Access-Control-Request-Headers": "authorization"}
        headers = httpx.options(server.url, headers=asked, trust_env=False).headers
        assert headers["access-control-allow-origin"] == origin
        assert headers["access-control-allow-methods"] == "GET, HEAD, POST"
        assert headers["access-control-allow-headers"] == "authorization"
        assert headers["access-control-allow-credentials"] == "true"
    for origin in ("https://example.com", "http://localhost.example.com", "null"):
        assert "access-control-allow-origin" not in get(server, Origin=origin).headers
    with watched(TOKENS, origin="https://example.com") as (told, _):
        assert get(told, Origin="https://example.com").headers["access-control-allow-origin"] == "https://example.com"
    with watched(TOKENS, origin="*") as (anybody, _):
        headers = get(anybody, Origin="https://example.com").headers
        assert headers["access-control-allow-origin"] == "https://example.com"
        assert "access-control-allow-credentials" not in headers


def test_a_connection_that_breaks_has_no_end(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS, faults=["cut-byte=40"])
    connection = http.client.HTTPConnection("127.0.0.1", httpx.URL(server.url).port, timeout=60)
    connection.request("GET", "/")
    with pytest.raises(http.client.IncompleteRead) as cut:
        connection.getresponse().read()
    assert cut.value.partial == TOKENS.read_bytes()[:40]
    connection.close()


def test_a_stall_lasts_until_the_client_goes_away() -> None:
    with watched(TOKENS, faults=[parse_fault("stall=1")]) as (server, over):
        with httpx.stream("GET", server.url, trust_env=False) as response:
            records = streamconv.read(response)
            assert next(records).id == "1"
            assert server.active == 1
        assert over.get(timeout=60).end == "left"
        assert server.active == 0


def test_the_first_requests_fail(stream_server: StreamServer) -> None:
    server = stream_server(TOKENS, faults=["status=503:2", "status=429"])
    assert [get(server).status_code for _ in range(4)] == [503, 503, 429, 200]
    assert get(stream_server(TOKENS, faults=["status=500"])).json() == {
        "error": {"message": "a fault that was asked for"}
    }


def test_a_client_that_never_reads_is_sent_no_more_than_buffers_hold() -> None:
    event = b"data: " + b"x" * 65528 + b"\n\n"
    with watched([event] * 256) as (server, over):  # 16 MiB
        with connect(server, receive_buffer=4096):
            assert len(get(server).content) == 256 * len(event)
            assert over.get(timeout=60).end == "whole"
            assert server.active == 1
        left = over.get(timeout=60)
        assert left.end == "left"
        assert left.size < 128 * len(event)
        assert server.active == 0


def test_clients_that_are_killed_leave_nothing_behind() -> None:
    before = threading.active_count()
    with watched([TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b"data: 2\n\n", NEVER)]) as (server, over):
        clients = [connect(server) for _ in range(50)]
        for client in clients:
            assert client.recv(1)
            client.close()
        assert {over.get(timeout=60).end for _ in clients} == {"left"}
        assert server.active == 0
    assert threading.active_count() == before


def test_a_client_that_is_gone_when_more_is_written_has_left() -> None:
    class Gone:
        async def write(self, data: bytes) -> None:
            raise ConnectionResetError

    sending = _Sending(cast(Any, None), cast(Any, Gone()))
    asyncio.run(sending.send([Step(b"data: 1\n\n", 0.0)], 1.0))
    assert (sending.end, sending.size) == ("left", 0)


def test_a_server_stops_while_clients_wait() -> None:
    with watched([TimedBytes(b"data: 1\n\n", NEVER)]) as (server, over):
        client = connect(server)
        assert client.recv(1)
    assert over.get(timeout=60).end == "left"
    client.close()


def test_what_is_no_http_is_refused_and_not_printed(stream_server: StreamServer, capfd: Any) -> None:
    server = stream_server(TOKENS)
    with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port)) as client:
        client.sendall(b"\x1b[31m\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.0 400 ")
    assert get(server).status_code == 200
    assert capfd.readouterr().err == ""


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    with serving(record_source(TOKENS), host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        with connect(server) as client:
            assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_an_address_that_cannot_be_had_raises(stream_server: StreamServer) -> None:
    port = httpx.URL(stream_server(TOKENS).url).port
    recording = record_source(TOKENS)
    with pytest.raises(OSError, match="address already in use"), serving(recording, port=port or 0):
        pass
    with (
        pytest.raises(ValueError, match="the stream has no event 99; it has 10"),
        serving(recording, Replaying(faults=[Fault("stall", 99)])),
    ):
        pass


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ModuleNotFoundError, match=r"the server needs aiohttp: pip install 'streamconv\[http\]'"):
        importlib.reload(live_server)


def test_a_capture_is_found_beside_the_test(stream_capture: Any) -> None:
    assert stream_capture("test_server.py") == Path(__file__)
    with pytest.raises(FileNotFoundError, match=r"no capture 'test_servr.py' in .*; did you mean 'test_server.py'\?"):
        stream_capture("test_servr.py")
    with pytest.raises(FileNotFoundError, match=r"no capture 'none/x.sse' in [^;]*$"):
        stream_capture("none/x.sse")
