"""The command as a process that is talked to while it runs: by pipes, signals and terminals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO


def start(*args: str, cwd: Path | None = None, measured: bool = True) -> subprocess.Popen[bytes]:
    """The command. A signal that raises wherever it strikes may strike the lock of what measures coverage, which then
    waits for ever: for such a test, nothing is `measured`.
    """
    environment = {name: value for name, value in os.environ.items() if measured or not name.startswith("COVERAGE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "streamconv", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=cwd,
        env=environment,
    )


def read_until(stream: IO[bytes], wanted: bytes) -> bytes:
    """What the pipe gives, up to the bytes wanted; an end before them fails."""
    got = b""
    while wanted not in got:
        chunk = os.read(stream.fileno(), 65536)
        assert chunk, f"the output ended after {got!r}, before {wanted!r}"
        got += chunk
    return got


def read_terminal(descriptor: int) -> bytes:
    """All that is written to the other end of a terminal, which is closed here."""
    seen = b""
    try:
        while chunk := os.read(descriptor, 65536):
            seen += chunk
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    os.close(descriptor)
    return seen


def until_it_listens(pid: int) -> None:
    """Until the command has taken over SIGTERM, and SIGINT with it (bit 14 of the signals that it catches), and sleeps:
    a signal just before a system call that waits is seen only after it.
    """
    caught, sleeps = 0, False
    while not (caught & 1 << signal.SIGTERM - 1 and sleeps):
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        sleeps = status.partition("State:")[2].split()[0] == "S"
