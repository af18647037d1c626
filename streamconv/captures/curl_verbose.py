"""What `curl -v` writes between the lines of the body, where both went to one place: curl's tool_cb_dbg.c.

`*` is what curl says, `>` and `<` are the heads, `{ [5 bytes data]` and `}` count what went by, in the middle of a line
too. The heads are handed on as they were, for the next layer; all else is cut.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from streamconv.captures.layer import MORE, Known, Peel, is_line_begun, timed_as
from streamconv.captures.places import Places
from streamconv.problem import Report

_FIRST = re.compile(rb"  % Total |\*\s{1,3}\S.*\n|> [A-Z]+ \S+ HTTP/")
_HEAD = re.compile(rb"[<>] ?(.*?\r?\n)", re.DOTALL)
# The progress meter, which -s would have left out: its title, and each state, 79 columns after a CR; LF after the last.
_METER_TITLE = re.compile(rb"  % Total .*\n| {33}Dload .*\n")
_METER = re.compile(
    rb"\r(?:100|[ \d]{3}) [ \d.kMGTP]{5}(?:  [ \d]{3} [ \d.kMGTP]{5}){2}(?: {1,2}[ \d.kMGTP]{5}){2}(?: [ \d:-]{8}){3}"
    rb" {1,2}[ \d.kMGTP]{5}"
)
_COUNT = re.compile(rb"[{}] \[\d+ bytes data\]\r?\n")
_ENDS = re.compile(
    rb"\* (?:Connection #\d+ to host .{1,300} left intact|(?:.{0,200} closed|Closing) connection[^\r\n]{0,40})\r?\n?"
)
_LONGEST: Final = 64 * 1024  # bytes of a line that are held back; of more, only what may be the start of curl's words
_WORDS: Final = 512  # bytes of curl's words in a line, at most


class CurlVerbose(Peel):
    """Takes the noise out, line by line; counts and the last word also from inside a line, which they cut."""

    name = "curl-v"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.places: Places = Places()
        self._held = b""
        self._cut_line = False  # a count cut the last line of the body: what follows goes on with it
        self._doubtful = False  # a line end is the meter's, or the body's

    def feed(self, item: bytes, /) -> list[bytes]:
        """The heads and the body of these bytes."""
        *lines, self._held = (self._held + item).split(b"\n")
        pieces: list[bytes] = []
        for line in lines:
            self._line(line + b"\n", pieces)
        if len(self._held) > _LONGEST:
            self._line(self._held[:-_WORDS], pieces)
            self._held = self._held[-_WORDS:]
        return [timed_as(item, piece) for piece in pieces]

    def _line(self, line: bytes, pieces: list[bytes]) -> None:
        if self._doubtful:  # the last state of the meter ends its line, and only curl's words follow it
            self._doubtful = False
            if line.startswith(b"* "):
                self.places.cut(b"\n")
            else:
                self._keep(b"\n", pieces)
        if self._cut_line:
            self._body(line, pieces)
            return
        while meter := _METER.match(line):
            self.places.cut(meter[0])
            line = line[meter.end() :]
            if line == b"\n":
                self._doubtful = True
                return
        head = _HEAD.fullmatch(line)
        if head is not None and line[:2] in (b"> ", b"< ", b">\r", b"<\r", b">\n", b"<\n"):
            self.places.cut(line[: head.start(1)])
            self._keep(head[1], pieces)
        elif line.startswith(b"* ") or _METER_TITLE.fullmatch(line):
            self.places.cut(line)
        else:
            self._body(line, pieces)

    def _body(self, line: bytes, pieces: list[bytes]) -> None:
        i = 0
        for noise in sorted(_noise(line), key=lambda match: match.start()):
            if noise.start() >= i:
                self._keep(line[i : noise.start()], pieces)
                self.places.cut(noise[0])
                i = noise.end()
        if line[i:] == b"\n" and _METER.fullmatch(line, line.rfind(b"\r"), i):
            self._doubtful = True
            self._cut_line = False
        else:
            self._keep(line[i:], pieces)

    def _keep(self, data: bytes, pieces: list[bytes]) -> None:
        if data:
            self.places.keep(data)
            pieces.append(data)
            self._cut_line = not data.endswith(b"\n")

    def finish(self) -> list[bytes]:
        """The last line, where it has no end."""
        pieces: list[bytes] = []
        held, self._held = self._held, b""
        if held:
            self._line(held, pieces)
        if self._doubtful:
            self.places.cut(b"\n")
        return pieces


def _noise(line: bytes) -> Iterator[re.Match[bytes]]:
    return itertools.chain(_COUNT.finditer(line), _ENDS.finditer(line), _METER.finditer(line))


def is_curl_verbose(start: bytes, known: Known) -> str | None:
    """A first line that curl says, or the request that it sent."""
    match = _FIRST.match(start)
    if match:
        line = match[0].split(b"\n")[0].decode("utf-8", "replace").strip()
        return f"begins with {line[:60]!r}, as curl's words do"
    return MORE if start[:1] in b"*> " and is_line_begun(start) else None
