"""What loggers put before each line: `docker logs -t`, `docker compose logs`, `kubectl logs --prefix --timestamps`.

The shapes are known ones, not guesses: a time of RFC 3339 (whose value becomes the time of the line), compose's
`service-1  | `, kubectl's `[pod/name/container] `, syslog's, and the level and name of Python's and others' loggers.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.captures.layer import MORE, Known, Peel, is_line_begun, timed_as
from streamconv.captures.places import Places
from streamconv.formats.lines import split_lines
from streamconv.pipeline import TimedBytes
from streamconv.problem import Report

_TIME: Final = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_COMPOSE: Final = rb"[\w.-]{1,64} +\| ?"
_KUBECTL: Final = rb"\[[\w./-]{1,256}\] "
_SYSLOG: Final = rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64} [\w./-]{1,64}(?:\[\d{1,10}\])?: "
_LEVEL: Final = rb"\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL)\]?[: ](?:[\w.]{1,64}:)? ?"
_PREFIX = re.compile(
    rb"(?:%s|%s){0,2}(?:\[?(?P<time>%s)\]?(?:[ \t]+|\Z)|%s)?(?:[-|] )?(?:%s)?"
    % (_COMPOSE, _KUBECTL, _TIME, _SYSLOG, _LEVEL)
)
_STREAM = re.compile(rb'[ \t]*(?:\{[ \t]*["}]|\[[ \t]*[\[{"]|\x1e|(?:data|event|id|retry):|:|\r?\Z)')
_LONGEST: Final = 1024  # bytes of a prefix and the start of its line


class LogPrefix(Peel):
    """Cuts the prefixes. A line of another shape is passed on as it is."""

    name = "log-prefix"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.places: Places = Places()
        self._held = b""
        self._inside = False  # the start of the open line was given
        self._first: float | None = None
        self._time: float | None = None

    def feed(self, item: bytes, /) -> list[bytes]:
        """The lines without their prefixes."""
        data = self._held + item
        self._held = b""
        pieces: list[bytes] = []
        for line in split_lines(data):
            if self._inside:
                self.places.keep(line)
                pieces.append(self._timed(line))
            elif line.endswith(b"\n") or len(line) >= _LONGEST:
                pieces.append(self._line(line))
            else:
                self._held = line  # its prefix is not complete yet
                continue
            self._inside = not line.endswith(b"\n")
        return [timed_as(item, piece) for piece in pieces]

    def _line(self, line: bytes) -> bytes:
        """The start of a line, or all of it, without its prefix."""
        match = _PREFIX.match(line[:_LONGEST].rstrip(b"\r\n"))
        size = match.end() if match is not None else 0
        if match is not None and match["time"]:
            self._tell_time(match["time"])
        self.places.cut(line[:size])
        self.places.keep(line[size:])
        return self._timed(line[size:])

    def _timed(self, data: bytes) -> bytes:
        return data if self._time is None else TimedBytes(data, self._time)

    def _tell_time(self, text: bytes) -> None:
        time = seconds(text)
        if time is not None:
            self._first = time if self._first is None else self._first
            self._time = round(time - self._first, 6)

    def finish(self) -> list[bytes]:
        """The last line, where it has no end."""
        held, self._held = self._held, b""
        return [self._line(held)] if held else []


def seconds(text: bytes) -> float | None:
    """The seconds since 1970 that a time of RFC 3339 names; None for what is no time."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(re.sub(r"([.,]\d{6})\d+", r"\1", text.decode()).replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return None


def is_log_prefix(start: bytes, known: Known) -> str | None:
    """A first line that has such a prefix, and after it what a stream begins with."""
    line, end, _ = start.partition(b"\n")
    match = _PREFIX.match(line.rstrip(b"\r")[:_LONGEST])
    if not end and is_line_begun(start):
        return MORE
    if match is None or not match.end() or not _STREAM.match(line, match.end()):
        return None
    return f"each line begins as {line[: match.end()].decode('latin-1').strip()!r} does"
