"""Rules `vercel-…`: lines of a Vercel AI SDK data stream, version 1."""

from __future__ import annotations

from typing import Final

from streamconv.rules.faulty import Faulty
from streamconv.rules.rule import Rule

_VERCEL: Final = ("vercel-data-stream",)
_CLAUSE: Final = "AI SDK 4, Data Stream Protocol"


class UnknownCode(Faulty):
    """A line does not begin with a code of the format and a colon.

    The SDK's reader raises here, and the rest of the stream is lost.
    """

    name = "vercel-unknown-code"
    severity = "error"
    clause = _CLAUSE
    formats = _VERCEL
    hint = "codes are 0 to 9 and a to k; a newer SDK sends event streams instead"
    bad = b'0:"Hello"\nz:{}\n'
    good = b'0:"Hello"\nd:{"finishReason":"stop"}\n'


class InvalidLine(Faulty):
    """What follows the code is not a JSON text.

    The SDK's reader raises here, and the rest of the stream is lost.
    """

    name = "vercel-invalid-line"
    severity = "error"
    clause = _CLAUSE
    formats = _VERCEL
    hint = "text is written as a JSON string, with its line ends escaped"
    bad = b'0:"Hello"\n0:world\n'
    good = b'0:"Hello"\n0:"world"\n'


class Truncated(Faulty):
    """The last line ends inside a value.

    The stream was cut.
    """

    name = "vercel-truncated"
    severity = "error"
    clause = _CLAUSE
    formats = _VERCEL
    hint = "the stream was cut: look at what closed the connection"
    bad = b'0:"Hello"\n0:"wor'
    good = b'0:"Hello"\n0:"world"\n'


RULES: Final[tuple[type[Rule], ...]] = (UnknownCode, InvalidLine, Truncated)
