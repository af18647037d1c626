"""`streamconv fix`, as a user runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import read_until, start
from tests.conftest import FIXTURES, Completed
from tests.record_fixtures import fixtures

Run = Callable[..., Completed]

GOOD = b"data: 1\n\n"
MIXED = b"data: 1\n\r\ndata: 2\r\n\n"
MENDED = b"data: 1\n\ndata: 2\n\n"
BROKEN = b'{"a":1}\n{x}\n\n'  # of which only the blank line can be mended
NOTE = "mended sse-mixed-eol"


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


def test_writes_to_stdout_and_says_what_was_done(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(MIXED)
    done = streamconv("fix", "a.sse")
    assert (done.returncode, done.stdout) == (0, MENDED)
    assert said(done) == [f"streamconv: a.sse: {NOTE}"]
    assert (tmp_path / "a.sse").read_bytes() == MIXED


def test_stdin_is_mended_where_no_file_is_named(streamconv: Run) -> None:
    for arguments in (("fix",), ("fix", "-")):
        done = streamconv(*arguments, input=MIXED)
        assert (done.returncode, done.stdout, said(done)) == (0, MENDED, [f"streamconv: stdin: {NOTE}"])


def test_quiet_says_nothing(streamconv: Run) -> None:
    done = streamconv("fix", "-q", input=MIXED)
    assert (done.stdout, done.stderr) == (MENDED, b"")


def test_what_is_well_is_written_as_it_is_without_a_word(streamconv: Run) -> None:
    done = streamconv("fix", input=GOOD)
    assert (done.returncode, done.stdout, done.stderr) == (0, GOOD, b"")


def test_what_is_left_is_said_with_exit_1(streamconv: Run) -> None:
    done = streamconv("fix", "-f", "ndjson", input=BROKEN)
    assert (done.returncode, done.stdout) == (1, b'{"a":1}\n{x}\n')
    assert said(done) == [
        "streamconv: stdin: mended ndjson-blank-line",
        "streamconv: stdin: left as it is: ndjson-invalid-json; streamconv check shows where",
    ]


def test_a_warning_that_is_left_is_said_too_and_is_no_failure(streamconv: Run) -> None:
    done = streamconv("fix", input=b"Data: 1\ndata: 2\n\n" * 2)
    assert done.returncode == 0
    assert said(done) == ["streamconv: stdin: left as it is: sse-field-case (2); streamconv check shows where"]


def test_into_a_file(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(MIXED)
    done = streamconv("fix", "a.sse", "-o", "b.sse")
    assert (done.returncode, done.stdout, (tmp_path / "b.sse").read_bytes()) == (0, b"", MENDED)
    assert streamconv("fix", "a.sse", "-o", "a.sse").returncode == 0  # it is put in its place when it is whole
    assert (tmp_path / "a.sse").read_bytes() == MENDED


def test_in_place_keeps_the_mode_and_leaves_what_is_well_untouched(streamconv: Run, tmp_path: Path) -> None:
    well, ill = tmp_path / "well.sse", tmp_path / "ill.sse"
    well.write_bytes(GOOD)
    ill.write_bytes(MIXED)
    ill.chmod(0o640)
    before = well.stat()
    done = streamconv("fix", "--in-place", "well.sse", "ill.sse")
    assert (done.returncode, done.stdout, said(done)) == (0, b"", [f"streamconv: ill.sse: {NOTE}"])
    after = well.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (ill.read_bytes(), ill.stat().st_mode & 0o777) == (MENDED, 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ill.sse", "well.sse"]


def test_in_place_goes_through_a_link(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "real.sse").write_bytes(MIXED)
    (tmp_path / "link.sse").symlink_to("real.sse")
    assert streamconv("fix", "-i", "link.sse").returncode == 0
    assert (tmp_path / "link.sse").is_symlink()
    assert (tmp_path / "real.sse").read_bytes() == MENDED


def test_a_difference_is_shown_and_nothing_written(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"\xef\xbb\xbfdata: 1\n\ndata: \x1b[31m\n\n")
    (tmp_path / "b.sse").write_bytes(GOOD)
    done = streamconv("fix", "--diff", "a.sse", "b.sse")
    assert done.returncode == 0
    assert done.stdout.decode() == (
        "--- a/a.sse\n+++ b/a.sse\n@@ -1,4 +1,4 @@\n-<BOM>data: 1␊\n+data: 1␊\n ␊\n data: ␛[31m␊\n ␊\n"
    )
    assert said(done) == ["streamconv: a.sse: would mend sse-bom"]
    assert (tmp_path / "a.sse").read_bytes().startswith(b"\xef\xbb\xbf")


def test_nothing_of_a_capture_or_its_name_is_shown_raw(streamconv: Run, tmp_path: Path) -> None:
    name = "\x1b[31m.sse"
    (tmp_path / name).write_bytes(b"data: \x1b[2J\n\r\n")
    done = streamconv("fix", "--diff", name)
    assert b"--- a/\\x1b[31m.sse\n" in done.stdout
    assert (done.stdout + done.stderr).decode().replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.sse", "b.sse"), "several inputs need --in-place or --diff"),
        (("-i", "a.sse", "-o", "b.sse"), "it takes neither --output nor stdin"),
        (("-i",), "it takes neither --output nor stdin"),
        (("-i", "-"), "it takes neither --output nor stdin"),
        (("--diff", "-i", "a.sse"), "--diff writes nothing"),
        (("--diff", "a.sse", "-o", "b.sse"), "--diff writes nothing"),
        (("-f", "xml"), "unknown format 'xml'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(streamconv: Run, arguments: tuple[str, ...], words: str) -> None:
    done = streamconv("fix", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in said(done)[0]


def test_what_is_no_stream_is_left_alone(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello \x1b[31m\n")
    (tmp_path / "b.sse").write_bytes(MIXED)
    done = streamconv("fix", "-i", "a.txt", "none.sse", "b.sse")
    assert done.returncode == 3
    assert said(done) == [
        "streamconv: a.txt: no stream format recognised; it begins with 'hello \\x1b[31m\\n' (--from FORMAT names one)",
        "streamconv: none.sse: No such file or directory",
        f"streamconv: b.sse: {NOTE}",
    ]
    assert (tmp_path / "a.txt").read_bytes() == b"hello \x1b[31m\n"
    assert (tmp_path / "b.sse").read_bytes() == MENDED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.sse"]


def test_what_was_named_and_does_not_look_so_is_said(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"data: 1\n\n")
    done = streamconv("fix", "--diff", "--from", "ndjson", "a")
    assert said(done)[0] == (
        "streamconv: a: read as ndjson, but the stream begins with the field 'data' of an event stream"
    )


def test_an_output_that_cannot_be_written(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(MIXED)
    done = streamconv("fix", "a.sse", "-o", "no/b.sse")
    assert (done.returncode, said(done)) == (4, ["streamconv: no/b.sse: No such file or directory"])
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "streamconv", "fix", "a.sse"]
        full_disk = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert (full_disk.returncode, full_disk.stderr) == (4, b"streamconv: stdout: No space left on device\n")


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(MIXED * 10_000)
    command = f"{sys.executable} -m streamconv fix a.sse | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == (b"data: 1\n0\n", b"")


def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    with start("fix", "-o", "out.sse", cwd=tmp_path) as process:
        assert process.stdin
        process.stdin.write(MIXED)
        while not [*tmp_path.iterdir()]:  # the file that is being written
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert [*tmp_path.iterdir()] == []


def test_a_pipe_is_mended_as_it_comes() -> None:
    with start("fix") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\r\n")
        assert read_until(process.stdout, b"\n\n") == b"data: 1\n\n"
        process.stdin.write(b"data: [DONE]\n")
        process.stdin.close()
        assert process.stdout.read() == b"data: [DONE]\n\n"


@pytest.mark.parametrize("path", [path for path in fixtures() if path.parent == FIXTURES], ids=lambda path: path.name)
def test_what_is_well_is_not_changed(streamconv: Run, path: Path) -> None:
    done = streamconv("fix", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, path.read_bytes(), b"")


@pytest.mark.parametrize("path", sorted((FIXTURES / "broken").iterdir()), ids=lambda path: path.name)
def test_what_is_broken_is_never_worse_after(streamconv: Run, tmp_path: Path, path: Path) -> None:
    """The errors that check finds after mending are those that were left, and mending again changes nothing."""
    mended = tmp_path / path.name
    shutil.copy(path, mended)
    code = streamconv("fix", "-i", mended).returncode
    assert streamconv("check", mended).returncode == code
    before = os.stat(mended)
    assert streamconv("fix", "-i", mended).returncode == code
    assert os.stat(mended).st_mtime_ns == before.st_mtime_ns
