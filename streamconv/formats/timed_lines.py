"""One line of a timed capture: the header, or a chunk. README, "Timed captures"."""

from __future__ import annotations

from typing import Final

import msgspec

MEDIA_TYPE: Final = "application/x-streamconv-timed"
VERSION: Final = 1


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line: what is known of the source. Strings are "" where nothing is."""

    source: str = ""  # a file name, or "stdin"
    content_type: str = ""
    request: str = ""  # `GET https://…`


class Chunk(msgspec.Struct, frozen=True):
    """A further line: bytes as they arrived, `time` in seconds since the first of them; None where nothing knows it."""

    data: bytes
    time: float | None = None


class _Line(msgspec.Struct):
    """All that a line may hold; keys that are not known are passed over."""

    format: str | None = None
    version: int = VERSION
    source: str = ""
    content_type: str = ""
    request: str = ""
    t: float | None = None
    b: str | None = None
    b64: bytes | None = None


_decode = msgspec.json.Decoder(_Line).decode


def read_line(text: bytes) -> Head | Chunk:
    """The header or chunk that a line is. Raises ValueError, which says why it is neither."""
    line = _decode(text)
    if line.format is not None:
        if line.format != MEDIA_TYPE:
            raise ValueError(f"'format' is {line.format!r}, not {MEDIA_TYPE!r}")
        if line.version != VERSION:
            raise ValueError(f"version {line.version}; this streamconv reads version {VERSION}")
        return Head(line.source, line.content_type, line.request)
    if (line.b is None) is (line.b64 is None):
        raise ValueError("a chunk is 'b', a string, or 'b64', base64")
    return Chunk(line.b.encode() if line.b is not None else line.b64 or b"", line.t)
