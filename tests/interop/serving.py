"""Servers of http.server, and of what builds on it, in a thread for as long as they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from threading import Thread


@contextmanager
def under_way(server: HTTPServer) -> Iterator[int]:
    """Answers while it is entered; gives the port."""
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
