"""Records fixtures/captures/chromium.har: what Chromium kept of two streams and a page, through Playwright.

STREAMCONV_CHROMIUM=/usr/bin/chromium python tests/interop/record_har.py
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.captures.test_real_tools import sent

FETCH = "async url => { const reply = await fetch(url); return await reply.text() }"


def main() -> None:
    """Run the browser and write the file."""
    path = Path(__file__).parents[2] / "fixtures" / "captures" / "chromium.har"
    path.parent.mkdir(exist_ok=True)
    with sent() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["STREAMCONV_CHROMIUM"], args=["--no-sandbox"])
        context = browser.new_context(record_har_path=path, record_har_content="embed")
        page = context.new_page()
        page.goto(f"{server}/")
        for name in ("tokens.sse", "chat.ndjson"):
            page.evaluate(FETCH, f"{server}/{name}")
        context.close()
        browser.close()


if __name__ == "__main__":
    main()
