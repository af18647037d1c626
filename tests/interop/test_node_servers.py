"""We read what servers on Node send, while they send it: each waits until we have said that what it sent has come.

Run by `.ci/interop`, which has the packages; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from streamconv import aconvert, aread, assemble, convert, read
from tests.interop.node_tools import needs_node, serving

pytestmark = needs_node
# What Express and better-sse are to send: the latter writes no space after the colon.
EVENTS: list[dict[str, Any]] = [
    {"event": "greeting", "id": "1", "data": {"text": "今天 🙂"}},
    {"event": "greeting", "id": "2", "data": "  two lines\nof text "},
    {"event": "message", "id": "b c", "data": [1.5, None, "\u2028\r\n"]},
    {"event": "end", "id": "4", "data": {}},
]
WORDS = ["今天", "天气", "不错", "🙂", "data:", "\\n"]
QUESTION = {"messages": [{"id": "1", "role": "user", "parts": [{"type": "text", "text": " ".join(WORDS)}]}]}
SECONDS = 60  # what comes too late never comes: the server waits for us


def seen(reader: Callable[[Any], Any], address: str, path: str, body: Any, waits_for: bytes = b"") -> list[Any]:
    """What a reader gives of an answer. The server is told of each that it waits for before the next is asked for."""
    found = []
    with (
        httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as client,
        client.stream("POST", path, json=body) as response,
    ):
        for one in reader(response):
            found.append(one)
            if waits_for in getattr(one, "raw", one):
                client.post("/seen")
    return found


def seen_async(reader: Callable[[Any], Any], address: str, path: str, body: Any, waits_for: bytes = b"") -> list[Any]:
    """The same, awaited."""

    async def ask() -> list[Any]:
        found = []
        async with (
            httpx.AsyncClient(base_url=address, timeout=SECONDS, trust_env=False) as client,
            client.stream("POST", path, json=body) as response,
        ):
            async for one in reader(response):
                found.append(one)
                if waits_for in getattr(one, "raw", one):
                    await client.post("/seen")
        return found

    return asyncio.run(ask())


WORLDS = [pytest.param(seen, read, convert, id="sync"), pytest.param(seen_async, aread, aconvert, id="async")]


@pytest.fixture(scope="module")
def sse_server() -> Iterator[str]:
    with serving("sse-server.mjs") as address:
        yield address


@pytest.mark.parametrize("path", ["/express", "/better-sse"])
@pytest.mark.parametrize(("seen", "reader", "converter"), WORLDS)
def test_events_are_read_as_they_are_sent(sse_server: str, seen: Any, reader: Any, converter: Any, path: str) -> None:
    records = seen(reader, sse_server, path, EVENTS)
    assert [{"event": one.event, "id": one.id, "data": one.json()} for one in records] == EVENTS
    written = b"".join(seen(converter, sse_server, path, EVENTS))
    assert [json.loads(line) for line in written.split(b"\n")[:-1]] == [event["data"] for event in EVENTS]


@pytest.mark.parametrize(("seen", "reader", "converter"), WORLDS)
def test_a_ui_message_is_read_as_it_is_said(seen: Any, reader: Any, converter: Any) -> None:
    with serving("ui-message-live-server.mjs") as address:
        records = seen(reader, address, "/", QUESTION, b"text-delta")
        written = b"".join(seen(converter, address, "/", QUESTION, b"text-delta"))
    payloads = [record.json() for record in records if not record.is_end]
    assert [payload["delta"] for payload in payloads if payload["type"] == "text-delta"] == WORDS
    assert [json.loads(line) for line in written.split(b"\n")[:-1]] == payloads
    message = assemble([record.raw for record in records], "sse")
    assert message.verdict.complete
    assert message.choice().parts[0].text == "".join(WORDS)
