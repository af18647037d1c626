"""Which JSON text a payload is, or becomes: the payload modes, shared by all encoders."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streamconv import jsontext
from streamconv.formats.faults import payload_fault
from streamconv.problem import Problem, Report
from streamconv.record import END_MARKER, Carried, Record

Mode = Literal["auto", "json", "text"]


class Writing(msgspec.Struct, frozen=True):
    """How an encoder writes; each format takes what means something to it."""

    payload: Mode = "auto"  # which payloads are JSON: see `json_text`
    done: bool = False  # sse: append the end marker `[DONE]`
    stable: bool = False  # records: leave out what differs between two runs (n, line, offset, size, time)


JSON_FORMATS: Final = frozenset({"ndjson", "stream+json", "json", "json-seq", "vercel-data-stream"})
"""Formats whose every payload is a JSON text. The payloads of the others may be any text."""


def json_text(record: Record, mode: Mode, report: Report) -> bytes | None:
    """The payload of an event as a JSON text on one line; None for the end marker, and for what is reported as invalid.

    "auto": an object or array is JSON; a scalar is JSON only where the stream carries JSON (the tokens `今天`, `2024`,
    `年` stay three strings); everything else becomes a JSON string. "json": anything but JSON is reported and left out.
    "text": every payload becomes a string.
    """
    data = record.data or ""
    if record.is_end:
        return None
    text = data.encode("utf-8", "replace")
    if mode == "text":
        already = record.carries == "json" and text.startswith(b'"') and jsontext.valid(text)
        return jsontext.single_line(text) if already else jsontext.string(data)
    bracketed = _is_bracketed(data)
    if (mode == "json" or bracketed or record.carries == "json") and jsontext.valid(text):
        return jsontext.single_line(text)
    if mode == "json":
        report(payload_fault(record.replace(kind="invalid")))
        return None
    if bracketed and record.carries == "json":
        report(payload_fault(record))
    return jsontext.string(data)


def carried_by(data: str) -> Carried | None:
    """What a stream carries whose first payload is this; None where the payload does not tell."""
    if data == END_MARKER:
        return None
    return "json" if _is_bracketed(data) and jsontext.valid(data.encode("utf-8", "replace")) else "text"


def _is_bracketed(data: str) -> bool:
    return data.lstrip(" \t\r\n")[:1] in ("{", "[")


def check_json(record: Record) -> Problem | None:
    """The problem of an event promised to be JSON that is not, which makes it invalid; None for all others."""
    if record.kind != "event" or record.is_end or jsontext.valid((record.data or "").encode("utf-8", "replace")):
        return None
    return payload_fault(record.replace(kind="invalid"))


def plain_text(record: Record) -> str:
    """The payload as plain text: a JSON string of a stream that carries JSON gives its value, all else itself."""
    data = record.data or ""
    if record.carries == "json" and data.startswith('"') and jsontext.valid(data.encode("utf-8", "replace")):
        return jsontext.string_value(data.encode())
    return data
