"""Showing a page in the user's browser."""

from __future__ import annotations

import os
import sys
import webbrowser

from streamconv.cli.voice import Voice


def show(name: str, url: str, voice: Voice) -> None:
    """Open a page in the default browser; where there is no display, or no browser, say where the page is."""
    displayed = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    )
    if displayed and webbrowser.open(url):
        voice.note(f"opened {name}")
        return
    voice.say(name)
    voice.note("there is no browser here; open this page in one")
