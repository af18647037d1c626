"""The server: replays one capture to any number of clients, as each asks for it. Needs aiohttp, the extra `http`.

It runs in a thread of its own. All clients are sent the same steps, each at its own pace: what comes next waits until
the client has taken what came before, so that one who does not read costs a buffer, and one who goes away nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from itertools import chain, repeat
from typing import Final, Literal

import msgspec

from streamconv.formats import media_type
from streamconv.live.faults import Fault
from streamconv.live.negotiation import negotiate
from streamconv.live.recording import Recording, Served
from streamconv.live.script import Faulty, Step

try:
    from aiohttp import web
except ModuleNotFoundError:
    raise ModuleNotFoundError("the server needs aiohttp: pip install 'streamconv[http]'") from None

_METHODS: Final = ("GET", "HEAD", "POST")
_LOOPBACK: Final = re.compile(
    r"https?://(?:localhost|[a-z0-9-]+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?"
)
_REMEMBERED: Final = 1000  # requests
_BODY: Final = 64 * 1024  # bytes of a request's body that are kept
_GRACE: Final = 0.05  # seconds that responses under way have when the server stops

_logger = logging.getLogger("streamconv.live")  # aiohttp would show parts of bad requests on stderr as they are
_logger.addHandler(logging.NullHandler())
_logger.propagate = False


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """How a capture is replayed."""

    speed: float = 1.0  # 2 is twice as fast, infinite without any waiting
    delay: float | None = None  # seconds between records, instead of the times of the capture
    headers: Mapping[str, str] = {}  # of the response: more, or others than it has
    faults: Sequence[Fault] = ()
    seed: int = 0  # chooses the places that faults leave open
    origin: str = ""  # whose pages may read, beside those of this machine; `*` is anybody's


class Request(msgspec.Struct, frozen=True):
    """What a client asked for."""

    method: str
    path: str  # with the query
    headers: dict[str, str]  # by name, in lower case
    body: bytes  # the first 64 KiB


class Exchange(msgspec.Struct, frozen=True):
    """A request and what became of it."""

    request: Request
    status: int
    content_type: str
    size: int  # bytes of the body that were sent
    seconds: float
    end: Literal["whole", "broken", "left"]  # broken, by a fault; left, by the client


class Server:
    """A server under way at `url`. `requests` are the last thousand, `active` counts the responses under way."""

    def __init__(self, recording: Recording, how: Replaying, say: Callable[[Exchange], object]) -> None:
        self.url = ""
        self.requests: deque[Request] = deque(maxlen=_REMEMBERED)
        self.active = 0
        self._recording = recording
        self._how = how
        self._say = say
        statuses = [fault for fault in how.faults if fault.name == "status"]
        self._failing = chain.from_iterable(repeat(fault.number, int(fault.extra or 1)) for fault in statuses)
        self._served = cache(self._prepare)
        self._served(recording.format)

    def _prepare(self, format: str) -> tuple[Served, Faulty, list[Step]]:
        served = self._recording.served(format, delay=self._how.delay)
        faulty = Faulty(self._how.faults, served.spans, served.size, self._how.seed)
        return served, faulty, faulty.first(served.steps)

    async def answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        began = time.monotonic()
        headers = {name.lower(): value for name, value in asked.headers.items()}
        request = Request(asked.method, asked.path_qs, headers, await _body(asked))
        self.requests.append(request)
        status, content_type, steps = self._choose(request)
        response = web.StreamResponse(status=status, headers=self._headers(request, content_type))
        response.headers.update(self._how.headers)
        sending = _Sending(asked, response)
        self.active += 1
        try:
            await response.prepare(asked)
            await sending.send(steps if request.method != "HEAD" else (), self._how.speed)
        finally:
            self.active -= 1
            took = time.monotonic() - began
            self._say(Exchange(request, status, content_type, sending.size, took, sending.end))
        return response

    def _choose(self, request: Request) -> tuple[int, str, Sequence[Step]]:
        """The status, the content type ("" for none) and the body."""
        if request.method == "OPTIONS":
            return 204, "", ()
        if request.method not in _METHODS:
            return 405, "text/plain", (Step(b"GET, HEAD and POST are answered\n"),)
        failing = next(self._failing, None)
        if failing is not None:
            return failing, "application/json", (Step(b'{"error":{"message":"a fault that was asked for"}}\n'),)
        own = self._recording.format
        format = negotiate(request.headers.get("accept", ""), own)
        status, content_type = self._recording.status, self._recording.content_type
        if format != own:
            status, content_type = 200, media_type(format)
        served, faulty, steps = self._served(format)
        last = request.headers.get("last-event-id")
        resumed = served.after(last) if last else None
        if resumed is None:
            return status, content_type, steps
        if served.spans[-1].start < resumed:
            return 204, "", ()  # nothing is left, and browsers reconnect no more: WHATWG HTML 9.2.3
        return status, content_type, faulty.resumed(served.steps, resumed)

    def _headers(self, request: Request, content_type: str) -> dict[str, str]:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept, Origin"}
        if content_type:
            headers["Content-Type"] = content_type
        if request.method not in _METHODS:
            headers["Allow"] = ", ".join((*_METHODS, "OPTIONS"))
        origin = request.headers.get("origin", "")
        if origin and (self._how.origin in ("*", origin) or _LOOPBACK.fullmatch(origin)):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Methods"] = ", ".join(_METHODS)
            headers["Access-Control-Allow-Headers"] = request.headers.get("access-control-request-headers", "*")
            if self._how.origin != "*":
                headers["Access-Control-Allow-Credentials"] = "true"
        return headers


class _Sending:
    """The body of one response, on its way."""

    def __init__(self, asked: web.BaseRequest, response: web.StreamResponse) -> None:
        self._asked = asked
        self._response = response
        self.size = 0
        self.end: Literal["whole", "broken", "left"] = "left"

    async def send(self, steps: Sequence[Step], speed: float) -> None:
        """Send the steps, each when it is due; a client that goes away is the end."""
        now = asyncio.get_running_loop().time
        due = now()
        try:
            for data, wait, then in steps:
                if wait:
                    due += wait / speed
                    await asyncio.sleep(due - now())
                if data:
                    await self._response.write(data)
                    self.size += len(data)
                if then == "stall":
                    await asyncio.Event().wait()  # until the client goes away
                elif then == "break":
                    self._break()
                    return
            self.end = "whole"
        except ConnectionError:
            pass

    def _break(self) -> None:
        """Close the connection, once it has what was sent, without the end of the body."""
        self.end = "broken"
        if self._asked.transport is not None:
            self._asked.transport.close()


async def _body(asked: web.BaseRequest) -> bytes:
    """The first bytes of the body of a request; the rest is read, and forgotten."""
    body = b""
    async for chunk in asked.content.iter_any():
        body += chunk[: _BODY - len(body)]
    return body


@contextmanager
def serving(
    recording: Recording,
    how: Replaying = Replaying(),
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    say: Callable[[Exchange], object] = lambda exchange: None,
) -> Iterator[Server]:
    """A server that replays a recording while this is entered; port 0 takes a free one.

    `say` is called, in the server's thread, with each exchange when it is over. Raises OSError where the address cannot
    be listened on, ValueError where a fault has no place in the stream.
    """
    if not how.speed > 0 or math.isnan(how.speed):
        raise ValueError(f"the speed is a factor above 0, not {how.speed}")
    server = Server(recording, how, say)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, host, port, started)), daemon=True)
    thread.start()
    loop, stopping = started.result()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()


async def _serve(
    server: Server, host: str, port: int, started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
) -> None:
    low = web.Server(server.answer, handler_cancellation=True, logger=_logger, access_log=None)
    runner = web.ServerRunner(low, shutdown_timeout=_GRACE)
    await runner.setup()
    stopping = asyncio.Event()
    try:
        await web.TCPSite(runner, host, port).start()
        address = runner.addresses[0]
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        server.url = f"http://{shown}:{address[1]}/"
    except Exception as error:  # the address cannot be listened on: told to who waits
        started.set_exception(error)
    else:
        started.set_result((asyncio.get_running_loop(), stopping))
        await stopping.wait()
    finally:
        await runner.cleanup()
