"""The profiles of `compat` against the clients themselves: on the same bytes, in the same pieces, the same events.

Over all cases of event streams, whole, at their cuts and byte by byte; our fixtures; streams made of pieces of fields;
and, where the environment names them, real captures. Run by `.ci/interop`, which installs the packages; elsewhere these
tests are skipped, and say so.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from streamconv.compat import CLIENTS, Reader, find
from streamconv.compat.handling import handle
from tests.interop.node_tools import FOLDER, printed
from tests.interop.streams import streams

httpx = pytest.importorskip("httpx")
httpx2 = pytest.importorskip("httpx2", reason="run by .ci/interop")
httpx_sse = pytest.importorskip("httpx_sse", reason="run by .ci/interop")
sseclient = pytest.importorskip("sseclient", reason="run by .ci/interop")
openai = pytest.importorskip("openai", reason="run by .ci/interop")
anthropic = pytest.importorskip("anthropic", reason="run by .ci/interop")

EVENT_STREAM = "text/event-stream"
ON_NODE = ("eventsource-parser", "eventsource-parser-3", "fetch-event-source")

Told = tuple[str, str, str, str]  # data, type, id as the event tells it, the last id that was told
Read = tuple[list[Told], bool]  # and whether an exception ended it


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
    while True:
        try:
            told.append(next(events))
        except StopIteration:
            return told, False
        except UnicodeDecodeError:
            return told, True


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


@pytest.mark.parametrize(
    "content_type", ["text/event-stream", "Text/Event-Stream", "text/event-streamed", "text/plain"]
)
def test_a_response_is_refused_for_its_content_type_as_the_profile_says(content_type: str) -> None:
    stream = [b"data: 1\n\n"]
    try:
        read = bool([*of_httpx_sse(stream, content_type)])
    except httpx_sse.SSEError:
        read = False
    assert read == (not find("httpx-sse").refuses(content_type, 200))
    if FOLDER:
        (theirs,) = on_node("fetch-event-source", [stream], content_type)
        assert (theirs is not None) == (not find("fetch-event-source").refuses(content_type, 200))


def through_sdk(sdk: Any, client: type[Any], body: bytes, status: int = 200) -> tuple[list[Any], str]:
    """The payloads that reach the caller of a whole SDK, and the name of the exception that ended them."""

    def answer(request: Any) -> Any:
        return httpx2.Response(status, headers={"content-type": EVENT_STREAM}, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    payloads: list[Any] = []
    with client(api_key="none", http_client=http, base_url="http://127.0.0.1", max_retries=0) as api:
        try:
            stream = api.post("/", cast_to=object, body={}, stream=True, stream_cls=sdk.Stream[object])
            payloads.extend(stream)
        except (ValueError, RecursionError, sdk.APIError) as error:
            return payloads, _REASONS.get(type(error).__name__, "another")
    return payloads, ""


# Exceptions, as the departures call what brings them about.
_REASONS = {
    "UnicodeDecodeError": "not-utf-8",
    "JSONDecodeError": "not-json",
    "ValueError": "not-json",
    "RecursionError": "not-json",
    "APIError": "error-member",
    "APIStatusError": "error-event",
}


def handled(name: str, body: bytes) -> tuple[list[Any], str]:
    """The same, as the profile has it."""
    profile = find(name)
    assert profile.handling is not None
    reader = Reader(profile)
    payloads: list[Any] = []
    for event in [*reader.feed(body), *reader.finish()]:
        outcome = handle(event, profile.handling)
        if outcome.outcome == "passed on":
            value = json.loads(event.data)
            thread = name == "openai" and event.type.startswith("thread.")
            payloads.append({"data": value, "event": event.type} if thread else value)
        if outcome.over:
            return payloads, str(outcome.departure) if outcome.outcome == "raised" else ""
    return payloads, "" if reader.ended is None else reader.ended.departure


MEANT = [
    b'data: {"error":{"message":"no"}}\n\ndata: 1\n\n',
    b'data: {"error":null,"a":1}\n\ndata: [DONE]\n\ndata: 2\n\n',
    b'data: {"a":1}\n\nretry: 3000\n\ndata: {"a":2}\n\n',
    b'event: thread.run\ndata: {"error":{"message":"no"}}\n\ndata: [DONE] \n\n',
    b"event: thread.run\ndata: nonsense\n\n",
    b'event: ping\ndata: nonsense\n\nevent: a\ndata: {"a":NaN}\n\nevent: b\n\ndata: 5\n\nevent: c\ndata: 6\n\n',
    b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\nevent: a\ndata: 1\n\n',
    b"event: error\ndata: nonsense\n\n",
    b"event: a\ndata: " + b"[" * 100_000 + b"\n\n",
    b"event: a\ndata: " + b"1" * 5000 + b"\n\n",
]


@pytest.mark.parametrize(
    ("name", "sdk", "client"), [("openai", openai, "OpenAI"), ("anthropic", anthropic, "Anthropic")]
)
def test_what_reaches_the_caller_of_an_sdk_is_as_its_profile_says(name: str, sdk: Any, client: str) -> None:
    bodies = [*MEANT, *(b"".join(chunks) for _, chunks in STREAMS)]
    for body in [*dict.fromkeys(bodies)]:
        assert repr(through_sdk(sdk, getattr(sdk, client), body)) == repr(handled(name, body)), body
    for status in (200, 500):
        reason = "another" if find(name).refuses(EVENT_STREAM, status) else ""
        assert through_sdk(sdk, getattr(sdk, client), b"", status) == ([], reason)


def test_the_versions_are_those_that_the_profiles_name() -> None:
    installed = {client.name: version(client.name) for client in CLIENTS if client.name in PYTHON and client.version}
    assert installed == {client.name: client.version for client in CLIENTS if client.name in installed}
    assert len(installed) == 4
    if FOLDER:
        packages = {name: name for name in ON_NODE} | {"fetch-event-source": "@microsoft/fetch-event-source"}
        for name, package in packages.items():
            described = json.loads((Path(FOLDER) / "node_modules" / package / "package.json").read_text())
            assert described["version"] == find(name).version
