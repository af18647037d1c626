"""Clients in Chromium and on Node read the same events from our server as we read: the standard's, or what is known.

Run by `.ci/interop`, which has the clients; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import read
from streamconv.live.server import Server
from tests.interop.clients import CHROMIUM, CLIENTS, DIFFERENCES, Client, Event, Read, each
from tests.interop.well_formed import WELL_FORMED
from tests.reading import bytewise
from tests.record_fixtures import fixtures
from tests.test_conformance import CASES

BROKEN = [path for path in fixtures() if path.parent.name == "broken" and path.suffix == ".sse"]
SSE_CASES = [case for case in CASES if case["format"] == "sse"]
# An EventSource tells only of the types that it is asked for: all that come anywhere.
TYPES = sorted(
    {record.type for path in [*WELL_FORMED, *BROKEN] for record in read(path, report=lambda problem: None)}
    | {event["event"] for case in SSE_CASES for event in case["expect"]}
)
# Ways to send a stream, which are all the same to a client that follows the standard; but a second BOM is a character.
WAYS = ["as it is", "a byte at a time", "split-utf8", "crlf", "bom"]
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize("client", each(CLIENTS))
def test_every_client_reads_every_stream(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    ways = [(path, way) for path in WELL_FORMED for way in WAYS if not (way == "bom" and BOM in path.read_bytes())]
    servers = [_sent(stream_server, path, way) for path, way in ways]
    made = made_by(client, [{"url": server.url, "types": TYPES} for server in servers])
    for (path, way), one in zip(ways, made, strict=True):
        assert one["events"] == client.expected(read(path, control=True)), (path.name, way)


def _sent(stream_server: StreamServer, path: Path, way: str) -> Server:
    if way == "a byte at a time":
        return stream_server([*bytewise(path.read_bytes())])
    return stream_server(path, faults=[] if way == "as it is" else [way])


def test_every_difference_shows_in_a_stream() -> None:
    """So the test above fails once a client has mended it. One shows only where a stream is resumed."""
    shown = {name for client in CLIENTS for name in client.differs} - {"id-at-once"}
    assert shown == {*DIFFERENCES} - {"id-at-once"}
    for client in CLIENTS:
        for name in shown.intersection(client.differs):
            mended = client._replace(differs={*client.differs} - {name})
            streams = [[*read(path, control=True)] for path in WELL_FORMED]
            assert any(client.expected(records) != mended.expected(records) for records in streams)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
@pytest.mark.parametrize("client", each([CHROMIUM]))
def test_the_browser_agrees_on_broken_streams(
    client: Client, path: Path, made_by: Read, stream_server: StreamServer
) -> None:
    server = stream_server(path, "sse", headers={"Content-Type": "text/event-stream"})
    (made,) = made_by(client, [{"url": server.url, "types": TYPES}])
    assert made["events"] == client.expected(read(path, "sse", report=lambda problem: None))


@pytest.mark.parametrize("case", SSE_CASES, ids=[case["id"] for case in SSE_CASES])
@pytest.mark.parametrize("client", each([CHROMIUM]))
def test_the_browser_agrees_on_the_cases_of_the_standard(
    client: Client, case: dict[str, Any], made_by: Read, stream_server: StreamServer
) -> None:
    """Independent of our reading: what is expected was written down from the standard."""
    content_type = case.get("content_type", "text/event-stream")
    data = base64.b64decode(case["input_b64"])
    server = stream_server([data], "sse", headers={"Content-Type": content_type})
    (made,) = made_by(client, [{"url": server.url, "types": TYPES}])
    refused = case.get("browser_fails") or not content_type.lower().startswith("text/event-stream")
    expected: list[Event] = [[event["event"], event["data"], event["id"]] for event in case["expect"]]
    assert made["events"] == ([] if refused else expected)
