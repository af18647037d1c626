"""`view -F`: what arrives goes to the pages that are open, until Ctrl-C."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable

from streamconv import jsontext
from streamconv.cli.browser import show
from streamconv.cli.output import OutputError
from streamconv.cli.page_server import Feed, PageServer
from streamconv.cli.voice import Voice
from streamconv.cli.walk import Walk
from streamconv.protocols.assembler import Assembler, Said
from streamconv.protocols.message import Message
from streamconv.record import Record
from streamconv.reports.page import Shown, blocks_of, end_of


class _SharedAssembler(Assembler):
    """An Assembler that is fed by one thread and looked at by others."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status=status)
        self._lock = threading.Lock()

    def feed(self, item: list[Record], /) -> list[Said]:
        with self._lock:
            return super().feed(item)

    def snapshot(self) -> Message:
        with self._lock:
            return super().snapshot()


def serve(captures: Iterable[Shown], title: str, port: int, voice: Voice, walk: Walk) -> None:
    """Serve the page and what the captures bring, until Ctrl-C. Raises OutputError where that is not possible."""
    feed = Feed()
    try:
        server = PageServer(port, title, feed)
    except OSError as error:
        raise OutputError(f"127.0.0.1:{port}: {error.strerror}") from None
    with server:
        if os.isatty(1):
            show(server.url, server.url, voice)
        else:
            voice.say(server.url)
        for shown in captures:
            _publish(shown, feed)
        feed.end()
        if not walk.interrupted:
            _wait(voice, walk)


def _publish(shown: Shown, feed: Feed) -> None:
    if shown.assembler is not None:
        shown.assembler = _SharedAssembler(shown.examination.capture.status)
    feed.summary = lambda: jsontext.quick_dumps({"end": end_of(shown)})
    for block in blocks_of(shown, size=1):
        feed.add(block)
    feed.summary = lambda: None


def _wait(voice: Voice, walk: Walk) -> None:
    """The stream is over; whoever looks at the page is not."""
    voice.note("the stream has ended; Ctrl-C ends the page, too")
    try:
        with walk.interrupts.wait():
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
