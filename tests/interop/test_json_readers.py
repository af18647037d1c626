"""Readers of JSON for Node read from our server the payloads that we read: what they ask for is what they get.

Run by `.ci/interop`, which has the packages; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import convert, payloads
from streamconv.live.server import Server
from tests.conftest import FIXTURES
from tests.interop.node_tools import made_of, needs_node
from tests.interop.well_formed import WELL_FORMED

pytestmark = needs_node
PRETTY = FIXTURES / "pretty.stream.json"
STREAMS = [*WELL_FORMED, *(FIXTURES / name for name in ("chat.ndjson", "array.json", "sequence.json-seq"))]
READERS = [  # a package, and the type that it is given
    ("ndjson", "application/x-ndjson"),
    ("ndjson", "application/stream+json"),
    ("split2", "application/x-ndjson"),
    ("split2", "application/stream+json"),
    ("json-text-sequence", "application/json-seq"),
]


def made(package: str, accept: str, *servers: Server) -> list[dict[str, Any]]:
    """What a package makes of what each server sends."""
    requests = [{"url": server.url, "reader": package, "accept": accept} for server in servers]
    return made_of("json-values", package, requests)


def read_by_us(path: Path) -> dict[str, Any]:
    """The same, by us. Some fixtures have a payload that is text where the others are JSON; it is a value, too."""
    return {"values": [*payloads(path, report=lambda problem: None)], "error": None}


@pytest.mark.parametrize(("package", "accept"), READERS)
def test_a_reader_is_sent_what_it_asks_for(package: str, accept: str, stream_server: StreamServer) -> None:
    servers = [stream_server(path, faults=["split-utf8"]) for path in STREAMS]
    for path, one in zip(STREAMS, made(package, accept, *servers), strict=True):
        assert one == read_by_us(path), path.name


def test_a_document_is_parsed_whole(stream_server: StreamServer) -> None:
    paths = [*STREAMS, PRETTY]
    servers = [stream_server(b"".join(convert(path, to="json")), "json") for path in paths]
    for path, one in zip(paths, made("node:util", "application/json", *servers), strict=True):
        assert one == read_by_us(path), path.name


@pytest.mark.parametrize("package", ["ndjson", "split2"])
def test_readers_of_lines_are_sent_a_record_a_line(package: str, stream_server: StreamServer) -> None:
    """What is stream+json already is sent as it is; where its records stand on several lines, they cannot read it."""
    pretty = stream_server(PRETTY)
    written = stream_server(b"".join(convert(PRETTY, to="stream+json")), "stream+json")
    failed, compact = made(package, "application/stream+json", pretty, written)
    assert failed["values"] == []
    assert failed["error"]
    assert [compact, *made(package, "application/x-ndjson", pretty)] == [read_by_us(PRETTY)] * 2


@pytest.mark.parametrize("package", ["ndjson", "split2"])
def test_a_null_ends_readers_of_lines(package: str, stream_server: StreamServer) -> None:
    """It is the value by which a stream of Node says that it has ended. This one goes on."""
    server = stream_server(b'{"n":1}\nnull\n{"n":2}\n', "ndjson", faults=["stall=2"])
    assert made(package, "application/x-ndjson", server) == [{"values": [{"n": 1}], "error": None}]


def test_a_null_ends_the_reader_of_a_sequence(stream_server: StreamServer) -> None:
    server = stream_server(b'\x1e{"n":1}\n\x1enull\n\x1e{"n":2}\n', "json-seq")
    assert made("json-text-sequence", "application/json-seq", server) == [{"values": [{"n": 1}], "error": None}]
