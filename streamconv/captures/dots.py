"""Line ends that `curl --trace-ascii` showed as `.`, put back where a stream of lines must have them.

That is before a field of an event stream, between JSON texts, and at the end. Other dots stay dots: some of them were
characters that ASCII does not have, which is said.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.captures.layer import Known, Peel, timed_as
from streamconv.problem import Report

_LINE_END = re.compile(
    rb"\.(?=\.?(?:data|event|id|retry):|\.?:[ \w])|(?<=[}\]])\.(?=\.?[{\[])|\A\.(?=\.?\Z)|(?<=\.)\.(?=:\.)"
)
_UNDECIDED = re.compile(rb"\.[^.]{0,6}\Z|\.\.[^.]{0,6}\Z")
_AT_END = re.compile(rb"\.{1,2}\Z")
_CONTEXT: Final = 1  # bytes before a dot that tell


class Dots(Peel):
    """Makes those dots LF again. Every place stays what it was but its line."""

    name = "dots"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        known.dotted = False
        self._held = b""
        self._before = b""  # the last byte given

    def feed(self, item: bytes, /) -> list[bytes]:
        """The bytes up to the first dot that what follows may still tell."""
        data = self._held + item
        undecided = _UNDECIDED.search(data)
        self._held = data[undecided.start() :] if undecided else b""
        return self._give(data[: len(data) - len(self._held)], self._held, item)

    def _give(self, data: bytes, after: bytes, item: bytes) -> list[bytes]:
        if not data:
            return []
        context = self._before
        restored = _LINE_END.sub(b"\n", context + data + after)[len(context) : len(context) + len(data)]
        self._before = data[-_CONTEXT:]
        return [timed_as(item, restored)]

    def finish(self) -> list[bytes]:
        """The last line end; what is lost is said."""
        self.say(
            "capture-curl-trace",
            "--trace-ascii shows line ends and what is not ASCII as '.'; line ends were put back, the rest is lost",
            severity="warning",
            hint="curl --trace keeps every byte",
        )
        held, self._held = _AT_END.sub(lambda dots: b"\n" * len(dots[0]), self._held), b""
        return [held] if held else []


def is_dotted(start: bytes, known: Known) -> str | None:
    """The trace that stood round it was in ASCII."""
    return "curl --trace-ascii shows line ends as '.'" if known.dotted else None
