"""The comparison with the peers, in one run: `python -m tests.benchmarks.compare [--bars] [--size MB] [--readme]`.

A ratio is the peer's time by ours: 2 means that ours takes half its time. Every contender runs in turn, round after
round, and the medians are compared. `--bars` exits with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks.corpora import corpus
from tests.benchmarks.peers import Peers, install
from tests.benchmarks.timing import Contender, peak_memory, race

_READERS: Final = str(Path(__file__).with_name("readers.py"))
_SSE: Final = ("openai", "anthropic", "small", "crlf")
_MB: Final = 1 << 20


class Bar(NamedTuple):
    """One race on one corpus: ours against peers, with the least ratio of each peer's time by ours."""

    number: int
    what: str
    corpus: str
    ours: Contender
    peers: Mapping[str, tuple[Contender, float]]


class Result(NamedTuple):
    """How one race went: the median seconds of ours and of each peer."""

    bar: Bar
    ours: float
    seconds: Mapping[str, float]

    def ratio(self, peer: str) -> float:
        """The peer's time by ours."""
        return self.seconds[peer] / self.ours

    def missed(self) -> list[str]:
        """The peers whose ratio is below the bar."""
        return [peer for peer, (_, least) in self.bar.peers.items() if self.ratio(peer) < least]


class Bars:
    """All bars, over corpora of one size."""

    def __init__(self, peers: Peers, corpora: Callable[[str], Path]) -> None:
        self._peers = peers
        self._corpora = corpora

    def __iter__(self) -> Iterator[Bar]:
        yield from self._reading()
        yield from self._live()
        yield from self._parsing()
        yield from self._converting()
        yield from self._writing_sse()
        yield from self._from_pretty()
        yield from self._checking()
        yield self._starting()

    def _path(self, name: str) -> str:
        return str(self._corpora(name))

    def _reader(self, reader: str, name: str) -> Contender:
        return Contender((self._peers.python, _READERS, reader, self._path(name)), inside=True)

    def _ours(self, *words: str) -> Contender:
        return Contender((self._peers.command("streamconv"), *words))

    def _shell(self, command: str) -> Contender:
        return Contender(("sh", "-c", command))

    def _reading(self) -> Iterator[Bar]:
        least = {
            "openai": (1.5, 1.1, 5.0),
            "anthropic": (1.5, 1.1, 5.0),
            "small": (1.5, 1.1, 5.0),
            "crlf": (1.1, 0.9, 3.0),
        }
        for name in _SSE:
            httpx, launchdarkly, openai = least[name]
            peers = {
                "httpx-sse": (self._reader("httpx-sse", name), httpx),
                "launchdarkly-eventsource": (self._reader("launchdarkly-eventsource", name), launchdarkly),
                "openai SDK": (self._reader("openai SDK", name), openai),
            }
            yield Bar(1, "read", name, self._reader("streamconv", name), peers)

    def _live(self) -> Iterator[Bar]:
        for name in _SSE:
            peers = {
                "launchdarkly-eventsource": (self._reader("launchdarkly-eventsource, live", name), 1 / 1.2),
                "httpx-sse": (self._reader("httpx-sse, live", name), 1.7),
            }
            yield Bar(3, "read, a frame a chunk", name, self._reader("streamconv, live", name), peers)

    def _parsing(self) -> Iterator[Bar]:
        for name, most in (("openai", 2.2), ("anthropic", 3.3)):
            peers = {"orjson.loads alone": (self._reader("orjson.loads", name), 1 / most)}
            yield Bar(4, "read and parse", name, self._reader("streamconv, json", name), peers)

    def _converting(self) -> Iterator[Bar]:
        least = {"openai": (1.8, 1.8, 5.0, 5.0), "anthropic": (1.4, 1.8, 5.0, 4.0), "small": (1.0,), "crlf": (1.0,)}
        for name in _SSE:
            path = self._path(name)
            node, *rest = least[name]
            json = "json" if rest else "text"
            peers = {"eventsource-parser": (Contender(("node", self._peers.node, path, json)), node)}
            if rest:
                peers["httpx-sse, reading only"] = (self._reader("httpx-sse", name), rest[0])
                peers["openai SDK, reading only"] = (self._reader("openai SDK", name), rest[1])
                sed = f"sed -n 's/^data: //p' {shlex.quote(path)} | grep -v '^.DONE' | jq -c ."
                peers["sed | jq -c ."] = (self._shell(sed), rest[2])
            yield Bar(5, "convert to NDJSON", name, self._ours("convert", path), peers)

    def _writing_sse(self) -> Iterator[Bar]:
        path = self._path("ndjson")
        jq = f'jq -cr \'"data: " + tojson + "\\n"\' {shlex.quote(path)}'
        peers = {
            "jq": (self._shell(jq), 8.0),
            "for line: orjson.loads": (Contender((self._peers.python, self._peers.bare_ndjson, path)), 1 / 1.1),
        }
        yield Bar(7, "convert to SSE", "ndjson", self._ours("convert", path, "--to", "sse"), peers)

    def _from_pretty(self) -> Iterator[Bar]:
        path = self._path("pretty")
        peers = {
            "jq -c .": (Contender(("jq", "-c", ".", path)), 4.0),
            "json_reformat -m": (Contender(("json_reformat", "-m", "-s"), input=path), 0.8),
        }
        yield Bar(8, "convert to NDJSON", "pretty", self._ours("convert", path), peers)

    def _checking(self) -> Iterator[Bar]:
        for name in (*_SSE, "logprobs"):
            path = self._path(name)
            peers = {"streamconv convert": (self._ours("convert", path), 1 / 2.5)}
            yield Bar(9, "check", name, self._ours("check", "--exit-zero", path), peers)

    def _starting(self) -> Bar:
        click = Contender((self._peers.python, "-c", "import click"))
        return Bar(11, "start", "", self._ours("--version"), {"import click": (click, 1 / 1.6)})


def run(bars: Iterable[Bar], rounds: int, missing: tuple[str, ...]) -> Iterator[Result]:
    """Race each bar; a peer that is not here is left out, and said."""
    for bar in bars:
        peers = {peer: one for peer, (one, _) in bar.peers.items() if one.command[0] not in missing}
        for peer in bar.peers.keys() - peers.keys():
            print(f"NOT COMPARED: {peer} is not here", file=sys.stderr)
        seconds = race({"": bar.ours, **peers}, rounds)
        ours = seconds.pop("")
        kept = bar._replace(peers={peer: bar.peers[peer] for peer in peers})
        yield Result(kept, ours, seconds)


def told(result: Result, size: int) -> str:
    """The lines of one result."""
    bar = result.bar
    rate = f", {size / _MB / result.ours:.0f} MB/s" if bar.corpus else ""
    lines = [f"{bar.number:>2} {bar.what} {bar.corpus}: {result.ours:.3f} s{rate}"]
    for peer, (_, least) in bar.peers.items():
        ratio = result.ratio(peer)
        verdict = "ok" if ratio >= least else "MISSED"
        lines.append(f"   {verdict:<6} {ratio:6.2f} × (bar {least:.2f})  {peer}: {result.seconds[peer]:.3f} s")
    return "\n".join(lines)


def memory(peers: Peers, corpora: Callable[[str, int], Path], sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """The peak memory of converting, for each size of input, in bytes."""
    command = peers.command("streamconv")
    return [(size, peak_memory((command, "convert", str(corpora("openai", size))))) for size in sizes]


def main() -> int:
    """Run the comparison; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bars", action="store_true", help="exit with 1 where a bar is missed")
    parser.add_argument("--size", type=int, default=50, help="of each corpus, in MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=int, action="append", help="the number of a bar")
    parser.add_argument("--large", action="store_true", help="measure the memory for 1 GB too")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "streamconv-benchmarks")
    asked = parser.parse_args()
    peers = install(asked.folder)

    def corpora(name: str, size: int = asked.size * _MB) -> Path:
        return corpus(name, size, asked.folder)

    missed = 0
    bars = [bar for bar in Bars(peers, corpora) if not asked.only or bar.number in asked.only]
    for result in run(bars, asked.rounds, peers.missing):
        print(told(result, asked.size * _MB), flush=True)
        missed += len(result.missed())
    if not asked.only or 10 in asked.only:
        for size, peak in memory(peers, corpora, (10 * _MB, 1024 * _MB) if asked.large else (10 * _MB,)):
            verdict = "ok" if peak <= 60 * _MB else "MISSED"
            missed += peak > 60 * _MB
            print(f"10 memory of convert, {size // _MB} MB: {verdict} {peak / _MB:.0f} MB (bar 60)")
    print(f"{missed} missed" if missed else "every bar reached")
    return 1 if missed and asked.bars else 0


if __name__ == "__main__":
    sys.exit(main())
