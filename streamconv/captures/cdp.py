"""Events of the Chrome DevTools Protocol, one JSON object a line: domain Network.

`eventSourceMessageReceived` has what an EventSource dispatched; `dataReceived` the bytes of any reply, in base64, where
`streamResourceContent` was called for it, else only how many there were. Times are seconds of one clock.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from streamconv import jsontext
from streamconv.captures.entries import Entry, names_stream, nothing
from streamconv.captures.har_content import event_bytes
from streamconv.captures.layer import MORE, Known, Peel, is_begun
from streamconv.pipeline import TimedBytes
from streamconv.problem import Report

_EVENT = re.compile(rb'\s*\{\s*"method"\s*:\s*"[A-Z][A-Za-z]+\.[a-z][A-Za-z]+"')
_LENGTHS_ONLY = "the log has the sizes of its chunks, not their bytes; Network.streamResourceContent adds them"


class CDPLog(Peel):
    """Collects the replies of an event log."""

    name = "cdp"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.entries: list[Entry] = []
        self._parts: list[bytes] = []  # of the open line
        self._line = 0
        self._requests: dict[str, _Request] = {}

    def feed(self, item: bytes, /) -> list[bytes]:
        """Nothing: the replies are complete at the end."""
        self._parts.append(item)
        if b"\n" in item:
            *lines, last = b"".join(self._parts).split(b"\n")
            self._parts = [last]
            for line in lines:
                self._event(line)
        return []

    def finish(self) -> list[bytes]:
        """The entries."""
        self._event(b"".join(self._parts))
        for number, request in enumerate(self._requests.values(), 1):
            self.entries.append(request.entry(number))
        self.evidence = f"{self.evidence}; requests: {len(self.entries)}"
        return []

    def _event(self, line: bytes) -> None:
        self._line += 1
        if not line.strip():
            return
        try:
            value = jsontext.loads(line.decode("utf-8", "replace"))
            method, params = str(value["method"]), value["params"]
            id = str(params.get("requestId"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.say("capture-cdp", f"line {self._line} is no event of the protocol; the others are read")
            return
        if method == "Network.requestWillBeSent":
            self._requests[id] = _Request(params)  # a redirect uses the id again: the last one counts
        elif id in self._requests:
            self._requests[id].take(method, params)


class _Request:
    """What the log says of one request."""

    def __init__(self, params: dict[str, Any]) -> None:
        request = _object(params.get("request"))
        self._method = str(request.get("method") or "")
        self._url = str(request.get("url") or "")
        self._began = _number(params.get("timestamp"))
        self._response: dict[str, Any] = {}
        self._is_event_source = False
        self._messages: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0

    def take(self, method: str, params: dict[str, Any]) -> None:
        """An event of this request."""
        time = _number(params.get("timestamp"))
        if method == "Network.responseReceived":
            self._response = _object(params.get("response"))
        elif method == "Network.eventSourceMessageReceived":
            data = str(params.get("data") or "")
            self._messages.append(self._timed(event_bytes(params.get("eventName"), params.get("eventId"), data), time))
        elif method == "Network.dataReceived":
            self._size += int(_number(params.get("dataLength")) or 0)
            try:
                data_bytes = base64.b64decode(str(params.get("data") or ""), validate=True)
            except (binascii.Error, ValueError):
                data_bytes = b""
            if data_bytes:
                self._data.append(self._timed(data_bytes, time))

    def _timed(self, data: bytes, time: float | None) -> bytes:
        if time is None or self._began is None:
            return data
        return TimedBytes(data, round(time - self._began, 6))

    def entry(self, number: int) -> Entry:
        """The reply."""
        response = self._response
        headers = tuple((str(name).lower(), str(value)) for name, value in _object(response.get("headers")).items())
        content_type = dict(headers).get("content-type") or str(response.get("mimeType") or "")
        is_stream = bool(self._messages) or names_stream(content_type)
        chunks = self._data or self._messages
        status = response.get("status")

        def opened(report: Report) -> Iterator[bytes]:
            return iter(chunks)

        return Entry(
            number=number,
            is_stream=is_stream,
            open=opened if chunks else nothing,
            method=self._method,
            url=self._url,
            status=status if isinstance(status, int) else None,
            content_type=content_type,
            headers=headers,
            size=self._size or None,
            missing=_LENGTHS_ONLY if is_stream and not chunks else "",
        )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def is_cdp_log(start: bytes, known: Known) -> str | None:
    """A first line that is an event of a domain."""
    match = _EVENT.match(start)
    if match:
        return f"begins with {match[0].strip().decode()}, an event of the DevTools Protocol"
    return MORE if is_begun(start, b'{"method":"') else None
