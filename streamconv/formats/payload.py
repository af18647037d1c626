"""Which JSON text a payload is, or becomes: the payload modes, shared by all encoders."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streamconv import jsontext
from streamconv.formats.faults import payload_fault
from streamconv.problem import Problem, Report
from streamconv.record import Record

Mode = Literal["auto", "json", "text"]


class Writing(msgspec.Struct, frozen=True):
    """How an encoder writes; each format takes what means something to it."""

    payload: Mode = "auto"  # which payloads are JSON: see Payloads
    done: bool = False  # sse: append the end marker `[DONE]`
    stable: bool = False  # records: leave out what differs between two runs (n, line, offset, size, time)


JSON_FORMATS: Final = frozenset({"ndjson", "stream+json", "json", "json-seq"})
"""Formats whose every payload is a JSON text. The payloads of the others may be any text."""


class Payloads:
    """Turns payloads into JSON texts, one line each.

    "auto": an object or array is JSON; a scalar is JSON only in a stream whose first payload was an object or array
    (the tokens `今天`, `2024`, `年` stay three strings); everything else becomes a JSON string. "json": anything but
    JSON is reported and left out. "text": every payload becomes a string.
    """

    def __init__(self, mode: Mode, report: Report) -> None:
        self._mode = mode
        self._report = report
        self._carries_json: bool | None = None  # None until the first payload of the stream
        self._last_number = 0

    def text(self, record: Record) -> bytes | None:
        """The payload of an event as a JSON text on one line; None for what no JSON format can hold."""
        data = record.data or ""
        if record.number is not None:
            if record.number <= self._last_number:  # another stream begins
                self._carries_json = None
            self._last_number = record.number
        if record.is_end and record.format not in JSON_FORMATS:
            return None
        if self._mode == "text":
            return _as_string(record)
        text = data.encode("utf-8", "replace")
        if self._mode == "json":
            problem = check_json(record)
            if problem is None:
                return jsontext.single_line(text)
            self._report(problem)
            return None
        return self._auto(record, data, text)

    def _auto(self, record: Record, data: str, text: bytes) -> bytes:
        if record.format in JSON_FORMATS:
            return jsontext.single_line(text) if jsontext.valid(text) else jsontext.string(data)
        start = text.lstrip()[:1]
        bracketed = start == b"{" or start == b"["
        if (bracketed or self._carries_json) and jsontext.valid(text):
            if self._carries_json is None:
                self._carries_json = True
            return jsontext.single_line(text)
        if start and self._carries_json is None:
            self._carries_json = False
        if bracketed and self._carries_json:
            self._report(payload_fault(record))
        return jsontext.string(data)


def check_json(record: Record) -> Problem | None:
    """The problem of an event promised to be JSON that is not, which makes it invalid; None for all others."""
    if record.kind != "event" or record.is_end or jsontext.valid((record.data or "").encode("utf-8", "replace")):
        return None
    return payload_fault(record.replace(kind="invalid"))


def plain_text(record: Record) -> str:
    """The payload as plain text: a JSON string of a JSON format gives its value, everything else itself."""
    data = record.data or ""
    if record.format in JSON_FORMATS and data.startswith('"') and jsontext.valid(data.encode("utf-8", "replace")):
        return jsontext.string_value(data.encode())
    return data


def _as_string(record: Record) -> bytes:
    text = (record.data or "").encode("utf-8", "replace")
    if record.format in JSON_FORMATS and text.startswith(b'"') and jsontext.valid(text):
        return jsontext.single_line(text)
    return jsontext.string(record.data or "")
