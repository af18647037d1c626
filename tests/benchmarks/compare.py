"""The comparison with the peers, in one run: `python -m tests.benchmarks.compare [--bars] [--large] [--readme]`.

Every contender runs in turn, round after round, and the medians are compared. `--bars` exits with 1 where a bar is
missed, or where a peer is not here; `--readme` writes the figures into the README, and their plot beside it.

All of it takes about half an hour on two idle cores, and in proportion to `--size` and `--rounds`; `--only 1 --size 10`
takes two minutes. What it installs and makes goes into `--folder`, except Debian's packages, which only root installs.
A line of a race says who was compared, and how many times as long as ours it takes: `2.05 × (bar 1.50) httpx-sse`.
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
_BARS: Final = {
    1: "reading (and 2: more peers)",
    3: "reading live",
    4: "parsing",
    5: "event streams to NDJSON (and 6: more peers)",
    7: "NDJSON to an event stream",
    8: "pretty JSON to NDJSON",
    9: "checking",
    10: "memory",
    11: "starting",
    12: "latency",
}
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


def outcome(missed: int, not_compared: int) -> str:
    """The last line, in words: bars are reached only where everything was compared."""
    said = [f"{missed} missed"] if missed else []
    said += [f"{not_compared} not compared"] if not_compared else []
    return ", ".join(said) or "every bar reached"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n\n")[2], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bars", action="store_true", help="exit with 1 where a bar is missed or not compared")
    parser.add_argument("--size", type=int, default=50, help="of each corpus, in MB (50)")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"how often each runs: {_ROUNDS} at least")
    only = f"a bar, by its number: {', '.join(f'{number} {what}' for number, what in _BARS.items())}"
    parser.add_argument("--only", type=int, action="append", help=only, choices=_BARS, metavar="NUMBER")
    parser.add_argument("--large", action="store_true", help="measure the memory for 1 GB too")
    parser.add_argument(
        "--readme", action="store_true", help="write the figures into the README, and the plot; of all bars"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "streamconv-benchmarks",
        help="where peers and corpora are kept (%(default)s)",
    )
    asked = parser.parse_args()
    if asked.rounds < _ROUNDS:
        parser.error(f"medians of fewer than {_ROUNDS} rounds say little")
    if asked.readme and asked.only:
        parser.error("--readme writes all figures: it does not go with --only")
    return asked


def main() -> int:
    """Run the comparison; returns the exit code."""
    asked = _asked()
    print(f"peers and corpora are kept in {asked.folder}", file=sys.stderr)
    peers = install(asked.folder)
    contenders = Contenders(peers)

    def corpora(name: str, size: int = asked.size * MB) -> Path:
        return corpus(name, size, asked.folder)

    numbers = frozenset(asked.only or _BARS)
    wrong = _edges(contenders, peers.missing)
    results: list[Result] = []
    for result in run(Bars(contenders, corpora, numbers), asked.rounds, peers.missing, corpora):
        print(result, flush=True)
        results.append(result)
    peaks = memory(peers, corpora, large=asked.large) if 10 in numbers else []
    waits = latencies(peers) if 12 in numbers else {}
    missed = sum(len(result.missed()) for result in results)
    missed += sum(one.peak > _MOST_MEMORY for one in peaks) + sum(seconds is None for seconds in waits.values())
    missed += bool(wrong["streamconv"]) + bool(wrong["streamconv, reading"])
    not_compared = sum(len(result.not_compared()) for result in results)
    print(outcome(missed, not_compared))
    if asked.readme and not_compared:
        print("the README stays as it is: a table without some of them says little", file=sys.stderr)
    elif asked.readme:
        date = f"{datetime.now(UTC):%Y-%m-%d}"
        known = {name: seconds for name, seconds in waits.items() if seconds is not None}
        write(Measured(results, peaks, wrong, peers.versions(), machine(), date, asked.rounds, known))
    return 1 if asked.bars and (missed or not_compared) else 0


if __name__ == "__main__":
    sys.exit(main())
