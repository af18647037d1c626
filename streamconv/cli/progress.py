"""A progress bar on stderr, for a large file that somebody waits for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Final

from streamconv.reports.printable import printable

LARGE: Final = 32 * 1024 * 1024  # bytes; less is done before a bar is read


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
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(printable(name), total=size)
        for chunk in chunks:
            yield chunk
            progress.advance(task, len(chunk))
