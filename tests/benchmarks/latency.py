"""Bar 12: a record written to the pipe is out before the next one is written."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Final, NamedTuple

_PATIENCE: Final = 20.0  # seconds after which a record is held back
_RECORDS: Final = 50


class Pipe(NamedTuple):
    """How a record of a number is written to a command, and what of it comes out."""

    name: str
    arguments: Sequence[str]
    record: bytes
    out: bytes


PIPES: Final = (
    Pipe("SSE to NDJSON", ("convert",), b'data: {"n":%d}\n\n', b'{"n":%d}\n'),
    Pipe("NDJSON to SSE", ("convert", "--to", "sse"), b'{"n":%d}\n', b'data: {"n":%d}\n\n'),
    Pipe("records", ("records",), b'data: {"n":%d}\n\n', b'"data":{"n":%d}'),
)


def latency(command: str, pipe: Pipe) -> float | None:
    """The median seconds from a record's way in to its way out, without the first; None where one was held back."""
    seconds: list[float] = []
    with _started(command, pipe) as process:
        assert process.stdin
        assert process.stdout
        for number in range(100, 100 + _RECORDS):
            began = time.perf_counter()
            process.stdin.write(pipe.record % number)
            if not _comes(process.stdout.fileno(), pipe.out % number):
                return None
            seconds.append(time.perf_counter() - began)
    return median(seconds[_RECORDS // 10 :])


@contextmanager
def _started(command: str, pipe: Pipe) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [command, *pipe.arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _comes(descriptor: int, wanted: bytes) -> bool:
    got = b""
    while wanted not in got:
        if not select.select([descriptor], [], [], _PATIENCE)[0]:
            return False
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return False
        got += chunk
    return True
