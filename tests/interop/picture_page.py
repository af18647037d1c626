"""Makes .github/view.png, the picture of the page in the README.

STREAMCONV_CHROMIUM=/usr/bin/chromium python -m tests.interop.picture_page
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from tests.interop.pages import browser, chat, made


def main() -> None:
    """Make a page, choose a record, show one part of every payload, and take the picture."""
    picture = Path(__file__).resolve().parents[2] / ".github" / "view.png"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), browser() as chromium:
        chat(Path("chat.timed"))
        page = chromium.new_page(viewport={"width": 1180, "height": 620}, color_scheme="light")
        page.goto(f"{made(Path('chat.html'), 'chat.timed').absolute().as_uri()}#29")
        page.focus('[data-path=".delta.text"]')
        page.click(".path button")
        page.focus("#grid")
        page.keyboard.press("ArrowDown")
        page.evaluate("document.querySelector('.scroller').scrollTop = 24 * 14")
        page.screenshot(path=picture)


if __name__ == "__main__":
    main()
