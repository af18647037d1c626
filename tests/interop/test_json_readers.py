"""Readers of JSON for Node read from our server the payloads that we read: what they ask for is what they get.

Run by `.ci/interop`, which has the packages; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import convert, payloads
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


def made(url: str, package: str, accept: str) -> dict[str, Any]:
    """What a package makes of what it is sent."""
    (one,) = made_of("json-values", package, [{"url": url, "reader": package, "accept": accept}])
    return one


def values(path: Path) -> list[Any]:
    """Our reading. Some fixtures have a payload that is text where the others are JSON; it is a value, too."""
    return [*payloads(path, report=lambda problem: None)]


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
@pytest.mark.parametrize(("package", "accept"), READERS)
def test_a_reader_is_sent_what_it_asks_for(package: str, accept: str, path: Path, stream_server: StreamServer) -> None:
    server = stream_server(path, faults=["split-utf8"])
    assert made(server.url, package, accept) == {"values": values(path), "error": None}


@pytest.mark.parametrize("path", [*STREAMS, PRETTY], ids=lambda path: path.name)
def test_a_document_is_parsed_whole(path: Path, stream_server: StreamServer) -> None:
    server = stream_server(b"".join(convert(path, to="json")), "json")
    assert made(server.url, "node:util", "application/json") == {"values": values(path), "error": None}


@pytest.mark.parametrize("package", ["ndjson", "split2"])
def test_readers_of_lines_are_sent_a_record_a_line(package: str, stream_server: StreamServer) -> None:
    """What is stream+json already is sent as it is; where its records stand on several lines, they cannot read it."""
    server = stream_server(PRETTY)
    failed = made(server.url, package, "application/stream+json")
    assert failed["values"] == []
    assert failed["error"]
    assert made(server.url, package, "application/x-ndjson") == {"values": values(PRETTY), "error": None}
    written = stream_server(b"".join(convert(PRETTY, to="stream+json")), "stream+json")
    assert made(written.url, package, "application/stream+json") == {"values": values(PRETTY), "error": None}


@pytest.mark.parametrize("package", ["ndjson", "split2"])
def test_a_null_ends_readers_of_lines(package: str, stream_server: StreamServer) -> None:
    """It is the value by which a stream of Node says that it has ended. This one goes on."""
    server = stream_server(b'{"n":1}\nnull\n{"n":2}\n', "ndjson", faults=["stall=2"])
    assert made(server.url, package, "application/x-ndjson") == {"values": [{"n": 1}], "error": None}


def test_a_null_ends_the_reader_of_a_sequence(stream_server: StreamServer) -> None:
    server = stream_server(b'\x1e{"n":1}\n\x1enull\n\x1e{"n":2}\n', "json-seq")
    assert made(server.url, "json-text-sequence", "application/json-seq") == {"values": [{"n": 1}], "error": None}
