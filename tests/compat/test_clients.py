"""The registry of clients, and what of a response they refuse."""

from __future__ import annotations

import pytest

from streamconv.compat import CLIENTS, find


def test_every_name_finds_its_client() -> None:
    assert [find(client.name) for client in CLIENTS] == [*CLIENTS]
    assert len({client.name for client in CLIENTS}) == len(CLIENTS)
    assert find("openai").title == "openai 3.54.0"
    assert find("naive").title == "naive"


def test_a_name_that_is_none_is_told_the_near_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'httpx-sse'"):
        find("httpx_sse")
    with pytest.raises(ValueError, match="there are browser, eventsource-parser"):
        find("curl")


@pytest.mark.parametrize(
    ("content_type", "refusing"),
    [
        ("text/event-stream", []),
        ("text/event-stream; charset=utf-8", []),
        ("Text/Event-Stream", ["fetch-event-source", "httpx-sse"]),
        ("text/event-streamed", ["browser"]),
        ("application/json", ["browser", "fetch-event-source", "httpx-sse"]),
        ("", []),
    ],
)
def test_a_response_is_refused_for_its_content_type(content_type: str, refusing: list[str]) -> None:
    assert [client.name for client in CLIENTS if client.refuses(content_type, 200)] == refusing


def test_a_response_is_refused_for_its_status() -> None:
    refusing = {
        status: [client.name for client in CLIENTS if client.refuses("", status)] for status in (None, 200, 201, 500)
    }
    assert refusing == {None: [], 200: [], 201: ["browser"], 500: ["browser", "openai", "anthropic"]}
    assert find("browser").refuses("text/plain", 500) == "status 500"
    assert find("browser").refuses("text/plain", 200) == "content type text/plain"
