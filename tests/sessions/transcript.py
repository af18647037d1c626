"""Transcripts of shell sessions: commands after `$ `, each with what it prints.

Lines that begin with `# ` say what the person wants. In what is printed `[...]` is any text: a port, a time. The line
`^C once FILE has N lines` presses Ctrl-C then.

    python -m tests.sessions.transcript tests/sessions/engineer.txt    prints it anew, to be read by a person
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.sessions.folder import fill, served

_CTRL_C = re.compile(r"\^C once (\S+) has (\d+) lines?")


class Step(NamedTuple):
    """One command."""

    before: list[str]  # what the person wants, and empty lines
    command: str
    output: list[str]


def parse(text: str) -> list[Step]:
    """The steps of a transcript."""
    steps: list[Step] = []
    before: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(before, line[2:], []))
            before = []
        elif line.startswith("# ") or (before and not line):
            before.append(line)
        elif steps:
            steps[-1].output.append(line)
    return steps


def type_in(step: Step, folder: Path, server: str) -> list[str]:
    """Run the command there and return what it prints, stdout and stderr as they come."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = subprocess.Popen(
        ["bash", "-c", step.command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PATH": path, "SERVER": server, "COLUMNS": "80"},
        start_new_session=True,  # so that Ctrl-C reaches all of it, as from a terminal
    )
    pressed: list[str] = []
    if step.output and (ends := _CTRL_C.fullmatch(step.output[0])):
        pressed = step.output[:1]
        while not _has_lines(folder / ends[1], int(ends[2])):
            assert process.poll() is None, "it ended by itself"
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    return pressed + output.decode().rstrip("\n").splitlines()


def _has_lines(path: Path, count: int) -> bool:
    return path.exists() and path.read_bytes().count(b"\n") >= count


def agrees(expected: list[str], printed: list[str]) -> bool:
    """Whether that is what was to be printed."""
    while expected and not expected[-1]:
        expected = expected[:-1]
    pattern = "\n".join(".*".join(map(re.escape, line.split("[...]"))) for line in expected)
    return re.fullmatch(pattern, "\n".join(printed)) is not None


def main() -> None:
    """Print the transcripts named as they are now."""
    for name in sys.argv[1:]:
        with served() as server, tempfile.TemporaryDirectory() as folder:
            fill(Path(folder))
            for step in parse(Path(name).read_text()):
                wanted = ["", *step.before] if step.before else []
                print("\n".join([*wanted, f"$ {step.command}", *type_in(step, Path(folder), server)]))


if __name__ == "__main__":
    main()
