"""What a person sees: colour and progress on a terminal, neither in a pipe; completion in the shells."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from streamconv.cli.progress import LARGE
from tests.cli.running import read_terminal
from tests.conftest import FIXTURES, needs

BROKEN = str(FIXTURES / "broken" / "no-blank-line.sse")


def _stderr_of_terminal(*args: str, cwd: Path, environment: dict[str, str] | None = None) -> tuple[bytes, bytes]:
    """Run the command with a terminal as its stderr; gives what stdout and the terminal got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "streamconv", *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=cwd,
        env={"TERM": "xterm", **os.environ, **(environment or {})},
    ) as process:
        os.close(theirs)
        assert process.stdout
        out = process.stdout.read()
    seen = read_terminal(ours)
    return out, seen


def test_colour_on_a_terminal_only(tmp_path: Path) -> None:
    assert b"\x1b[31merror\x1b[0m: the stream ends" in _stderr_of_terminal("convert", BROKEN, cwd=tmp_path)[1]
    assert b"\x1b" not in _stderr_of_terminal("convert", BROKEN, cwd=tmp_path, environment={"NO_COLOR": "1"})[1]
    command = [sys.executable, "-m", "streamconv", "convert", BROKEN]
    assert b"\x1b" not in subprocess.run(command, capture_output=True, check=False).stderr
    forced = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "FORCE_COLOR": "1"})
    assert b"\x1b[31m" in forced.stderr


def test_a_progress_bar_for_a_large_file(tmp_path: Path) -> None:
    (tmp_path / "large {b}[x].ndjson").write_bytes((b'"' + b"x" * 65533 + b'"\n') * (LARGE // 65536 + 1))
    out, seen = _stderr_of_terminal("convert", "large {b}[x].ndjson", "--tail", "1", cwd=tmp_path)
    assert len(out) == 65536
    assert b"large {b}[x].ndjson" in seen
    assert b"MB" in seen
    assert _stderr_of_terminal("convert", "large {b}[x].ndjson", "-q", "--tail", "1", cwd=tmp_path)[1] == b""
    assert _stderr_of_terminal("convert", str(FIXTURES / "chat.ndjson"), cwd=tmp_path)[1] == b""


@pytest.mark.parametrize(("target", "wanted"), [("ndjson", b'{"a":1}\n'), ("timed", b'"b":"{\\"a\\":1}\\n"}\n')])
def test_a_terminal_as_input_is_said_to_be_waited_for(target: str, wanted: bytes) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "streamconv", "convert", "--to", target]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == b"streamconv: reading what is typed here; Ctrl-D ends it\n"
        os.write(ours, b'{"a":1}\n\x04')
        assert process.stdout.read().endswith(wanted)
        assert process.wait() == 0
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_for_each_shell(shell: str) -> None:
    done = subprocess.run([sys.executable, "-m", "streamconv", "--completion", shell], capture_output=True, check=True)
    assert b"_STREAMCONV_COMPLETE" in done.stdout
    subprocess.run([needs(shell), "-n"], input=done.stdout, check=True)


def test_completion_offers_commands_formats_and_options() -> None:
    def offered(words: str) -> list[str]:
        environment = {**os.environ, "_STREAMCONV_COMPLETE": "bash_complete", "COMP_WORDS": words}
        environment["COMP_CWORD"] = str(len(words.split(" ")) - 1)
        done = subprocess.run([sys.executable, "-c", _COMPLETE], capture_output=True, check=True, env=environment)
        return [line.partition(",")[2] for line in done.stdout.decode().splitlines()]

    assert offered("streamconv co") == ["convert", "compat", "co"]  # or a file
    assert offered("streamconv convert --from js") == ["json", "json-seq"]
    assert offered("streamconv convert --to r") == ["records", "raw"]
    assert offered("streamconv convert --from r") == ["records"]
    assert "--event-from" in offered("streamconv convert --ev")


_COMPLETE = "import sys; from streamconv.cli import main; sys.exit(main([]))"
