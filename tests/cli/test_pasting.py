"""What is shown to be pasted runs as it stands, in a shell, whatever the file is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streamconv.cli import main
from streamconv.cli.pasting import pasteable
from tests.conftest import FIXTURES, Completed

Shell = Callable[[str], Completed]
NAMES = ["ch", "a b", "it's", "-f", "a\nb", "$HOME;`x`", "*", "今\x1b[31m"]
HAR = (FIXTURES / "captures" / "chromium.har").read_bytes()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs a line in an empty folder, where `streamconv` is the command of this Python."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "streamconv"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m streamconv "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent), prepend=os.pathsep)
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")

    def run(line: str) -> Completed:
        return subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=60)

    return run


def pasted(err: bytes) -> str:
    """The line that is offered last."""
    return err.decode().splitlines()[-1].removeprefix("  help: ")


def test_words_reach_a_command_as_they_were() -> None:
    words = ["a b", "it's", "今天", "\x1b[31m", "\udcff\n'\\7"]
    line = pasteable("printf", "%s\\0", *words)
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [os.fsencode(word) for word in words]


@pytest.mark.parametrize("name", NAMES)
def test_what_to_run_next(capfdbinary: pytest.CaptureFixture[bytes], shell: Shell, name: str) -> None:
    Path(name).write_bytes(HAR)
    assert main(["--entry", "3", "--from", "har,ndjson", "--", name]) == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()[-2:]
    inspect, assemble = (line.removeprefix("  next").strip() for line in lines)
    assert inspect.startswith("streamconv inspect --from har,ndjson --entry 3 ")
    assert shell(f"{inspect} > shown && {assemble}").stdout == b"Hello, world!\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_stream_that_must_be_named(capfdbinary: pytest.CaptureFixture[bytes], shell: Shell, name: str) -> None:
    Path(name).write_bytes(HAR)
    asked = ("--event", name, "--event", "x", "--entry=http*", "-vf", "har", "--", name)
    assert main(["records", *asked]) == 2
    line = pasted(capfdbinary.readouterr().err)
    place = f"./{name}" if name.startswith("-") else name
    assert line == pasteable(
        "streamconv", "records", "--event", name, "--event", "x", "--verbose", "--from", "har", "--entry", "2", place
    )
    assert shell(line).returncode == (0 if name == "*" else 1)  # which is a glob: all events are of that type


def test_what_is_to_be_compared_is_asked_again(capfdbinary: pytest.CaptureFixture[bytes], shell: Shell) -> None:
    Path("-x y").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + (FIXTURES / "chat.ndjson").read_bytes())
    clients = ("--client", "browser", "--max", "0", "--client", "naive")
    assert main(["compat", *clients, "--json", "--", "-x y"]) == 3
    line = pasted(capfdbinary.readouterr().err)
    assert line == f"streamconv convert --to sse './-x y' | streamconv compat {' '.join(clients)} --json"
    done = shell(line)
    assert done.returncode == 0
    assert [client["client"] for client in json.loads(done.stdout)["clients"]] == ["browser", "naive"]
