"""Clients in Chromium and on Node read the same events from our server as we do, but for what `compat` says of them.

Run by `.ci/interop`, which has the clients; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_streamconv import StreamServer
from streamconv import read
from streamconv.live.server import Server
from tests.interop.clients import CLIENTS, Client, Read, each
from tests.interop.well_formed import WELL_FORMED
from tests.reading import bytewise

# An EventSource tells only of the types that it is asked for: all that come anywhere.
TYPES = sorted({record.type for path in WELL_FORMED for record in read(path)})
# Ways to send a stream, which are all the same to a client that follows the standard; but a second BOM is a character.
WAYS = ["as it is", "a byte at a time", "split-utf8", "crlf", "bom"]
BOM = b"\xef\xbb\xbf"
# Where a client reads other events than we do, and what `compat` calls it. Besides, all but those that follow the
# standard tell the id that is written in an event, not the last one.
DEPARTING = {
    "eventsource-parser-3": {"mixed-ends.sse": {"last-cr-held"}},  # its last two bytes are CR
    "fetch-event-source": {"ping.sse": {"every-empty-line"}},  # a comment gives a message
}


@pytest.mark.parametrize("client", each(CLIENTS))
def test_every_client_reads_every_stream(client: Client, made_by: Read, stream_server: StreamServer) -> None:
    ways = [(path, way) for path in WELL_FORMED for way in WAYS if not (way == "bom" and BOM in path.read_bytes())]
    servers = [_sent(stream_server, path, way) for path, way in ways]
    made = made_by(client, [{"url": server.url, "types": TYPES} for server in servers])
    for (path, way), one in zip(ways, made, strict=True):
        assert one["events"] == client.expected(path.read_bytes()), (path.name, way)


def _sent(stream_server: StreamServer, path: Path, way: str) -> Server:
    if way == "a byte at a time":
        return stream_server([*bytewise(path.read_bytes())])
    return stream_server(path, faults=[] if way == "as it is" else [way])


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_that_is_what_we_read_but_for_its_defects(client: Client) -> None:
    departing = {}
    for path in WELL_FORMED:
        events = client.expected(path.read_bytes())
        if departures := client.departures(path.read_bytes()):
            departing[path.name] = departures
            continue
        records = [*read(path)]
        assert [event[:2] for event in events] == [[record.type, record.data] for record in records]
        own, last = [record.id or "" for record in records], [record.last_event_id for record in records]
        assert [event[2] for event in events] == (last if client.profile == "browser" else own)
    assert departing == DEPARTING.get(client.profile, {})
