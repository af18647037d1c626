"""`view -F`: serves the page on this machine alone, and what arrives as an event stream (WHATWG HTML 9.2).

Only 127.0.0.1 is listened on. Other programs and web pages on this machine do not know the token in the path; a page
that had its own name resolve to 127.0.0.1 (DNS rebinding) is told by the Host header, and refused.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final

from streamconv.formats.sse_encoder import SSEEncoder
from streamconv.live.loopback import is_loopback
from streamconv.record import Record
from streamconv.reports.page import shell

_SETTLED: Final = 0.3  # seconds without news after which what they add up to is sent, too
_KEEPALIVE: Final = 15.0  # seconds; 9.2.7
_DIGITS: Final = 12  # of an event's id, at most
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Feed:
    """The blocks so far, as events of a stream that any number of readers follow, each from where it was.

    `summary` makes the block that says what all of them add up to; None where there is nothing to say.
    """

    def __init__(self) -> None:
        self.summary: Callable[[], bytes | None] = lambda: None
        self._events: list[bytes] = []
        self._over = False
        self._changed = threading.Condition()

    def add(self, block: bytes) -> None:
        """One more block."""
        event = encoded(Record(data=block.decode(), id=str(len(self._events) + 1)))
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def end(self) -> None:
        """No more will come."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def after(self, seen: int, timeout: float) -> tuple[list[bytes], bool]:
        """The events after the first `seen`, waited for so many seconds; and whether no more will come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) > seen or self._over, timeout)
            return self._events[seen:], self._over


def encoded(record: Record) -> bytes:
    """A record in an event stream."""
    return SSEEncoder().feed([record])


class PageServer(ThreadingHTTPServer):
    """Serves the page while it is entered. Raises OSError where the port is taken."""

    daemon_threads = True
    block_on_close = False  # readers wait for news; they end with the process

    def __init__(self, port: int, title: str, feed: Feed) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.page = b"".join(shell(title, live=True))
        self.feed = feed
        self.path = f"/{secrets.token_urlsafe(16)}/"
        self.url = f"http://127.0.0.1:{self.server_port}{self.path}"

    def __enter__(self) -> PageServer:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.feed.end()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def handle(self) -> None:
        """Answer until the browser has gone."""
        with suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """The page, or its events."""
        if not is_loopback(self.headers.get("Host", "")):
            self._answer(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path == self.server.path:
            self._answer(HTTPStatus.OK, self.server.page)
        elif self.path == f"{self.server.path}events":
            self._stream()
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def _answer(self, status: HTTPStatus, content: bytes = b"") -> None:
        self._head(status, "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _head(self, status: HTTPStatus, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in _HEADERS.items():
            self.send_header(name, value)

    def _stream(self) -> None:
        self.close_connection = True
        last = self.headers.get("Last-Event-ID", "")
        seen = int(last) if len(last) < _DIGITS and last.isascii() and last.isdigit() else 0
        self._head(HTTPStatus.OK, "text/event-stream")
        self.end_headers()
        self.wfile.write(encoded(Record("control", retry=1000)))
        self._follow(self.server.feed, seen)

    def _follow(self, feed: Feed, seen: int) -> None:
        over = told = False
        while not (over and told):
            events, over = feed.after(seen, _KEEPALIVE if told else _SETTLED)
            seen += len(events)
            if events:
                self.wfile.write(b"".join(events))
                told = False
            elif not told:
                summary = feed.summary()
                self.wfile.write(encoded(Record(data=summary.decode())) if summary is not None else b"")
                told = True
            elif not over:
                self.wfile.write(encoded(Record("control", comments=("",))))
        self.wfile.write(encoded(Record(event="over", data="")))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: stderr is for what the user must know."""
