"""Reading bytes as a client does."""

from __future__ import annotations

from collections.abc import Iterable

from streamconv.compat import Departure, Reader, find


def read(name: str, *chunks: bytes) -> tuple[list[tuple[str, str, str]], list[Departure]]:
    """The events (data, type, id as they tell it) that a client makes of the chunks, and how it departed."""
    reader = Reader(find(name))
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()
    return [(event.data, event.type, event.id) for event in events], [note.departure for note in reader.take_notes()]


def told_ids(name: str, chunks: Iterable[bytes]) -> list[str]:
    """With each event the last id that the client has told."""
    reader = Reader(find(name))
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()
    return [event.last_event_id for event in events]
