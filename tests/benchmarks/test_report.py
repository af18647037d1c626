"""The README's section on performance is what the writer writes, and says what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.bars import MB, SSE, Bar, Result
from tests.benchmarks.contenders import OURS
from tests.benchmarks.report import README, Measured, Memory, section, write

_BEGIN, _END = "<!-- performance -->\n", "<!-- /performance -->\n"


def _result(number: int, what: str, corpus: str, **seconds: float) -> Result:
    peers = {name.replace("_", " "): value for name, value in seconds.items()}
    return Result(Bar(number, what, corpus, {}, {}), {OURS: 0.5, **peers}, 50 * MB)


MEASURED = Measured(
    results=[
        *(_result(1, "read", corpus, httpx_sse=1.0) for corpus in SSE),
        *(_result(3, "read, a frame a chunk", corpus, httpx_sse=0.9) for corpus in SSE),
        *(_result(4, "read and parse", corpus, **{"orjson.loads": 0.25}) for corpus in SSE[:2]),
        _result(5, "convert to NDJSON", SSE[0], sed=0.25, jq=2.5, **{"httpx-sse in a loop": 1.0}),
        *(_result(5, "convert to NDJSON", corpus, sed=0.25) for corpus in SSE[1:]),
        _result(7, "convert to SSE", "ndjson", jq=4.0),
        _result(8, "convert to NDJSON", "pretty", **{"sed | jq": 2.0}),
        *(_result(9, "check", corpus, streamconv_convert=0.25) for corpus in SSE),
        _result(11, "start", "", import_click=0.4),
    ],
    memory=[Memory("convert", "openai", 10 * MB, 29 * MB), Memory("check", "large", 1024 * MB, 31 * MB)],
    wrong={OURS: [], "sed": ["CRLF", "BOM"], "httpx sse, reading": ["BOM"], f"{OURS}, reading": []},
    versions={"jq": "1.6", "httpx-sse": "0.4.3"},
    machine="A Processor (cores: 2), CPython 3.11.7",
    date="2025-01-31",
    rounds=5,
    latency={"SSE to NDJSON": 0.00004, "records": 0.00013},
)


def _head(text: str) -> list[str]:
    """The lines that do not depend on what was measured: titles of tables, and their columns."""
    lines = text.splitlines()
    below = [*lines[1:], ""]
    return [line for line, after in zip(lines, below, strict=True) if line.endswith(":") or after.startswith("| ---")]


def test_the_section_says_what_was_measured() -> None:
    text = section(MEASURED)
    assert "| | openai | anthropic | small | crlf | wrong on |" in text
    assert "| `streamconv` | **100** | **100** | **100** | **100** | |" in text
    assert "| `sed` | 200 (0.50 ×) | 200 (0.50 ×) | 200 (0.50 ×) | 200 (0.50 ×) | CRLF, BOM |" in text
    assert "| `jq` | 20 (5.0 ×) | – | – | – | not asked |" in text
    assert "| `httpx-sse in a loop` | 50 (2.0 ×) | – | – | – | not asked |" in text
    assert "| `httpx sse` | 50 (2.0 ×) | 50 (2.0 ×) | 50 (2.0 ×) | 50 (2.0 ×) | BOM |" in text
    assert "| `jq` | ndjson to SSE | 12 (8.0 ×) |" in text
    assert r"| `sed \| jq` | pretty to NDJSON | 25 (4.0 ×) |" in text
    assert "| `httpx sse` | 56 (1.8 ×) | 56 (1.8 ×) | 56 (1.8 ×) | 56 (1.8 ×) |\n" in text
    assert "takes 2.0 (`openai`), 2.0 (`anthropic`) times the time that `orjson.loads`" in text
    assert "capture takes 2.0 (`openai`), 2.0 (`anthropic`), 2.0 (`small`), 2.0 (`crlf`) times the time of" in text
    assert "`--version` takes 1.2 times that of `python -c 'import click'`." in text
    assert "a record is out 0.04 to 0.13 ms after it came in" in text
    assert "The most memory, 31 MB, is that of `check` for 1024 MB of records up to 1 MiB." in text
    assert "On A Processor (cores: 2), CPython 3.11.7, 2025-01-31; each figure is the median of 5 rounds" in text
    assert "httpx-sse 0.4.3, jq 1.6." in text


def test_titles_and_columns_are_what_every_run_writes() -> None:
    assert len(_head(section(MEASURED))) == 8


def test_the_section_of_the_readme_is_of_the_shape_that_is_written() -> None:
    _, begin, rest = README.read_text().partition(_BEGIN)
    text, end, _ = rest.partition(_END)
    assert begin
    assert end
    if text != section(None):
        assert text.startswith(section(MEASURED).partition("![")[0])
        assert _head(text) == _head(section(MEASURED))
        assert "](.github/performance.svg)" in text
        assert f"| `{OURS}` | **" in text


def test_the_section_is_written_between_the_markers(tmp_path: Path) -> None:
    readme, plot = tmp_path / "README.md", tmp_path / "plot.svg"
    readme.write_text(f"before\n{_BEGIN}old\n{_END}after\n")
    write(MEASURED, readme, plot)
    assert readme.read_text() == f"before\n{_BEGIN}{section(MEASURED)}{_END}after\n"
    assert plot.read_text().startswith("<svg ")
    again = readme.read_text()
    write(MEASURED, readme, plot)
    assert readme.read_text() == again


def test_without_the_markers_nothing_is_written(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no markers\n")
    with pytest.raises(ValueError, match="expected one pair"):
        write(MEASURED, readme, tmp_path / "plot.svg")
    assert not (tmp_path / "plot.svg").exists()
