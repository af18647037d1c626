"""The folder that a session is typed in: what people have, made of our fixtures; and the server that they ask.

Nothing here needs more than Python, so that sessions run where only streamconv is installed.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"

TYPES = {".sse": "text/event-stream", ".ndjson": "application/x-ndjson", ".json": "application/json"}


def har(*bodies: tuple[str, bytes]) -> bytes:
    """A HAR with a reply for each name and body."""
    entries = [
        {
            "startedDateTime": f"2026-01-01T00:00:0{second}.000Z",
            "time": 1.0,
            "request": {"method": "POST", "url": f"https://api.example/{name}", "headers": []},
            "response": {
                "status": 200,
                "headers": [],
                "content": {"mimeType": TYPES[Path(name).suffix], "text": body.decode(), "size": len(body)},
            },
        }
        for second, (name, body) in enumerate(bodies)
    ]
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "a browser", "version": "1"}, "entries": entries}}
    ).encode()


def fill(folder: Path) -> None:
    """Put the files there."""
    whole = {path.name: path.read_bytes() for path in [*FIXTURES.glob("*.*"), *(FIXTURES / "protocols").iterdir()]}
    tools = whole["anthropic-tools.sse"]
    (folder / "run.sse").write_bytes(tools[:1500])
    (folder / "a.sse").write_bytes(whole["openai-chat.sse"])
    (folder / "b.sse").write_bytes(whole["openai-chat.sse"].replace(b"chatcmpl-1", b"chatcmpl-2"))
    (folder / "messages.sse").write_bytes(whole["anthropic.sse"])
    failed = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    (folder / "failed.sse").write_bytes(tools[: tools.rindex(b"event:", 0, 1500)] + failed)
    payloads = [
        line.removeprefix(b"data: ") for line in whole["anthropic.sse"].split(b"\n") if line.startswith(b"data")
    ]
    (folder / "x.ndjson").write_bytes(b"".join(payload.strip() + b"\n" for payload in payloads))
    named = ("openai-chat.sse", "anthropic.sse", "chat.ndjson", "tokens.sse")
    (folder / "x.har").write_bytes(har(*((name, whole[name]) for name in named), ("tools.sse", tools[:1500])))
    every = folder / "every"
    every.mkdir()
    for name in ("tokens.sse", "chat.ndjson", "array.json", "pretty.stream.json", "sequence.json-seq"):
        (every / name).write_bytes(whole[name])
    (every / "chat.ndjson.gz").write_bytes(gzip.compress(whole["chat.ndjson"], mtime=0))
    (every / "empty.sse").write_bytes(b"")
    (every / "page.html").write_bytes(b"<!doctype html><title>502</title>\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A fixture, by name; `/cut/NAME` breaks off, `/endless.sse` sends three events and then nothing."""
        folder, _, name = self.path.rpartition("/")
        endless = name == "endless.sse"
        data = b"".join(b'data: {"n":%d}\n\n' % n for n in range(3)) if endless else _fixture(name).read_bytes()
        self.send_response_only(200)
        self.send_header("Content-Type", TYPES[Path(name).suffix])
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        data = data[:1500] if folder == "/cut" else data
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()
        if endless:
            self.rfile.read(1)  # until the client has gone
        if endless or folder == "/cut":
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _fixture(name: str) -> Path:
    return next(path for path in (FIXTURES / name, FIXTURES / "protocols" / name) if path.exists())


@contextmanager
def served() -> Iterator[str]:
    """The server; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
