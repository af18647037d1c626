"""Reading an event stream as a client does that leaves WHATWG HTML 9.2.6 as its profile says.

Not fast: it is there to be compared with. It follows the client chunk by chunk, so that also what depends on where the
bytes are cut is as it is there. What departs from the standard is noted where it does, as the cause of what may come
of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import msgspec

from streamconv.compat.lines import UNICODE, BlockLines, Line, Lines, WaitingLines
from streamconv.compat.profile import Departure, Profile
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.jsonscan import BOM

_ENDS: Final = (b"\n", b"\r", b"\r\n", b"")
_LINES: Final[dict[str, Callable[[], Lines]]] = {
    "standard": Lines,
    "blocks": BlockLines,
    "waiting": WaitingLines,
    "unicode": partial(Lines, UNICODE),
}


class ClientEvent(msgspec.Struct, frozen=True):
    """An event as a client has it. What it does not tell is empty."""

    data: str
    type: str = "message"
    named: bool = False  # the type was written
    id: str = ""  # as the event tells it
    last_event_id: str = ""  # the last one that the client has told, with its events or apart from them
    at: int = 0  # where the line begins that dispatched it: byte from 0


class Note(msgspec.Struct, frozen=True):
    """Where a client has departed from the standard."""

    departure: Departure
    offset: int  # the byte that it was, from 0


class Reader:
    """Bytes to the events that a client makes of them. Once it has `ended` by an exception it makes no more.

    `notes` are the departures since they were last taken.
    """

    def __init__(self, profile: Profile, *, limit: int = MAX_RECORD_SIZE) -> None:
        self._profile = profile
        self._limit = limit
        self._lines = _LINES[profile.lines]()
        self._last_event_id = ""
        self._notes: list[Note] = []
        self._events: list[ClientEvent] = []
        self._open_event: int | None = None  # where a line begins that was taken for an event, which may yet end
        self.ended: Note | None = None
        self._clear()

    def _clear(self) -> None:
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._id: str | None = None
        self._retry: int | None = None

    @property
    def settled(self) -> int:
        """What comes of the lines before this byte is known by now."""
        return self._lines.offset if self._open_event is None else self._open_event

    def feed(self, chunk: bytes) -> list[ClientEvent]:
        """The events that these bytes complete."""
        if self.ended is None:
            self._read(self._lines.feed(chunk))
            if self._size + self._lines.size > self._limit:
                self._end("too-large", self._lines.offset)
        return self._taken()

    def finish(self) -> list[ClientEvent]:
        """The events that the end of the stream completes."""
        if self.ended is None:
            lines = self._lines.finish()
            self._read(lines)
            if isinstance(self._lines, WaitingLines) and self._lines.waiting is not None:
                self._notes.append(Note("last-cr-held", self._lines.waiting))
            if self._open_event is not None:
                self._notes.append(Note("at-the-end", self._open_event))
            if self._profile.dispatches == "block" and self._data and self.ended is None:
                at = lines[0].offset if lines else self._lines.offset
                self._notes.append(Note("at-the-end", at))
                self._dispatch(at)
        return self._taken()

    def skip(self, size: int) -> None:
        """As many bytes come as would leave all as it is, but where it stands."""
        self._lines.offset += size

    def take_notes(self) -> list[Note]:
        """The departures so far, which are then forgotten."""
        notes, self._notes = self._notes, []
        return notes

    def _taken(self) -> list[ClientEvent]:
        events, self._events = self._events, []
        return events

    def _note(self, departure: Departure, line: Line, within: int = 0) -> None:
        self._notes.append(Note(departure, line.offset + within))

    def _end(self, departure: Departure, offset: int) -> None:
        self.ended = Note(departure, offset)
        self._notes.append(self.ended)

    def _read(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._line(line)
            if self.ended is not None:
                return

    def _line(self, line: Line) -> None:
        content = self._without_bom(line) if line.offset == 0 else line.content
        if line.end not in _ENDS:
            self._note("other-line-end", line, len(line.content))
        if self._profile.strict:
            try:
                content.decode()
            except UnicodeDecodeError as error:
                self._end("not-utf-8", line.offset + error.start)
                return
        if self._profile.dispatches == "data line":
            self._data_line(content, line)
        elif content:
            self._field(content, line)
        else:
            self._empty_line(line)

    def _without_bom(self, line: Line) -> bytes:
        profile, content = self._profile, line.content
        if profile.bom == "kept":
            if content.startswith(BOM):
                self._note("bom-kept", line)
            return content
        if profile.bom == "dropped":
            content = content.removeprefix(BOM)
        for bom in profile.more_boms:
            if content.startswith(bom):
                self._note("boms-dropped", line)
                return content.removeprefix(bom)
        return content

    def _data_line(self, content: bytes, line: Line) -> None:
        """A line of data is an event; all else is nothing."""
        if not content:
            self._open_event = None
        elif content.startswith(b"data: "):
            if self._open_event is not None:
                self._note("every-data-line", line)
            self._open_event = line.offset
            self._events.append(ClientEvent(content[6:].decode("utf-8", "replace"), at=line.offset))
        elif content.startswith(b"data:") or content == b"data":
            self._note("no-space", line)

    def _field(self, content: bytes, line: Line) -> None:
        profile = self._profile
        before, colon, after = content.partition(b":")
        name = self._text(before, line, first=line.offset == 0)
        if profile.needs_colon and not colon:
            if name in ("data", "event", "id"):
                self._note("no-colon", line)
            return
        value = self._text(after.removeprefix(b" "), line)
        if name == "data":
            self._add_data(value, line)
        elif name == "event":
            self._event = value
        elif name == "id":
            if "\0" not in value:
                self._take_id(value)
            elif profile.takes_nul_ids:
                self._note("nul-in-id", line)
                self._take_id(value)
        elif name == "retry" and profile.dispatches == "any field":
            try:
                self._retry = int(value)  # which takes 1_000, +1 and digits of all scripts
            except ValueError:
                pass

    def _text(self, data: bytes, line: Line, *, first: bool = False) -> str:
        """A name or value, decoded. The `first` bytes of the stream may be a byte order mark to anybody."""
        if self._profile.bom == "dropped in fields" and data.startswith(BOM):
            if not first:
                self._note("bom-of-a-field-dropped", line)
            data = data.removeprefix(BOM)
        return data.decode("utf-8", "replace")

    def _add_data(self, value: str, line: Line) -> None:
        if self._profile.drops_empty_first_line and self._data == [""]:
            self._note("empty-first-line", line)
            self._data = []
        self._data.append(value)
        self._size += len(value) + 1

    def _take_id(self, id: str) -> None:
        self._id = id
        if self._profile.ids == "own and told at once" or self._profile.dispatches == "any field":
            self._last_event_id = id

    def _empty_line(self, line: Line) -> None:
        dispatches = self._profile.dispatches
        if dispatches == "block":
            if line.ends_block:
                if self._data:
                    self._dispatch(line.offset)
                self._note_untold_id(line)
                self._clear()
            elif self._data or self._event or self._id is not None:
                self._note("mixed-line-ends", line)
            return
        if self._data:
            self._dispatch(line.offset)
        elif dispatches == "every empty line":
            self._note("every-empty-line", line)
            self._dispatch(line.offset)
        elif dispatches == "any field" and (self._event or self._last_event_id or self._retry is not None):
            self._note("without-data", line)
            self._dispatch(line.offset)
        elif self._id is not None and self._profile.ids in ("sticky", "own and told"):
            self._last_event_id = self._id
        else:
            self._note_untold_id(line)
        self._clear()

    def _note_untold_id(self, line: Line) -> None:
        if self._id is not None and not self._data and self._profile.ids == "own":
            self._note("id-without-data", line)

    def _dispatch(self, at: int) -> None:
        if self._id is not None:
            self._last_event_id = self._id
        sticky = self._profile.ids == "sticky"
        self._events.append(
            ClientEvent(
                "\n".join(self._data),
                self._event or "message",
                bool(self._event),
                self._last_event_id if sticky else self._id or "",
                self._last_event_id,
                at,
            )
        )
