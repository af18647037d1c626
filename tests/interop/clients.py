"""The clients of event streams in Chromium and on Node: how they are run, and what `streamconv compat` says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import pytest

from streamconv.compat import ClientEvent, Reader, find
from tests.interop.node_tools import needs_node
from tests.interop.pages import needs_chromium

Event = list[str]  # its type, data and last event id
Made = dict[str, Any]  # the `events`, and what the client said of an `error`


class Client(NamedTuple):
    """A client: the script that reads with it, what that is given, and its profile in `streamconv compat`."""

    name: str
    reader: str
    library: str  # a package for Node; for Chromium an expression
    profile: str

    @property
    def in_chromium(self) -> bool:
        return self.name.endswith("Chromium")

    def expected(self, stream: bytes) -> list[Event]:
        """The events of a stream, as the client is known to read it: the standard's, but for its listed defects."""
        events, _ = self._reads(stream)
        return [[event.type, event.data, event.id] for event in events]

    def departures(self, stream: bytes) -> set[str]:
        """Where it then departs from the standard."""
        _, reader = self._reads(stream)
        return {note.departure for note in reader.take_notes()}

    def _reads(self, stream: bytes) -> tuple[list[ClientEvent], Reader]:
        reader = Reader(find(self.profile))
        return reader.feed(stream) + reader.finish(), reader


Read = Callable[[Client, Sequence[Made]], list[Made]]  # what a client makes of each request; the fixture `made_by`

CHROMIUM: Final = Client("EventSource of Chromium", "event-source", "globalThis", "browser")
FETCH: Final = Client(
    "fetch-event-source in Chromium",
    "fetch-event-source",
    "await import('/fetch-event-source/index.js')",
    "fetch-event-source",
)
EVENT_SOURCES: Final = [
    CHROMIUM,
    Client("eventsource 4", "event-source", "eventsource-4", "eventsource-parser-3"),  # which it is made of
    Client("eventsource 5", "event-source", "eventsource", "browser"),
]
CLIENTS: Final = [
    *EVENT_SOURCES,
    FETCH,
    Client("eventsource-parser 3", "event-source-parser", "eventsource-parser-3", "eventsource-parser-3"),
    Client("eventsource-parser 4", "event-source-parser", "eventsource-parser", "eventsource-parser"),
]


def each(clients: Iterable[Client]) -> list[Any]:
    """Parameters of a test, which is skipped, and says so, where a client cannot be run."""
    return [pytest.param(client, id=client.name, marks=[*_needs(client)]) for client in clients]


def _needs(client: Client) -> Iterator[Any]:
    if client.in_chromium:
        yield needs_chromium
    if client is not CHROMIUM:
        yield needs_node
