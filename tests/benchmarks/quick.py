"""A guard against regressions, in seconds: `python -m tests.benchmarks.quick`. Exits with 1 where something got slow.

What ours take is divided by what a bare loop over the same bytes takes, in the same run, so that a slow machine changes
nothing; the limits are about twice what was measured when they were set. What counts is the time of the processor, not
that of whoever else uses it, and the best of several rounds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import orjson

import streamconv
from tests.benchmarks.corpora import corpus

_ROUNDS: Final = 5
_TRIES: Final = 3  # what is too slow in all of them is
_SIZE: Final = 1 << 20  # bytes of each corpus
_CHUNK: Final = 64 * 1024

Work = Callable[[], object]


class Guard(NamedTuple):
    """What takes `limit` times as long as a bare loop at most."""

    what: str
    limit: float
    ours: Work
    bare: Work

    def ratio(self) -> float:
        """Our time by that of the bare loop."""
        ours, bare = [], []
        for _ in range(_ROUNDS):
            ours.append(_seconds(self.ours))
            bare.append(_seconds(self.bare))
        return min(ours) / min(bare)


def guards(folder: Path) -> Iterator[Guard]:
    """All of them, over corpora in this folder."""
    names = ("openai", "anthropic", "small", "crlf", "ndjson", "pretty")
    openai, anthropic, small, crlf, ndjson, pretty = (corpus(name, _SIZE, folder).read_bytes() for name in names)
    frames = [frame + b"\n\n" for frame in openai.split(b"\n\n") if frame]
    texts = ndjson.splitlines()
    yield Guard("read openai, by split", 6, lambda: _read(openai), lambda: _split(openai, b"\n"))
    yield Guard("read anthropic, by split", 7, lambda: _read(anthropic), lambda: _split(anthropic, b"\n"))
    yield Guard("read small, by split", 12, lambda: _read(small), lambda: _split(small, b"\n"))
    yield Guard("read crlf, by split", 16, lambda: _read(crlf), lambda: _split(crlf, b"\r\n"))
    yield Guard("read a frame a chunk, by split", 6.5, lambda: _feed(frames), lambda: _split(openai, b"\n"))
    yield Guard("SSE to NDJSON, by orjson.loads", 4, lambda: _convert(openai, "ndjson"), lambda: _parse(texts))
    yield Guard("NDJSON to SSE, by orjson.loads", 2, lambda: _convert(ndjson, "sse"), lambda: _parse(texts))
    yield Guard("pretty to NDJSON, by orjson.loads", 3, lambda: _convert(pretty, "ndjson"), lambda: _parse(texts))
    yield Guard("check openai, by orjson.loads", 5, lambda: _check(openai), lambda: _parse(texts))
    yield Guard(
        "--version, by import click",
        2.2,
        lambda: _python("-m", "streamconv", "--version"),
        lambda: _python("-c", "import click"),
    )


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))


def _read(data: bytes) -> None:
    for _ in streamconv.read(_chunks(data), "sse"):
        pass


def _feed(frames: Iterable[bytes]) -> None:
    feed = streamconv.decoder("sse").feed
    for frame in frames:
        feed(frame)


def _convert(data: bytes, to: str) -> None:
    for _ in streamconv.convert(_chunks(data), to):
        pass


def _check(data: bytes) -> None:
    for _ in streamconv.check(_chunks(data), "sse"):
        pass


def _split(data: bytes, end: bytes) -> None:
    for frame in data.split(end + end):
        frame.split(end)


def _parse(texts: Iterable[bytes]) -> None:
    for text in texts:
        orjson.loads(text)


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)


def _seconds(work: Work) -> float:
    began = _used()
    work()
    return _used() - began


def _used() -> float:
    """Seconds of the processor, those of the processes that were started and have ended included."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in both)


def judged(guards: Iterable[Guard]) -> int:
    """Ask each, print what it found, and return the exit code."""
    failed = 0
    for guard in guards:
        for _ in range(_TRIES):
            ratio = guard.ratio()
            if ratio <= guard.limit:
                break
        else:
            failed = 1
        print(
            f"{'ok' if ratio <= guard.limit else 'TOO SLOW':<8} {ratio:5.2f} × (limit {guard.limit}) {guard.what}",
            flush=True,
        )
    return failed


def main() -> int:
    """Ask all guards; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        return judged(guards(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
