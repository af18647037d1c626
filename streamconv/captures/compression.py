"""Compressed streams: gzip (RFC 1952), zlib and raw deflate (1950, 1951), zstd (8878), brotli (7932).

What a cut archive still gives is given, as it comes, and the cut is said. Nothing is expanded further than a stream
plausibly was: past EXPANDED bytes, more than RATIO times what came in is a bomb, and ends the reading (see `Peeler`).
"""

from __future__ import annotations

import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, Final, Protocol

from streamconv.captures.layer import MORE, CaptureError, Known, Peel, timed_as
from streamconv.problem import Report

PIECE: Final = 256 * 1024  # bytes given at once
_CONTROL: Final = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")
_ENOUGH: Final = 16  # bytes that tell text from compressed data
_BITE: Final = 4096  # bytes of brotli taken at once


class _Engine(Protocol):
    """One archive being expanded."""

    def expand(self, data: bytes, at_most: int) -> bytes:
        """Some of what the data holds; the rest comes with `expand(b"")`. Raises what the library raises."""

    @property
    def has_more(self) -> bool:
        """True while `expand(b"")` would give something."""

    @property
    def ended(self) -> bool:
        """True past the archive's own end mark."""

    @property
    def unused(self) -> bytes:
        """What followed the end mark."""


class Decompression(Peel):
    """Expands archives, one after the other, as they come."""

    rule = ""
    errors: tuple[type[Exception], ...] = (zlib.error,)

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        known.content_encoding = known.content_encoding.rpartition(",")[0]
        known.name = known.name.removesuffix(".br")
        self._engine: _Engine | None = self.engine()
        self._began = False  # the archive that is read
        self._given = False  # something of it was given
        self._members = 0
        self._read = 0

    def engine(self) -> _Engine:
        """What expands one archive."""
        raise NotImplementedError

    def feed(self, item: bytes, /) -> Iterator[bytes]:
        """What this part of the archive holds."""
        data = bytes(item)
        while data and self._engine is not None:
            if not self._began and self._members and not data.strip(b"\0"):
                break  # padding, as tar and tapes leave it
            self._began = True
            data = yield from self._expand(self._engine, data, item)

    def _expand(self, engine: _Engine, data: bytes, item: bytes) -> Generator[bytes, None, bytes]:
        """Expand until the data or its archive ends; returns what followed that."""
        self._read += len(data)
        try:
            out = engine.expand(data, PIECE)
            while out or engine.has_more:
                if out:
                    self._given = True
                    yield timed_as(item, out)
                out = engine.expand(b"", PIECE) if engine.has_more else b""
        except self.errors as error:
            if self._members and not self._given:
                self.say(self.rule, f"{self.name} data, and after its end something else, which is left out")
            else:
                self.say(self.rule, f"the {self.name} data is damaged: {error}; what came before is read")
            self._engine = None
            return b""
        if not engine.ended:
            return b""
        rest = engine.unused
        self._read -= len(rest)
        self._members += 1
        self._began = self._given = False
        self._engine = self.engine()
        return rest

    def finish(self) -> list[bytes]:
        """Nothing is held back; an archive that was cut is said."""
        if self._engine is not None and self._began:
            self.say(
                self.rule,
                f"the {self.name} data is cut after {self._read} bytes, before its end; what is there is read",
            )
        return []


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)
        self._full = False
        self._error: zlib.error | None = None

    def expand(self, data: bytes, at_most: int) -> bytes:
        if self._error is not None:
            raise self._error
        before = self._stream.copy()
        data = self._stream.unconsumed_tail + data
        try:
            out = self._stream.decompress(data, at_most)
        except zlib.error as error:  # what it had is got byte by byte; the error is raised next
            self._error = error
            return self._up_to_error(before, data)
        self._full = len(out) == at_most
        return out

    def _up_to_error(self, stream: zlib._Decompress, data: bytes) -> bytes:
        parts: list[bytes] = []
        with suppress(zlib.error):
            for at in range(len(data)):
                parts.append(stream.decompress(data[at : at + 1]))  # noqa: PERF401 - what came before the error counts
        return b"".join(parts)

    @property
    def has_more(self) -> bool:
        return self._error is not None or (not self.ended and (self._full or bool(self._stream.unconsumed_tail)))

    @property
    def ended(self) -> bool:
        return self._stream.eof

    @property
    def unused(self) -> bytes:
        return self._stream.unused_data


class Gzip(Decompression):
    """One gzip member or several."""

    name = "gzip"
    rule = "capture-gzip"

    def engine(self) -> _Engine:
        """zlib, reading a gzip head and tail."""
        return _Zlib(31)


class Zlib(Decompression):
    """A zlib stream; raw deflate where a head says `deflate` and the zlib head is missing."""

    name = "zlib"
    rule = "capture-zlib"

    def engine(self) -> _Engine:
        """zlib, with or without its own head."""
        return _ZlibOrRaw()


class _ZlibOrRaw(_Zlib):
    """Decides at the second byte whether a zlib head stands there."""

    def __init__(self) -> None:
        super().__init__(15)
        self._held: bytes | None = b""

    def expand(self, data: bytes, at_most: int) -> bytes:
        if self._held is not None:
            data = self._held + data
            if len(data) < 2:
                self._held = data
                return b""
            self._held = None
            if not _has_zlib_head(data):
                self._stream = zlib.decompressobj(-15)
        return super().expand(data, at_most)


class _Zstd:
    def __init__(self, decompressor: Any) -> None:
        self._stream = decompressor.decompressobj()

    def expand(self, data: bytes, at_most: int) -> bytes:
        # The library gives all that its input holds, up to 128 KiB of it for each 3 bytes: small bites bound that.
        return bytes(self._stream.decompress(data))

    has_more = False

    @property
    def ended(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused(self) -> bytes:
        return bytes(self._stream.unused_data)


class Zstd(Decompression):
    """One zstd frame or several."""

    name = "zstd"
    rule = "capture-zstd"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        self._library = _imported("zstandard", "zstd")
        self.errors = (self._library.ZstdError,)
        super().__init__(known, evidence, report)

    def engine(self) -> _Engine:
        """The library, refusing windows over 128 MiB."""
        return _Zstd(self._library.ZstdDecompressor(max_window_size=2**27))

    def feed(self, item: bytes, /) -> Iterator[bytes]:
        """What this part of the archive holds."""
        for at in range(0, len(item), 256):
            yield from super().feed(timed_as(item, item[at : at + 256]))


class _Brotli:
    """Brotli by bites, and by two decompressors.

    The library loses all that a bite gave in which the stream ends and something else begins. So a second decompressor
    stays one bite behind, and then takes that bite byte by byte.
    """

    def __init__(self, library: Any) -> None:
        self._failure: type[Exception] = library.error
        self._stream = library.Decompressor()
        self._behind = library.Decompressor()
        self._bite = b""  # the one that the stream has and the other has not
        self._given = 0  # bytes that it gave
        self._again = 0  # bytes that it will give again
        self._left = b""  # what no decompressor has

    def expand(self, data: bytes, at_most: int) -> bytes:
        self._left += data
        bite = self._next_bite(at_most) if self._stream.can_accept_more_data() else b""
        try:
            out: bytes = self._stream.process(bite, output_buffer_limit=at_most)
        except self._failure:
            if self._behind is None:
                raise
            self._stream, self._behind = self._behind, None
            self._left, self._again = self._bite + self._left, self._given
            return b""
        self._given += len(out)
        again = min(self._again, len(out))
        self._again -= again
        return out[again:]

    def _next_bite(self, at_most: int) -> bytes:
        if self._behind is None:
            size = 1
        else:
            size, self._given = _BITE, 0
            self._behind.process(self._bite, output_buffer_limit=at_most)
            while not self._behind.can_accept_more_data():
                self._behind.process(b"", output_buffer_limit=at_most)
        self._bite, self._left = self._left[:size], self._left[size:]
        return self._bite

    @property
    def has_more(self) -> bool:
        return not self.ended and (bool(self._left) or not self._stream.can_accept_more_data())

    @property
    def ended(self) -> bool:
        return bool(self._stream.is_finished())

    @property
    def unused(self) -> bytes:
        return self._left


class Brotli(Decompression):
    """A brotli stream, which has no magic: a head or a name must say that it is one."""

    name = "br"
    rule = "capture-brotli"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        self._library = _imported("brotli", "brotli")
        self.errors = (self._library.error,)
        super().__init__(known, evidence, report)

    def engine(self) -> _Engine:
        """The library's decompressor."""
        return _Brotli(self._library)


def _imported(module: str, what: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise CaptureError(f"this is {what} data; reading it needs: pip install 'streamconv[compress]'") from None


def magic(prefix: bytes, evidence: str) -> Callable[[bytes, Known], str | None]:
    """A recogniser of first bytes."""

    def recognise(start: bytes, known: Known) -> str | None:
        if start.startswith(prefix):
            return evidence
        return MORE if prefix.startswith(start) else None

    return recognise


is_zip = magic(b"PK\x03\x04", "begins with PK 03 04")
is_gzip = magic(b"\x1f\x8b\x08", "begins with 1f 8b 08")
is_zstd = magic(b"\x28\xb5\x2f\xfd", "begins with 28 b5 2f fd")


def _has_zlib_head(start: bytes) -> bool:
    return start[0] & 0x8F == 0x08 and (start[0] << 8 | start[1]) % 31 == 0


def is_zlib(start: bytes, known: Known) -> str | None:
    """A zlib head (RFC 1950, section 2.2): method 8, and a check sum that 31 divides."""
    if start[0] & 0x8F == 0x08 and len(start) < 2:
        return MORE
    if _is_text(start):
        return None
    if len(start) > 1 and _has_zlib_head(start):
        return f"a zlib head, {start[0]:02x} {start[1]:02x}"
    return "the head says deflate, and it is no text" if _coding(known) == "deflate" else None


def is_brotli(start: bytes, known: Known) -> str | None:
    """What a head or a name calls brotli, unless it is text already (as `curl --compressed -i` leaves it)."""
    by_name = known.name.endswith(".br")
    if _coding(known) != "br" and not by_name:
        return None
    if _is_text(start):
        return None if len(start) >= _ENOUGH else MORE
    return "the name ends in .br" if by_name else "the head says br, and it is no text"


def _coding(known: Known) -> str:
    """The content coding that is outermost: the last one of the list (RFC 9110, section 8.4)."""
    return known.content_encoding.rpartition(",")[2].strip().lower()


def _is_text(start: bytes) -> bool:
    """True for UTF-8, the last character perhaps cut, without the controls that no text has."""
    try:
        getincrementaldecoder("utf-8")().decode(start[:_ENOUGH])
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(start[:_ENOUGH]) is None
