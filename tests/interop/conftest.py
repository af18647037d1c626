"""Clients are run: on Node, or in Chromium by a page on loopback that imports the same readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tests.interop.clients import Client, Made, Read
from tests.interop.node_tools import FOLDER, SCRIPTS, made_of
from tests.interop.pages import browser
from tests.interop.serving import under_way

_FETCH_EVENT_SOURCE: Final = Path(FOLDER, "node_modules/@microsoft/fetch-event-source/lib/esm")


class _Page(SimpleHTTPRequestHandler):
    """An empty page at `/`, the readers beside it, and below `/fetch-event-source/` the modules of the package."""

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return None

    def translate_path(self, path: str) -> str:
        folder, name = path.split("/")[-2:]
        if folder != "fetch-event-source":
            return str(SCRIPTS / name)
        return str((_FETCH_EVENT_SOURCE / name).with_suffix(".js"))  # they import each other without one

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """The page. Every server is of another origin than it: its port is another."""
    with under_way(ThreadingHTTPServer(("127.0.0.1", 0), _Page)) as port, browser() as chromium:
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        yield page


@pytest.fixture
def made_by(request: pytest.FixtureRequest) -> Read:
    """Runs a client, in the page or on Node."""

    def read(client: Client, requests: Sequence[Made]) -> list[Made]:
        if not client.in_chromium:
            return made_of(client.reader, client.library, requests)
        script = f"""async requests => {{
            const library = {client.library};
            const {{ read }} = await import('/{client.reader}.mjs');
            const late = new Promise((_, failed) => setTimeout(() => failed(new Error('it goes on')), 60_000));
            return await Promise.race([late, Promise.all(requests.map(request => read(library, request)))]);
        }}"""
        made: list[Made] = request.getfixturevalue("page").evaluate(script, requests)
        return made

    return read
