"""What the comparison stands on: corpora, races, memory, latency, and which peers misread what."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import streamconv
from tests.benchmarks import latency
from tests.benchmarks.bars import Bar, Bars, Result, run
from tests.benchmarks.compare import outcome
from tests.benchmarks.contenders import OURS, Contenders
from tests.benchmarks.corpora import CORPORA, corpus
from tests.benchmarks.edges import misread_by_converters
from tests.benchmarks.peers import Peers
from tests.benchmarks.timing import Contender, peak_memory


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_is_well_framed_and_always_the_same(name: str, tmp_path: Path) -> None:
    path = corpus(name, 100_000, tmp_path)
    before = path.read_bytes()
    assert len(before) >= 100_000
    problems = streamconv.check(path, ignore=["llm"])  # it is cut where it is large enough
    assert not [problem for problem in problems if problem.severity == "error"]
    assert corpus(name, 100_000, tmp_path) == path  # kept
    path.unlink()
    assert corpus(name, 100_000, tmp_path).read_bytes() == before


def test_large_records_are_of_up_to_1_mib(tmp_path: Path) -> None:
    sizes = [len(record.raw) for record in streamconv.read(corpus("large", 4 << 20, tmp_path))]
    assert max(sizes) == 1 << 20
    assert min(sizes) < 1 << 16


def _python(code: str, *, inside: bool = False, needs: tuple[str, ...] = ()) -> Contender:
    return Contender((sys.executable, "-c", code), inside=inside, needs=needs)


def test_a_race_gives_medians_leaves_out_who_is_not_here_and_says_who_failed(
    tmp_path: Path,
) -> None:
    (tmp_path / "c").write_bytes(b"x" * 2097152)
    contenders = {
        OURS: _python("print('{\"seconds\": 0.5}')", inside=True),
        "peer": _python("print('{\"seconds\": 1.0}')", inside=True),
        "gone": _python("", needs=("gone",)),
    }
    bar = Bar(1, "read", "c", contenders, {"peer": 1.5, "gone": 9.0})
    (result,) = run([bar], 5, ("gone",), lambda name: tmp_path / name)
    assert result.seconds == {OURS: 0.5, "peer": 1.0}
    assert (result.missed(), result.not_compared()) == ([], ["gone"])
    assert str(result).splitlines() == [
        " 1 read c: 0.500 s, 4 MB/s",
        "   ok       2.00 × (bar 1.50) peer: 1.000 s",
        "   NOT COMPARED: gone is not here",
    ]
    slower = Result(bar, {OURS: 1.0, "peer": 1.0}, 1)
    assert slower.missed() == ["peer"]
    assert "MISSED   1.00 ×" in str(slower)
    failing = {"peer": _python("import sys; print('why', file=sys.stderr); sys.exit(3)")}
    fails = run([bar._replace(contenders=failing)], 5, (), lambda name: tmp_path / name)
    with pytest.raises(RuntimeError, match="peer: exit code 3: why"):
        next(fails)


def test_bars_are_reached_only_where_all_was_compared() -> None:
    assert outcome(0, 0) == "every bar reached"
    assert outcome(0, 2) == "2 not compared"
    assert outcome(1, 2) == "1 missed, 2 not compared"


def test_only_the_corpora_of_what_is_wanted_are_made(tmp_path: Path) -> None:
    made: list[str] = []

    def make(name: str) -> Path:
        made.append(name)
        return tmp_path / name

    assert [bar.corpus for bar in Bars(Contenders(Peers(tmp_path, ())), make, {7, 11})] == ["ndjson", ""]
    assert made == ["ndjson"]


def test_peak_memory_is_that_of_the_command_not_of_who_asks() -> None:
    ballast = b"x" * (64 << 20)
    small = peak_memory((sys.executable, "-S", "-c", "pass"))
    assert small < 60 << 20 < len(ballast)
    assert peak_memory((sys.executable, "-c", "b'x' * (64 << 20)")) > 64 << 20
    with pytest.raises(RuntimeError, match="exit code 3"):
        peak_memory((sys.executable, "-c", "raise SystemExit(3)"))


@pytest.mark.parametrize("pipe", latency.PIPES, ids=lambda pipe: pipe.name)
def test_a_record_is_out_before_the_next_is_in(pipe: latency.Pipe) -> None:
    ours = pipe._replace(arguments=("-m", "streamconv", *pipe.arguments))
    assert latency.latency(sys.executable, ours) is not None


def test_a_record_that_is_held_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "_PATIENCE", 0.1)
    holds_back = latency.Pipe("held", ("-c", "import sys; sys.stdin.read()"), b"%d\n", b"%d\n")
    assert latency.latency(sys.executable, holds_back) is None
    monkeypatch.setattr(latency, "_PATIENCE", 20.0)
    ends = latency.Pipe("ended", ("-c", "input()"), b"%d\n", b"%d\n")
    assert latency.latency(sys.executable, ends) is None


def test_who_misreads_what_is_measured() -> None:
    def make(path: str) -> Mapping[str, Contender]:
        return {
            OURS: Contender((sys.executable, "-m", "streamconv", "convert", path)),
            "sed": Contender(("sed", "-n", "s/^data: //p", path)),
            "fails": _python("raise SystemExit(1)"),
            "gone": _python("", needs=("gone",)),
        }

    assert misread_by_converters(make, ("gone",)) == {
        OURS: [],
        "sed": ["CRLF", "two data lines", "no space", "BOM"],
        "fails": ["plain", "CRLF", "two data lines", "no space", "BOM"],
    }
