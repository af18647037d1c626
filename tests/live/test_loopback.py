"""Which hosts and origins are this machine's own."""

from __future__ import annotations

import pytest

from streamconv.live.loopback import is_loopback, is_loopback_origin

OWN = [
    *("localhost", "LOCALHOST:3000", "app.localhost", "a.b.localhost:80"),
    *("127.0.0.1", "127.0.0.1:8080", "127.1.2.3", "::1", "[::1]", "[::1]:80"),
]
OTHERS = [
    *("", ":80", "example.com", "localhost.example.com", "notlocalhost", "127.0.0.1.example.com", "localhost:x"),
    *("0.0.0.0", "192.168.0.1", "127.1", "[::2]", "localhost\n", "localhost:80@example.com", "localhost/"),
]


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", OTHERS)
def test_names_that_may_be_anybody_s(host: str) -> None:
    assert not is_loopback(host)


def test_pages_of_this_machine() -> None:
    for origin in ("http://localhost:3000", "https://127.0.0.1", "http://[::1]:80"):
        assert is_loopback_origin(origin)
    for origin in ("null", "", "localhost", "ftp://localhost", "http://example.com", "http://localhost.example.com"):
        assert not is_loopback_origin(origin)
