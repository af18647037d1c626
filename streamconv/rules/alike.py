"""Records that differ from some before only in values that no rule looks at, told by comparing bytes.

Advice to the reader. A model's stream is the same record a thousand times over, with another word in it each time.
Once two of one shape (see `shape`) have passed all rules (see `quiet`) and said nothing but text (see `meaning`), any
record of that shape passes without being parsed; where the rules must hear its text, only many at once do (see `told`).
Whatever else is said puts all shapes aside, text of another channel too, since the same words may then mean something
else; one more record of its shape that passes brings it back. What an answer or a part of it is called is no part of
the shape, but the same all through a run: under another name, too, one more record is enough; so it is where what is
told is of another place, such as another tool call. Where nobody listens to what records mean, or not any more, no
value decides anything, and nothing is put aside.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from streamconv.protocols.sign import Channel, Delta
from streamconv.record import Record
from streamconv.rules.limits import LARGE
from streamconv.rules.meaning import Saying
from streamconv.rules.shape import COMMENT, Shape, comments, shape
from streamconv.rules.shape import run as run_of
from streamconv.rules.stream import Stream
from streamconv.rules.stretch import Names, is_odd, named, names_of
from streamconv.rules.told import Told, told

_SHAPES: Final = 8  # at once: choices or parts may be interleaved
_KNOWN: Final = 64  # shapes that are remembered, mostly as seen once
_FUTILE: Final = 64  # records in a row whose shape was learned in vain, after which no more are
_LONGEST: Final = 4 * 1024  # bytes of a record
# Making a pattern takes some 8 µs a byte of it, and judging a record plainly 0.1 or 0.2 µs a byte: what was spent on
# patterns is earned back by what they let pass.
_CREDIT: Final = 32 * 1024  # bytes of patterns that may be made before any has let something pass
_MOST_CREDIT: Final = 64 * 1024
_EARNED_BY: Final = 64  # bytes that pass, for each byte of pattern
_JSON_STARTS: Final = ("{", "[")

_Known = TypeVar("_Known")


class Run(NamedTuple):
    """Any number of records alike, one after the other, and of comments between them.

    `names` are those of the samples, of each group of the pattern that is of a name.
    """

    pattern: re.Pattern[bytes]
    names: Names = ()

    def matches(self, raw: bytes) -> bool:
        """True for a record alike."""
        match = self.pattern.fullmatch(raw)
        return match is not None and self.fits(names_of(match))

    def is_near(self, block: bytes, start: int) -> bool:
        """False where the names do not stand in the next bytes: it is not worth to match."""
        return all(name is None or block.find(name, start, start + _LONGEST) >= 0 for name in self.names)

    def fits(self, names: Names) -> bool:
        """True where the samples have the names that the pattern found, as far as it found some."""
        return names == self.names or all(name in (None, own) for name, own in zip(names, self.names, strict=True))


class Alike:
    """What is known of one stream. `learn` from records that were judged, ask of the others, `put_aside` in between.

    `free` says that nobody listens to what the records mean. `runs` are to be tried one after the other.
    """

    def __init__(self, stream: Stream, *, free: bool) -> None:
        self.runs: list[Run | Told] = []
        self._stream = stream
        self._free = free
        self._shapes: dict[bytes, Run] = {}  # the latest first
        self._mixed: Run | None = None  # of all of them, once an older one came again
        self._told: dict[bytes, Told] = {}  # the same of those that are told
        self._samples: dict[bytes, Told] = {}  # those that were known before, too
        self._channels: set[Channel] = set()  # of what is not
        self._names: dict[str, bytes] = {}  # of the same
        self._began: deque[dict[str, bytes]] = deque(maxlen=_KNOWN)  # under which names others began
        self._in_turn = False  # they go on once another has begun
        self._aside: dict[bytes, Run] = {}  # the shapes that were known before
        self._known: dict[bytes, tuple[Delta, ...]] = {}  # shapes, and of which parts the last record spoke
        self._compiled: dict[bytes, re.Pattern[bytes]] = {}
        self._futile = 0
        self._credit = _CREDIT * _EARNED_BY

    def earn(self, size: int) -> None:
        """Note that so many bytes passed."""
        self._futile = 0
        self._credit = min(self._credit + size, _MOST_CREDIT * _EARNED_BY)

    def __call__(self, record: Record) -> bool:
        """True where the record is like some before, and need not be told; False says nothing."""
        raw = record.raw
        known = next((known for known, run in self._shapes.items() if run.matches(raw)), None)
        if known is None:
            return False
        if len(raw) > LARGE or record.time is not None or is_odd(raw.decode("utf-8", "replace")):
            return False
        if record.id is not None and not self._stream.goes_on(record.id):
            return False
        self.earn(len(raw))
        if self._mixed is None and known != next(iter(self._shapes)):
            self._mixed = self._run([*self._shapes], record)
            self._set_runs()
        return True

    def learn(self, record: Record, saying: Saying | None = None) -> None:
        """Take an event that nothing was found in as a sample of those to come; `saying` is what it says."""
        data = record.data or ""
        if self._futile == _FUTILE or self._credit <= 0:
            return
        if len(record.raw) > _LONGEST or not data.startswith(_JSON_STARTS):
            return
        if record.kind != "event" or record.comments:
            return
        if saying is not None and saying.all_heard:
            self._learn_told(record, saying)
            return
        self._futile += 1
        found = None if self._in_turn else self._as_before(record)
        if found is None:
            found = shape(record.raw, data.encode(), free=self._free, named=not self._in_turn)
        if not self._is_known(found.pattern, saying):
            return
        channels = {delta.channel for delta in saying.deltas} if saying is not None else set()
        if channels != self._channels or self._is_another(found.names):
            self._put_shapes_aside()
            self._channels, self._names = channels, {}
        self._names |= found.names
        if found.pattern not in self._shapes:
            self._shapes = _with(self._shapes, found.pattern, self._run([found.pattern], record))
            self._mixed = None
            self._set_runs()

    def put_aside(self) -> None:
        """Let all be judged again."""
        self._put_shapes_aside()
        self._told, self.runs = {}, []

    def _put_shapes_aside(self) -> None:
        self._aside, self._shapes, self._mixed = self._shapes or self._aside, {}, None

    def _as_before(self, record: Record) -> Shape | None:
        """One of the shapes that were known before, which costs less than to make it again."""
        for pattern, run in self._aside.items():
            match = run.pattern.fullmatch(record.raw)
            if match is not None:
                return Shape(pattern, pattern, [], named(match))
        return None

    def _is_another(self, names: dict[str, bytes]) -> bool:
        """True where these are the names of another answer, or of another part of it. Once that they come in turn,
        each is to have its own shapes.
        """
        if all(self._names.get(name, one) == one for name, one in names.items()):
            return False
        self._in_turn = self._in_turn or names in self._began
        self._began.append(names)
        return True

    def _is_known(self, pattern: bytes, saying: Saying | None) -> bool:
        """True where a record of this shape was seen before, and spoke of the same parts."""
        parts = tuple(delta._replace(text="") for delta in saying.deltas) if saying is not None else ()
        known = self._known.pop(pattern, None) == parts
        self._known[pattern] = parts
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        return known

    def _learn_told(self, record: Record, saying: Saying) -> None:
        """Tell more like this record, from one on where its shape was told before, if of another place."""
        known = ((key, sample.again(record, saying)) for key, sample in self._samples.items())
        pattern, sample = next(((key, one) for key, one in known if one is not None), (b"", None))
        if sample is not None and sample is self._told.get(pattern):
            return
        self._futile += 1
        if sample is None:
            data = (record.data or "").encode()
            found = shape(record.raw, data, free=False, told=True, counted=saying.numbered)
            if not self._is_known(found.pattern, saying):
                return
            match = self._compile(found.grouped).fullmatch(record.raw)
            kinds = [hole.kind for hole in found.holes]
            pattern, sample = found.pattern, told(record, saying, match, kinds) if match is not None else None
        if sample is not None:
            self._told = _with(self._told, pattern, sample)
            self._samples = _with(self._samples, pattern, sample)
            self._set_runs()

    def _run(self, shapes: list[bytes], record: Record) -> Run:
        compiled = self._compile(run_of(sorted(shapes), comments(record)))  # the same shapes are one pattern
        names = (self._names.get(name) for name in compiled.groupindex if name != COMMENT)
        return Run(compiled, tuple(names))

    def _compile(self, pattern: bytes) -> re.Pattern[bytes]:
        compiled = self._compiled.get(pattern)
        if compiled is None:
            self._credit -= _EARNED_BY * len(pattern)
            compiled = self._compiled[pattern] = re.compile(pattern)
            if len(self._compiled) > _KNOWN:
                del self._compiled[next(iter(self._compiled))]
        return compiled

    def _set_runs(self) -> None:
        self.runs = [*self._told.values(), *([self._mixed] if self._mixed is not None else self._shapes.values())]


def _with(shapes: dict[bytes, _Known], pattern: bytes, known: _Known) -> dict[bytes, _Known]:
    """The same with this one first, less the last of too many."""
    others = ((other, one) for other, one in shapes.items() if other != pattern)
    return {pattern: known, **dict(islice(others, _SHAPES - 1))}
