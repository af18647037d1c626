"""What the clients of event streams make of a stream, in words and as plain values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from streamconv.compat import WORDS, Cause, Client, ClientEvent, Comparison, Difference, Level, departed
from streamconv.reports.cells import fit
from streamconv.reports.colours import COLOURS, coloured
from streamconv.reports.excerpt import visible
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted

_SHOWN: Final = 32  # columns of a value
_MOST_SHOWN: Final = 4 * _SHOWN  # characters of it that are looked at


class Compatibility:
    """One comparison, told: `lines` for people, `facts` for programs.

    `name` is what its places are in. `named`: the clients were asked for by name. `interrupted`: the end of the stream
    was not seen.
    """

    def __init__(self, comparison: Comparison, name: str, *, named: bool, interrupted: bool = False) -> None:
        self._comparison = comparison
        self._name = name
        self._interrupted = interrupted
        self._levels = [(one, one.level(comparison.protocol, named=named)) for one in comparison.clients]

    @property
    def differs(self) -> bool:
        """True where a client does not read the stream as the standard does."""
        return any(client.refused or level.differing for client, level in self._levels)

    def lines(self, columns: int, *, colour: bool) -> Iterator[str]:
        """A line for the stream and one for each client, its differences below it."""
        protocol = self._comparison.protocol
        spoken = "" if protocol is None else f", {protocol}"
        cut = ", interrupted" if self._interrupted else ""
        yield f"{printable(self._name)}: {counted(self._comparison.events, 'event')}{spoken}{cut}"
        titles = max(len(client.profile.title) for client, _ in self._levels)
        shown: dict[tuple[str, ...], str] = {}  # differences, and whose they were first
        for client, level in self._levels:
            below = tuple(self._below(client, level, columns))
            first = shown.setdefault(below, client.profile.name) if below else client.profile.name
            start = f"  {client.profile.title:<{titles}}  "
            same = "" if first == client.profile.name else f": as {first}"
            said = fit(printable(_summary(client, level) + same), columns - len(start))
            differs = client.refused or level.differing
            yield start + (coloured(said, COLOURS["error"]) if colour and differs else said)
            if not same:
                yield from below

    def _below(self, client: Client, level: Level, columns: int) -> Iterator[str]:
        before: Cause | None = None
        for difference in level.differences:
            place = f"{printable(self._name)}:{difference.place.line}"
            yield from _wrapped(f"{place}: {_what(difference, client)}", columns, 4)
            if difference.cause is not None and difference.cause != before:
                yield from _why(difference.cause, columns)
            before = difference.cause
        if level.more and not client.refused:
            yield f"    and {level.more} more (--max 0 shows all)"

    def facts(self) -> dict[str, Any]:
        """What `--json` says of the stream."""
        return {
            "events": self._comparison.events,
            "protocol": self._comparison.protocol,
            "cut_at": self._comparison.cut_at,
            "clients": [self._client(client, level) for client, level in self._levels],
        }

    def _client(self, client: Client, level: Level) -> dict[str, Any]:
        return {
            "client": client.profile.name,
            "version": client.profile.version or None,
            "compared": "framing" if level is client.framing else "handled",
            "refused": client.refused or None,
            "seen": level.seen,
            "lost": level.lost,
            "extra": level.extra,
            "changed": level.changed,
            "raised": level.raised,
            "differences": [_fact(one) for one in level.differences],
            "more": level.more,
        }


def _fact(difference: Difference) -> dict[str, Any]:
    cause = difference.cause
    return {
        "kind": difference.kind,
        "record": difference.number,
        "more": difference.more,
        "line": difference.place.line,
        "offset": difference.place.offset,
        "cause": None if cause is None else cause.departure,
        "message": None if cause is None else WORDS[cause.departure],
        "excerpt": None if cause is None else visible(cause.excerpt),
        "standard": _event(difference.ours),
        "client": _event(difference.theirs),
    }


def _event(event: ClientEvent | None) -> dict[str, str] | None:
    if event is None:
        return None
    values = {"data": event.data, "type": event.type, "last_event_id": event.last_event_id}
    return {name: value.encode("utf-8", "backslashreplace").decode() for name, value in values.items()}


def _summary(client: Client, level: Level) -> str:
    if client.refused:
        return f"reads nothing: it refuses {client.refused}"
    counts = {"seen": level.seen, "lost": level.lost, "extra": level.extra, "changed": level.changed}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "seen")
    if level.raised:
        said += ", and an exception"
    protocols = client.profile.handling.protocols if client.profile.handling is not None else ()
    framing = " (framing only)" if protocols and level is client.framing else ""
    return f"{said}{'' if level.differing else ', as the standard'}{framing}"


def _why(cause: Cause, columns: int) -> Iterator[str]:
    """The bytes, and what the client does at them."""
    shown = ("…" if cause.cut_before else "") + visible(cause.excerpt) + ("…" if cause.cut_after else "")
    yield f"      | {fit(shown, columns - 8)}"
    yield from _wrapped(WORDS[cause.departure], columns, 6)


def _what(difference: Difference, client: Client) -> str:
    """What the client makes of it."""
    if difference.kind == "raised":
        return "an exception"
    if difference.kind == "lost":
        more = f" and {difference.more} more are" if difference.more else " is"
        return f"event {difference.number}{more} lost"
    assert difference.theirs is not None  # there is one
    theirs, ours = difference.theirs, difference.ours
    if ours is None:
        return f"an extra event: {printable(fit(theirs.type, _SHOWN))} {_quoted(theirs.data)}"
    values = {
        "data": (theirs.data, ours.data),
        "type": (theirs.type, ours.type),
        "id": (theirs.last_event_id, ours.last_event_id),
    }
    told = departed(theirs, ours, client.profile.tells)
    said = [f"{one} {_quoted(values[one][0])}, not {_quoted(values[one][1])}" for one in told]
    return f"event {difference.number} is changed: {'; '.join(said)}"


def _quoted(text: str) -> str:
    """The text, or its start, with nothing hidden."""
    shown = visible(text[:_MOST_SHOWN].encode("utf-8", "replace"))
    return f'"{fit(shown, _SHOWN)}"'


def _wrapped(text: str, columns: int, indent: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(text, columns, initial_indent=margin, subsequent_indent=margin + "  ", break_on_hyphens=False)
