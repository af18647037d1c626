"""A browser for the tests of the page, and captures for it to show."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streamconv.cli import main

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HOSTILE = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<!--<script>",
    "]]><svg/onload=window.hacked=1>",
    '"><a href="javascript:window.hacked=1">click</a>',
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "\u202egnp.exe\u202c",
    "\u2028\u2029\x00\x7f\ufeff",
    "\ud83d\ude42 \u200d ✓",
]

needs_chromium = pytest.mark.skipif(
    not os.environ.get("STREAMCONV_CHROMIUM"), reason="run by .ci/interop, which names Chromium in STREAMCONV_CHROMIUM"
)


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, without the traffic of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=os.environ["STREAMCONV_CHROMIUM"], args=QUIET)
        yield launched
        launched.close()


def made(path: Path, *arguments: object) -> Path:
    """The page that the command makes; what its exit code says is for other tests."""
    assert main(["view", *map(str, arguments), "--quiet", "-o", str(path)]) in (0, 1)
    return path


def event(data: str, name: str | None = None, id: str | None = None) -> str:
    """An event of an event stream."""
    head = "".join(f"{field}: {value}\n" for field, value in (("event", name), ("id", id)) if value is not None)
    return head + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n"


def timed(path: Path, chunks: list[tuple[float, str]]) -> Path:
    """A capture of chunks with their times."""
    lines: list[dict[str, Any]] = [{"format": "application/x-streamconv-timed", "version": 1}]
    lines += ({"t": time, "b": chunk} for time, chunk in chunks)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def chat(path: Path) -> Path:
    """An answer as a model streams it: a pause, a burst, a comment, a broken payload, and an end that was cut."""
    words = (
        "The parser reads one line at a time and hands on what each empty line completes. A stream that ends inside "
        "an event gives nothing for it: clients discard the rest, and the last words may be lost without a trace."
    ).split()
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "test-model", "content": []}
    chunks = [
        (0.412, _named({"type": "message_start", "message": message | {"usage": {"input_tokens": 25}}})),
        (0.413, _named(block)),
    ]
    time = 0.45
    for at, word in enumerate(words):
        time += 1.9 if at == 14 else 0.00003 if 20 < at < 27 else 0.021 + (at * 7 % 5) * 0.013
        delta = {"type": "text_delta", "text": f"{word} "}
        chunks.append((time, _named({"type": "content_block_delta", "index": 0, "delta": delta})))
        if at == 10:
            chunks.append((time + 0.01, ": ping\n\n"))
        if at == 26:
            broken = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"te\n\n'
            chunks.append((time + 0.01, broken))
    chunks.append((time + 0.1, _named({"type": "content_block_stop", "index": 0})))
    chunks.append((time + 0.11, 'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_'))
    return timed(path, chunks)


def _named(payload: dict[str, Any]) -> str:
    return event(json.dumps(payload), payload["type"])
