"""Where a command's bytes go: stdout, or a file that appears whole or as it grows."""

from __future__ import annotations

import os
import stat
import zlib
from typing import Final

_GZIP: Final = 31  # zlib's window bits for a gzip member


class OutputError(Exception):
    """Writing failed; the message says where and why."""


class OutputClosedError(Exception):
    """Whoever read the output has gone, as `head` does: no fault of anybody."""


class Output:
    """Bytes to stdout (`path` None or "-") or to a file; a name ending in `.gz` is compressed.

    A file is written beside its place and put there by `commit`, so that it is whole or not there at all; with `live`
    it is written in place as the bytes come. Raises OutputError and OutputClosedError.
    """

    def __init__(self, path: str | None, *, live: bool) -> None:
        self._path = None if path == "-" else path
        self._live = live
        self._part: str | None = None
        self._zip = zlib.compressobj(wbits=_GZIP) if path is not None and path.endswith(".gz") else None
        self._descriptor = 1
        if self._path is not None:
            try:
                self._open(os.path.realpath(self._path))
            except OSError as error:
                raise OutputError(f"{self._path}: {error.strerror}") from None

    def _open(self, path: str) -> None:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = 0
        flags = os.O_WRONLY | os.O_CREAT
        if self._live or (mode and not stat.S_ISREG(mode)):
            self._descriptor = os.open(path, flags | os.O_TRUNC, 0o666)
            return
        folder, name = os.path.split(path)
        self._part = os.path.join(folder, f".{name}.{os.getpid()}.part")
        self._descriptor = os.open(self._part, flags | os.O_EXCL, 0o666)
        if mode:
            os.fchmod(self._descriptor, stat.S_IMODE(mode))

    def write(self, data: bytes) -> None:
        """Write all of `data` now."""
        if self._zip is not None and data:
            data = self._zip.compress(data) + (self._zip.flush(zlib.Z_SYNC_FLUSH) if self._live else b"")
        self._write(data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except BrokenPipeError:
            raise OutputClosedError from None
        except OSError as error:
            raise OutputError(f"{self._path or 'stdout'}: {error.strerror}") from None

    def commit(self) -> None:
        """End the output; a file is put in its place."""
        if self._zip is not None:
            self._write(self._zip.flush())
            self._zip = None
        self._close()
        if self._part is not None:
            assert self._path is not None
            try:
                os.replace(self._part, os.path.realpath(self._path))
            except OSError as error:
                raise OutputError(f"{self._path}: {error.strerror}") from None
            self._part = None

    def discard(self) -> bool:
        """Leave the place of the file as it was; False where bytes are already out."""
        self._close()
        if self._part is None:
            return self._path is None
        os.unlink(self._part)
        self._part = None
        return True

    def _close(self) -> None:
        if self._descriptor > 2:
            descriptor, self._descriptor = self._descriptor, -1
            try:
                os.close(descriptor)
            except OSError as error:  # some file systems say only now that the disk is full
                raise OutputError(f"{self._path}: {error.strerror}") from None
