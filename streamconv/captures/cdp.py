"""Events of the Chrome DevTools Protocol, one JSON object a line: domain Network.

`eventSourceMessageReceived` has what an EventSource dispatched; `dataReceived` the bytes of any reply, in base64, where
`streamResourceContent` was called for it, else only how many there were. Times are seconds of one clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from streamconv import jsontext
from streamconv.captures import values
from streamconv.captures.entries import Entry, names_stream, nothing
from streamconv.captures.har_content import event_bytes, from_base64
from streamconv.captures.layer import MORE, Known, Peel, is_begun
from streamconv.pipeline import TimedBytes
from streamconv.problem import Report

_EVENT = re.compile(rb'\s*\{\s*"method"\s*:\s*"[A-Z][A-Za-z]+\.[a-z][A-Za-z]+"')
_OF_REPLIES: Final = frozenset(
    {"Network.responseReceived", "Network.eventSourceMessageReceived", "Network.dataReceived"}
)
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
        except (ValueError, RecursionError):
            value = None
        method = value.get("method") if isinstance(value, dict) else None
        if not isinstance(method, str):
            self.say("capture-cdp", f"line {self._line} is no event of the protocol; the others are read")
            return
        params = values.member(value, "params")
        id = values.text(params.get("requestId"))
        if method == "Network.requestWillBeSent":
            self._requests[id] = _Request(params)  # a redirect uses the id again: the last one counts
        elif id and method in _OF_REPLIES:
            request = self._requests.setdefault(id, _Request({}))  # the log may have begun after the request
            request.take(method, params, lambda fault: self.say("capture-cdp", f"line {self._line}: {fault}"))


class _Request:
    """What the log says of one request."""

    def __init__(self, params: dict[str, Any]) -> None:
        request = values.member(params, "request")
        self._method = values.text(request.get("method"))
        self._url = values.text(request.get("url"))
        self._began = values.number(params.get("timestamp"))
        self._response: dict[str, Any] = {}
        self._messages: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0

    def take(self, method: str, params: dict[str, Any], say: Callable[[str], None]) -> None:
        """An event of this request; what is wrong with it is said."""
        time = values.number(params.get("timestamp"))
        self._began = time if self._began is None else self._began
        if method == "Network.responseReceived":
            self._response = values.member(params, "response")
        elif method == "Network.eventSourceMessageReceived":
            self._messages.append(self._timed(event_bytes(params), time))
        else:
            self._size += values.integer(params.get("dataLength")) or 0
            data = b"".join(from_base64(iter((values.text(params.get("data")),)), say))
            if data:
                self._data.append(self._timed(data, time))

    def _timed(self, data: bytes, time: float | None) -> bytes:
        if time is None or self._began is None:
            return data
        return TimedBytes(data, round(time - self._began, 6))

    def entry(self, number: int) -> Entry:
        """The reply."""
        response = self._response
        fields = values.headers(response.get("headers"))
        content_type = dict(fields).get("content-type") or values.text(response.get("mimeType"))
        is_stream = bool(self._messages) or names_stream(content_type)
        chunks = self._data or self._messages

        def opened(report: Report) -> Iterator[bytes]:
            return iter(chunks)

        return Entry(
            number=number,
            is_stream=is_stream,
            open=opened if chunks else nothing,
            method=self._method,
            url=self._url or values.text(response.get("url")),
            status=values.integer(response.get("status")),
            content_type=content_type,
            headers=fields,
            size=self._size or None,
            missing=_LENGTHS_ONLY if is_stream and not chunks else "",
        )


def is_cdp_log(start: bytes, known: Known) -> str | None:
    """A first line that is an event of a domain."""
    match = _EVENT.match(start)
    if match:
        return f"begins with {match[0].strip().decode()}, an event of the DevTools Protocol"
    return MORE if is_begun(start, b'{"method":"') else None
