"""`stats`: one stream in a block, several in a table, programs an object each; live, and in little memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from streamconv.cli import inputs, main
from tests.cli.running import start, until_it_listens
from tests.cli.test_inspect import timed
from tests.conftest import FIXTURES


def stats(capfdbinary: pytest.CaptureFixture[bytes], *args: object) -> tuple[int, str, str]:
    code = main(["stats", *map(str, args)])
    out, err = capfdbinary.readouterr()
    return code, out.decode(), err.decode()


def test_one_stream_is_told_in_a_block(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = FIXTURES / "openai-chat.sse"
    code, out, err = stats(capfdbinary, name)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{name}: sse",
        "  events      8, 1.2 KB",
        "  payloads    7 JSON, 1 [DONE]",
        "  sizes       min 6, median 164, p95 181, max 181",
        "              6 ▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▇ 181",
        "  problems    none",
    ]


def test_several_streams_are_told_in_a_table(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    code, out, _ = stats(capfdbinary, har, FIXTURES / "broken" / "bad-line.ndjson", FIXTURES / "none.sse")
    assert code == 3
    assert [line.split()[:6] for line in out.splitlines()] == [
        ["events", "bytes", "median", "p95", "max", "problems"],
        ["10", "321", "4", "6", "6", "-"],
        ["5", "427", "84", "93", "93", "-"],
        ["2", "36", "7", "7", "7", "2E"],
    ]
    assert out.splitlines()[1].endswith("chromium.har[2]")


def test_a_broken_stream_is_exit_code_1(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert stats(capfdbinary, FIXTURES / "broken" / "cut-event.sse")[0] == 1
    assert stats(capfdbinary, FIXTURES / "broken" / "bad-line.ndjson", "--json")[0] == 1


def test_objects_for_programs(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    code, out, _ = stats(capfdbinary, "--json", har, FIXTURES / "ping.sse")
    assert code == 0
    first, second, third = map(json.loads, out.splitlines())
    assert (first["file"], first["entry"], first["layers"], first["format"]) == (str(har), 2, ["har"], "sse")
    assert (second["entry"], second["format"]) == (3, "ndjson")
    assert third == {
        "file": str(FIXTURES / "ping.sse"),
        "entry": None,
        "layers": [],
        "format": "sse",
        "complete": True,
        "bytes": 121,
        "records": {"event": 2, "control": 1, "invalid": 0, "incomplete": 0},
        "types": {"progress": 2},
        "comments": 1,
        "ids": {"count": 1, "first": "a", "last": "a"},
        "retry": 1500,
        "payloads": {"json": 1, "text": 1, "end": 0},
        "payload_sizes": {"count": 2, "min": 13, "median": 13, "p95": 17, "max": 17, "exact": True, "total": 30},
        "problems": {"error": 0, "warning": 0, "info": 0, "rules": {}},
        "times": None,
    }


def test_a_disagreement_is_said(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = FIXTURES / "broken" / "array-document.ndjson"
    code, out, err = stats(capfdbinary, name)
    assert code == 0
    assert "events      2" in out
    assert "the name ends in .ndjson, but the stream begins with an array" in err


def test_what_is_no_stream(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><html></html>")
    code, out, _ = stats(capfdbinary, tmp_path / "page.html")
    assert code == 1
    assert "problems    1 error: capture-html" in out
    (tmp_path / "empty").write_bytes(b"")
    code, out, _ = stats(capfdbinary, tmp_path / "empty")
    assert code == 1
    assert out.splitlines() == [
        str(tmp_path / "empty"),
        "  events      0, 0 bytes",
        "  problems    1 error: capture-empty",
    ]
    assert stats(capfdbinary, "-f", "sse", tmp_path / "empty")[1].startswith(f"{tmp_path / 'empty'}: sse\n")
    assert json.loads(stats(capfdbinary, "--json", tmp_path / "empty")[1])["format"] is None
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert stats(capfdbinary, tmp_path / "image.png")[:2] == (3, "")
    assert stats(capfdbinary, tmp_path / "none")[0] == 3


def test_times_in_a_table(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    path = timed(tmp_path / "x.timed", (0.5, "data: 1\n\n"), (1.5, "data: 2\n\n"))
    lines = stats(capfdbinary, path, FIXTURES / "ping.sse")[1].splitlines()
    assert lines[0].split() == [
        "events",
        "bytes",
        "median",
        "p95",
        "max",
        "time",
        "first",
        "gap",
        "p95",
        "problems",
        "name",
    ]
    assert lines[1].split()[5:8] == ["1.50s", "500ms", "1.00s"]
    assert lines[2].split()[5:8] == ["-", "-", "-"]


@pytest.mark.parametrize("command", ["stats", "inspect"])
def test_times_that_nobody_can_mean_are_no_times(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, command: str
) -> None:
    path = timed(tmp_path / "x.timed", (-1e308, "data: 1\n\n"), (1.7e308, "data: 2\n\n"))
    assert main([command, str(path)]) == 0
    assert b"time " not in capfdbinary.readouterr().out


@pytest.fixture
def fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Gives a whole reply, two seconds after it was opened."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=((FIXTURES / "openai-chat.sse").read_bytes(),))
    writer.start()
    clock = iter((10.0, 12.0))
    monkeypatch.setattr(inputs, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    yield path
    writer.join()


def test_the_clock_of_a_pipe_begins_when_it_is_opened(capfdbinary: pytest.CaptureFixture[bytes], fifo: Path) -> None:
    lines = stats(capfdbinary, fifo)[1].splitlines()
    assert "  first       event after 2.00s, content after 2.00s" in lines
    assert lines[-2:] == [
        "all 8 events arrived at once after 2.00s: something buffers; curl without -N",
        "does, too",
    ]


def test_rows_of_a_pipe_have_times_since_it_was_opened(capfdbinary: pytest.CaptureFixture[bytes], fifo: Path) -> None:
    assert main(["inspect", str(fifo)]) == 0
    assert capfdbinary.readouterr().out.splitlines()[1].startswith(b"     1    2.000 ")


def test_what_is_recorded_begins_with_its_first_bytes(capfdbinary: pytest.CaptureFixture[bytes], fifo: Path) -> None:
    assert main(["convert", "--to", "timed", str(fifo)]) == 0
    assert b'\n{"t":0.0,"b":"data: ' in capfdbinary.readouterr().out


def test_a_pipe_tells_its_times_also_when_it_is_interrupted() -> None:
    with start("stats") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\n: ping\n\ndata: cut")
        until_it_listens(process.pid)
        process.stdin.write(b"\n\ndata: pend")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        said = process.stdout.read().decode()
        assert said.startswith("stdin: sse\n  events      ")
        assert "  time        " in said
        assert "  problems    none" in said  # the end was not seen
    with start("stats", "--json") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\ndata: 2\n\n")
        process.stdin.close()
        facts = json.loads(process.stdout.read())
        assert facts["complete"] is True
        assert facts["times"]["gaps"]["count"] == 1


@pytest.mark.parametrize("command", ["stats", "inspect"])
def test_a_large_file_is_read_in_little_memory(tmp_path: Path, command: str) -> None:
    """What 50 MB take, over what a few bytes take, is less than a tenth of them."""
    event = b'event: delta\ndata: {"text":"' + b"x" * 4000 + b'"}\n\n'
    (tmp_path / "large.sse").write_bytes(event * 12_500)
    (tmp_path / "small.sse").write_bytes(event)
    assert _peak(command, tmp_path / "large.sse") - _peak(command, tmp_path / "small.sse") < 5 * 1024


_MEASURE = """
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak(command: str, path: Path) -> int:
    """The most memory that the command took, in KiB."""
    arguments = [sys.executable, "-c", _MEASURE, sys.executable, "-m", "streamconv", command, str(path)]
    return int(subprocess.run(arguments, capture_output=True, check=True).stdout)
