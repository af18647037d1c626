"""The heads of HTTP messages before the body: `curl -i`, HTTPie, sockets. RFC 9112, section 2; HTTP/2 as curl has it.

Several heads may stand there: 100 Continue, redirects, a proxy's answer to CONNECT, and first the request, as HTTPie
`-v` prints it. The last response's head is the one that counts.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.captures.layer import MORE, CaptureError, Known, Peel, is_line_begun, timed_as
from streamconv.captures.places import Places
from streamconv.problem import Report

LARGEST_HEAD: Final = 256 * 1024  # bytes; servers refuse far smaller ones

_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?) (\d{3})(?: ([^\r\n]*))?\r?\n")
_REQUEST_LINE = re.compile(rb"([A-Z]{3,16}) (\S+) HTTP/(\d(?:\.\d)?)\r?\n")
_BEGUN = re.compile(rb"[A-Z]{1,16}(?:[/ ].*)?\Z")
_HEAD_END = re.compile(rb"\n\r?\n")
_RESPONSE = re.compile(rb"^HTTP/\d", re.MULTILINE)


class HTTPHead(Peel):
    """Takes off the heads, and knows what the last one says."""

    name = "http"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.places: Places = Places()
        self._held = b""
        self._searched = 0
        self._before = ""  # the response, in the evidence
        self._state = "head"  # or "request" (its body), "after" (a response's head), "body"

    def feed(self, item: bytes, /) -> list[bytes]:
        """What follows the heads."""
        if self._state == "body":
            return [item]
        self._held += item
        while self._step():
            pass
        if self._state != "body" or not self._held:
            return []
        body, self._held = self._held, b""
        return [timed_as(item, body)]

    def _step(self) -> bool:
        """Read one thing; False where more bytes are needed, or none."""
        held = self._held
        if self._state == "after":
            if held.startswith(b"HTTP/"):
                self._state = "head"
                return True
            if held and not b"HTTP/".startswith(held):
                self._begin_body()
            return False
        if self._state == "request":  # its body: a response's head begins a line
            match = _RESPONSE.search(held)
            cut = match.start() if match else held.rfind(b"\n") + 1 or (len(held) if len(held) > LARGEST_HEAD else 0)
            self._cut(cut)
            self._state = "head" if match else "request"
            return match is not None
        return self._state == "head" and self._read_head()

    def _read_head(self) -> bool:
        if not (_STATUS_LINE.match(self._held) or _REQUEST_LINE.match(self._held) or _is_begun(self._held)):
            self.say("capture-http-head", f"{self._held[:40]!r} is no status line; it is read as the body")
            self._begin_body()
            return False
        end = _HEAD_END.search(self._held, max(0, self._searched - 2))
        if end is None:
            self._searched = len(self._held)
            if self._searched > LARGEST_HEAD:
                raise CaptureError(f"the HTTP head does not end within {LARGEST_HEAD // 1024} KiB")
            return False
        head = self._held[: end.end()]
        self._searched = 0
        request = _REQUEST_LINE.match(head)
        if request:
            self._read_request(head, request)
        else:
            self._read_response(head)
        self._cut(len(head))
        return True

    def _read_request(self, head: bytes, line: re.Match[bytes]) -> None:
        self._state = "request"
        host = dict(_headers(head)).get("host", "")
        target = line[2].decode("latin-1")
        self.known.method = line[1].decode()
        self.known.url = f"http://{host}{target}" if host and target.startswith("/") else target
        self._before = f"a request, {self.known.method} {target}, then "

    def _read_response(self, head: bytes) -> None:
        self._state = "after"
        line = _STATUS_LINE.match(head)
        assert line is not None  # who calls has looked
        headers = _headers(head)
        named = dict(headers)  # the last of a name
        self.name = f"http/{line[1].decode()}"
        known = self.known
        known.status = int(line[2])
        known.headers = headers
        known.content_type = named.get("content-type", "")
        known.content_encoding = named.get("content-encoding", "")
        known.chunked = "chunked" in named.get("transfer-encoding", "").lower()
        said = f", content type {known.content_type}" if known.content_type else ", without a content type"
        text = head.split(b"\n", 1)[0].strip().decode("latin-1")
        self.evidence = f"{self._before}a status line, {text}{said}"

    def _cut(self, size: int) -> None:
        self.places.cut(self._held[:size])
        self._held = self._held[size:]

    def _begin_body(self) -> None:
        self._state = "body"
        self.places.rest()

    def finish(self) -> list[bytes]:
        """What may have been another head and was the body's first bytes; a head that was cut is said."""
        if self._state == "head":
            self.say("capture-http-head", "the HTTP head is cut: it has no empty line after it")
            return []
        if self._state == "request":
            self.say("capture-http-head", "a request, and no response after it")
            return []
        rest, self._held = self._held, b""
        if self._state == "after":
            self._begin_body()
        return [rest] if rest else []


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    lines = re.split(r"\r?\n", head.decode("latin-1"))[1:]
    pairs = (line.partition(":") for line in lines if line)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


def _is_begun(start: bytes) -> bool:
    """True for the start of a first line that may become one of a head."""
    return not start or (b"\n" not in start and _BEGUN.match(start) is not None)


def is_http_head(start: bytes, known: Known) -> str | None:
    """A status line or a request line."""
    if _STATUS_LINE.match(start):
        return "a status line"
    request = _REQUEST_LINE.match(start)
    if request:
        return f"a request, {request[1].decode()} {request[2].decode('latin-1')}"
    return MORE if is_line_begun(start) and _BEGUN.match(start) else None
