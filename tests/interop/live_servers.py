"""Servers of streams for Python, each as its own documentation writes one; all wait for the reader after each record.

A record is sent when the one before has been acknowledged, so that a reader who waits for more than what was sent gets
nothing, ever: that streams are read live needs no clock.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

from tests.interop.serving import under_way
from tests.record_fixtures import served

PAYLOADS: Final[list[dict[str, Any]]] = [{"n": 1, "text": "今天"}, {"n": 2, "text": "🙂\n\r"}, {"n": 3, "end": True}]


class Acknowledged:
    """How many records may be sent: one, and one more for each that was acknowledged."""

    def __init__(self) -> None:
        self._may_be_sent = threading.Semaphore(1)

    def acknowledge(self) -> None:
        """The last record was read."""
        self._may_be_sent.release()

    def wait(self) -> None:
        """Wait until another record may be sent."""
        if not self._may_be_sent.acquire(timeout=60):
            raise TimeoutError("nobody acknowledged the record that was sent")

    async def awaited(self) -> None:
        """The same, without holding up what else runs."""
        await asyncio.to_thread(self.wait)


def _lines(acknowledged: Acknowledged, form: str) -> Iterator[str]:
    for payload in PAYLOADS:
        acknowledged.wait()
        yield form.format(json.dumps(payload, ensure_ascii=False))


async def _alines(acknowledged: Acknowledged, form: str) -> AsyncIterator[str]:
    for payload in PAYLOADS:
        await acknowledged.awaited()
        yield form.format(json.dumps(payload, ensure_ascii=False))


_SSE: Final = "data: {}\n\n"
_NDJSON: Final = "{}\n"


def _starlette(acknowledged: Acknowledged) -> Any:
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
    from sse_starlette import EventSourceResponse, ServerSentEvent

    app = FastAPI()

    @app.post("/sse")
    async def sse(asked: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(_alines(acknowledged, _SSE), media_type="text/event-stream")

    @app.post("/sse-sync")
    def sse_sync(asked: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(_lines(acknowledged, _SSE), media_type="text/event-stream")

    @app.post("/ndjson")
    async def ndjson(asked: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(_alines(acknowledged, _NDJSON), media_type="application/x-ndjson")

    @app.post("/sse-starlette")
    async def named(asked: dict[str, Any]) -> EventSourceResponse:
        async def stream() -> AsyncIterator[ServerSentEvent]:
            for payload in PAYLOADS:
                await acknowledged.awaited()
                name = "end" if payload.get("end") else "token"
                yield ServerSentEvent(json.dumps(payload), event=name, id=str(payload["n"]), retry=1500)

        return EventSourceResponse(stream(), ping=1)

    return app


_DJANGO: Final[dict[str, Acknowledged]] = {}  # which is set up once in a process, whoever is waited for


def _django(acknowledged: Acknowledged) -> Any:
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.http import HttpRequest, StreamingHttpResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    @csrf_exempt
    async def sse(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(_alines(_DJANGO["waits"], _SSE), content_type="text/event-stream")

    _DJANGO["waits"] = acknowledged
    if not settings.configured:
        urls = type("urls", (), {"urlpatterns": [path("sse", sse)]})
        settings.configure(ROOT_URLCONF=urls, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="none")
        django.setup()
    return get_asgi_application()


def _flask(acknowledged: Acknowledged) -> AbstractContextManager[int]:
    from flask import Flask, Response
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            """Say nothing."""

    app = Flask(__name__)

    @app.post("/sse")
    def sse() -> Response:
        return Response(_lines(acknowledged, _SSE), mimetype="text/event-stream")

    @app.post("/ndjson")
    def ndjson() -> Response:
        return Response(_lines(acknowledged, _NDJSON), mimetype="application/x-ndjson")

    return under_way(make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet))


Serve = Callable[[Acknowledged], AbstractContextManager[int]]

SERVERS: Final[dict[str, tuple[Serve, str, str | None]]] = {
    "FastAPI, SSE": (lambda waits: served(lambda: _starlette(waits)), "sse", None),
    "FastAPI, SSE, sync": (lambda waits: served(lambda: _starlette(waits)), "sse-sync", None),
    "FastAPI, NDJSON": (lambda waits: served(lambda: _starlette(waits)), "ndjson", None),
    "sse-starlette": (lambda waits: served(lambda: _starlette(waits)), "sse-starlette", None),
    "Django, SSE": (lambda waits: served(lambda: _django(waits)), "sse", "django"),
    "Flask, SSE": (_flask, "sse", "flask"),
    "Flask, NDJSON": (_flask, "ndjson", "flask"),
}
"""By name: what serves it and gives the port, the path, and the package that only `.ci/interop` installs."""
