"""Our own recordings, from real servers, against what a person read them to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamconv import assemble, payloads, read
from tests.captures.record_nginx import SAID
from tests.conftest import FIXTURES
from tests.reading import bytewise, decode, everything
from tests.record_fixtures import (
    EXPECTED,
    TOKENS,
    anthropic_events,
    chat_lines,
    decoded,
    fetch,
    fixtures,
    openai_chunks,
    served,
)


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.name)
def test_decodes_to_what_was_read_and_committed(path: Path) -> None:
    assert decoded(path).decode() == (EXPECTED / f"{path.name}.records").read_bytes().decode()


def test_no_fixture_is_without_its_reading() -> None:
    assert {f"{path.name}.records" for path in fixtures()} == {path.name for path in EXPECTED.iterdir()}
    assert len(fixtures()) == 25


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.name)
def test_byte_by_byte_is_the_same(path: Path) -> None:
    records = [*read(path, control=True, report=print)]
    format = records[0].format or ""
    again = decode(format, bytewise(path.read_bytes()))
    assert [*map(everything, again)] == [*map(everything, records)]


def test_payloads_are_what_the_servers_meant() -> None:
    """Independent of our reading: the values that the servers sent."""
    assert [*payloads(FIXTURES / "tokens.sse")] == [*TOKENS, ""]
    assert [*payloads(FIXTURES / "openai-chat.sse")] == [*openai_chunks()]
    assert [*payloads(FIXTURES / "anthropic.sse")] == [*anthropic_events()]
    for name in ("chat.ndjson", "pretty.stream.json", "array.json", "sequence.json-seq"):
        assert [*payloads(FIXTURES / name)] == [*chat_lines()]


def test_what_came_through_a_proxy_that_buffers() -> None:
    """Whole, and at two times only, though the server took 30 ms for each token."""
    path = FIXTURES / "captures" / "nginx.timed"
    assert assemble(path).text == SAID
    assert len({record.time for record in read(path)}) == 2


def test_servers_still_send_what_was_recorded() -> None:
    """FastAPI and sse-starlette of today, on loopback: another byte here means that a fixture must be renewed."""
    with served() as port:
        for name in ("tokens.sse", "ping.sse", "openai-chat.sse", "array.json", "broken/cut-event.sse"):
            assert fetch(port, f"/{name}") == (FIXTURES / name).read_bytes()
