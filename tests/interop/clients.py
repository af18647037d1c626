"""The clients of event streams, in Chromium and on Node, and where they are known to leave the standard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import pytest

from streamconv import Record
from tests.interop.node_tools import needs_node
from tests.interop.pages import needs_chromium

Event = list[str]  # its type, data and last event id
Made = dict[str, Any]  # the `events`, and what the client said of an `error`

# What is known to be otherwise than in WHATWG HTML 9.2.6, which the library follows.
DIFFERENCES: Final = {
    "id-of-the-event": "an event has the id that is written in it: the last one does not stay",
    "empty-messages": "every empty line gives a message, also after a comment or another empty line",
    "cr-at-the-end": "a CR that is the last byte ends no line: the event before it is lost",
    "id-at-once": "an id is kept once its line is read: an event that is cut after it is not sent again, and lost",
}


class Client(NamedTuple):
    """A client: the script that reads with it, what that is given, and the names of its differences."""

    name: str
    reader: str
    library: str  # a package for Node; for Chromium an expression
    differs: Collection[str] = ()

    @property
    def in_chromium(self) -> bool:
        return self.name.endswith("Chromium")

    def expected(self, records: Iterable[Record]) -> list[Event]:
        """The events of these records, which are those of a stream, of every kind, as this client knows them."""
        known = [*records]
        if "cr-at-the-end" in self.differs and known[-1].raw.endswith(b"\r"):
            known.pop()
        return [[one.type, one.data or "", self._id(one)] for one in known if one.kind == "event" or self._empty(one)]

    def _empty(self, record: Record) -> bool:
        return "empty-messages" in self.differs and b"" in record.raw.splitlines()

    def _id(self, record: Record) -> str:
        return record.id or "" if "id-of-the-event" in self.differs else record.last_event_id


Read = Callable[[Client, Sequence[Made]], list[Made]]  # what a client makes of each request; the fixture `made_by`

CHROMIUM: Final = Client("EventSource of Chromium", "event-source", "globalThis")
FETCH: Final = Client(
    "fetch-event-source in Chromium",
    "fetch-event-source",
    "await import('/fetch-event-source/index.js')",
    ("id-of-the-event", "empty-messages", "id-at-once"),
)
EVENT_SOURCES: Final = [
    CHROMIUM,
    Client("eventsource 4", "event-source", "eventsource-4", ("id-of-the-event", "cr-at-the-end")),
    Client("eventsource 5", "event-source", "eventsource"),
]
CLIENTS: Final = [
    *EVENT_SOURCES,
    FETCH,
    Client("eventsource-parser 3", "event-source-parser", "eventsource-parser-3", ("id-of-the-event", "cr-at-the-end")),
    Client("eventsource-parser 4", "event-source-parser", "eventsource-parser", ("id-of-the-event",)),
]


def each(clients: Iterable[Client]) -> list[Any]:
    """Parameters of a test, which is skipped, and says so, where a client cannot be run."""
    return [pytest.param(client, id=client.name, marks=[*_needs(client)]) for client in clients]


def _needs(client: Client) -> Iterator[Any]:
    if client.in_chromium:
        yield needs_chromium
    if client is not CHROMIUM:
        yield needs_node
