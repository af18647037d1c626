"""The command with a terminal in the place of stdout and stderr."""

from __future__ import annotations

import os
import pty
import subprocess
import sys


def terminal(*args: str, environment: dict[str, str] | None = None, displayed: bool = True) -> tuple[int, str]:
    """Run the command; gives its exit code and what the terminal got."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if displayed or name not in _DISPLAYS}
    with subprocess.Popen(
        [sys.executable, "-m", "streamconv", *args],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={"TERM": "xterm", **known, **(environment or {})},
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:  # how a terminal says that nobody writes to it any more
            pass
    os.close(ours)
    return process.returncode, seen.decode()


_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
