"""The replies that a container holds, and which of them are streams: HAR, cassettes, event logs, archives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from streamconv.captures.layer import Known, NoStreamError, SeveralStreamsError
from streamconv.formats import by_media_type
from streamconv.problem import Report

_LISTED: Final = 20  # replies that a message lists
_WIDEST: Final = 200  # characters of a cell of that list
_NOT_JSON: Final = frozenset({"text/event-stream", "application/vnd.amazon.eventstream"})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One reply of a container. `open(report)` gives its body's bytes; where there are none, `missing` says why."""

    name: str = ""  # of the file that it stands in
    number: int  # 1, 2, 3 … in the container, streams or not
    is_stream: bool
    open: Callable[[Report], Iterator[bytes]]
    method: str = ""
    url: str = ""
    status: int | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    size: int | None = None  # bytes of the body, where known
    encoded: bool = False  # its content coding is still to be undone
    started: str = ""  # when the request was made, as the container says it
    missing: str = ""

    def __str__(self) -> str:
        """One line of a list."""
        size = "" if self.size is None else f"{self.size} bytes"
        status = "" if self.status is None else str(self.status)
        cells = (self.started, self.method, self.url, status, self.content_type, size)
        line = "  ".join((f"{self.number:>3}", *map(cell, filter(None, cells))))
        return f"{line}  ({cell(self.missing)})" if self.missing else line

    def known(self) -> Known:
        """What is known of its body before a byte of it is read."""
        encodings = [value for name, value in self.headers if self.encoded and name == "content-encoding"]
        return Known(
            name=self.name,
            content_type=self.content_type,
            content_encoding=encodings[-1] if encodings else "",
            status=self.status,
            headers=self.headers,
            method=self.method,
            url=self.url,
        )


def cell(text: str) -> str:
    """Text of a capture as one cell of one line: without line breaks, and not too wide."""
    return " ".join(text[: _WIDEST + 1].split())[:_WIDEST] + ("…" if len(text) > _WIDEST else "")


def nothing(report: Report) -> Iterator[bytes]:
    """The body of an entry that has none."""
    return iter(())


def names_stream(content_type: str) -> bool:
    """True for the media type of a stream: a format's own but JSON, of which most are no streams."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence in _NOT_JSON:
        return True
    found = by_media_type(essence)
    return found is not None and found.name != "json"


def wanted(number: int, url: str, entry: int | str | None) -> bool:
    """True when `entry` names this reply, whether it is a stream or not."""
    if isinstance(entry, int):
        return entry == number
    return entry is not None and entry != "all" and _matches(url, entry)


def _matches(url: str, pattern: str) -> bool:
    """True for a part of the URL as it stands there, `?` and `[` too, and for a glob of all of it."""
    from fnmatch import fnmatchcase

    return pattern in url or fnmatchcase(url, pattern)


def select(entries: Sequence[Entry], entry: int | str | None) -> list[Entry]:
    """The replies that were asked for: by number, from the end, by URL, all streams; None takes the only stream.

    Raises SeveralStreamsError and NoStreamError.
    """
    streams = [one for one in entries if one.is_stream]
    whole = [one for one in streams if not one.missing]
    if entry == "all" or entry is None:
        found = whole if entry == "all" or len(whole) == 1 else []
    elif isinstance(entry, int):
        found = [one for one in entries if one.number == entry] if entry > 0 else streams[entry : entry + 1 or None]
    else:
        matching = [one for one in entries if entry in one.url] or [one for one in entries if _matches(one.url, entry)]
        found = [one for one in matching if one.is_stream] or matching
    if found:
        return found
    if whole and entry is None:
        listed = _listed(streams)
        raise SeveralStreamsError(f"{len(streams)} streams in it; --entry N takes one:\n{listed}", streams)
    if streams and entry in (None, "all"):
        raise NoStreamError(f"no stream in it that can be read:\n{_listed(streams)}", streams)
    if entry not in (None, "all"):
        raise NoStreamError(f"no reply {entry!r} in it; there are:\n{_listed(streams or entries)}", streams or entries)
    replies = [one for one in entries if (one.status or 200) != 200 or "json" in one.content_type.lower()]
    if not entries:
        raise NoStreamError("no reply in it")
    others = f"; of its {len(entries)} replies, these are worth a look (--entry N):\n" if replies else ""
    raise NoStreamError(f"no stream in it{others}{_listed(replies)}", replies)


def only(found: Sequence[Entry], entry: int | str | None) -> Entry:
    """The one reply that was found. Raises SeveralStreamsError."""
    if len(found) > 1:
        raise SeveralStreamsError(f"{len(found)} streams match {entry!r}; say which:\n{_listed(found)}", found)
    return found[0]


def _listed(entries: Sequence[Entry]) -> str:
    more = f"\n    and {len(entries) - _LISTED} more" if len(entries) > _LISTED else ""
    return "\n".join(map(str, entries[:_LISTED])) + more
