"""Bad input is the normal case: a clear line on stderr, the documented exit code, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Completed

Run = Callable[..., Completed]

GOOD = b'data: {"n":1}\n\n'


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


def test_a_missing_file(streamconv: Run) -> None:
    done = streamconv("convert", "none.sse")
    assert (done.returncode, done.stdout) == (3, b"")
    assert said(done) == ["streamconv: none.sse: No such file or directory"]


def test_a_missing_file_among_others_does_not_stop_them(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    done = streamconv("convert", "none.txt", "a.sse")
    assert (done.returncode, done.stdout) == (3, b'{"n":1}\n')
    assert said(done) == ["streamconv: none.txt: No such file or directory"]


def test_an_output_file_given_as_an_input(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    done = streamconv("convert", "a.sse", "out.ndjson")
    assert (done.returncode, done.stdout) == (2, b"")
    assert said(done)[0].startswith("streamconv convert: out.ndjson: no such file (to write it: -o out.ndjson)")
    assert not (tmp_path / "out.ndjson").exists()


def test_a_directory(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("convert", tmp_path)
    assert (done.returncode, done.stdout) == (3, b"")
    hint = f"give the files in it, or search it: streamconv check {tmp_path}"
    assert said(done) == [f"streamconv: {tmp_path}: Is a directory; {hint}"]


_AS_NOBODY = """
import os, sys, streamconv.cli
streamconv.cli.main(["convert", "none.sse"])  # imports what it needs, while it may
ours = os.geteuid()
os.seteuid(ours or 65534)  # root may read everything
code = streamconv.cli.main(["convert", "secret.sse"])
os.seteuid(ours)
sys.exit(code)
"""


def test_an_unreadable_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.sse"
    secret.write_bytes(GOOD)
    secret.chmod(0)
    done = subprocess.run([sys.executable, "-c", _AS_NOBODY], capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (3, b"")
    assert said(done)[1:] == ["streamconv: secret.sse: Permission denied"]


def test_an_empty_file(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.sse").write_bytes(b"")
    done = streamconv("convert", "empty.sse")
    assert (done.returncode, done.stdout) == (1, b"")
    assert said(done) == ["streamconv: empty.sse: empty, no events"]


def test_an_empty_pipe(streamconv: Run) -> None:
    done = streamconv("convert")
    assert (done.returncode, done.stdout) == (1, b"")
    assert said(done) == ["streamconv: stdin: empty, no events"]


def test_a_stream_without_events(streamconv: Run) -> None:
    done = streamconv("convert", input=b": ping\n\n: ping\n\n")
    assert (done.returncode, done.stdout) == (1, b"")
    assert said(done) == ["streamconv: stdin: no events in 16 bytes"]


def test_binary_noise_is_shown_safely(streamconv: Run) -> None:
    done = streamconv("convert", input=b"\x00\x1b]0;owned\x07\xff\xfe" * 100)
    assert (done.returncode, done.stdout) == (3, b"")
    assert len(said(done)) == 1
    assert said(done)[0].startswith(
        "streamconv: stdin: no stream format recognised; it begins with '\\x00\\x1b]0;owned"
    )
    assert b"\x1b" not in done.stderr


def test_bytes_that_are_not_utf8(streamconv: Run) -> None:
    done = streamconv("convert", input=b"data: caf\xe9\n\n")
    assert (done.returncode, done.stdout) == (0, '"caf\ufffd"\n'.encode())
    assert said(done) == [
        "streamconv: ndjson does not carry 1 record with bytes that are not UTF-8 (--to raw keeps them)"
    ]
    done = streamconv("convert", "-f", "ndjson", input=b'{"a":"caf\xe9"}\n{"a":1}\n')
    assert (done.returncode, done.stdout) == (1, b'{"a":1}\n')
    assert said(done) == [
        "stdin:1:10: error: byte 0xE9 is not UTF-8 [json-invalid-utf8]",
        "  help: a stream of JSON is UTF-8: convert it (iconv)",
    ]


def test_a_single_line_of_100_mb(streamconv: Run, tmp_path: Path) -> None:
    with (tmp_path / "long.ndjson").open("wb") as file:
        file.write(b'{"n":1}\n{"a":"')
        for _ in range(100):
            file.write(b"x" * 2**20)
        file.write(b'"}\n{"n":2}\n')
    done = streamconv("convert", "long.ndjson")
    assert (done.returncode, done.stdout) == (1, b'{"n":1}\n{"n":2}\n')
    assert said(done)[0] == (
        "long.ndjson:2: error: a record larger than the limit; here are 67108864 bytes of it [record-too-large]"
    )
    done = streamconv("convert", "long.ndjson", "--max-record-size", "200M", "--skip", "1", "--take", "1")
    assert done.returncode == 0
    assert len(done.stdout) == 100 * 2**20 + len('{"a":""}\n')


def test_an_unknown_format(streamconv: Run) -> None:
    done = streamconv("convert", "-t", "ndjon")
    assert (done.returncode, done.stdout) == (2, b"")
    assert said(done) == [
        "streamconv convert: Invalid value for '-t' / '--to': unknown format 'ndjon'; did you mean 'ndjson'?"
        " (help: streamconv convert --help)"
    ]
    assert "there are sse, ndjson" in said(streamconv("convert", "-t", "xml"))[0]
    assert "can be written, not read" in said(streamconv("convert", "-f", "raw"))[0]


def test_a_format_that_contradicts_the_content(streamconv: Run) -> None:
    done = streamconv("convert", "-f", "ndjson", input=GOOD * 50)
    assert (done.returncode, done.stdout) == (1, b"")
    assert said(done) == [
        "streamconv: stdin: read as ndjson, but the stream begins with the field 'data' of an event stream",
        "stdin:1:1: error: a field of an event stream [ndjson-sse-line]",
        "  help: --from sse reads it",
        "streamconv: stdin: and 49 more [ndjson-sse-line]",
        "streamconv: stdin: no events in 750 bytes",
    ]


def test_a_name_that_contradicts_the_content(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(GOOD)
    done = streamconv("convert", "a.ndjson")
    assert (done.returncode, done.stdout) == (0, b'{"n":1}\n')
    assert said(done) == [
        "streamconv: a.ndjson: the name ends in .ndjson, but the stream begins with the field 'data' of an event"
        " stream: read as sse"
    ]


def test_a_million_faults_do_not_flood(streamconv: Run) -> None:
    done = streamconv("convert", input=b'{"a":1}\n' + b"{x}\n" * 1_000)
    assert (done.returncode, done.stdout) == (1, b'{"a":1}\n')
    assert len(said(done)) == 11
    assert said(done)[-1] == "streamconv: stdin: and 990 more [ndjson-invalid-json]"


def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "streamconv", "convert", "a.sse"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            check=False,
        )
    assert (done.returncode, done.stderr) == (4, b"streamconv: stdout: No space left on device\n")


def test_a_full_disk_for_a_file(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    done = streamconv("convert", "a.sse", "-o", "/dev/full")
    assert (done.returncode, said(done)) == (4, ["streamconv: /dev/full: No space left on device"])


def test_an_output_in_no_folder(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    done = streamconv("convert", "a.sse", "-o", "no/out.ndjson")
    assert (done.returncode, said(done)) == (4, ["streamconv: no/out.ndjson: No such file or directory"])
    done = streamconv("convert", "a.sse", "-o", tmp_path)
    assert (done.returncode, said(done)) == (4, [f"streamconv: {tmp_path}: Is a directory"])


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "big.ndjson").write_bytes(b'{"a":1}\n' * 500_000)
    command = f"set -o pipefail; {sys.executable} -m streamconv convert big.ndjson | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == (b'{"a":1}\n0\n', b"")


def test_help_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    command = f"{sys.executable} -m streamconv convert --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == (b"0\n", b"")


def test_a_closed_stderr_changes_nothing_else(tmp_path: Path) -> None:
    command = f"{sys.executable} -m streamconv convert -f ndjson 2>&-; echo $?"
    done = subprocess.run(
        ["bash", "-c", command], input=b'x\n{"a":1}\n', capture_output=True, cwd=tmp_path, check=False
    )
    assert done.stdout == b'{"a":1}\n1\n'


def test_a_closed_stdout_does_not_lend_its_number_to_another_file(tmp_path: Path) -> None:
    command = f"{sys.executable} -m streamconv convert --rejects bad >&-; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", command], input=b'x\n{"a":1}\n', capture_output=True, cwd=tmp_path, check=False
    )
    assert done.stderr.endswith(b"streamconv: stdout: Bad file descriptor\n4\n")
    assert (tmp_path / "bad").read_bytes() == b"x\n"


@pytest.mark.parametrize("command", ["convert", "fix", "check", "detect"])
def test_a_closed_stdin_is_said(tmp_path: Path, command: str) -> None:
    line = f"{sys.executable} -m streamconv {command} <&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 3
    assert done.stderr == b"streamconv: stdin: Bad file descriptor; it is closed: give a file\n"


def test_a_mistyped_command_or_option_suggests_the_near_one(streamconv: Run) -> None:
    assert "Did you mean 'convert'?" in said(streamconv("covnert"))[0]
    assert "There are convert, records" in said(streamconv("xyz"))[0]
    assert "--event" in said(streamconv("convert", "--evnt", "a"))[0]


def test_control_characters_of_a_name_are_not_printed_raw(streamconv: Run) -> None:
    done = streamconv("convert", "\x1b[31m.sse")
    assert done.returncode == 3
    assert b"\x1b" not in done.stderr


def test_follow_needs_one_file(streamconv: Run) -> None:
    assert "needs a file" in said(streamconv("convert", "-F"))[0]
    assert "one file" in said(streamconv("convert", "-F", "a", "b"))[0]


def test_a_bad_size(streamconv: Run) -> None:
    done = streamconv("convert", "--max-record-size", "lots")
    assert (done.returncode, "write 500K, 64M or 1G" in said(done)[0]) == (2, True)
