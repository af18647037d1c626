"""What the layers round a stream have in common: how one is recognised, taken off, and what it tells of the stream.

Exception
└── ValueError
    └── CaptureError            a capture that cannot be read as it is; the message says what to do
        ├── SeveralStreamsError a container of several streams, of which one was to be taken
        └── NoStreamError       a container without the stream that was to be taken
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streamconv.captures.places import Places
from streamconv.pipeline import Filter, TimedBytes
from streamconv.problem import Problem, Report, Severity

if TYPE_CHECKING:
    from streamconv.captures.entries import Entry

PREFIX: Final = 64 * 1024  # bytes looked at, at most

MORE: Final = ""
"""What a recogniser says when the bytes so far do not tell yet."""

RATIO: Final = 250  # repetitive event logs reach 100; bombs, 1000 a level
EXPANDED: Final = 64 * 1024 * 1024  # bytes; what comes out before the ratio is looked at
_LONGEST_LINE: Final = 1024  # bytes of a first line that are waited for
_STREAM = re.compile(rb'\s*(?:(?:data|event|id|retry)(?::|[\r\n])|:|\x1e|"|\{|\[\s*[\[{"]|\[\s+)')
_WORD = re.compile(rb"[\w.]{0,64}\"?:?\{?")


class Peeled(NamedTuple):
    """A layer that was taken off, and how it was told."""

    name: str
    evidence: str


class CaptureError(ValueError):
    """A capture that cannot be read as it is; the message says why and what to do. `layers` are those taken off."""

    layers: tuple[Peeled, ...] = ()


class SeveralStreamsError(CaptureError):
    """A container of several streams, of which one was to be taken: `entries` lists them."""

    def __init__(self, message: str, entries: Sequence[Entry]) -> None:
        super().__init__(message)
        self.entries = tuple(entries)


class NoStreamError(CaptureError):
    """A container without the stream that was to be taken: `entries` lists the replies worth a look."""

    def __init__(self, message: str, entries: Sequence[Entry] = ()) -> None:
        super().__init__(message)
        self.entries = tuple(entries)


class Known(msgspec.Struct, kw_only=True):
    """What is known of a stream so far; each layer adds what it says."""

    name: str = ""
    content_type: str = ""
    content_encoding: str = ""
    chunked: bool = False  # a head says so: sizes may stand in the body
    dotted: bool = False  # what is no printable ASCII was shown as `.`
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    method: str = ""
    url: str = ""
    entry: int | str | None = None  # which stream of a container was asked for


class Peel(Filter[bytes, Iterable[bytes]]):
    """A layer being taken off: what is wrapped comes in, what was wrapped goes out, as it comes.

    A layer that only cuts tells `places` what it cuts; `keeps_lines` is for one that rewrites every byte and no line.
    One that holds several streams gives nothing and has `entries` once it is finished.
    """

    name = ""
    places: Places | None = None
    keeps_lines = False
    entries: Sequence[Entry] | None = None

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        self.known = known
        self.evidence = evidence
        self._report = report

    @property
    def layers(self) -> list[Peeled]:
        """What is taken off: this layer, as a rule."""
        return [Peeled(self.name, self.evidence)]

    def feed(self, item: bytes, /) -> Iterable[bytes]:
        """What these bytes held, to be taken before more is fed: a layer that expands gives it a piece at a time."""
        raise NotImplementedError

    def finish(self) -> Iterable[bytes]:
        """What was still held back."""
        raise NotImplementedError

    def say(self, rule: str, message: str, *, severity: Severity = "error", hint: str = "") -> None:
        """Report a problem of this layer, at the place where it reads."""
        here = self.places.here if self.places is not None else None
        line, column, offset = here or (None, None, None)
        self._report(
            Problem(rule=rule, severity=severity, message=message, line=line, column=column, offset=offset, hint=hint)
        )


class Layer(NamedTuple):
    """A layer that may stand round a stream.

    `recognise(start, known)` gives the evidence in words for the first bytes, MORE where they do not tell yet, or None.
    """

    name: str
    recognise: Callable[[bytes, Known], str | None]
    open: Callable[[Known, str, Report], Peel]
    about: str


def is_line_begun(start: bytes) -> bool:
    """True while the first line is not complete, unless it is already that of a bare stream."""
    text = b"\n" not in start and b"\0" not in start  # which none of the layers by lines holds
    return text and len(start) < _LONGEST_LINE and not begins_stream(start)


def begins_stream(start: bytes) -> bool:
    """True for the first bytes of a bare stream."""
    return _STREAM.match(start) is not None


def is_begun(start: bytes, opening: bytes) -> bool:
    """True while `start`, white space ignored, may still become `opening` and a word after it."""
    compact = b"".join(start[:256].split())
    return opening.startswith(compact) or (
        compact.startswith(opening) and _WORD.fullmatch(compact, len(opening)) is not None
    )


def timed_as(chunk: bytes, data: bytes) -> bytes:
    """`data`, which came when `chunk` did, unless it knows better."""
    if isinstance(data, TimedBytes) or not isinstance(chunk, TimedBytes):
        return data
    return TimedBytes(data, chunk.time)
