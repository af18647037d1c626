"""Where a command's bytes go: stdout, or a file that appears whole or as it grows."""

from __future__ import annotations

import fcntl
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from streamconv.cli.voice import OUTPUT, Voice

_GZIP: Final = 31  # zlib's window bits for a gzip member
_HELD: Final = 32 * 1024  # characters of text that are written at once


class OutputError(Exception):
    """Writing failed; the message says where and why."""


class OutputClosedError(Exception):
    """Whoever read the output has gone, as `head` does: no fault of anybody."""


@contextmanager
def writing(voice: Voice) -> Iterator[None]:
    """While entered: an output that fails is said, and one that nobody reads any more ends the work quietly."""
    try:
        yield
    except OutputError as error:
        voice.fail(str(error), OUTPUT)
    except OutputClosedError:
        pass


class Lines:
    """Text to stdout, in as few pieces as its reader allows. Raises OutputError and OutputClosedError."""

    def __init__(self) -> None:
        self._output = Output(None, live=True)
        self._held: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Write now, or with what follows."""
        self._held.append(text)
        self._size += len(text)
        if self._size > _HELD:
            self.flush()

    def flush(self) -> None:
        """Write all of it now."""
        held, self._held, self._size = self._held, [], 0
        self._output.write("".join(held).encode("utf-8", "backslashreplace"))


class Output:
    """Bytes to stdout (`path` None) or to a file; a name ending in `.gz` is compressed.

    A file is written beside its place and put there by `commit`, so that it is whole or not there at all; with `live`
    it is written in place as the bytes come, and left alone until the first. Raises OutputError and OutputClosedError.
    """

    def __init__(self, path: str | None, *, live: bool) -> None:
        self._path = path
        self._live = live
        self._part: str | None = None
        self._zip = zlib.compressobj(wbits=_GZIP) if path is not None and path.endswith(".gz") else None
        self._descriptor: int | None = 1 if path is None else None
        if path is not None and not live:
            self._open()

    @property
    def atomic(self) -> bool:
        """True while nothing has been written in its place."""
        return self._part is not None

    def _open(self) -> int:
        assert self._path is not None  # stdout is open
        try:
            descriptor = self._open_file(os.path.realpath(self._path))
            if descriptor <= 2:  # a standard stream was closed when we began: its number is not for files
                descriptor, closed = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3), descriptor
                os.close(closed)
        except OSError as error:
            raise OutputError(f"{self._path or repr(self._path)}: {error.strerror}") from None
        self._descriptor = descriptor
        return descriptor

    def _open_file(self, path: str) -> int:
        mode = 0
        with suppress(FileNotFoundError):
            mode = os.stat(path).st_mode
        flags = os.O_WRONLY | os.O_CREAT
        if self._live or (mode and not stat.S_ISREG(mode)):
            return os.open(path, flags | os.O_TRUNC, 0o666)
        folder, name = os.path.split(path)
        part = os.path.join(folder, f".{name}.{os.getpid()}.part")
        descriptor = os.open(part, flags | os.O_EXCL, 0o666)
        self._part = part
        if mode:
            os.fchmod(descriptor, stat.S_IMODE(mode))
        return descriptor

    def write(self, data: bytes) -> None:
        """Write all of `data` now."""
        if not data:
            return
        if self._zip is not None:
            data = self._zip.compress(data) + (self._zip.flush(zlib.Z_SYNC_FLUSH) if self._live else b"")
        self._write(data)

    def _write(self, data: bytes) -> None:
        descriptor = self._open() if self._descriptor is None else self._descriptor
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except BrokenPipeError:
            raise OutputClosedError from None
        except OSError as error:
            raise OutputError(f"{self._path or 'stdout'}: {error.strerror}") from None

    def commit(self) -> None:
        """End the output; a file is put in its place."""
        last = self._zip.flush() if self._zip is not None else b""
        self._zip = None
        self._write(last)
        self._close()
        if self._part is not None:
            assert self._path is not None  # it is the part of
            try:
                os.replace(self._part, os.path.realpath(self._path))
            except OSError as error:
                raise OutputError(f"{self._path}: {error.strerror}") from None
            self._part = None

    def discard(self) -> None:
        """Leave the place of the file as it was, as far as nothing was written in it."""
        self._close()
        if self._part is not None:
            os.unlink(self._part)
            self._part = None

    def _close(self) -> None:
        if self._path is not None and self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.close(descriptor)
            except OSError as error:  # some file systems say only now that the disk is full
                raise OutputError(f"{self._path}: {error.strerror}") from None
