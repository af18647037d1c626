"""The profiles of `compat` against the clients themselves: on the same bytes, in the same pieces, the same events.

Over all cases of event streams, whole, at their cuts and byte by byte; our fixtures; streams made of pieces of fields;
and, where the environment names them, real captures. Run by `.ci/interop`, which installs the packages; elsewhere these
tests are skipped, and say so.
"""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from streamconv.compat import CLIENTS, ClientEvent, Reader, find
from streamconv.compat.handling import handle
from tests.conftest import FIXTURES
from tests.interop.node_tools import FOLDER, printed
from tests.reading import SSE_PIECES, bytewise, cut
from tests.test_conformance import CASES

httpx = pytest.importorskip("httpx")
httpx2 = pytest.importorskip("httpx2", reason="run by .ci/interop")
httpx_sse = pytest.importorskip("httpx_sse", reason="run by .ci/interop")
sseclient = pytest.importorskip("sseclient", reason="run by .ci/interop")
openai = pytest.importorskip("openai", reason="run by .ci/interop")
anthropic = pytest.importorskip("anthropic", reason="run by .ci/interop")

EVENT_STREAM = "text/event-stream"
RANDOM_STREAMS = 20000
SDKS = ("openai", "anthropic")
ON_NODE = ("eventsource-parser", "eventsource-parser-3", "fetch-event-source")

Told = tuple[str, str, str, str]  # data, type, id as the event tells it, the last id that was told
Read = tuple[list[Told], bool]  # and whether an exception ended it


def streams() -> Iterator[tuple[str, list[bytes]]]:
    """Streams in pieces, each with what it is called."""
    for case in CASES:
        if case["format"] == "sse":
            data = base64.b64decode(case["input_b64"])
            yield case["id"], [data]
            yield f"{case['id']} at its cuts", [*cut(data, case.get("chunks", []))]
            yield f"{case['id']} byte by byte", [*bytewise(data)]
    for path in sorted(FIXTURES.rglob("*.sse")):
        yield path.name, [path.read_bytes()]
        yield f"{path.name} byte by byte", [*bytewise(path.read_bytes())]
    # Pieces of fields in any order, cut anywhere: what no case has thought of.
    chance = random.Random(7)
    for number in range(RANDOM_STREAMS):
        data = b"".join(chance.choices(SSE_PIECES, k=chance.randrange(1, 40)))
        cuts = chance.choices(range(len(data) + 1), k=chance.randrange(6))
        yield f"random {number}: {data!r} at {cuts}", [*cut(data, cuts)]
    folder = os.environ.get("STREAMCONV_CAPTURES")
    for path in sorted(Path(folder).rglob("*")) if folder else ():
        if path.is_file():  # of whatever kind: to these clients all is an event stream
            yield path.name, [path.read_bytes()]
            yield f"{path.name} in pieces", [*cut(path.read_bytes(), range(0, path.stat().st_size, 37))]


STREAMS = [*streams()]


def ours(name: str, chunks: list[bytes]) -> Read:
    """What the reader makes of them that follows the profile."""
    reader = Reader(find(name))
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()
    told = [(event.data, event.type, event.id, event.last_event_id) for event in events]
    return told, reader.ended is not None


def until_raised(events: Iterator[Told]) -> Read:
    """The events, and whether bytes that are no UTF-8 ended them."""
    told: list[Told] = []
    try:
        for event in events:
            told.append(event)
    except UnicodeDecodeError:
        return told, True
    return told, False


class Body(httpx.SyncByteStream):  # type: ignore[name-defined,misc]
    """The body of a response, in these pieces."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


def of_httpx_sse(chunks: list[bytes], content_type: str = EVENT_STREAM) -> Iterator[Told]:
    response = httpx.Response(200, headers={"content-type": content_type}, stream=Body(chunks))
    for event in httpx_sse.EventSource(response).iter_sse():
        yield event.data, event.event, event.id, event.id


def of_sseclient(chunks: list[bytes]) -> Iterator[Told]:
    last = ""
    for event in sseclient.SSEClient(iter(chunks)).events():
        last = last if event.id is None else event.id
        yield event.data, event.event, event.id or "", last


def of_sdk(sdk: Any, chunks: list[bytes]) -> Iterator[Told]:
    for event in sdk._streaming.SSEDecoder().iter_bytes(iter(chunks)):
        yield event.data, event.event or "message", event.id or "", event.id or ""


def of_naive(chunks: list[bytes]) -> Iterator[Told]:
    for line in httpx.Response(200, stream=Body(chunks)).iter_lines():
        if line.startswith("data: "):
            yield line[len("data: ") :], "message", "", ""


PYTHON: dict[str, Callable[[list[bytes]], Iterator[Told]]] = {
    "httpx-sse": of_httpx_sse,
    "sseclient-py": of_sseclient,
    "openai": lambda chunks: of_sdk(openai, chunks),
    "anthropic": lambda chunks: of_sdk(anthropic, chunks),
    "naive": of_naive,
}


@pytest.mark.parametrize("name", PYTHON)
def test_a_client_of_python_reads_as_its_profile_says(name: str) -> None:
    for stream, chunks in STREAMS:
        assert ours(name, chunks) == until_raised(PYTHON[name](chunks)), stream


def on_node(name: str, jobs: list[list[bytes]], content_type: str = EVENT_STREAM) -> list[list[Told] | None]:
    """What a client makes of streams in pieces; None where it refuses the response."""
    lines = [
        json.dumps(
            {"client": name, "chunks": [base64.b64encode(chunk).decode() for chunk in chunks], "type": content_type}
        )
        for chunks in jobs
    ]
    results = printed("sse-clients.mjs", input="".join(f"{line}\n" for line in lines).encode()).split("\n")[:-1]
    return [None if events is None else [(*event,) for event in events] for events in map(json.loads, results)]


@pytest.mark.skipif(not FOLDER, reason="run by .ci/interop, which installs the packages for Node")
@pytest.mark.parametrize("name", ON_NODE)
def test_a_client_of_node_reads_as_its_profile_says(name: str) -> None:
    results = on_node(name, [chunks for _, chunks in STREAMS])
    for (stream, chunks), theirs in zip(STREAMS, results, strict=True):
        assert ours(name, chunks) == (theirs, False), stream
