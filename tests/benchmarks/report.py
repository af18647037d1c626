"""The README's section on performance, written between two markers from what was measured, and its plot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks.bars import MB, Result
from tests.benchmarks.contenders import OURS
from tests.benchmarks.plot import Chart, Measure, drawn

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
PLOT: Final = ROOT / ".github" / "performance.svg"
COMMAND: Final = "python -m tests.benchmarks.compare --bars --large --readme"
_MARKED: Final = re.compile(r"(<!-- performance -->\n).*?(<!-- /performance -->)", re.DOTALL)
_CONVERTERS: Final = "Event streams to NDJSON, whole processes, in MB of input a second"
_READERS: Final = "Event streams read in a Python process, in MB a second of processor time"
_LIVE: Final = "The same a frame at a time, as a live stream comes"
_OTHERS: Final = "Other ways, whole processes, in MB of input a second"
_HOW_TO_READ: Final = """\
All streams are made for it: `openai` is chat chunks of 300 bytes, `anthropic` named events of 150, `small` three short
fields of text, `crlf` CRLF with payloads over two lines and comments, `ndjson` and `pretty` the payloads of `openai`,
one a line or pretty-printed. In brackets: how many times as long as `streamconv` it takes. Converters find out whether
payloads of `openai` and `anthropic` are JSON, except `sed` and `mawk`, which only cut lines, and the loops, which write
what a reader gives. `launchdarkly-eventsource` and the SDKs run by the readers inside of them, which are not public.
"""


class Memory(NamedTuple):
    """The most memory that a command held of a corpus."""

    command: str
    corpus: str
    size: int  # bytes of the corpus
    peak: int  # bytes

    @property
    def what(self) -> str:
        """The input."""
        return f"{self.size // MB} MB of {'records up to 1 MiB' if self.corpus == 'large' else 'small records'}"

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.command}, {self.what}: {self.peak / MB:.0f} MB"


class Measured(NamedTuple):
    """All that one run found."""

    results: Sequence[Result]
    memory: Sequence[Memory]
    wrong: dict[str, list[str]]  # the edges that a converter, or with `, reading` a reader, gets wrong
    versions: dict[str, str]
    machine: str
    date: str
    rounds: int
    latency: dict[str, float]  # seconds from a record's way into a pipe to its way out

    def of(self, number: int) -> list[Result]:
        """The results of a bar, one for each of its corpora."""
        return [result for result in self.results if result.bar.number == number]


def write(measured: Measured, readme: Path = README, plot: Path = PLOT) -> None:
    """Write the section into the README, and the plot."""
    text, count = _MARKED.subn(lambda match: f"{match[1]}{section(measured)}{match[2]}", readme.read_text())
    if count != 1:
        raise ValueError(
            f"{readme}: expected one pair of <!-- performance --> and <!-- /performance -->, found {count}"
        )
    readme.write_text(text)
    plot.write_text(drawn(*charts(measured)))


def section(measured: Measured | None) -> str:
    """What stands between the markers; without anything measured, how to measure."""
    if measured is None:
        return f"\nTo compare it with its peers in one run, and write the figures here:\n`{COMMAND}`.\n\n"
    parts = [
        f"Measured with its peers in one run, and written here, by\n`{COMMAND}`.\n",
        f"![MB a second of the first column of the tables below, as bars](.github/{PLOT.name})\n",
        _HOW_TO_READ,
        _table(_CONVERTERS, measured.of(5), measured.wrong.get),
        _table(_READERS, measured.of(1), lambda name: measured.wrong.get(f"{name}, reading")),
        _live(measured.of(3)),
        _other_ways(measured),
        _sentences(measured),
        _circumstances(measured),
    ]
    return "\n" + "\n".join(parts) + "\n"


def _circumstances(measured: Measured) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(measured.versions.items()))
    rounds = f"each figure is the median of {measured.rounds} rounds, in which all take their turn"
    return f"On {measured.machine}, {measured.date}; {rounds}. {versions}.\n"


def _table(title: str, results: Sequence[Result], wrong: Callable[[str], list[str] | None]) -> str:
    names = dict.fromkeys(name for result in results for name in result.seconds)
    rows = [[_name(name), *(_cell(result, name) for result in results), _wrong(wrong(name))] for name in names]
    return _lines(title, ["", *(result.bar.corpus for result in results), "wrong on"], rows)


def _name(name: str) -> str:
    escaped = name.replace("|", "\\|")  # which ends a cell, also in code
    return f"`{escaped}`"


def _wrong(edges: list[str] | None) -> str:
    return "not asked" if edges is None else ", ".join(edges)


def _cell(result: Result, name: str) -> str:
    if name not in result.seconds:
        return "–"
    rate = f"{result.rate(name):.0f}"
    ratio = result.ratio(name)
    return f"**{rate}**" if name == OURS else f"{rate} ({ratio:.{1 if ratio >= 1 else 2}f} ×)"


def _live(results: Sequence[Result]) -> str:
    rows = [[_name(name), *(_cell(result, name) for result in results)] for name in results[0].seconds]
    return _lines(_LIVE, ["", *(result.bar.corpus for result in results)], rows)


def _other_ways(measured: Measured) -> str:
    rows = [
        [_name(name), f"{result.bar.corpus} {result.bar.what.removeprefix('convert ')}", _cell(result, name)]
        for result in measured.of(7) + measured.of(8)
        for name in result.seconds
    ]
    return _lines(_OTHERS, ["", "what", "MB/s"], rows)


def _lines(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"{title}:", "", _row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _sentences(measured: Measured) -> str:
    """What needs no table."""
    waits = sorted(seconds * 1e3 for seconds in measured.latency.values())
    start = 1 / measured.of(11)[0].ratio("import click")
    most = max(measured.memory, key=lambda one: (one.size, one.peak))
    said = [
        f"`record.json()` of every record takes {_times(measured.of(4), 'orjson.loads')} the time that `orjson.loads`",
        "takes for the payloads alone.",
        f"`check` of a clean capture takes {_times(measured.of(9), 'streamconv convert')} the time of `convert`.",
        f"`--version` takes {start:.1f} times that of `python -c 'import click'`.",
        f"Live, a record is out {waits[0]:.2f} to {waits[-1]:.2f} ms after it came in, before the next one comes.",
        f"The most memory, {most.peak / MB:.0f} MB, is that of `{most.command}` for {most.what}.",
    ]
    return "\n".join(said) + "\n"


def _times(results: Sequence[Result], peer: str) -> str:
    return ", ".join(f"{1 / result.ratio(peer):.1f} (`{result.bar.corpus}`)" for result in results) + " times"


def charts(measured: Measured) -> list[Chart]:
    """What the plot shows: the first corpus of the two tables."""
    found = []
    for title, number, ending in (("convert to NDJSON", 5, ""), ("read in Python", 1, ", reading")):
        result = measured.of(number)[0]
        measures = [
            Measure(name, result.rate(name), ours=name == OURS, wrong=bool(measured.wrong.get(name + ending)))
            for name in sorted(result.seconds, key=result.rate, reverse=True)
        ]
        found.append(Chart(f"{title}, {result.bar.corpus}, MB/s", measures))
    return found
