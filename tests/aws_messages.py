"""Messages of `application/vnd.amazon.eventstream`, made by hand; botocore reads them in tests/formats."""

from __future__ import annotations

from binascii import crc32


def prelude(total: int, headers: int) -> bytes:
    """The first twelve bytes of a message of these lengths."""
    lengths = total.to_bytes(4) + headers.to_bytes(4)
    return lengths + crc32(lengths).to_bytes(4)


def header(name: str, kind: int, value: bytes) -> bytes:
    """One header; `value` as it stands in the message."""
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def string(name: str, value: str) -> bytes:
    """A header whose value is a string."""
    return header(name, 7, len(value.encode()).to_bytes(2) + value.encode())


def message(headers: bytes, payload: bytes = b"") -> bytes:
    """A whole message."""
    start = prelude(16 + len(headers) + len(payload), len(headers)) + headers + payload
    return start + crc32(start).to_bytes(4)


def event(name: str, payload: bytes) -> bytes:
    """An event as Bedrock sends it."""
    named = string(":event-type", name) + string(":content-type", "application/json")
    return message(named + string(":message-type", "event"), payload)
