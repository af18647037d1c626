"""Servers for the clients of models' APIs, and how a client asks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pytest_streamconv import StreamServer
from streamconv.live.server import Server

_PIECE: Final = 7  # bytes sent at once


def serving(stream_server: StreamServer, path: Path, **how: Any) -> Server:
    """A server that answers with a fixture, a few bytes at a time: lines, characters and JSON are cut."""
    data = path.read_bytes()
    return stream_server([data[at : at + _PIECE] for at in range(0, len(data), _PIECE)], **how)


def asking(server: Server, **how: Any) -> dict[str, Any]:
    """What a client is made with to ask this server, once."""
    return {"base_url": server.url, "api_key": "none", "max_retries": 0, **how}
