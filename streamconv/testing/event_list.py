"""The events of a stream as a failed assertion shows them: round the place, with a pointer to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from streamconv.formats import BINARY
from streamconv.record import Record
from streamconv.reports.printable import printable

_ROUND: Final = 3  # events shown on either side of a place, and at either end of the list
_PAYLOAD: Final = 60  # characters of a payload shown before it is cut
_TYPE: Final = 30  # columns that types may take
_POINTERS: Final = 20  # places that are shown


def event_list(events: Sequence[Record], places: Collection[int], note: str = "") -> str:
    """The events, a line each: index, line, type, time where known, payload; those far from all places are counted.

    `places` are indices from 0, marked with `>`; one past the last is after the end. `note` stands below the first.
    """
    marked = sorted(places)[:_POINTERS]
    width = min(_TYPE, max((len(printable(event.type)) for event in events), default=0))
    lines: list[str] = []
    shown = _near(marked, len(events))
    for before, at in pairwise([-1, *shown, len(events)]):
        if at - before > 1:
            lines.append(f"     … {at - before - 1} more")
        if at < len(events):
            lines.append(f"  {'>' if at in marked else ' '} {_row(at, events[at], width)}")
        elif at in marked:
            lines.append("  > the end")
        if note and marked and at == marked[0]:
            lines.append(f"    ^ {note}")
    return "\n".join(lines)


def _near(marked: Sequence[int], size: int) -> list[int]:
    near = {*range(min(_ROUND, size)), *range(max(0, size - _ROUND), size)} if not marked else set()
    for place in marked:
        near.update(range(max(0, place - _ROUND), min(size, place + _ROUND + 1)))
    return sorted(near)


def _row(at: int, event: Record, width: int) -> str:
    place = f"byte {event.offset:<6}" if event.format in BINARY else f"line {event.line:<4}"
    time = f"  {event.time:.3f} s" if event.time is not None else ""
    payload = _cut(event.data or "", _PAYLOAD)
    return f"{at:>3}  {place}{time}  {_cut(event.type, _TYPE):<{width}}  {payload}".rstrip()


def _cut(text: str, most: int) -> str:
    text = printable(text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"
