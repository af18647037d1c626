"""Streams written by hand, as Server-Sent Events, and what they add up to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from streamconv import Record, read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message, Part
from streamconv.protocols.sign import Sign

Event = dict[str, Any] | list[Any] | str | tuple[str, Any]


def sse(events: Iterable[Event]) -> bytes:
    """Events as they stand in a stream: a payload, or a name and a payload; a string stands as it is."""
    return "".join(map(_written, events)).encode()


def _written(event: Event) -> str:
    name, payload = event if isinstance(event, tuple) else ("", event)
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return (f"event: {name}\n" if name else "") + f"data: {data}\n\n"


def records(*events: Event, tail: bytes = b"") -> list[Record]:
    """The records of a stream, which may end in something more."""
    return [*read(sse(events) + tail, "sse", control=True, report=lambda problem: None)]


def assembled(*events: Event, tail: bytes = b"") -> Message:
    """What a stream adds up to."""
    assembler = Assembler()
    assembler.feed(records(*events, tail=tail))
    assembler.finish()
    return assembler.snapshot()


def signs(*events: Event) -> list[Sign]:
    """What the events of a stream say, in turn."""
    assembler = Assembler()
    return [sign for _, sign in [*assembler.feed(records(*events)), *assembler.finish()]]


def kinds(message: Message) -> list[str]:
    """The types of the parts of the first choice."""
    return [part.type for part in message.choice().parts]


def parts(message: Message, type: str) -> list[Part]:
    """Those of one type."""
    return [part for part in message.choice().parts if part.type == type]


def digest(text: str) -> str:
    """The first bytes of a text's SHA-256: captures are other people's, so what they say is not written here."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
