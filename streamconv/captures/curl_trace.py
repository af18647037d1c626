"""`curl --trace` and `--trace-ascii`: every byte that went by, and with `--trace-time` when. curl's tool_cb_dbg.c.

The request's head, and all that was received, are handed on as they were. `--trace` shows every byte in hexadecimal.
`--trace-ascii` shows only printable ASCII: CR LF breaks its lines and can be told from the offsets; every other byte
is a `.`: see `dots`.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.captures.layer import MORE, Known, Peel, is_line_begun, timed_as
from streamconv.pipeline import TimedBytes
from streamconv.problem import Report

_TIME = rb"(?:(\d\d):(\d\d):(\d\d\.\d+) )?(?:\[[\dx-]+\] )?"
_TITLE = re.compile(_TIME + rb"(== Info: ?|=> Send |<= Recv )(?:([a-zA-Z ]+), (\d+) bytes \(0x[0-9a-f]+\))?.*\r?\n?")
_ROW = re.compile(rb"([0-9a-f]{4,16}): ")
_BYTE = re.compile(rb"[0-9a-f]{2}")
_LONGEST: Final = 4096  # bytes of a line
_HEX: Final = 48  # characters of a row that hold its 16 bytes
_DAY: Final = 86400.0


class CurlTrace(Peel):
    """Gives what was sent as a head, and all that was received, each piece with the time of its arrival."""

    name = "curl-trace"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self._held = b""
        self._first: float | None = None
        self._days = 0.0
        self._last = 0.0
        self._time: float | None = None
        self._take = False  # the open block is one to hand on
        self._size = 0  # bytes that the open block says it has
        self._rows: list[tuple[int, bytes]] = []
        self._ascii: bool | None = None

    def feed(self, item: bytes, /) -> list[bytes]:
        """What these lines show."""
        *lines, self._held = (self._held + item).split(b"\n")
        pieces: list[bytes] = []
        for line in lines:
            self._read(line.removesuffix(b"\r"), pieces)
        self._held = self._held[:_LONGEST]  # a longer line is none of a trace
        return [timed_as(item, piece) for piece in pieces]

    def _read(self, line: bytes, pieces: list[bytes]) -> None:
        row = _ROW.match(line)
        if row is None:
            title = _TITLE.fullmatch(line)
            if title is not None:
                self._end_block(pieces)
                self._title(title)
            return
        if not self._take:
            return
        shown = line[row.end() :]
        if self._ascii is None:
            self._ascii = self.known.dotted = not _is_hexadecimal(shown)
        data = shown if self._ascii else bytes.fromhex(b"".join(_BYTE.findall(shown[:_HEX])).decode())
        self._rows.append((int(row[1], 16), data))
        if self._complete():
            self._end_block(pieces)  # a live trace: the title of the next block comes with its bytes

    def _title(self, title: re.Match[bytes]) -> None:
        kind = title[5] or b""
        received = title[4].startswith(b"<=") and kind in (b"header", b"data")
        self._take = received or (title[4].startswith(b"=>") and kind == b"header")
        self._size = int(title[6] or 0)
        if title[1] is not None:
            now = int(title[1]) * 3600 + int(title[2]) * 60 + float(title[3])
            if now < self._last - _DAY / 2:  # past midnight
                self._days += _DAY
            self._last = now
            self._first = now if self._first is None else self._first
            self._time = now + self._days - self._first

    def _complete(self) -> bool:
        offset, data = self._rows[-1]
        return not self._ascii and offset + len(data) >= self._size

    def _end_block(self, pieces: list[bytes]) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        if self._ascii:
            ends = [*(offset for offset, _ in rows[1:]), self._size]
            data = b"".join(
                text + b"\r\n" if end - offset == len(text) + 2 else text
                for (offset, text), end in zip(rows, ends, strict=True)
            )
        else:
            data = b"".join(data for _, data in rows)
        pieces.append(data if self._time is None else TimedBytes(data, round(self._time, 6)))

    def finish(self) -> list[bytes]:
        """The last block."""
        pieces: list[bytes] = []
        if self._held:
            self._read(self._held.removesuffix(b"\r"), pieces)
        self._end_block(pieces)
        return pieces


def _is_hexadecimal(shown: bytes) -> bool:
    return len(shown) > _HEX and re.fullmatch(rb"(?:[0-9a-f]{2} |   )+", shown[:_HEX]) is not None


def is_curl_trace(start: bytes, known: Known) -> str | None:
    """A first line such as `05:34:33.606294 == Info:` or `=> Send header, 149 bytes (0x95)`."""
    line, end, _ = start.partition(b"\n")
    if end and _TITLE.fullmatch(line):
        return f"begins with {line.strip()[:60].decode('latin-1')!r}, as curl --trace does"
    return MORE if start[:1] in b"0123456789[=<" and is_line_begun(start) else None
