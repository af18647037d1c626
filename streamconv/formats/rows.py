"""One object of the records format: which keys there are, and what they may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streamconv import jsontext

_KINDS: Final = frozenset({"event", "control", "invalid", "incomplete"})
_IGNORED: Final = frozenset({"n", "line", "offset", "size", "end"})

_decode_str = msgspec.json.Decoder(str).decode
_decode_int = msgspec.json.Decoder(int).decode


def read_row(text: bytes) -> tuple[dict[str, Any], list[str]]:
    """The values of the keys that say something, and the keys that are not known.

    A key that is null is as one left out (except `data`, whose null is a payload). Raises ValueError, which names the
    key, for a value of the wrong type.
    """
    values: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in jsontext.members(text).items():
        read = _READERS.get(name)
        if read is None:
            if name not in _IGNORED:
                unknown.append(name)
        elif name == "data":
            values["data"] = jsontext.single_line(value).decode()
        elif value != b"null":
            try:
                values[name] = read(value)
            except ValueError:
                raise ValueError(f"{name!r} must be {_WANTED[name]}") from None
    if "data" in values and "text" in values:
        raise ValueError("a payload is 'data' or 'text', not both")
    if values.get("kind") == "control" and ("data" in values or "text" in values):
        raise ValueError("a control record has no payload")
    return values, unknown


def _kind(value: bytes) -> str:
    kind = _decode_str(value)
    if kind not in _KINDS:
        raise ValueError(kind)
    return kind


def _retry(value: bytes) -> int:
    retry = _decode_int(value)
    if retry < 0:
        raise ValueError(retry)
    return retry


_READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "kind": _kind,
    "event": _decode_str,
    "id": _decode_str,
    "retry": _retry,
    "comments": msgspec.json.Decoder(tuple[str, ...]).decode,
    "unknown": msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode,
    "data": bytes.decode,
    "text": _decode_str,
    "json": msgspec.json.Decoder(bool).decode,
    "time": msgspec.json.Decoder(float).decode,
    "file": _decode_str,
    "entry": _decode_int,
}
_WANTED: Final = {
    "kind": "event, control, invalid or incomplete",
    "event": "a string",
    "id": "a string",
    "retry": "a whole number, not below 0",
    "comments": "an array of strings",
    "unknown": "an array of pairs of strings",
    "text": "a string",
    "json": "true or false",
    "time": "a number",
    "file": "a string",
    "entry": "a whole number",
}
