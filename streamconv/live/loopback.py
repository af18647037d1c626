"""Which names are this machine's own (RFC 6761, 6.3, and RFC 1122, 3.2.1.3), as clients write them.

A web page can have its own name resolve to 127.0.0.1 (DNS rebinding), and then read as its own what programs of this
machine serve to this machine. The Host header still has that name, so who listens on loopback looks at it.
"""

from __future__ import annotations

import re
from typing import Final

_HOST: Final = re.compile(
    r"(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|::1)(?::[0-9]{1,5})?", re.IGNORECASE
)


def is_loopback(host: str) -> bool:
    """True for a name or address of this machine alone, with a port or without: `localhost:8080`, `[::1]`."""
    return _HOST.fullmatch(host) is not None


def is_loopback_origin(origin: str) -> bool:
    """True where an Origin header names a page of this machine: `http://localhost:3000`."""
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and is_loopback(host)
