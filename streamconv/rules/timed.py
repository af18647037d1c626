"""Rules `timed-…`: lines of our own captures of chunks. Whoever takes the capture off says them."""

from __future__ import annotations

from typing import Final

from streamconv.rules.faulty import Faulty
from streamconv.rules.rule import Rule

_TIMED: Final = ("timed",)
_CLAUSE: Final = "README, Timed captures"
_HEAD: Final = b'{"format":"application/x-streamconv-timed","version":1}\n'


class TimedInvalid(Faulty):
    """A line is neither the header nor a chunk.

    Its bytes are missing from the stream inside; the chunks after it are read all the same.
    """

    name = "timed-invalid"
    severity = "error"
    clause = _CLAUSE
    formats = _TIMED
    hint = "the message says what is wrong with the line"
    bad = _HEAD + b'{"t":0.0,"b":1}\n{"t":0.5,"b":"data: 1\\n\\n"}\n'
    good = _HEAD + b'{"t":0.0,"b":": hi\\n"}\n{"t":0.5,"b":"data: 1\\n\\n"}\n'


class TimedTruncated(Faulty):
    """The capture ends inside a line.

    The chunk is lost; the capture was cut while it was written or copied.
    """

    name = "timed-truncated"
    severity = "error"
    clause = _CLAUSE
    formats = _TIMED
    hint = "copy it again, if what was copied from is whole"
    bad = _HEAD + b'{"t":0.0,"b":"data: 1\\n\\n"}\n{"t":0.5,"b":"data'
    good = _HEAD + b'{"t":0.0,"b":"data: 1\\n\\n"}\n'


class TimedJoined(Faulty):
    """The header of another capture stands among the chunks.

    Captures were joined (`cat a b`): the streams in them run together, and the times begin again.
    """

    name = "timed-joined"
    severity = "error"
    clause = _CLAUSE
    formats = _TIMED
    hint = "split the file before the second header"
    bad = _HEAD + b'{"t":0.0,"b":"data: 1\\n\\n"}\n' + _HEAD + b'{"t":0.0,"b":"data: 2\\n\\n"}\n'
    good = _HEAD + b'{"t":0.0,"b":"data: 1\\n\\n"}\n'


RULES: Final[tuple[type[Rule], ...]] = (TimedInvalid, TimedTruncated, TimedJoined)
