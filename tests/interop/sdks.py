"""What the tests with OpenAI's and with Anthropic's client share: servers, and how a client asks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_streamconv import StreamServer
from streamconv.live.server import Server
from streamconv.testing import resplit


def serving(stream_server: StreamServer, path: Path, **how: Any) -> Server:
    """A server that answers with a fixture, a byte at a time: lines, characters and JSON are cut."""
    return stream_server(next(resplit(path.read_bytes(), "bytes")), **how)


def asking(server: Server, **how: Any) -> dict[str, Any]:
    """What a client is made with to ask this server, once."""
    return {"base_url": server.url, "api_key": "none", "max_retries": 0, **how}
