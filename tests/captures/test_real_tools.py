"""Every fixture through the tools that people use, against a server on loopback: the same bytes come out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from streamconv import read
from streamconv.captures import Capture, open_source
from streamconv.detect import detect
from streamconv.formats import by_suffix
from tests.conftest import FIXTURES, needs
from tests.reading import everything
from tests.record_fixtures import fixtures


class _Server(BaseHTTPRequestHandler):
    """Sends the fixtures, in chunks that cut them anywhere."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        if name.startswith("moved/"):
            self.send_response(302)
            self.send_header("Location", "/" + name.removeprefix("moved/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        name = name.partition("?")[0]
        if name and not (FIXTURES / name).is_file():  # browsers ask for an icon
            self.send_error(404)
            return
        body = (FIXTURES / name).read_bytes() if name else b"<!doctype html><title>page</title>"
        format = by_suffix(name)
        self.send_response(200)
        self.send_header("Content-Type", format.media_types[0] if format else "text/html")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), 37):
            part = body[at : at + 37]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sent() -> Iterator[str]:
    """The server's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sent() as address:
        yield address


# What is run with the fixture's path or address, the chain that its output has, and how many fixtures it may change.
_PACKED = {
    "gzip": (["gzip", "-c"], "gzip"),
    "zstd": (["zstd", "-cq"], "zstd"),
    "brotli": (["brotli", "-c"], "br"),
}
_SENT = {
    "curl -i": (["curl", "-sSi"], "http/1.1"),
    "curl -i --raw": (["curl", "-sSi", "--raw"], "http/1.1,chunked"),
    "curl --raw": (["curl", "-sS", "--raw"], "chunked"),
    "curl -iL": (["curl", "-sSiL"], "http/1.1"),
    "curl -v": (["curl", "-sv"], "curl-v,http/1.1"),
    "curl -v with its meter": (["curl", "-vN"], "curl-v,http/1.1"),
    "curl --trace": (["curl", "-sS", "--trace", "-", "--trace-time", "-o", "/dev/null"], "curl-trace,http/1.1,chunked"),
    "curl --trace, no time": (["curl", "-sS", "--trace", "-", "-o", "/dev/null"], "curl-trace,http/1.1,chunked"),
}


def _same(path: Path, wrapped: Path, chain: str) -> None:
    problems: list[object] = []
    capture = open_source(wrapped, report=problems.append)
    assert b"".join(capture.chunks) == path.read_bytes(), path.name
    assert ",".join(layer.name for layer in capture.layers) == chain, path.name
    assert not [problem for problem in capture.problems if problem.severity != "info"], path.name
    bare = [*read(path, control=True, report=problems.append)]
    again = [*read(wrapped, bare[0].format and f"{chain},{bare[0].format}", control=True, report=problems.append)]
    assert [*map(everything, again)] == [*map(everything, bare)], path.name


def _told(wrapped: Path, bare: Path) -> tuple[str, str]:
    def format(path: Path) -> str:
        capture: Capture = open_source(path)
        return detect(capture).choice.format

    return format(wrapped), format(bare)


@pytest.mark.parametrize("tool", _PACKED)
def test_what_a_packer_packed_is_the_fixture(tool: str, tmp_path: Path) -> None:
    command, chain = _PACKED[tool]
    needs(command[0])
    for path in fixtures():
        wrapped = tmp_path / f"{path.name}.{chain}"
        with wrapped.open("wb") as out:
            subprocess.run([*command, str(path)], stdout=out, check=True)
        _same(path, wrapped, chain)


@pytest.mark.parametrize("tool", _SENT)
def test_what_curl_wrote_is_the_fixture(tool: str, tmp_path: Path, server: str) -> None:
    command, chain = _SENT[tool]
    needs("curl")
    for path in fixtures():
        name = path.relative_to(FIXTURES).as_posix()
        wrapped = tmp_path / f"{path.name}.txt"
        address = f"{server}/moved/{name}" if "L" in command[1] else f"{server}/{name}"
        with wrapped.open("wb") as out:
            subprocess.run([*command, address], stdout=out, stderr=subprocess.STDOUT, check=True)
        _same(path, wrapped, chain)
        if "broken" not in name and chain != "chunked":  # a content type, or decisive bytes
            assert len({*_told(wrapped, path)}) == 1, name


def test_what_trace_ascii_wrote_is_the_fixture_where_it_is_ascii_and_regular(tmp_path: Path, server: str) -> None:
    needs("curl")
    for name in ("openai-chat.sse", "anthropic.sse", "chat.ndjson", "ping.sse"):
        wrapped = tmp_path / f"{name}.txt"
        with wrapped.open("wb") as out:
            command = ["curl", "-sS", "--trace-ascii", "-", "-o", "/dev/null", f"{server}/{name}"]
            subprocess.run(command, stdout=out, check=True)
        capture = open_source(wrapped)
        body = (FIXTURES / name).read_bytes()
        # A CR LF inside the body breaks the dump's line as one of the framing does; these have none.
        assert b"\r" not in body or name == "ping.sse"
        assert b"".join(capture.chunks).replace(b"\r", b"") == body.replace(b"\r", b""), name
        assert [problem.rule for problem in capture.problems if problem.severity == "warning"] == ["capture-curl-trace"]
