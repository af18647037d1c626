"""Where a command's bytes come from: files, stdin, and files that grow."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from typing import Final

from streamconv.captures.sources import READ_SIZE
from streamconv.cli.interrupts import Interrupts
from streamconv.pipeline import TimedBytes

_POLL: Final = 0.1  # seconds between two looks at a growing file


class Input:
    """One input of a command: a file name, or `-` for stdin.

    `stamp` gives each chunk the time of its arrival, in seconds since the first, or `since_opened`.
    """

    def __init__(
        self, name: str, interrupts: Interrupts | None = None, *, stamp: bool = False, since_opened: bool = False
    ) -> None:
        self.path = name
        self.name = "stdin" if name == "-" else name or "''"
        self._interrupts = interrupts or Interrupts()
        self._stamp = stamp
        self._since_opened = since_opened
        self._began: float | None = None

    def size(self) -> int | None:
        """The size in bytes of a regular file; None for everything else."""
        status = self._status()
        return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None

    def is_live(self) -> bool:
        """True for a pipe, a socket or a terminal, whose bytes come when they come."""
        status = self._status()
        return status is not None and not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode)

    def identity(self) -> tuple[int, int] | None:
        """What tells a regular file from every other; None for everything else."""
        status = self._status()
        return (status.st_dev, status.st_ino) if status is not None and stat.S_ISREG(status.st_mode) else None

    def _status(self) -> os.stat_result | None:
        try:
            return os.fstat(0) if self.path == "-" else os.stat(self.path)
        except OSError:
            return None

    def chunks(self) -> Iterator[bytes]:
        """The bytes, as they arrive; a wait for them is ended by Ctrl-C. Raises OSError."""
        descriptor = self._open()
        try:
            while chunk := self._read(descriptor):
                yield self._stamped(chunk)
        finally:
            if descriptor:
                os.close(descriptor)

    def follow(self, say_waiting: Callable[[str], None]) -> Iterator[Iterator[bytes]]:
        """The streams of a file followed by name, as `tail -F` does: one more whenever it is replaced or cut."""
        waited = False
        while True:
            try:
                descriptor = self._open()
            except FileNotFoundError:
                if not waited:
                    say_waiting(f"{self.name}: no such file yet; waiting for it")
                    waited = True
                self._sleep()
                continue
            waited = True
            try:
                yield self._growing(descriptor)
            finally:
                os.close(descriptor)

    def _growing(self, descriptor: int) -> Iterator[bytes]:
        while True:
            chunk = self._read(descriptor)
            if chunk:
                yield self._stamped(chunk)
            elif self._replaced(descriptor):
                return
            else:
                self._sleep()

    def _replaced(self, descriptor: int) -> bool:
        here = os.fstat(descriptor)
        if here.st_size < os.lseek(descriptor, 0, os.SEEK_CUR):
            return True
        try:
            there = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)

    def _open(self) -> int:
        with self._interrupts.wait():  # a FIFO opens once somebody writes to it
            descriptor = 0 if self.path == "-" else os.open(self.path, os.O_RDONLY)
        if self._since_opened and self._began is None:
            self._began = time.monotonic()
        return descriptor

    def _read(self, descriptor: int) -> bytes:
        with self._interrupts.wait():
            return os.read(descriptor, READ_SIZE)

    def _sleep(self) -> None:
        with self._interrupts.wait():
            time.sleep(_POLL)

    def _stamped(self, chunk: bytes) -> bytes:
        if not self._stamp:
            return chunk
        now = time.monotonic()
        if self._began is None:
            self._began = now
        return TimedBytes(chunk, now - self._began)
