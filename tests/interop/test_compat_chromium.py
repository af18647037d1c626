"""The profile `browser` of `compat` against Chromium's EventSource, on the same bytes.

Run by `.ci/interop`, which has the browser; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from streamconv.compat import Reader, find
from tests.interop.pages import browser
from tests.interop.serving import under_way
from tests.interop.streams import RANDOM_STREAMS, streams

pytest.importorskip("playwright", reason="run by .ci/interop")
pytestmark = pytest.mark.skipif(
    not os.environ.get("STREAMCONV_CHROMIUM"), reason="run by .ci/interop, which names Chromium in STREAMCONV_CHROMIUM"
)

# Reads one stream after the other, for events of these types; null where the response is refused.
LISTEN = """([count, types]) => {
    const read = number => new Promise(done => {
        const source = new EventSource('/' + number); const events = []; let opened = false
        source.onopen = () => { opened = true }
        for (const type of types) source.addEventListener(type, event => {
            if (event instanceof MessageEvent) events.push([event.data, event.type, event.lastEventId])
        })
        source.addEventListener('error', event => {
            if (event instanceof MessageEvent) return
            source.close(); done(opened ? events : null)
        })
    })
    return (async () => { const all = []; for (let n = 0; n < count; n++) all.push(await read(n)); return all })()
}"""

Response = tuple[bytes, str, int]  # body, content type, status


@contextmanager
def serving(responses: list[Response]) -> Iterator[str]:
    """The address of a server that has each response under its number."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path[1:]
            body, content_type, status = responses[int(number)] if number else (b"<title>.</title>", "text/html", 200)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with under_way(ThreadingHTTPServer(("127.0.0.1", 0), Server)) as port:
        yield f"http://127.0.0.1:{port}/"


def seen(responses: list[Response], types: set[str]) -> Any:
    """What Chromium makes of each."""
    with serving(responses) as address, browser() as chromium:
        page = chromium.new_page()
        page.goto(address)
        return page.evaluate(LISTEN, [len(responses), sorted(types)])


def test_chromium_reads_as_the_profile_says() -> None:
    named = [(name, b"".join(chunks)) for name, chunks in streams(chosen=RANDOM_STREAMS // 10)]
    whole = {data: name for name, data in reversed(named)}
    ours = []
    for data in whole:
        reader = Reader(find("browser"))
        ours.append([[one.data, one.type, one.last_event_id] for one in reader.feed(data) + reader.finish()])
    types = {type for events in ours for _, type, _ in events}
    theirs = seen([(data, "text/event-stream", 200) for data in whole], types)
    for name, expected, found in zip(whole.values(), ours, theirs, strict=True):
        assert found == expected, name
    assert len(whole) > 200


def test_chromium_refuses_what_the_profile_says() -> None:
    responses = [
        (b"data: 1\n\n", content_type, status)
        for content_type in (
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "text/event-streamed",
            "text/plain",
        )
        for status in (200, 201, 404, 500)
    ]
    theirs = seen(responses, {"message"})
    for (_, content_type, status), found in zip(responses, theirs, strict=True):
        assert (found is None) == bool(find("browser").refuses(content_type, status)), (content_type, status)
