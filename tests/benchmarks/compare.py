"""The comparison with the peers, in one run: `python -m tests.benchmarks.compare [--bars] [--large] [--readme]`.

Every contender runs in turn, round after round, and the medians are compared. `--bars` exits with 1 where a bar is
missed; `--readme` writes the figures into the README, and their plot beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.benchmarks.bars import MB, Bars, Result, run
from tests.benchmarks.contenders import Contenders
from tests.benchmarks.corpora import corpus
from tests.benchmarks.edges import misread_by_converters, misread_by_readers
from tests.benchmarks.latency import PIPES, latency
from tests.benchmarks.machine import machine
from tests.benchmarks.peers import Peers, install
from tests.benchmarks.report import Measured, Memory, write
from tests.benchmarks.timing import peak_memory

_ROUNDS: Final = 5  # at least: medians of fewer say little
_MOST_MEMORY: Final = 60 * MB
_NUMBERS: Final = (1, 3, 4, 5, 7, 8, 9, 10, 11, 12)  # those of bar 2 are with 1, those of 6 with 5
_COMMANDS: Final = (("convert",), ("records",), ("check", "--exit-zero"))


def memory(peers: Peers, corpora: Callable[[str, int], Path], *, large: bool) -> list[Memory]:
    """The peak memory of each command, of small records and of some up to 1 MiB, for each size of input."""
    command = peers.command("streamconv")
    found: list[Memory] = []
    for size in (10 * MB, 1024 * MB) if large else (10 * MB,):
        for name in ("openai", "large"):
            path = str(corpora(name, size))
            for words in _COMMANDS:
                found.append(Memory(words[0], name, size, peak_memory((command, *words, path))))
                print(f"10 memory of {found[-1]}: {_verdict(found[-1].peak <= _MOST_MEMORY)} (bar 60 MB)", flush=True)
    return found


def latencies(peers: Peers) -> dict[str, float | None]:
    """The latency of each pipe, in seconds; None where a record was held back."""
    found: dict[str, float | None] = {}
    for pipe in PIPES:
        seconds = found[pipe.name] = latency(peers.command("streamconv"), pipe)
        out = "held back" if seconds is None else f"out after {seconds * 1e3:.2f} ms, before the next is in"
        print(f"12 a record, {pipe.name}: {_verdict(seconds is not None)} {out}", flush=True)
    return found


def _verdict(reached: bool) -> str:
    return "ok" if reached else "MISSED"


def _edges(contenders: Contenders, missing: tuple[str, ...]) -> dict[str, list[str]]:
    wrong = misread_by_converters(lambda path: contenders.sse_to_ndjson(path, json=True), missing)
    wrong |= {f"{name}, reading": edges for name, edges in misread_by_readers(contenders.readers, missing).items()}
    for name, edges in wrong.items():
        if edges:
            print(f"   {name} is wrong on: {', '.join(edges)}", flush=True)
    return wrong


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bars", action="store_true", help="exit with 1 where a bar is missed")
    parser.add_argument("--size", type=int, default=50, help="of each corpus, in MB")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"{_ROUNDS} at least")
    parser.add_argument("--only", type=int, action="append", help="the number of a bar", choices=_NUMBERS)
    parser.add_argument("--large", action="store_true", help="measure the memory for 1 GB too")
    parser.add_argument("--readme", action="store_true", help="write the figures into the README, and the plot")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "streamconv-benchmarks")
    asked = parser.parse_args()
    if asked.rounds < _ROUNDS:
        parser.error(f"medians of fewer than {_ROUNDS} rounds say little")
    if asked.readme and asked.only:
        parser.error("--readme writes all figures: it does not go with --only")
    return asked


def main() -> int:
    """Run the comparison; returns the exit code."""
    asked = _asked()
    peers = install(asked.folder)
    contenders = Contenders(peers)

    def corpora(name: str, size: int = asked.size * MB) -> Path:
        return corpus(name, size, asked.folder)

    def wanted(number: int) -> bool:
        return not asked.only or number in asked.only

    wrong = _edges(contenders, peers.missing)
    results: list[Result] = []
    for result in run(
        (bar for bar in Bars(contenders, corpora) if wanted(bar.number)), asked.rounds, peers.missing, corpora
    ):
        print(result, flush=True)
        results.append(result)
    peaks = memory(peers, corpora, large=asked.large) if wanted(10) else []
    waits = latencies(peers) if wanted(12) else {}
    missed = sum(len(result.missed()) for result in results)
    missed += sum(one.peak > _MOST_MEMORY for one in peaks) + sum(seconds is None for seconds in waits.values())
    missed += bool(wrong["streamconv"]) + bool(wrong["streamconv, reading"])
    print(f"{missed} missed" if missed else "every bar reached")
    if asked.readme:
        write(
            Measured(results, peaks, wrong, peers.versions(), machine(), f"{datetime.now(UTC):%Y-%m-%d}", asked.rounds)
        )
    return 1 if missed and asked.bars else 0


if __name__ == "__main__":
    sys.exit(main())
