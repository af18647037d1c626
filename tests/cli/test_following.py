"""`view -F`: the page of what goes on arriving, served on this machine alone."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import streamconv
from streamconv.cli import following, main, page_server
from streamconv.cli.page_server import Feed, PageServer
from streamconv.record import Record
from tests.conftest import FIXTURES

Answer = http.client.HTTPResponse


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "_SETTLED", 0.01)


@contextmanager
def asked(server: PageServer, path: str, **headers: str) -> Iterator[Answer]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        yield connection.getresponse()
    finally:
        connection.close()


def events(server: PageServer, **headers: str) -> Iterator[Record]:
    """What a client reads of the stream, as it comes, through our own reader."""
    with asked(server, f"{server.path}events", **headers) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield from streamconv.read(iter(lambda: answer.read1(), b""), "sse", control=True)


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def server(feed: Feed) -> Iterator[PageServer]:
    with PageServer(0, "a <title>", feed) as server:
        yield server


# The server


def test_the_page_is_served_to_who_knows_its_address(server: PageServer) -> None:
    with asked(server, server.path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        page = answer.read()
    assert b"<title>a &lt;title&gt;</title>" in page
    assert b"connect-src 'self'" in page
    assert b"data-live" in page
    for path in ("/", "/events", "/other/", f"{server.path}other", server.path + "events?x"):
        with asked(server, path) as answer:
            assert answer.status == 404, path


def test_only_this_machine_is_answered(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert len(server.path) >= 20
    for host in ("attacker.example", f"attacker.example:{server.server_port}", ""):
        with asked(server, server.path, Host=host) as answer:
            assert (answer.status, answer.read()) == (421, b""), host
    with asked(server, server.path, Host=f"localhost:{server.server_port}") as answer:
        assert answer.status == 200


def test_readers_follow_and_resume(server: PageServer, feed: Feed) -> None:
    feed.add(b'{"a":1}')
    first = events(server)
    assert next(first).retry == 1000
    assert (one := next(first)).json() == {"a": 1}
    assert one.id == "1"
    feed.add(b'{"a":2,\n"b":3}')
    assert next(first).json() == {"a": 2, "b": 3}
    feed.end()
    assert [record.type for record in first] == ["over"]
    rest = [*events(server, Last_Event_ID="1")]
    assert [record.id for record in rest if record.id] == ["2"]
    assert rest[-1].type == "over"
    for odd in ("no", "²", "9" * 5000):
        assert [record.id for record in events(server, Last_Event_ID=odd) if record.id] == ["1", "2"]


def test_what_it_adds_up_to_is_told_once_nothing_comes(server: PageServer, feed: Feed) -> None:
    feed.summary = lambda: b'{"end":{}}'
    feed.add(b"{}")
    follower = events(server)
    assert [next(follower).data for _ in range(3)] == [None, "{}", '{"end":{}}']
    feed.end()
    assert [record.type for record in follower] == ["over"]


def test_silence_is_kept_alive(server: PageServer, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "_KEEPALIVE", 0.01)
    follower = events(server)
    assert next(follower).retry == 1000
    assert [next(follower).comments for _ in range(2)] == [("",), ("",)]


def test_a_browser_that_has_gone_is_no_fault() -> None:
    class Gone(page_server._Handler):
        def __init__(self) -> None:
            pass

        def handle_one_request(self) -> None:
            raise BrokenPipeError

    Gone().handle()


# The command


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command here, and something with its server beside it, which ends with Ctrl-C."""

    def run(arguments: list[str], beside: Callable[[PageServer], None]) -> int:
        servers: queue.Queue[PageServer] = queue.Queue()
        failures: list[BaseException] = []

        class Known(PageServer):
            def __enter__(self) -> PageServer:
                server = super().__enter__()
                servers.put(server)
                return server

        def use() -> None:
            try:
                beside(servers.get(timeout=20))
            except BaseException as error:
                failures.append(error)
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(following, "PageServer", Known)
        user = threading.Thread(target=use)
        user.start()
        try:
            code = main(["view", "--follow", *arguments])
        finally:
            user.join()
        if failures:
            raise failures[0]
        return code

    return run


def _rows(follower: Iterator[Record]) -> Iterator[dict[str, Any]]:
    return (row for record in follower if record.data for row in json.loads(record.data).get("rows", ()))


def test_a_growing_file(served: Callable[..., int], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.sse"
    path.write_bytes(b"data: 1\n\n")

    def grow(server: PageServer) -> None:
        found = _rows(events(server))
        assert next(found)["n"] == 1
        with path.open("ab") as file:
            file.write(b"data: 2\n\n")
        row = next(found)
        assert (row["n"], row["raw"]) == (2, "data: 2\n\n")
        assert row["gap"] > 0

    assert served([str(path)], grow) == 130
    url = capfd.readouterr().err
    assert url.startswith("http://127.0.0.1:")


def test_a_pipe_that_ends_can_still_be_looked_at(served: Callable[..., int], capfd: pytest.CaptureFixture[str]) -> None:
    content = (FIXTURES / "anthropic.sse").read_bytes()
    ours, theirs = os.pipe()
    os.write(theirs, content)
    os.close(theirs)
    before = os.dup(0)
    os.dup2(ours, 0)

    def look(server: PageServer) -> None:
        seen = [*events(server)]
        ends = [json.loads(record.data) for record in seen if record.data]
        assert seen[-1].type == "over"
        assert [one["end"]["message"]["choices"][0]["parts"][0]["text"] for one in ends if "end" in one][-1] == (
            "Hello, world!"
        )
        assert len([*_rows(events(server))]) == 10

    try:
        assert served(["-"], look) == 0
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(ours)
    assert "the stream has ended; Ctrl-C ends the page, too" in capfd.readouterr().err


def test_what_a_stream_adds_up_to_so_far(served: Callable[..., int], tmp_path: Path) -> None:
    path = tmp_path / "a.sse"
    whole = (FIXTURES / "anthropic.sse").read_bytes()
    path.write_bytes(whole.partition(b"world")[0].rpartition(b"event:")[0])

    def look(server: PageServer) -> None:
        ends = (json.loads(record.data)["end"] for record in events(server) if record.data and '"end"' in record.data)
        message = next(end["message"] for end in ends if end["message"] is not None)
        assert message["choices"][0]["parts"][0]["text"] == "Hello, "
        assert message["verdict"]["complete"] is False

    assert served([str(path)], look) == 130


def test_a_selection_adds_up_to_nothing(served: Callable[..., int], tmp_path: Path) -> None:
    path = tmp_path / "a.sse"
    path.write_bytes((FIXTURES / "anthropic.sse").read_bytes())

    def look(server: PageServer) -> None:
        assert next(_rows(events(server)))["event"] == "ping"

    assert served([str(path), "--event", "ping"], look) == 130


def test_on_a_terminal_the_browser_is_opened(
    served: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 1)
    monkeypatch.setattr(following, "show", lambda name, url, voice: opened.append(url))

    def look(server: PageServer) -> None:
        next(_rows(events(server)))
        assert opened == [server.url]

    assert served([str(FIXTURES / "ping.sse")], look) == 130


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["view", "-F", str(FIXTURES / "ping.sse"), "--port", str(port)]) == 4
    assert f"127.0.0.1:{port}: Address already in use" in capsys.readouterr().err
