"""What the payloads of a stream mean, for the rules `llm-…`: the signs of its protocol, each where it stands.

Advice to the reader. Nothing is heard before an event has shown the protocol; the first ones are held back for it. Of
texts that come in events written alike the rules hear only the first after anything else was said (see `alike`), so a
rule may remember that there was text, never how much, and of what the message has cost so far, that it was told twice,
never how often. Only arguments, and texts that the protocol repeats, are all heard, but those of many events as one
(see `told`). After the terminator one event more is heard, and then none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, NamedTuple

from streamconv.problem import Problem
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.event import Event, event_of
from streamconv.protocols.protocol import PATIENCE, Protocol
from streamconv.protocols.registry import recognise
from streamconv.protocols.sign import Call, Delta, End, Error, Finish, Number, Sign, Start, Usage
from streamconv.record import Record
from streamconv.rules.capture import READABLE
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

MOST: Final = 10_000  # choices, parts or calls that are remembered at once; no honest stream has as many
_KEPT: Final = 64  # events after which a protocol lets go of their text

Place = tuple[int, int, int]


class Course:
    """What a model's stream has said before the sign at hand, which stands in `passage`."""

    def __init__(self, protocol: Protocol, stream: Stream, passage: Passage) -> None:
        self.protocol = protocol
        self.stream = stream
        self.passage = passage
        self.event: Event | None = None  # the record at hand, where it is one
        self.started: set[int] = set()  # choices of this message that said something
        self.finished: set[int] = set()  # those that have finished
        self.number: int | None = None  # of the last event that has one, in a sequence without gaps
        self.end = ""  # the terminator, as messages name it, once it was there
        self.failed = False  # the provider said that it failed
        self.cut = False  # the framing shows that the stream ends inside a record

    @property
    def record(self) -> Record:
        """The record at hand."""
        return self.passage.record

    @property
    def ended(self) -> bool:
        """True once the terminator was there."""
        return bool(self.end)

    @property
    def unfinished(self) -> bool:
        """True where a choice, or the message as such, should have said why it finished and has not."""
        says = self.protocol.reasons and self.protocol.closes
        return says and (not self.finished or not self.started <= self.finished)

    @property
    def unended(self) -> bool:
        """True where the terminator is missing that the stream's format can carry: `[DONE]` is no JSON text."""
        terminator = self.protocol.terminator
        carried = terminator != "[DONE]" or self.stream.format in ("sse", "records")
        return bool(terminator) and self.protocol.closes and carried and not self.ended

    @property
    def is_past_end(self) -> bool:
        """True for an event behind the terminator that does not belong there; gateways add `[DONE]` to any stream."""
        protocol, record = self.protocol, self.record
        allowed = protocol.continues or (record.event or "") in protocol.after_end
        added = record.is_end and self.end != record.data
        return self.ended and record.kind == "event" and not allowed and not added

    def note(self, sign: Sign) -> None:
        """Remember what a sign says, once the rules have heard it."""
        match sign:
            case Delta() if len(self.started) < MOST:
                self.started.add(sign.choice)
            case Finish() if len(self.finished) < MOST:
                self.finished.add(sign.choice)
            case Number():
                self.number = sign.number
            case End():
                self.end = self.end or sign.name or self.protocol.terminator or "the end"
            case Error():
                self.failed = True
            case Start():  # another message
                self.end = ""
                self.started.clear()
                self.finished.clear()


class LlmRule(Rule):
    """A rule that judges what is said, not how; `hears` are the signs that it is asked of.

    It has `event` where single events can be wrong, `hear` where it hears signs, `end` where something may be missing.
    """

    formats = READABLE
    hears: ClassVar[tuple[type[Sign], ...]] = ()

    def event(self, course: Course) -> Iterable[Problem]:
        """The problems of the event at hand as such, before what it says is heard."""
        raise NotImplementedError

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """The problems of one sign."""
        raise NotImplementedError

    def expects(self, delta: Delta) -> bool:
        """False where so much text at once may be wrong, so that it matters which event said what."""
        return True

    def end(self, course: Course) -> Iterable[Problem]:
        """The problems that only the end of the stream shows. They are not asked for where it said an error."""
        return ()

    def of_payload(self, passage: Passage, message: str) -> Problem:
        """A problem of an event, which stands at the first line of its payload; of another record, at its start."""
        data = passage.record.data
        if not data or passage.record.kind != "event":
            return self.of_record(passage, message)
        return self.in_text(passage, 0, len(data.partition("\n")[0].encode("utf-8", "surrogatepass")), message)


class Saying(NamedTuple):
    """What a record said that said nothing but text: `all_heard` where the rules need all of it, which is one delta."""

    deltas: tuple[Delta, ...]
    all_heard: bool
    numbered: bool  # the event has a number, too


class Meaning:
    """Asks the rules about what one stream says.

    `saying` is what the last record said, where that is nothing but text, else None; `over` is true where nothing more
    is heard.
    """

    def __init__(self, rules: Iterable[LlmRule], stream: Stream) -> None:
        self._rules = tuple(rules)
        self._stream = stream
        self._of_events = [rule.event for rule in self._rules if type(rule).event is not LlmRule.event]
        self._hearing: dict[type[Sign], list[LlmRule]] = {}
        for rule in self._rules:
            for sign in rule.hears:
                self._hearing.setdefault(sign, []).append(rule)
        self._held: list[Passage] = []  # what came before an event showed the protocol
        self._events = 0
        self._usages = 0  # of this message
        self._course: Course | None = None
        self._assembler = Assembler()
        self.saying: Saying | None = None
        self.over = False

    def feed(self, record: Record, place: Place) -> list[Problem]:
        """The problems that this record shows. Not to be called once it is over."""
        passage = Passage(record, *place)
        if self._course is not None:
            return self._take(passage, self._course)
        if record.kind == "event" or len(self._held) < PATIENCE:  # there may be any number of comments
            self._held.append(passage)
        if record.kind != "event":
            return []
        self._events += 1
        found = recognise(event_of(record))
        if found is not None:
            return self._begin(found[0]())
        return self._give_up() if self._events == PATIENCE else []

    def finish(self) -> list[Problem]:
        """The problems that the end shows."""
        course = self._course
        if course is None:
            return self._give_up()
        return [] if course.failed else [problem for rule in self._rules for problem in rule.end(course)]

    def _begin(self, protocol: Protocol) -> list[Problem]:
        held, self._held = self._held, []
        self._assembler = Assembler(protocol)
        self._course = course = Course(protocol, self._stream, held[0])
        return [problem for passage in held for problem in self._take(passage, course)]

    def _take(self, passage: Passage, course: Course) -> list[Problem]:
        record = passage.record
        course.passage = passage
        course.cut = course.cut or record.kind == "incomplete"
        course.event = event = event_of(record) if record.kind == "event" else None
        found = [problem for judge in self._of_events for problem in judge(course)] if event is not None else []
        self.over = course.is_past_end
        said = self._assembler.take(event) if event is not None else self._assembler.feed([record])
        signs = [sign for _, sign in said]
        for sign in signs:
            found += self._hear(sign, course)
            self._usages = 0 if type(sign) is Start else self._usages + (type(sign) is Usage)
        self.saying = None if found else self._saying(signs, course.protocol)
        self._events += record.kind == "event"
        if self._events % _KEPT == 0:
            course.protocol.forget()
        return found

    def hear_all(self, record: Record, delta: Delta, events: int, number: int | None) -> bool:
        """Hear many events alike as one, `record`, that says what they say together; `number` is that of the last,
        where they have some.

        False where nothing was heard, since a rule wants to hear one by one.
        """
        course = self._course
        if course is None or not all(rule.expects(delta) for rule in self._rules):
            return False
        for _, sign in self._assembler.feed([record]):
            if type(sign) is not Number:
                self._hear(sign, course)
        course.number = course.number if number is None else number
        self._events += events
        course.protocol.forget()
        return True

    @property
    def is_past(self) -> bool:
        """True where nothing more is heard since the message has ended; False also where nobody knew what was said."""
        return self.over and self._course is not None

    @property
    def number(self) -> int | None:
        """The number of the last event that has one."""
        return None if self._course is None else self._course.number

    def _saying(self, signs: list[Sign], protocol: Protocol) -> Saying | None:
        """Text, and beside it the number of the event, which call it is of, and what it has cost so far, told again."""
        deltas = tuple(sign for sign in signs if type(sign) is Delta)
        others = [sign for sign in signs if type(sign) is not Delta]
        told_again = self._usages > 1
        if not deltas or not all(_is_beside(sign, told_again=told_again) for sign in others):
            return None
        numbered = any(type(sign) is Number for sign in others)
        all_heard = numbered or protocol.repeats or any(sign.channel == "arguments" for sign in deltas)
        return None if all_heard and (protocol.grows or len(deltas) > 1) else Saying(deltas, all_heard, numbered)

    def _hear(self, sign: Sign, course: Course) -> list[Problem]:
        found = [problem for rule in self._hearing.get(type(sign), ()) for problem in rule.hear(sign, course)]
        course.note(sign)
        return found

    def _give_up(self) -> list[Problem]:
        """No protocol is known. What is said all the same is that a request was refused, in one event."""
        self.over = True
        held, self._held = self._held, []
        said = self._assembler.feed([passage.record for passage in held]) + self._assembler.finish()
        passages = {passage.record.offset: passage for passage in held}
        found: list[Problem] = []
        for record, sign in said:
            if record.kind == "event" and (self._stream.format == "sse" or _has_error(record)):
                found += self._hear(sign, Course(Protocol(), self._stream, passages[record.offset]))
        return found


def _is_beside(sign: Sign, *, told_again: bool) -> bool:
    match sign:
        case Usage():
            return told_again
        case Call():
            return not sign.id and not sign.name
        case _:
            return type(sign) is Number


def _has_error(record: Record) -> bool:
    """True for an object with an error that is one too: lines of logs have some that are text."""
    return isinstance(event_of(record).object.get("error"), dict)
