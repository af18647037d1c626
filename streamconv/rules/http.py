"""Rules about the HTTP response round the stream, and about when its bytes arrived."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from streamconv.pipeline import TimedBytes
from streamconv.problem import Problem
from streamconv.rules.capture import READABLE
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

_BURST: Final = 8  # events in one burst that are worth a word
_PAUSE: Final = 0.25  # seconds before it, in which a writer that does not buffer would have sent some of them


class HttpStatus(Rule):
    """The status of the response is not 200.

    EventSource gives up unless it is 200; what the body holds is most likely an error.
    """

    name = "http-status"
    severity = "warning"
    clause = "WHATWG HTML 9.2.3"
    formats = READABLE
    hint = "read the body: it says what the server did not like"
    bad = b"data: 1\n\n"
    good = b"data: 1\n\n"
    shown_with: ClassVar = {"bad": {"status": 500}, "good": {"status": 200}}

    def begin(self, stream: Stream) -> Iterable[Problem]:
        """Known from the head; 204 has a rule of its own."""
        if stream.status is None or stream.status in (200, 204):
            return ()
        return (self.of_stream(f"the status is {stream.status}, not 200"),)


class Http204(Rule):
    """The status of the response is 204.

    It tells EventSource to stop reconnecting, and promises that there is no body.
    """

    name = "http-204"
    severity = "warning"
    clause = "WHATWG HTML 9.2.1 (clients can be told to stop reconnecting)"
    formats = READABLE
    hint = "send 200 where a stream follows"
    bad = b"data: 1\n\n"
    good = b"data: 1\n\n"
    shown_with: ClassVar = {"bad": {"status": 204}, "good": {"status": 200}}

    def begin(self, stream: Stream) -> Iterable[Problem]:
        """Known from the head."""
        return (self.of_stream("the status is 204: clients stop here"),) if stream.status == 204 else ()


class KeepaliveGap(Rule):
    """For more than 15 seconds no byte came.

    Proxies close connections that are silent for long (many after 60 seconds, some after 30). A comment now and then
    keeps them open.
    """

    name = "sse-keepalive-gap"
    severity = "info"
    clause = "WHATWG HTML 9.2.7 (a comment line every 15 seconds or so)"
    formats = ("sse",)
    hint = "send a comment line (a colon) every 15 seconds"
    bad = (TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b"data: 2\n\n", 61.0))
    good = (TimedBytes(b"data: 1\n\n", 0.0), TimedBytes(b":\n\n", 15.0), TimedBytes(b"data: 2\n\n", 29.0))

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The record that ended the silence."""
        silence, stream.silence = stream.silence, 0.0
        if silence <= stream.keepalive:
            return ()
        return (self.of_record(passage, f"no byte came for {silence:.1f} s before this"),)


class Buffering(Rule):
    """Events arrive in bursts: something between the writer and here buffers.

    A proxy that compresses or buffers holds events back until it has enough. `Cache-Control: no-transform` and, for
    nginx, `X-Accel-Buffering: no` ask it not to. `curl` without `-N` buffers by itself when it writes into a pipe.
    """

    name = "http-buffering"
    severity = "info"
    clause = "WHATWG HTML 9.2.7 (HTTP chunking and buffering)"
    formats = ("sse", "ndjson", "stream+json", "json-seq")
    hint = "send Cache-Control: no-transform and X-Accel-Buffering: no; curl needs -N"
    bad = (TimedBytes(b"data: 0\n\n", 0.0), TimedBytes(b"data: 1\n\n" * 8, 2.0))
    good = tuple(TimedBytes(b"data: %d\n\n" % n, n / 4) for n in range(9))

    def __init__(self) -> None:
        self._before: float | None = None
        self._pause = 0.0
        self._first: Passage | None = None  # of the burst at hand
        self._size = 0
        self._said = False

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The first burst of the stream, once it is large enough."""
        time = passage.record.time
        if self._said or time is None or passage.record.kind != "event":
            return ()
        if time != self._before:
            self._pause = time - self._before if self._before is not None else 0.0
            self._first, self._size, self._before = passage, 0, time
        self._size += 1
        if self._size < _BURST or self._pause < _PAUSE:
            return ()
        self._said = True
        assert self._first is not None  # it began the burst
        asked = "no-transform" in stream.headers.get("cache-control", "") or "x-accel-buffering" in stream.headers
        but = ", although the headers ask for none of it" if asked else ""
        message = f"at least {_BURST} events arrived at once after {self._pause:.2f} s: something buffers{but}"
        return (self.of_record(self._first, message),)


RULES: Final[tuple[type[Rule], ...]] = (HttpStatus, Http204, KeepaliveGap, Buffering)
