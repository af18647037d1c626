"""`inspect` in a terminal and in pipes: live, in colour, resized, interrupted; hostile text stays text."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import read_until, start, until_it_listens
from tests.cli.test_inspect import HOSTILE
from tests.conftest import FIXTURES
from tests.terminal import Terminal, shown

_COLOURS_ONLY = re.compile(rb"\x1b\[(?:0|1|2|3[1-6])m")


def test_colour_and_the_footer_below_the_rows() -> None:
    terminal = shown(FIXTURES / "broken" / "bad-line.ndjson", "inspect")
    assert terminal.process.returncode == 1
    assert terminal.lines[:12] == [
        "     # type      size data",
        '     1 message      8 {"n":1}',
        '✗   :2 invalid      9 {"n":2,}',
        "       └ error at 2:8: not JSON: found '}', expected a string",
        "         [ndjson-invalid-json]",
        '✗   :3 invalid     10 {"n":NaN}',
        "       └ error at 3:6: NaN is not JSON [json-nan-infinity]",
        "!   :4 blank        1",
        "       └ warning at 4:1: a blank line [ndjson-blank-line]",
        '     2 message      8 {"n":4}',
        "",
        "2 events, 2 invalid, 1 blank line; 36 bytes; 2 errors, 1 warning",
    ]
    assert terminal.colour('"n":1') == "blue"
    assert terminal.colour("4}") == "cyan"
    assert terminal.colour("✗") == terminal.colour("error at") == "red"
    assert terminal.colour("warning at") == "brown"


def test_no_colour_where_it_is_not_wanted() -> None:
    assert b"\x1b" not in shown(FIXTURES / "ping.sse", "inspect", NO_COLOR="1").bytes


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
def test_rows_fit_the_terminal_as_it_counts_columns(tmp_path: Path, columns: int) -> None:
    (tmp_path / "x.sse").write_text(HOSTILE)
    plain = subprocess.run(
        [sys.executable, "-m", "streamconv", "inspect", "-q", str(tmp_path / "x.sse")],
        capture_output=True,
        check=False,
        env={"COLUMNS": str(columns)},
    ).stdout.decode()
    terminal = shown(tmp_path / "x.sse", "inspect", "-q", columns=columns, rows=40)
    assert [line for line in terminal.lines if line] == plain.splitlines()  # none goes on in the next line
    assert b"\x1b" not in _COLOURS_ONLY.sub(b"", terminal.bytes)
    assert not any(char.encode() in terminal.bytes for char in "\x07\u202e\x9b")


def test_rows_come_as_the_records_do_and_a_new_width_holds_from_the_next_row() -> None:
    terminal = Terminal("inspect", "-f", "sse")
    terminal.stdin.write(b'data: {"n":1,"text":"' + b"x" * 200 + b'"}\n\n')
    first = terminal.until("…")
    assert first[1].endswith(f'message           225 {{"n":1,"text":"{"x" * 19}…')
    assert len(first[1]) == 80
    terminal.resize(120)
    terminal.stdin.write(b'data: {"n":2,"text":"' + b"x" * 200 + b'"}\n\n')
    terminal.until('{"n":2')
    terminal.stdin.write(b"data: cut")
    terminal.stdin.write(b"\n\ndata: pend")
    second = terminal.until(" cut")
    assert [len(line) for line in second if '{"n":2' in line] == [120]
    terminal.press(b"\x03")
    last = terminal.until_end()
    assert terminal.process.returncode == 130
    assert any("incomplete" in line and line.endswith("data: pend") for line in last)
    assert not any("└" in line for line in last)  # what was interrupted is not blamed for its end
    assert any(line.startswith("3 events, 1 incomplete; 471 bytes in ") for line in last)


def test_ctrl_c_in_a_pipe_says_the_footer_on_stderr() -> None:
    with start("inspect") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b": hi\n\ndata: 1\n\n")
        rows = read_until(process.stdout, b" 1\n").decode().splitlines()
        assert rows[0] == "     #     time     Δt type             size data"
        assert re.fullmatch(r"    :1 +\d+\.\d{3}        comment             6 : hi", rows[1])
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert re.match(rb"1 event, 1 comment; 15 bytes in [^;]+; no problems\n", process.stderr.read())


def test_ctrl_c_before_anything_came() -> None:
    for command in ("inspect", "stats"):
        with start(command, "-q") as process:
            assert process.stdin
            assert process.stderr
            process.stdin.write(b"d")
            until_it_listens(process.pid)
            process.send_signal(signal.SIGINT)
            assert process.wait() == 130
            assert process.stderr.read() == b""


def test_a_problem_that_shows_later_is_said_as_soon_as_it_shows() -> None:
    with start("inspect", "-f", "ndjson") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"a":\n')
        assert re.search(r"✗   :1 +\d+\.\d{3}        invalid ", read_until(process.stdout, b'{"a":\n').decode())
        process.stdin.write(b'{"b":1}\n')
        said = read_until(process.stdout, b'{"b":1}\n').decode().splitlines()
        assert said[0] == "       └ error at 1:6: not JSON: it ends where a value is expected"
        assert said[1] == "         [ndjson-invalid-json]"
        process.stdin.close()
        assert process.wait() == 1


def test_the_clock_of_a_pipe_shows_times_of_day() -> None:
    with start("inspect", "--clock") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\n")
        assert re.search(rb"\n     1 \d\d:\d\d:\d\d\.\d\d\d ", read_until(process.stdout, b" 1\n"))
        process.stdin.close()


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "log.sse").write_bytes(b"data: 1\n\n")
    with start("inspect", "-F", "log.sse", cwd=tmp_path) as process:
        assert process.stdout
        read_until(process.stdout, b" 1\n")
        with (tmp_path / "log.sse").open("ab") as file:
            file.write(b"event: late\ndata: 2\n\n")
        assert b"late" in read_until(process.stdout, b" 2\n")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_nobody_reads_the_rows_any_more(tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_bytes(b'{"a":1}\n' * 100_000)
    with start("inspect", "x.ndjson", cwd=tmp_path) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(100)
        process.stdout.close()
        assert process.wait() == 0
        assert process.stderr.read() == b""


def test_one_huge_payload_is_shown_in_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_bytes(b'data: {"big":"' + b"\\u4f60" * 1_700_000 + b'"}\n\n')
    done = subprocess.run(
        [sys.executable, "-m", "streamconv", "inspect", "x.sse"], capture_output=True, check=True, cwd=tmp_path
    )
    assert done.stdout.decode().splitlines()[1] == f'!    1   9.7M {{"big":"{"你" * 28}…'
    assert done.stdout.decode().splitlines()[3] == "         [event-too-large]"
    assert done.stderr.decode() == "1 event; 9.7 MB; 2 warnings\n"
