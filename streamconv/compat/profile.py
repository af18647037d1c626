"""Profile, what a client of event streams does with them, as data: where it leaves WHATWG HTML 9.2.6, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from streamconv.record import END_MARKER

Told = Literal["data", "type", "id"]

Departure = Literal[
    "bom-kept",
    "boms-dropped",
    "bom-of-a-field-dropped",
    "not-utf-8",
    "last-cr-held",
    "mixed-line-ends",
    "other-line-end",
    "no-colon",
    "no-space",
    "empty-first-line",
    "nul-in-id",
    "id-without-data",
    "without-data",
    "every-empty-line",
    "every-data-line",
    "at-the-end",
    "too-large",
    "after-the-end-marker",
    "unnamed",
    "empty",
    "error-event",
    "error-member",
    "not-json",
]

WORDS: Final[dict[Departure, str]] = {
    "bom-kept": "it keeps the byte order mark, so that the name of the first field is none that it knows",
    "boms-dropped": "it drops a second byte order mark, and one that was decoded as Latin-1",
    "bom-of-a-field-dropped": "it drops a byte order mark at the start of every name and value",
    "not-utf-8": "it raises UnicodeDecodeError at bytes that are not UTF-8",
    "last-cr-held": "it waits for more after the last CR: the empty line that this ends is never seen",
    "mixed-line-ends": "it sees no empty line that ends otherwise than the line before: events run together",
    "other-line-end": "it breaks lines at characters that end none: VT, FF, FS, GS, RS, NEL, LS, PS",
    "no-colon": "it ignores a field without a colon",
    "no-space": "it ignores data without a space after the colon",
    "empty-first-line": "it drops an empty first line of data",
    "nul-in-id": "it takes an id with a NUL",
    "id-without-data": "it does not tell the id of a block without data",
    "without-data": "it passes on a block without data once there is an event name, an id or a retry",
    "every-empty-line": "it passes on a message at every empty line, after comments and keep-alives, too",
    "every-data-line": "it takes each line of data for an event",
    "at-the-end": "it passes on an event that the stream ends in",
    "too-large": "more than --max-record-size is one event to it",
    "after-the-end-marker": f"it stops reading at {END_MARKER}",
    "unnamed": "it ignores events without a name",
    "empty": "it ignores events of empty data",
    "error-event": "it raises an APIStatusError at an event named error",
    "error-member": "it raises an APIError at a payload with an error in it",
    "not-json": "it raises an exception at data that is no JSON",
}


_EVENT_STREAM: Final = "text/event-stream"
_CONTENT_TYPES: Final[dict[str, Callable[[str], bool]]] = {
    "any": lambda content_type: True,
    "essence": lambda content_type: content_type.partition(";")[0].strip().lower() == _EVENT_STREAM,
    "begins": lambda content_type: content_type.startswith(_EVENT_STREAM),
    "contains": lambda content_type: _EVENT_STREAM in content_type.partition(";")[0],
}
_STATUSES: Final[dict[str, Callable[[int], bool]]] = {
    "any": lambda status: True,
    "200": lambda status: status == 200,
    "2xx": lambda status: 200 <= status < 300,
}


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What a client does with the events it has read, before its caller sees any: the SDKs of model providers."""

    protocols: tuple[str, ...] = ()  # the streams that it is made for; empty: all
    tells: tuple[Told, ...] = ("data",)  # what its caller is given of an event
    ends_at: str = ""  # the start of the data at which it stops reading
    passes_over: tuple[str, ...] = ()  # types that it keeps to itself
    unnamed: bool = True  # events without a name are passed on
    empty: bool = True  # events of empty data are passed on
    raises_at: str = ""  # the type at which it raises an exception
    json: bool = False  # data is parsed; what is no JSON raises
    error_member: bool = False  # a payload with a truthy `error` raises
    exempt: str = ""  # the start of the types of events in which that is not looked for


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One client, as it was measured. What is not said is as the standard has it."""

    name: str  # what --client takes
    version: str = ""  # of the package that was measured; empty where that does not matter
    about: str  # the package, or what stands for many
    # The response.
    content_types: Literal["any", "essence", "begins", "contains"] = "any"  # how it looks for text/event-stream
    statuses: Literal["any", "200", "2xx"] = "any"
    # Bytes to lines. blocks: cut at empty lines first, but only where both line ends are alike; waiting: a CR at the
    # end of a piece waits for another line end; unicode: at what `str.splitlines` cuts at.
    lines: Literal["standard", "blocks", "waiting", "unicode"] = "standard"
    bom: Literal["dropped", "kept", "dropped in fields"] = "dropped"
    more_boms: tuple[bytes, ...] = ()  # one of these is dropped at the start as well, after the first
    strict: bool = False  # bytes that are not UTF-8 raise
    # Lines to events.
    needs_colon: bool = False
    drops_empty_first_line: bool = False
    takes_nul_ids: bool = False
    dispatches: Literal["data", "any field", "every empty line", "block", "data line"] = "data"
    at_end: bool = False  # what the stream ends in is dispatched
    # sticky: an event has the last id there was; own: the one that was written in it. Told: the client tells ids by
    # themselves, too, at the end of their block, or at once as their lines are read.
    ids: Literal["sticky", "own", "own and told", "own and told at once"] = "sticky"
    tells: tuple[Told, ...] = ("data", "type", "id")
    handling: Handling | None = None

    def refuses(self, content_type: str, status: int | None) -> str:
        """What the client refuses of such a response, "" if nothing. What is not known ("", None) is as it must be."""
        if status is not None and not _STATUSES[self.statuses](status):
            return f"status {status}"
        if content_type and not _CONTENT_TYPES[self.content_types](content_type):
            return f"content type {content_type}"
        return ""

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}".rstrip()
