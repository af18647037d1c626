"""Converting: decoder, guard, selection, encoder, with one report for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streamconv.filters import Guard, Label, Lossless, WithoutMarkers
from streamconv.formats import decoder, encoder, find, writable
from streamconv.formats.payload import JSON_FORMATS, Mode
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.plain import FINDERS, Finder, Plain
from streamconv.formats.standing import Standing
from streamconv.pipeline import BLOCK, Filter, Pipe, TimedBytes
from streamconv.problem import Report
from streamconv.record import END_MARKER, Record

if TYPE_CHECKING:
    from streamconv.protocols.unnamed import Unnamed

Selection = Filter[list[Record], list[Record]]

# target -> the formats whose plain stretches are written as they are; into SSE, ids and names of SSE would have to go
_STRAIGHT: Final = dict.fromkeys(("ndjson", "stream+json", "json", "json-seq"), ("sse", "ndjson", "stream+json")) | {
    "sse": ("ndjson", "stream+json")
}
_LITTLE: Final = 4096  # bytes; what comes in smaller pieces is live, and proofs cost more than they save
_WINDOW: Final = BLOCK + _LITTLE  # bytes that are looked at as one: a block, and the start of a record that was kept
# Of a plain stretch: reading either takes as long as the look that found it, which goes over _LITTLE bytes at least.
_WORTH: Final = _LITTLE // 2  # bytes
_MANY: Final = 64  # events
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
        self.source = find(source).name
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
        looked_at = bool(selection) or label is not None or settings.lossless or settings.payload != "auto"
        # The formats whose plain stretches may be written from their bytes: nothing asks for Records.
        may_be_too_large = settings.max_record_size < _WINDOW
        self.straight = () if looked_at or may_be_too_large else _STRAIGHT.get(name, ())


class Converter(Filter[bytes, bytes]):
    """One input's Reading, and the WritingOut of all, as one: bytes to bytes.

    Of plain stretches no Record is made. What is lost with them is counted: `lose` is given the rule and how often;
    without it, stretches that lose anything are read, so that each loss is reported.
    """

    def __init__(self, reading: Reading, writing: WritingOut, lose: Callable[[str, int], object] | None = None) -> None:
        self._reading = reading
        self._writing = writing
        self._lose = lose
        self._finder = FINDERS[reading.source] if reading.source in writing.straight else None
        self._decoder: Any = reading.decoder  # one with a `standing`, where there is a finder
        self._rest = b""  # the start of a record, of which nothing has been read yet
        self._reach = _WINDOW
        self._encoder: Any = writing.encoder  # one with `framed`, where there is a finder
        self._pipe = Pipe((reading.filter, writing.filter))

    @property
    def done(self) -> bool:
        """True when a filter wants no more."""
        return self._pipe.done

    def feed(self, item: bytes, /) -> bytes:
        """What these bytes complete, converted."""
        if self._finder is None or len(item) < _LITTLE or isinstance(item, TimedBytes):
            return self.flush() + self._read(item)
        rest = self._take_rest()
        return self._convert(rest + item, self._finder, waited=bool(rest))

    def end(self) -> bytes:
        """What the end of this input completes."""
        last: bytes = self.flush() + self._writing.filter.feed(self._reading.filter.finish())
        return last

    def finish(self) -> bytes:
        """What the end of all completes."""
        last: bytes = self.flush() + self._pipe.finish()
        return last

    def flush(self) -> bytes:
        """Let the decoder have all that was fed."""
        return self._read(self._take_rest())

    def _take_rest(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest

    def _read(self, block: bytes) -> bytes:
        if not block or self.done:
            return b""
        written: bytes = self._pipe.feed(block)
        return written

    def _convert(self, block: bytes, finder: Finder, *, waited: bool) -> bytes:
        """`waited` says that the block begins with what was kept: no byte is kept twice."""
        written: list[bytes] = []
        stretch, looks = 1, True
        while block and not self.done:
            standing = self._decoder.standing
            if standing is not None and not waited and len(block) <= _LITTLE and finder.is_open(block):
                self._rest = block
                break
            plain = self._find(block, finder, standing) if looks else None
            looks = plain is None or plain.size >= _WORTH or plain.events >= _MANY
            if plain is not None:
                written.append(self._write(plain))
                size, stretch = plain.size, 1 if looks else stretch
            else:  # what follows is looked at again, but ever later while that is in vain
                found = finder.end.search(block, stretch - 1)
                size, stretch = len(block) if found is None else found.end(), 2 * stretch
                written.append(self._read(block[:size]))
            block = block[size:]
            waited = False
        return b"".join(written)

    def _find(self, block: bytes, finder: Finder, standing: Standing | None) -> Plain | None:
        unnamed = self._writing.unnamed
        if standing is None or (unnamed is not None and unnamed.wanted):
            return None
        window = block[: self._reach]
        plain = finder.find(window, standing)
        if plain is not None and plain.lost and self._lose is None:
            plain = None
        if len(window) >= _LITTLE:  # how far to look next: for as long as most of it is plain
            size = plain.size if plain is not None else 0
            self._reach = min(2 * self._reach, _WINDOW) if 2 * size > len(window) else max(size, _LITTLE)
        return plain

    def _write(self, plain: Plain) -> bytes:
        self._decoder.standing = plain.standing
        self._reading.guard.events += plain.events
        if self._lose is not None:
            for rule, count in plain.lost.items():
                self._lose(rule, count)
        written: bytes = self._encoder.framed(plain.lines)
        return written


def _unnamed(report: Report) -> Unnamed:
    from streamconv.protocols.unnamed import Unnamed  # which only event streams need

    return Unnamed(report)
