"""Flow files of mitmproxy (`mitmdump -w`): one tnetstring a flow, `SIZE:DATA` and a byte that says the type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from streamconv.captures import values
from streamconv.captures.entries import Entry, names_stream, nothing, wanted
from streamconv.captures.har import begins_as_stream
from streamconv.captures.layer import MORE, Known, Peel
from streamconv.problem import Report

_FIRST = re.compile(rb"\d{1,12}:\d{1,12}:[a-z_]+;")
_BEGUN = re.compile(rb"\d{1,12}(?::(?:\d{1,12}(?::[a-z_]*)?)?)?\Z")
_DEEPEST: Final = 32  # collections inside collections
_BLOCK: Final = 64 * 1024


class MitmproxyFlows(Peel):
    """Collects the replies of the flows."""

    name = "mitmproxy"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.entries: list[Entry] = []
        self._held = bytearray()
        self._number = 0
        self._broken = False

    def feed(self, item: bytes, /) -> list[bytes]:
        """Nothing: the entries are complete at the end."""
        if not self._broken:
            self._held += item
            while self._flow():
                pass
        return []

    def _flow(self) -> bool:
        """Read the next flow, where it is whole."""
        colon = self._held.find(b":", 0, 13)
        if colon < 0 or not self._held[:colon].isdigit():
            self._broken = len(self._held) > 12
            return False
        end = colon + 2 + int(self._held[:colon])
        if len(self._held) < end:
            return False
        flow = bytes(self._held[:end])
        del self._held[:end]
        self._number += 1
        try:
            value, _ = _value(flow, 0, 0)
            if not isinstance(value, dict):
                raise ValueError("no flow")
            self._add(value)
        except (ValueError, IndexError):
            self.say("capture-mitmproxy", f"flow {self._number} is damaged; the others are read")
        return True

    def _add(self, flow: Any) -> None:
        request, response = values.member(flow, "request"), values.member(flow, "response")
        fields = values.headers(response.get("headers"))
        content_type = dict(fields).get("content-type", "")
        content = response.get("content")
        content = content if isinstance(content, bytes) else b""
        scheme, host, port, path = (values.text(request.get(name)) for name in ("scheme", "host", "port", "path"))
        url = f"{scheme}://{host}:{port}{path}"
        is_stream = names_stream(content_type) or begins_as_stream(
            content[:4096].decode("utf-8", "replace"), content_type, url
        )
        kept = content if is_stream or wanted(self._number, url, self.known.entry) else b""
        missing = "" if content or not is_stream else "mitmproxy kept no body: the reply was streamed through"

        def opened(report: Report) -> Iterator[bytes]:
            return (kept[at : at + _BLOCK] for at in range(0, len(kept), _BLOCK))

        self.entries.append(
            Entry(
                number=self._number,
                is_stream=is_stream,
                open=opened if kept else nothing,
                method=values.text(request.get("method")),
                url=url,
                status=values.integer(response.get("status_code")),
                content_type=content_type,
                headers=fields,
                size=len(content),
                encoded=True,
                missing=missing,
            )
        )

    def finish(self) -> list[bytes]:
        """A flow that was cut is said."""
        if self._held or self._broken:
            self.say("capture-mitmproxy", f"the flow file is cut after {self._number} whole flows; they are read")
        self.evidence = f"{self.evidence}; flows: {self._number}"
        return []


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """The value at `at`, and where it ends. Raises ValueError and IndexError for what is damaged."""
    colon = data.index(b":", at, at + 13)
    if not data[at:colon].isdigit():  # int takes a sign, too, and would go back
        raise ValueError("no size")
    start, end = colon + 1, colon + 1 + int(data[at:colon])
    kind, inner = data[end], data[start:end]
    if kind in b"]}":
        if depth == _DEEPEST:
            raise ValueError("too deep")
        items: list[Any] = []
        position = 0
        while position < len(inner):
            item, position = _value(inner, position, depth + 1)
            items.append(item)
        value: Any = items if kind == 0x5D else dict(zip(map(values.text, items[::2]), items[1::2], strict=True))
        return value, end + 1
    return _scalar(kind, inner), end + 1


def _scalar(kind: int, inner: bytes) -> Any:
    if kind == 0x2C:
        return inner
    if kind == 0x23:
        return int(inner)
    return values.text(inner) if kind == 0x3B else None  # floats and booleans say nothing of a stream


def is_mitmproxy_flows(start: bytes, known: Known) -> str | None:
    """A size, and inside it the size and name of a first member."""
    if _FIRST.match(start):
        return "a tnetstring that holds a flow of mitmproxy"
    return MORE if _BEGUN.match(start) else None
