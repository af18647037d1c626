"""A progress bar on stderr, for a large file that somebody waits for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Final

from streamconv.reports.printable import printable

LARGE: Final = 32 * 1024 * 1024  # bytes; less is done before a bar is read
_PERIOD: Final = 0.1  # seconds between two pictures of it


def with_progress(chunks: Iterator[bytes], name: str, size: int | None, *, quiet: bool) -> Iterator[bytes]:
    """The chunks, with a bar while they are read: where stderr is a terminal, stdout is none, and the file is large."""
    if size is None or size < LARGE:
        return chunks
    if quiet or sys.stderr is None or not sys.stderr.isatty() or os.isatty(1):
        return chunks
    return _drawn(chunks, name, size)


def _drawn(chunks: Iterator[bytes], name: str, size: int) -> Iterator[bytes]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    # Drawn by who reads, not by a thread: processes may still be forked.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task = progress.add_task(printable(name), total=size)
        drawn = time.monotonic()
        for chunk in chunks:
            yield chunk
            now = time.monotonic()
            is_due = now - drawn >= _PERIOD
            drawn = now if is_due else drawn
            progress.update(task, advance=len(chunk), refresh=is_due)
