"""A terminal to run the command in: a pseudo terminal, and a screen that shows what was drawn."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from itertools import groupby
from pathlib import Path
from typing import IO

import pyte

# Makes the pseudo terminal the one that controls the command, so that Ctrl-C typed into it is a signal.
_LAUNCH = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(1, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "streamconv", *sys.argv[1:]])
"""


class Terminal:
    """The command in a terminal; its stdin is a pipe, which `write` feeds. `bytes` is all that it drew."""

    def __init__(self, *args: object, columns: int = 80, rows: int = 24, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._set_size(columns, rows)
        self.bytes = b""
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            env={**inherited, "TERM": "xterm", **environment},
            bufsize=0,
        )
        os.close(theirs)

    @property
    def stdin(self) -> IO[bytes]:
        """Where the command reads."""
        assert self.process.stdin
        return self.process.stdin

    @property
    def lines(self) -> list[str]:
        """What the screen shows."""
        return [line.rstrip() for line in self._screen.display]

    def spans(self, line: int) -> list[tuple[str, str]]:
        """What stands in a line, and in which colours; "default" for none."""
        chars = [self._screen.buffer[line][x] for x in range(len(self.lines[line]))]
        return [("".join(char.data for char in run), fg) for fg, run in groupby(chars, key=lambda char: char.fg)]

    def colour(self, text: str) -> str:
        """The colour that the text is shown in; "default" for none."""
        for y, line in enumerate(self._screen.display):
            if text in line:
                return str(self._screen.buffer[y][line.index(text)].fg)
        raise AssertionError(f"{text!r} is not shown")

    def resize(self, columns: int, rows: int = 24) -> None:
        """As if somebody drew at the corner of the window."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._ours, keys)

    def until(self, text: str) -> list[str]:
        """Wait until the screen shows the text; an end before that fails."""
        while not any(text in line for line in self._screen.display):
            assert self._read(), f"ended before {text!r}: {self.lines}"
        return self.lines

    def until_end(self) -> list[str]:
        """Wait until the command has ended."""
        while self._read():
            pass
        self.process.wait()
        self.stdin.close()
        os.close(self._ours)
        return self.lines

    def _read(self) -> bool:
        try:
            drawn = os.read(self._ours, 65536)
        except OSError:  # how a terminal says that nobody writes to it any more
            return False
        self.bytes += drawn
        self._stream.feed(drawn)
        return bool(drawn)


def shown(path: Path | str, *args: object, columns: int = 80, rows: int = 24, **environment: str) -> Terminal:
    """The command on a file, run to its end."""
    terminal = Terminal(*args, path, columns=columns, rows=rows, **environment)
    terminal.until_end()
    return terminal
