"""The bars: races of ours against the peers, with the least ratio of a peer's time by ours that is to be reached.

A ratio of 2 means that ours takes half the peer's time. Peers without a bar run along for the table.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks.contenders import OURS, Contenders
from tests.benchmarks.timing import Contender, race, show

SSE: Final = ("openai", "anthropic", "small", "crlf")
_OF_JSON: Final = ("openai", "anthropic")
MB: Final = 1 << 20


class Bar(NamedTuple):
    """One race on one corpus."""

    number: int
    what: str
    corpus: str  # "" where there is none
    contenders: Mapping[str, Contender]
    least: Mapping[str, float]  # the ratio to reach, of the peers that have one


class Result(NamedTuple):
    """How one race went: the median seconds of each contender that is here."""

    bar: Bar
    seconds: Mapping[str, float]
    size: int  # bytes of the corpus

    def ratio(self, peer: str) -> float:
        """The peer's time by ours."""
        return self.seconds[peer] / self.seconds[OURS]

    def rate(self, name: str) -> float:
        """MB a second."""
        return self.size / MB / self.seconds[name]

    def missed(self) -> list[str]:
        """The peers whose ratio is below the bar."""
        return [peer for peer, least in self.bar.least.items() if peer in self.seconds and self.ratio(peer) < least]

    def not_compared(self) -> list[str]:
        """The peers that are not here."""
        return [peer for peer in self.bar.contenders if peer not in self.seconds]

    def __str__(self) -> str:
        """The lines that are printed."""
        bar = self.bar
        rate = f", {self.rate(OURS):.0f} MB/s" if bar.corpus else ""
        lines = [f"{bar.number:>2} {bar.what} {bar.corpus}: {self.seconds[OURS]:.3f} s{rate}"]
        for peer, seconds in self.seconds.items():
            if peer != OURS:
                least = bar.least.get(peer)
                verdict = "" if least is None else "ok" if self.ratio(peer) >= least else "MISSED"
                asked = "" if least is None else f" (bar {least:.2f})"
                lines.append(f"   {verdict:<6} {self.ratio(peer):6.2f} ×{asked:<11} {peer}: {seconds:.3f} s")
        lines += [f"   NOT COMPARED: {peer} is not here" for peer in self.not_compared()]
        return "\n".join(lines)


class Bars:
    """The races that are wanted, by the numbers of their bars; `corpora` makes the corpus of a name, once it is due."""

    def __init__(self, contenders: Contenders, corpora: Callable[[str], Path], numbers: Container[int]) -> None:
        self._contenders = contenders
        self._corpora = corpora
        self._numbers = numbers

    def __iter__(self) -> Iterator[Bar]:
        for number, races in (
            (1, self._reading),
            (3, self._live),
            (4, self._parsing),
            (5, self._converting),
            (7, self._writing_sse),
            (8, self._from_pretty),
            (9, self._checking),
            (11, self._starting),
        ):
            if number in self._numbers:
                yield from races()

    def _path(self, name: str) -> str:
        return str(self._corpora(name))

    def _reading(self) -> Iterator[Bar]:
        """Bars 1 and 2."""
        for name in SSE:
            httpx, launchdarkly, openai = (1.1, 0.9, 3.0) if name == "crlf" else (1.5, 1.1, 5.0)
            least = {"httpx-sse": httpx, "launchdarkly-eventsource": launchdarkly, "openai SDK": openai}
            yield Bar(1, "read", name, self._contenders.readers(self._path(name)), least)

    def _live(self) -> Iterator[Bar]:
        least = {"launchdarkly-eventsource": 1 / 1.2, "httpx-sse": 1.7}
        for name in SSE:
            yield Bar(3, "read, a frame a chunk", name, self._contenders.live(self._path(name)), least)

    def _parsing(self) -> Iterator[Bar]:
        for name, most in (("openai", 2.2), ("anthropic", 3.3)):
            path = self._path(name)
            ours = self._contenders.reader("streamconv, json", path)
            alone = {"orjson.loads": self._contenders.reader("orjson.loads", path)}
            yield Bar(4, "read and parse", name, {OURS: ours, **alone}, {"orjson.loads": 1 / most})

    def _converting(self) -> Iterator[Bar]:
        """Bars 5 and 6."""
        node = {"openai": 1.8, "anthropic": 1.4, "small": 1.0, "crlf": 1.0}
        for name in SSE:
            path, least = self._path(name), {"eventsource-parser": node[name]}
            contenders = self._contenders.sse_to_ndjson(path, json=name in _OF_JSON)
            if name in _OF_JSON:
                least["sed | jq -c ."] = 5.0 if name == "openai" else 4.0
                least |= {"httpx-sse in a loop": 1.8, "openai SDK in a loop": 5.0}
            yield Bar(5, "convert to NDJSON", name, contenders, least)

    def _writing_sse(self) -> Iterator[Bar]:
        least = {"jq": 8.0, "for line: orjson.loads": 1 / 1.1}
        yield Bar(7, "convert to SSE", "ndjson", self._contenders.ndjson_to_sse(self._path("ndjson")), least)

    def _from_pretty(self) -> Iterator[Bar]:
        least = {"jq": 4.0, "json_reformat": 0.8}
        yield Bar(8, "convert to NDJSON", "pretty", self._contenders.pretty_to_ndjson(self._path("pretty")), least)

    def _checking(self) -> Iterator[Bar]:
        for name in (*SSE, "ndjson", "pretty", "logprobs", "ollama", "tools", "responses"):
            path = self._path(name)
            ours = self._contenders.ours("check", "--exit-zero", path)
            converting = {"streamconv convert": self._contenders.ours("convert", path)}
            yield Bar(9, "check", name, {OURS: ours, **converting}, {"streamconv convert": 1 / 2.5})

    def _starting(self) -> Iterator[Bar]:
        yield Bar(11, "start", "", self._contenders.start(), {"import click": 1 / 1.6})


def run(bars: Iterable[Bar], rounds: int, missing: tuple[str, ...], corpora: Callable[[str], Path]) -> Iterator[Result]:
    """Race each bar, without the peers that are not here; how far it is is said on a terminal."""
    for bar in bars:
        here = {name: one for name, one in bar.contenders.items() if not {*one.needs} & {*missing}}
        size = corpora(bar.corpus).stat().st_size if bar.corpus else 0
        yield Result(bar, race(here, rounds, _progress(bar, rounds)), size)
        show("")


def _progress(bar: Bar, rounds: int) -> Callable[[int, str], None]:
    return lambda turn, name: show(f"{bar.number} {bar.what} {bar.corpus}: round {turn} of {rounds}, {name}")
