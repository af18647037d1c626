"""Checker, the filter from bytes to Problems: a decoder, and the rules that judge what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from streamconv.formats import decoder, find
from streamconv.formats.faults import first_byte
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.standing import Standing
from streamconv.pipeline import BLOCK, Filter, TimedBytes, blocks
from streamconv.problem import Problem
from streamconv.record import Record
from streamconv.rules.alike import Alike, Run
from streamconv.rules.capture import Wrapper
from streamconv.rules.faulty import Faulty
from streamconv.rules.meaning import LlmRule, Meaning, Place
from streamconv.rules.passage import Passage
from streamconv.rules.quiet import Quiet
from streamconv.rules.rule import Rule
from streamconv.rules.spread import Spread
from streamconv.rules.sse_fields import FieldRule, is_ordinary
from streamconv.rules.stream import KEEPALIVE, Stream
from streamconv.rules.stretches import Ahead, Passable, Passed, Stretches
from streamconv.rules.told import Told

# Formats whose records begin where lines do; their decoders know what ends one.
_WHOLE_LINES: Final = frozenset({"sse", "ndjson", "vercel-data-stream"})
SPAN: Final = 256 * 1024  # bytes at once: what stands at their end is read plainly
_HELD: Final = 64 * 1024  # bytes at most that are held back to see what is round the stream
_MOST_IN_RECORD: Final = 10_000  # problems of one rule; each takes more memory than the line it is about


class Checker(Filter[bytes, list[Problem]]):
    """Judges one stream of a format by rules, which it makes: a rule may remember.

    `content_type`, `status` and `headers` are those of the response that the stream came in, where there was one;
    `keepalive` is the longest silence, in seconds, that is no problem. With `keeps_records`, `records` are those that
    the last bytes completed, for who wants to see what was judged; a problem of one of them may come later, with what
    follows it. Without, most records of a stream in order are never made. With both `keeps_records` and `passes`, those
    are not made that say nothing but text: `passed` tells of them, each time with how many of `records` came before.
    `ahead` knows what somebody has seen ahead (see `stretches`).
    Raises ValueError for an unknown format.
    """

    def __init__(
        self,
        format: str,
        rules: Iterable[type[Rule]],
        *,
        content_type: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        keepalive: float = KEEPALIVE,
        max_record_size: int = MAX_RECORD_SIZE,
        keeps_records: bool = False,
        passes: bool = False,
        ahead: Ahead | None = None,
    ) -> None:
        name = find(format).name
        self.stream = Stream(name, content_type=content_type, status=status, headers=headers, keepalive=keepalive)
        self.done = False
        self.records: list[Record] = []
        self.passed: list[tuple[int, Passed]] = []
        chosen = [rule for rule in rules if name in rule.formats]
        self._names = {rule.name for rule in chosen}
        self._wrappers = [rule for rule in chosen if issubclass(rule, Wrapper)]
        self._rules = [rule() for rule in chosen if not issubclass(rule, Wrapper)]
        of_meaning = [rule for rule in self._rules if isinstance(rule, LlmRule)]
        self._meaning = Meaning(of_meaning, self.stream) if of_meaning else None
        self._alike = Alike(self.stream, free=self._is_unheard)
        judging = [rule for rule in self._rules if type(rule).check is not Rule.check]
        self._judges = [rule.check for rule in judging if not isinstance(rule, Faulty)]
        self._of_fields = [rule for rule in self._rules if isinstance(rule, FieldRule)]
        self._faulty = {rule.name: rule for rule in judging if isinstance(rule, Faulty)}
        self._quiet = Quiet(self.stream)
        self._said: list[Problem] = [problem for rule in self._rules for problem in rule.begin(self.stream)]
        self._reported: list[Problem] = []  # by the decoder, ahead of the records
        self._decoder = decoder(name, report=self._report, max_record_size=max_record_size)
        self._keeps_records = keeps_records
        self._stretches: Stretches | None = None
        may_pass = max_record_size >= BLOCK and (passes or not keeps_records)
        if isinstance(self._decoder, Passable) and may_pass:
            self._stretches = Stretches(self._decoder, self.stream, self._meaning, ahead)
        self._whole_chunks = ahead is not None  # what was seen ahead was seen in these
        self._spread = Spread() if name == "ndjson" else None
        self._start: bytes | None = b""  # the first bytes, until it is sure that they are of the stream itself
        self._held: list[bytes] = []
        self._time: float | None = None  # of the chunk before

    @property
    def waits(self) -> bool:
        """True while all bytes are held back, to see whether they are of the stream itself."""
        return self._start is not None

    @property
    def standing(self) -> Standing | None:
        """Where reading stands, where the decoder tells; None inside a record."""
        standing: Standing | None = getattr(self._decoder, "standing", None)
        return standing

    def feed(self, item: bytes, /) -> list[Problem]:
        """The problems that these bytes show."""
        self.records, self.passed = [], []
        if self.done:
            return []
        self.stream.size += len(item)
        if self._start is not None:
            self._held.append(item)
            self._start += item
            self._unwrap(at_end=len(self._start) >= _HELD)
        else:
            self._read(item)
        return self._take()

    def finish(self) -> list[Problem]:
        """The problems that the end shows."""
        self.records, self.passed = [], []
        if self._start is not None:
            self._unwrap(at_end=True)
        if not self.done:
            self._judge_all(self._decoder.finish())
            if self._spread is not None:
                self._judge_each(self._spread.finish())
            for rule in self._rules:
                self._said += rule.finish(self.stream)
            if self._meaning is not None:
                self._said += self._meaning.finish()
        return self._take()

    def _report(self, problem: Problem) -> None:
        if problem.rule in self._names:
            self._reported.append(problem)

    def _take(self) -> list[Problem]:
        said, self._said = self._said, []
        return said

    def _unwrap(self, *, at_end: bool) -> None:
        """See whether the bytes are those of something round the stream; what is, is said alone."""
        assert self._start is not None  # who calls has looked
        for rule in self._wrappers:
            wraps = rule.wraps(self._start[:_HELD], at_end=at_end)
            if wraps is None:
                return
            if wraps:
                self._said.append(rule().found(self._start))
                self._start = None
                self.done = True
                return
        self._start = None
        for chunk in self._held:
            self._read(chunk)
        self._held = []

    def _read(self, chunk: bytes) -> None:
        if isinstance(chunk, TimedBytes):
            silence = chunk.time - self._time if self._time is not None else 0.0
            self._time = chunk.time
            self.stream.silence = max(self.stream.silence, silence)
        if self._stretches is None or isinstance(chunk, TimedBytes):
            self._judge_all(self._decoder.feed(chunk))
            return
        for block in (chunk,) if self._whole_chunks else blocks(chunk, SPAN):
            self._read_block(block, self._stretches)

    def _read_block(self, block: bytes, stretches: Stretches) -> None:
        """Pass over what no rule has anything to say of, and judge the records between."""
        at = 0
        while at < len(block):
            passed = stretches.pass_over(block, at, self._runs())
            if passed is not None:
                at += passed.size
                if passed.events:
                    self._alike.earn(passed.size)
                if self._keeps_records:
                    self.passed.append((len(self.records), passed))
            end = stretches.plain_end(block, at)
            self._judge_all(self._decoder.feed(block[at:end]))
            at = end

    def _runs(self) -> list[Run | Told]:
        if self._keeps_records and (self._meaning is None or self._meaning.is_past):
            return []  # an assembler looks at what follows the end
        if self._is_unheard and self._quiet.texts is not None:
            return [Run(self._quiet.texts)]
        return self._alike.runs if self._spread is None or self._spread.is_idle else []

    @property
    def _is_unheard(self) -> bool:
        """True where no rule listens to what the records mean, or not any more."""
        return self._meaning is None or self._meaning.over

    def _judge_all(self, batch: list[Record]) -> None:
        if self._keeps_records:
            self.records = self.records + batch if self.records else batch
        self._judge_each(self._spread.feed(batch) if self._spread is not None else batch)

    def _judge_each(self, batch: list[Record]) -> None:
        for record in batch:
            self._judge(record)

    def _judge(self, record: Record) -> None:
        stream = self.stream
        if record.kind == "event":
            stream.events += 1
        place = stream.place
        if not self._alike(record):
            if stream.format in _WHOLE_LINES:  # the places before may be of lines that were put together
                stream.place = place = (record.line, 1, first_byte(record))
            quiet = self._quiet(record)
            found = [] if quiet else self._ask(Passage(record, *place))
            if self._meaning is not None and not self._meaning.over:
                found += self._listen(self._meaning, record, place)
            if len(found) > 1:
                found.sort(key=_order)
            self._said += found
            if not quiet:
                self._quiet.learn(record)
            elif self._meaning is None or self._meaning.over:
                self._alike.learn(record)
            elif self._meaning.saying is not None:
                self._alike.learn(record, self._meaning.saying)
        stream.remember(record)
        stream.place = _end(record, *place)

    def _ask(self, passage: Passage) -> list[Problem]:
        # What is too large comes in pieces, whose first and last lines are not those of the stream.
        is_piece = self.stream.format == "sse" and passage.record.kind == "invalid"
        judges = () if is_piece else self._judges
        found = [problem for judge in judges for problem in judge(passage, self.stream)]
        if self._of_fields and not is_piece:
            found += self._ask_of_fields(passage)
        if passage.unreadable is not None and passage.unreadable.rule in self._faulty:
            found += self._faulty[passage.unreadable.rule].check(passage, self.stream)
        while self._reported and _order(self._reported[0]) <= passage.record.offset:
            found.append(self._reported.pop(0))
        return found

    def _listen(self, meaning: Meaning, record: Record, place: Place) -> list[Problem]:
        """What the record says. Once that nobody listens any more, records may be alike in other ways."""
        found = meaning.feed(record, place)
        if meaning.over:
            self._alike = Alike(self.stream, free=True)
        elif meaning.saying is None:
            self._alike.put_aside()
        return found

    def _ask_of_fields(self, passage: Passage) -> Iterator[Problem]:
        """Line by line; of a rule that very many lines of one record break, the first are enough."""
        counts: Counter[str] = Counter()
        for line in passage.lines:
            if not line.content or is_ordinary(line):
                continue
            for rule in self._of_fields:
                if counts[rule.name] < _MOST_IN_RECORD:
                    problems = [*rule.line(line, passage)]
                    counts[rule.name] += len(problems)
                    yield from problems


def _end(record: Record, line: int, column: int, offset: int) -> tuple[int, int, int]:
    """Line, column and offset of what follows the record, where its line ends with LF."""
    raw = record.raw
    if record.format in _WHOLE_LINES:
        return line, 1, offset + len(raw)
    breaks = raw.count(b"\n")
    last = raw[raw.rfind(b"\n") + 1 :].decode("utf-8", "replace")
    width = len(last.removeprefix("\ufeff") if offset == 0 and not breaks else last)
    return line + breaks, width + (1 if breaks else column), offset + len(raw)


def _order(problem: Problem) -> int:
    return -1 if problem.offset is None else problem.offset
