"""Makes the fixtures: runs real servers on loopback, records what they send, and writes what it decodes to beside it.

    python tests/record_fixtures.py             record the bytes and renew what they decode to
    python tests/record_fixtures.py --expected  renew only what they decode to

`fixtures/captures` is recorded by `tests/interop/record_har.py`, which needs a browser, and by
`tests/captures/record_nginx.py`, which needs that proxy.

A stream that a server breaks off is recorded as far as it came. What the bytes decode to is written in the records
format, one object a record, to be read by a person before it is committed.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamconv

FIXTURES = Path(__file__).parent.parent / "fixtures"
EXPECTED = FIXTURES / "expected"

TOKENS = ["可以", "，", "今天", "天气", "不错", "。", "2024", "年", "🙂"]

WORDS = ["Hello", ", ", "world", "!"]


def openai_chunks() -> Iterator[dict[str, Any]]:
    """What an OpenAI-style server sends for one answer, the usage chunk included."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "test-model"}
    yield head | {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    for word in WORDS:
        yield head | {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
    yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    yield head | {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}


def anthropic_events() -> Iterator[dict[str, Any]]:
    """What an Anthropic-style server sends for one answer; each event is named by its type."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "test-model", "content": []}
    yield {"type": "message_start", "message": message | {"usage": {"input_tokens": 3, "output_tokens": 1}}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "ping"}
    for word in WORDS:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
    yield {"type": "message_stop"}


def chat_lines() -> Iterator[dict[str, Any]]:
    """What an Ollama-style server sends for one answer."""
    for word in WORDS:
        yield {"model": "test", "created_at": "2024-01-01T00:00:00Z", "response": word, "done": False}
    yield {"model": "test", "created_at": "2024-01-01T00:00:01Z", "response": "", "done": True, "eval_count": 4}


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Streams that go wrong, as bytes: what a server sent before it failed, or sent because it is wrong.
OK = b'{"n":1}'
BROKEN = {
    "cut-event.sse": b'data: {"n":1}\n\nevent: delta\nid: 2\ndata: {"n":2,"text":"unfin',
    "cut-utf8.sse": "data: 今天\n\ndata: 天气".encode()[:-1],
    "no-blank-line.sse": b"data: one\n\ndata: two\n",
    "bom.sse": b"\xef\xbb\xbfdata: one\n\ndata: two\n\n",
    "latin-1.sse": b"data: caf\xe9\n\ndata: ok\n\n",
    "mixed-ends.sse": b"data: lf\n\ndata: crlf\r\n\r\ndata: cr\r\r",
    "stray-json.sse": b'data: {"n":1}\n\n{\n  "error": {"code": 499}\n}\n',
    "broken-payload.sse": b'data: {"n":1}\n\ndata: {"n":2,"a":tru}\n\ndata: {"n":3}\n\n',
    "bad-line.ndjson": OK + b'\n{"n":2,}\n{"n":NaN}\n\n{"n":4}\n',
    "cut-line.ndjson": OK + b'\n{"n":2,"text":"unfin',
    "array-document.ndjson": b'[\n  {"n":1},\n  {"n":2}\n]\n',
    "two-on-a-line.ndjson": OK + b'{"n":2}\n{"n":3}\n',
    "commas.stream.json": OK + b',\n{"n":2},\n{"n":3}\n',
    "glued.stream.json": OK + b"\n12true\n" + OK + b"\n",
    "cut-array.json": b'[{"n":1}\n,{"n":2}\n,{"n":3,"te',
    "bad-element.json": b'[{"n":1}\n,{"n":x}\n,{"n":3}\n]\n',
    "bad-elements.json-seq": b'\x1e{"n":1}\n\x1e{"n":\n\x1e12\x1e{"n":4}\n{"n":5}\n\x1etrue',
}
BREAKS_OFF = {"cut-event.sse", "cut-utf8.sse", "cut-line.ndjson", "cut-array.json"}


def application() -> Any:
    """The servers, each stream by the path of its fixture."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
    from sse_starlette import EventSourceResponse, ServerSentEvent

    app = FastAPI()

    @app.get("/tokens.sse")
    async def tokens() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for number, token in enumerate(TOKENS, 1):
                yield f"event: message\ndata: {token}\nid: {number}\n\n"
            yield "event: end\ndata: \n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/ping.sse")
    async def ping() -> EventSourceResponse:
        async def stream() -> AsyncIterator[dict[str, Any]]:
            yield {"data": "first\nsecond line", "event": "progress", "id": "a", "retry": 1500}
            await asyncio.sleep(1.5)  # long enough for one ping
            yield {"data": compact({"done": True}), "event": "progress"}

        return EventSourceResponse(stream(), ping=1, ping_message_factory=lambda: ServerSentEvent(comment="ping"))

    @app.get("/openai-chat.sse")
    async def openai() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for chunk in openai_chunks():
                yield f"data: {compact(chunk)}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/anthropic.sse")
    async def anthropic() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for event in anthropic_events():
                yield f"event: {event['type']}\ndata: {compact(event)}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/chat.ndjson")
    async def chat() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for line in chat_lines():
                yield compact(line) + "\n"

        return StreamingResponse(stream(), media_type="application/x-ndjson")

    @app.get("/pretty.stream.json")
    async def pretty() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for line in chat_lines():
                yield json.dumps(line, indent=2) + "\n"

        return StreamingResponse(stream(), media_type="application/stream+json")

    @app.get("/array.json")
    async def array() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            before = "["
            for line in chat_lines():
                yield before + json.dumps(line, indent=2) + "\n"
                before = ",\r\n"
            yield "]"

        return StreamingResponse(stream(), media_type="application/json")

    @app.get("/sequence.json-seq")
    async def sequence() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            for line in chat_lines():
                yield "\x1e" + compact(line) + "\n"

        return StreamingResponse(stream(), media_type="application/json-seq")

    @app.get("/broken/{name}")
    async def broken(name: str) -> StreamingResponse:
        async def stream() -> AsyncIterator[bytes]:
            yield BROKEN[name]
            await asyncio.sleep(0.05)
            if name in BREAKS_OFF:
                raise ConnectionAbortedError("the upstream went away")

        return StreamingResponse(stream())

    return app


@contextmanager
def served(make_app: Callable[[], Any] = application) -> Iterator[int]:
    """A real server on loopback; gives its port."""
    import uvicorn

    config = uvicorn.Config(make_app(), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def fetch(port: int, path: str) -> bytes:
    """The body at a path, as far as it came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    try:
        return response.read()
    except http.client.IncompleteRead as cut:
        return cut.partial
    finally:
        connection.close()


WHOLE = [
    "tokens.sse",
    "ping.sse",
    "openai-chat.sse",
    "anthropic.sse",
    "chat.ndjson",
    "pretty.stream.json",
    "array.json",
    "sequence.json-seq",
]


def decoded(path: Path) -> bytes:
    """All records of a fixture, in the records format."""
    encoder = streamconv.encoder("records")
    records = streamconv.read(path, control=True, report=lambda problem: None)
    return encoder.feed([*records]) + encoder.finish()


def fixtures() -> list[Path]:
    """Every recorded stream."""
    return sorted([*(FIXTURES / name for name in WHOLE), *(FIXTURES / "broken" / name for name in BROKEN)])


def main() -> None:
    if "--expected" not in sys.argv:
        (FIXTURES / "broken").mkdir(parents=True, exist_ok=True)
        with served() as port:
            for path in fixtures():
                path.write_bytes(fetch(port, f"/{path.relative_to(FIXTURES).as_posix()}"))
    EXPECTED.mkdir(exist_ok=True)
    for path in fixtures():
        (EXPECTED / f"{path.name}.records").write_bytes(decoded(path))


if __name__ == "__main__":
    main()
