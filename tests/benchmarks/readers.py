"""One reader over one file, timed in a process of its own: `python readers.py NAME FILE` prints seconds and events.

A third word, `payloads`, prints what it read instead; `lines` writes it, a payload on a line, as a converter does.

Imports and the reading of the file's list of frames are not counted; the file itself is read in the time, which is that
of the processor: nobody here waits, and who else uses the machine changes little.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

_CHUNK: Final = 64 * 1024


def _chunks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _frames(path: str) -> list[bytes]:
    """The event stream, one frame a chunk, as a live one comes."""
    with open(path, "rb") as file:
        text = file.read()
    end = b"\r\n\r\n" if b"\r\n" in text[:1000] else b"\n\n"
    return [frame + end for frame in text.split(end) if frame]


_take: Callable[[str], object] | None = None  # who is given the payloads, where they are asked for


def _count(items: Iterable[Any]) -> int:
    if _take is None:
        return sum(1 for _ in items)
    count = 0
    for count, item in enumerate(items, 1):  # noqa: B007
        _take(item.data)
    return count


def _write_line(payload: str) -> None:
    if payload == "[DONE]":
        return
    if "\n" in payload:
        payload = json.dumps(json.loads(payload))
    sys.stdout.buffer.write(payload.encode() + b"\n")


def streamconv_read(path: str) -> Callable[[], int]:
    from streamconv import read

    return lambda: _count(read(path, "sse"))


def streamconv_json(path: str) -> Callable[[], int]:
    from streamconv import read

    def run() -> int:
        parsed = 0
        for record in read(path, "sse"):
            if not record.is_end:
                record.json()
                parsed += 1
        return parsed

    return run


def orjson_loads(path: str) -> Callable[[], int]:
    import orjson

    payloads = [line[6:-1] for line in open(path, "rb") if line.startswith(b"data: {")]  # noqa: SIM115
    return lambda: _count(map(orjson.loads, payloads))


def httpx_sse(path: str) -> Callable[[], int]:
    return _httpx_sse(lambda: _chunks(path))


def _httpx_sse(chunks: Callable[[], Iterator[bytes]]) -> Callable[[], int]:
    import httpx
    from httpx_sse import EventSource

    class Chunks(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return chunks()

    def run() -> int:
        response = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Chunks())
        return _count(EventSource(response).iter_sse())

    return run


def sseclient_py(path: str) -> Callable[[], int]:
    import sseclient

    return lambda: _count(sseclient.SSEClient(_chunks(path)).events())


def launchdarkly(path: str) -> Callable[[], int]:
    from ld_eventsource.actions import Event
    from ld_eventsource.reader import _BufferedLineReader, _SSEReader

    def run() -> int:
        found = _SSEReader(_BufferedLineReader.lines_from(_chunks(path))).events_and_comments()
        if _take is not None:
            return _count(one for one in found if isinstance(one, Event))
        return sum(isinstance(one, Event) for one in found)

    return run


def openai_sdk(path: str) -> Callable[[], int]:
    from openai._streaming import SSEDecoder

    return lambda: _count(SSEDecoder().iter_bytes(_chunks(path)))


def anthropic_sdk(path: str) -> Callable[[], int]:
    from anthropic._streaming import SSEDecoder

    return lambda: _count(SSEDecoder().iter_bytes(_chunks(path)))


def live_streamconv(path: str) -> Callable[[], int]:
    from streamconv import decoder

    frames = _frames(path)

    def run() -> int:
        feed = decoder("sse").feed
        return sum(len(feed(frame)) for frame in frames)

    return run


def live_launchdarkly(path: str) -> Callable[[], int]:
    from ld_eventsource.reader import _BufferedLineReader, _SSEReader

    frames = _frames(path)
    return lambda: _count(_SSEReader(_BufferedLineReader.lines_from(iter(frames))).events_and_comments())


def live_httpx_sse(path: str) -> Callable[[], int]:
    frames = _frames(path)
    return _httpx_sse(lambda: iter(frames))


READERS: Final[dict[str, Callable[[str], Callable[[], int]]]] = {
    "streamconv": streamconv_read,
    "streamconv, json": streamconv_json,
    "orjson.loads": orjson_loads,
    "httpx-sse": httpx_sse,
    "sseclient-py": sseclient_py,
    "launchdarkly-eventsource": launchdarkly,
    "openai SDK": openai_sdk,
    "anthropic SDK": anthropic_sdk,
    "streamconv, live": live_streamconv,
    "launchdarkly-eventsource, live": live_launchdarkly,
    "httpx-sse, live": live_httpx_sse,
}


def main(name: str, path: str, asked: str = "") -> dict[str, Any]:
    global _take
    run = READERS[name](path)
    if asked:
        payloads: list[str] = []
        _take = payloads.append if asked == "payloads" else _write_line
        run()
        return {"payloads": payloads}
    began = time.process_time()
    events = run()
    return {"seconds": time.process_time() - began, "events": events}


if __name__ == "__main__":
    said = main(*sys.argv[1:])
    if sys.argv[3:] != ["lines"]:
        print(json.dumps(said))
