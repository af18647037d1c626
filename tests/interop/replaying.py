"""A server on loopback that answers whatever a client library asks with one recorded stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from streamconv.formats import by_suffix

_PIECE = 37  # bytes sent at once: they cut lines, characters and JSON


@contextmanager
def replaying(path: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a server that sends this file for every request, as its suffix says; `headers` go with it."""
    body = path.read_bytes()
    format = by_suffix(path.name)
    sent = {"Content-Type": format.media_types[0] if format else "text/plain", **(headers or {})}

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), _PIECE):
                part = body[at : at + _PIECE]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
