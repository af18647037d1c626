"""Chromium's recordings of every fixture, through Playwright: HAR embedded and attached, and the DevTools Protocol.

Run by `.ci/interop`, which has the browser; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamconv import read
from streamconv.captures import Capture, open_bytes, open_streams
from tests.captures.test_real_tools import sent
from tests.conftest import FIXTURES
from tests.record_fixtures import fixtures

pytest.importorskip("playwright", reason="run by .ci/interop")
BOM = b"\xef\xbb\xbf"
CHROMIUM = os.environ.get("STREAMCONV_CHROMIUM")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="run by .ci/interop, which names Chromium in STREAMCONV_CHROMIUM")

NAMES = [path.relative_to(FIXTURES).as_posix() for path in fixtures()]
FETCH = "async url => { const reply = await fetch(url); return (await reply.arrayBuffer()).byteLength }"
LISTEN = """url => new Promise(done => {
    const source = new EventSource(url); let events = 0
    source.onmessage = () => { events += 1 }
    source.onerror = () => { source.close(); done(events) }
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sent() as address:
        yield address


def _streams(path: Path) -> dict[str, bytes]:
    """The body of each reply, by the path of its URL."""
    bodies = {}
    for number in range(1, 200):
        try:
            captures: list[Capture] = [*open_streams(open_bytes(path), entry=number)]
        except ValueError:
            break
        (capture,) = captures
        bodies["/".join(capture.url.split("/")[3:])] = b"".join(capture.chunks)
    return bodies


@pytest.mark.parametrize(("content", "name"), [("embed", "all.har"), ("attach", "all.har.zip")])
def test_a_har_of_every_fixture(browser: Any, server: str, tmp_path: Path, content: str, name: str) -> None:
    har = tmp_path / name
    context = browser.new_context(record_har_path=har, record_har_content=content)
    page = context.new_page()
    page.goto(f"{server}/")
    for one in NAMES:
        assert page.evaluate(FETCH, f"{server}/{one}?fetched") == (FIXTURES / one).stat().st_size
    context.close()
    bodies = _streams(har)
    lost = {one for one in NAMES if bodies[f"{one}?fetched"] != (FIXTURES / one).read_bytes()}
    # Chromium decodes before a HAR is written: a byte order mark goes, and a lone byte of windows-1252 becomes what it
    # means there. Its mojibake of UTF-8 is undone.
    assert lost == {"broken/bom.sse", "broken/latin-1.sse"}
    assert bodies["broken/bom.sse?fetched"] == (FIXTURES / "broken" / "bom.sse").read_bytes().removeprefix(BOM)
    assert bodies["broken/latin-1.sse?fetched"].decode() == (FIXTURES / "broken" / "latin-1.sse").read_text("cp1252")
    whole = [*read(har, entry="*openai-chat.sse?fetched")]
    assert [record.data for record in whole] == [record.data for record in read(FIXTURES / "openai-chat.sse")]


def test_the_events_of_the_devtools_protocol(browser: Any, server: str, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(f"{server}/")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    lines: list[str] = []
    for event in ("requestWillBeSent", "responseReceived", "dataReceived", "eventSourceMessageReceived"):
        name = f"Network.{event}"
        session.on(name, lambda params, name=name: lines.append(json.dumps({"method": name, "params": params})))
    for one in ("openai-chat.sse", "ping.sse", "tokens.sse"):
        page.evaluate(LISTEN, f"{server}/{one}")
    events = sum(1 for one in ("openai-chat.sse", "ping.sse", "tokens.sse") for _ in read(FIXTURES / one))
    while sum("eventSourceMessageReceived" in line for line in lines) < events:
        page.evaluate("0")  # what the protocol tells is heard while the page is asked, and not always before it answers
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines) + "\n")
    for one in ("openai-chat.sse", "ping.sse", "tokens.sse"):
        recorded = [*read(log, entry=f"*/{one}")]
        bare = [*read(FIXTURES / one)]
        assert [(r.type, r.data) for r in recorded] == [(r.type, r.data) for r in bare], one
        assert all(record.time is not None and record.time >= 0 for record in recorded)
