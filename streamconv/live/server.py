"""The server: replays captures to any number of clients, as each asks for it. Needs aiohttp, the extra `http`.

It runs in a thread of its own. All clients are sent the same steps, each at its own pace: what comes next waits until
the client has taken what came before, so that one who does not read costs a buffer, and one who goes away nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final, Literal

import msgspec

from streamconv.live.answers import Answers, Replaying, Request
from streamconv.live.loopback import is_loopback
from streamconv.live.recording import Recording
from streamconv.live.script import Step

try:
    from aiohttp import web
except ModuleNotFoundError:
    raise ModuleNotFoundError("the server needs aiohttp: pip install 'streamconv[http]'") from None

_REMEMBERED: Final = 1000  # requests
_BODY: Final = 64 * 1024  # bytes of a request's body that are kept
_GRACE: Final = 0.05  # seconds that responses under way have when the server stops

_logger = logging.getLogger("streamconv.live")  # aiohttp would show parts of bad requests on stderr as they are
_logger.addHandler(logging.NullHandler())
_logger.propagate = False


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

    def __init__(self, answers: Answers, how: Replaying, say: Callable[[Exchange], object]) -> None:
        self.url = ""
        self.requests: deque[Request] = deque(maxlen=_REMEMBERED)
        self.active = 0
        self._answers = answers
        self._how = how
        self._say = say

    async def answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        began = time.monotonic()
        headers = {name.lower(): value for name, value in asked.headers.items()}
        request = Request(asked.method, asked.path_qs, headers, await _body(asked))
        self.requests.append(request)
        answer = self._answers.to(request)
        response = web.StreamResponse(status=answer.status, headers=self._answers.headers(request, answer))
        response.headers.update(self._how.headers)  # a name takes the place of ours, and adds to itself
        sending = _Sending(asked, response)
        self.active += 1
        try:
            await response.prepare(asked)
            await sending.send(answer.steps if request.method != "HEAD" else (), self._how.speed)
        finally:
            self.active -= 1
            took = time.monotonic() - began
            self._say(Exchange(request, answer.status, answer.content_type, sending.size, took, sending.end))
        return response


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
    if asked.headers.get("Expect", "").lower() == "100-continue":  # RFC 9110, 10.1.1; curl waits a second for it
        await asked.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        asked.writer.output_size = 0
    body = b""
    async for chunk in asked.content.iter_any():
        body += chunk[: _BODY - len(body)]
    return body


@contextmanager
def serving(
    recordings: Recording | Mapping[str, Recording],
    how: Replaying = Replaying(),
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    say: Callable[[Exchange], object] = lambda exchange: None,
) -> Iterator[Server]:
    """A server that replays a recording, at any path, while this is entered; port 0 takes a free one.

    Several recordings are each at the path that is their key, and `/` lists them. `say` is called, in the server's
    thread, with each exchange when it is over. Raises OSError where the address cannot be listened on, ValueError where
    a fault has no place in a stream, or the speed or the delay is none.
    """
    if not how.speed > 0 or math.isnan(how.speed):
        raise ValueError(f"the speed is a factor above 0, not {how.speed}")
    if how.delay is not None and not 0 <= how.delay < math.inf:
        raise ValueError(f"the delay is a number of seconds from 0, not {how.delay}")
    if isinstance(recordings, Recording):
        recordings = {"/": recordings}
    server = Server(Answers(recordings, how, own=is_loopback(host)), how, say)
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
