"""Converting: decoder, guard, selection, encoder, with one report for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from streamconv.filters import Guard, Label, Lossless, WithoutMarkers
from streamconv.formats import decoder, encoder, find, writable
from streamconv.formats.payload import JSON_FORMATS, Mode
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.pipeline import Filter, Pipe
from streamconv.problem import Report
from streamconv.record import END_MARKER, Record

if TYPE_CHECKING:
    from streamconv.protocols.unnamed import Unnamed

Selection = Filter[list[Record], list[Record]]

_SAYS_KIND = frozenset({"records", "raw"})  # formats that carry invalid and incomplete records as what they are


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to convert; each is an option of `streamconv convert`."""

    payload: Mode = "auto"
    done: bool = False
    event_from: str | None = None
    id_from: str | None = None
    lossless: bool = False
    strict: bool = False
    keep_incomplete: bool = False
    max_record_size: int = MAX_RECORD_SIZE
    stable: bool = False


class Reading:
    """One input's part: bytes to Records, with what is not to be passed on reported and left out.

    `guard.events` counts events, `guard.done` says that `strict` stopped it.
    """

    def __init__(
        self,
        source: str,
        target: str,
        settings: Settings,
        report: Report,
        reject: Callable[[bytes], object] | None = None,
    ) -> None:
        self.guard = Guard(
            report,
            payload=settings.payload,
            strict=settings.strict,
            keep_incomplete=settings.keep_incomplete,
            pass_on=find(target).name in _SAYS_KIND,
            reject=reject,
        )
        self.decoder = decoder(source, report=report, max_record_size=settings.max_record_size)
        self.filter = Pipe((self.decoder, self.guard))


class WritingOut:
    """All inputs' part: Records to bytes, through the selection, in the target format.

    `lossless.done`, where it is asked for, says that it stopped. Raises ValueError for settings that mean nothing to
    the target, and ExpressionError (one, too).
    """

    def __init__(self, target: str, settings: Settings, report: Report, selection: Sequence[Selection] = ()) -> None:
        name = writable(target).name
        if name not in ("sse", "records") and (settings.event_from or settings.id_from):
            raise ValueError(f"names and ids are written to sse and records, not to {name}")
        if name != "sse" and settings.done:
            raise ValueError(f"the end marker {END_MARKER} is written to sse, not to {name}")
        self.lossless = Lossless(name, report) if settings.lossless else None
        self.encoder = encoder(
            name, report=report, payload=settings.payload, done=settings.done, stable=settings.stable
        )
        label = (
            Label(event=settings.event_from, id=settings.id_from) if settings.event_from or settings.id_from else None
        )
        markers = WithoutMarkers(name, report) if name in JSON_FORMATS else None
        self.unnamed = _unnamed(report) if name == "sse" and not settings.event_from else None
        filters = [markers, *selection, label, self.unnamed, self.lossless, self.encoder]
        self.filter = Pipe(tuple(one for one in filters if one is not None))


def _unnamed(report: Report) -> Unnamed:
    from streamconv.protocols.unnamed import Unnamed  # which needs all protocols, and only this needs them

    return Unnamed(report)
