"""What is answered to a request, without any I/O: the status, the headers, and the body as steps."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

import msgspec

from streamconv.formats import media_type
from streamconv.live.faults import Fault
from streamconv.live.loopback import is_loopback, is_loopback_origin
from streamconv.live.negotiation import negotiate
from streamconv.live.recording import Recording, Served
from streamconv.live.script import Faulty, Step

_METHODS: Final = ("GET", "HEAD", "POST")
_TEXT: Final = "text/plain; charset=utf-8"


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """How a capture is replayed."""

    speed: float = 1.0  # 2 is twice as fast, infinite without any waiting
    delay: float | None = None  # seconds between records, instead of the times of the capture
    headers: Sequence[tuple[str, str]] = ()  # of the response: more, or others than it has; a name may come again
    faults: Sequence[Fault] = ()
    seed: int = 0  # chooses the places that faults leave open
    origin: str = ""  # whose pages may read, beside those of this machine; `*` is anybody's


class Request(msgspec.Struct, frozen=True):
    """What a client asked for."""

    method: str
    path: str  # with the query
    headers: dict[str, str]  # by name, in lower case
    body: bytes  # the first 64 KiB


class Answer(NamedTuple):
    """A status, the content type of the body ("" where there is none), and the body."""

    status: int
    content_type: str = ""
    steps: Sequence[Step] = ()


class Answers:
    """Answers requests for recordings, each at its path; one by itself is at every path.

    `own` says that only this machine is listened to: then names of other machines are refused as Host. Raises
    ValueError where a fault has no place in a stream.
    """

    def __init__(self, recordings: Mapping[str, Recording], how: Replaying, *, own: bool) -> None:
        self._replayed = {path: _prepared(path, recordings, how) for path in recordings}
        self._how = how
        self._checks_host = own and how.origin != "*"
        statuses = [fault for fault in how.faults if fault.name == "status"]
        self._failing = chain.from_iterable(repeat(fault.number, int(fault.extra or 1)) for fault in statuses)

    def to(self, request: Request) -> Answer:
        """The answer to a request."""
        host = request.headers.get("host", "localhost")
        if self._checks_host and not is_loopback(host):  # a page elsewhere, under its own name
            return _said(421, "only localhost and 127.0.0.1 are served here; streamconv serve --host says otherwise")
        if request.method == "OPTIONS":
            return Answer(204)
        if request.method not in _METHODS:
            return _said(405, "GET, HEAD and POST are answered")
        path = unquote(request.path.partition("?")[0], errors="surrogateescape")
        if len(self._replayed) > 1 and path == "/":
            return _said(200, "\n".join(quote(os.fsencode(path)) for path in self._replayed))
        replayed = next(iter(self._replayed.values())) if len(self._replayed) == 1 else self._replayed.get(path)
        if replayed is None:
            return _said(404, "there is no stream at this path; / lists them")
        failing = next(self._failing, None)
        if failing is not None:
            return Answer(failing, "application/json", (Step(b'{"error":{"message":"a fault that was asked for"}}\n'),))
        return replayed.answer(request)

    def headers(self, request: Request, answer: Answer) -> dict[str, str]:
        """The headers of an answer, less those that are asked for."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept, Origin"}
        if answer.content_type:
            headers["Content-Type"] = answer.content_type
        if request.method not in _METHODS:
            headers["Allow"] = ", ".join((*_METHODS, "OPTIONS"))
        origin = request.headers.get("origin", "")
        if origin and (self._how.origin in ("*", origin) or is_loopback_origin(origin)):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Methods"] = ", ".join(_METHODS)
            headers["Access-Control-Allow-Headers"] = request.headers.get("access-control-request-headers", "*")
            if self._how.origin != "*":
                headers["Access-Control-Allow-Credentials"] = "true"
        return headers


class _Replayed:
    """One recording, ready to be sent in any format."""

    def __init__(self, recording: Recording, how: Replaying) -> None:
        self._recording = recording
        self._how = how
        self._served = cache(self._prepare)
        self._served(recording.format)

    def _prepare(self, format: str) -> tuple[Served, Faulty, list[Step]]:
        served = self._recording.served(format, delay=self._how.delay)
        converted = format != self._recording.format  # it may be smaller than what the places were named for
        faulty = Faulty(self._how.faults, served.spans, served.size, self._how.seed, clamped=converted)
        return served, faulty, faulty.first(served.steps)

    def answer(self, request: Request) -> Answer:
        own = self._recording.format
        format = negotiate(request.headers.get("accept", ""), own)
        status, content_type = self._recording.status, self._recording.content_type
        if format != own:
            status, content_type = 200, media_type(format)
        served, faulty, steps = self._served(format)
        last = request.headers.get("last-event-id")
        resumed = served.after(last) if last else None
        if resumed is None:
            return Answer(status, content_type, steps)
        if served.spans[-1].start < resumed:
            return Answer(204)  # nothing is left, and browsers reconnect no more: WHATWG HTML 9.2.3
        return Answer(status, content_type, faulty.resumed(served.steps, resumed))


def _prepared(path: str, recordings: Mapping[str, Recording], how: Replaying) -> _Replayed:
    try:
        return _Replayed(recordings[path], how)
    except ValueError as error:
        raise ValueError(f"{path}: {error}" if len(recordings) > 1 else str(error)) from None


def _said(status: int, text: str) -> Answer:
    return Answer(status, _TEXT, (Step(f"{text}\n".encode()),))
