"""Rules `llm-…` about what belongs together: the start and end of a part, numbers, deltas and their sum, requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

from streamconv.problem import Problem
from streamconv.protocols.sign import Channel, Close, Delta, Number, Open, Request, Response, Sign, Start, Whole
from streamconv.rules.llm import BEGIN, END_TURN, MESSAGE_STOP, block, shown
from streamconv.rules.meaning import MOST, Course, LlmRule
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule

_ANTHROPIC: Final = "Anthropic API reference, Streaming messages, Content block types"
_END: Final = END_TURN + MESSAGE_STOP


class BlockOrder(LlmRule):
    """A part is added to or closed without being open, or opened while it is.

    The SDKs keep an array of blocks and reach into it by the index of the event: a delta for a block that never
    started raises there (IndexError, `Cannot read properties of undefined`), a second start replaces the first, and
    its text is gone. Lost or reordered events do this, and gateways that translate between protocols.
    """

    name = "llm-block-order"
    severity = "error"
    clause = _ANTHROPIC
    hint = "were events lost before this one, or does a gateway number blocks in its own way?"
    hears = (Open, Delta, Close, Start)
    bad = BEGIN + block("Hi").partition(b"\n\n")[2] + _END
    good = BEGIN + block("Hi") + block("there", index=1) + _END

    def __init__(self) -> None:
        self._open: set[str] = set()

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """Each; what is added to without a start counts as open from then on."""
        if isinstance(sign, Start):
            self._open.clear()
        elif isinstance(sign, Open | Delta | Close) and course.protocol.opens and len(self._open) < MOST:
            was_open = sign.part in self._open
            if isinstance(sign, Close):
                self._open.discard(sign.part)
            else:
                self._open.add(sign.part)
            if was_open is isinstance(sign, Open):
                yield self.of_payload(course.passage, f"part {shown(sign.part)} {_DISORDER[type(sign)]}")


_DISORDER: Final[dict[type[Sign], str]] = {
    Open: "is started again, and has not ended",
    Delta: "is added to, and is not open",
    Close: "ends, and is not open",
}


class UnclosedBlock(LlmRule):
    """A part was started and the message has ended, but the end of the part was never sent.

    SDKs hand out a block when it stops (`contentBlock` and `tool call` callbacks, UI parts that change from streaming
    to done): this one stays open for ever, and a tool in it is never called. The end was lost, or a gateway knows only
    the ends of the blocks it wants to translate.
    """

    name = "llm-unclosed-block"
    severity = "warning"
    clause = _ANTHROPIC
    hint = "send the stop of each part before the message ends"
    hears = (Open, Close, Start)
    bad = BEGIN + block("Hi").rpartition(b"event: ")[0] + _END
    good = BEGIN + block("Hi") + _END

    def __init__(self) -> None:
        self._open: dict[str, Passage] = {}

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Remember what is open, and where it was opened."""
        if isinstance(sign, Start):
            self._open.clear()
        elif isinstance(sign, Close):
            self._open.pop(sign.part, None)
        elif isinstance(sign, Open) and len(self._open) < MOST:
            self._open.setdefault(sign.part, course.passage)
        return ()

    def end(self, course: Course) -> Iterator[Problem]:
        """Each part that is open when all is over; where the stream is cut, that is said instead."""
        if course.ended and not course.cut:
            for part, passage in self._open.items():
                yield self.of_payload(passage, f"part {shown(part)} is started and never ends")


class SequenceGap(LlmRule):
    """The sequence numbers of the events have a gap, or go back.

    Events are missing between the two, were sent twice, or came out of order; what the deltas add up to is then wrong,
    and nothing else shows it. Clients that resume a stream ask for what follows the last number they have seen. The
    first number may be any: a resumed stream begins where it was left.
    """

    name = "llm-sequence-gap"
    severity = "error"
    clause = "OpenAI API reference, Responses, Streaming events, sequence_number"
    hint = "was something between server and capture dropping or merging events?"
    hears = (Number,)
    bad = b"".join(
        b'data: {"type":"response.output_text.delta","sequence_number":%d,"output_index":0,"content_index":0,'
        b'"delta":"a"}\n\n' % number
        for number in (1, 2, 4)
    )
    good = bad.replace(b":4,", b":3,")

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Each place where it happens."""
        assert isinstance(sign, Number)
        last = course.number
        if last is None or sign.number == last + 1:
            return ()
        missing = sign.number - last - 1
        what = f"{missing} missing" if missing > 0 else "the numbers go back"
        return (self.of_payload(course.passage, f"event {sign.number} comes after event {last}: {what}"),)


class SumDiffers(LlmRule):
    """The whole text that the server repeats is not what the deltas before it add up to.

    A client that shows deltas as they come shows one answer and stores another. A delta was lost, doubled or changed
    on the way: by a proxy that filters, a reconnect, a capture with holes.
    """

    name = "llm-sum-differs"
    severity = "error"
    clause = "OpenAI API reference, Responses, Streaming events, response.output_text.done"
    hint = "the whole text is right; look at which delta is missing"
    hears = (Delta, Whole, Start)
    bad = b"".join(
        b'data: {"type":"response.output_text.%s","sequence_number":%d,"output_index":0,"content_index":0,"%s":"%s"}\n'
        b"\n" % said
        for said in ((b"delta", 1, b"delta", b"Hel"), (b"delta", 2, b"delta", b"o"), (b"done", 3, b"text", b"Hello"))
    )
    good = bad.replace(b'"o"', b'"lo"')

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], tuple[int, int]] = {}  # of part and channel: length, checksum

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """Add up; compare."""
        if isinstance(sign, Start) or not course.protocol.repeats:
            self._sums.clear()
        elif isinstance(sign, Delta):
            key = (sign.part, sign.channel)
            if key in self._sums or len(self._sums) < MOST:
                length, checksum = self._sums.get(key, (0, 0))
                self._sums[key] = length + len(sign.text), _checksum(sign.text, checksum)
        elif isinstance(sign, Whole):
            summed = self._sums.pop((sign.part, sign.channel), None)
            if summed is not None and summed != (len(sign.text), _checksum(sign.text, 0)):
                lengths = f"{summed[0]} characters in the deltas, {len(sign.text)} in the whole"
                yield self.of_payload(
                    course.passage, f"the deltas do not add up to this {_CHANNELS[sign.channel]}: {lengths}"
                )


_CHANNELS: Final[dict[Channel, str]] = {
    "text": "text",
    "reasoning": "reasoning",
    "refusal": "refusal",
    "arguments": "text of arguments",
    "input": "text of input",
    "other": "text",
}


class RpcId(LlmRule):
    """A request has two responses; or, in a log of both directions, a response no request, or a request no response.

    JSON-RPC pairs them by `id`. A client takes the first response and drops the second, or raises; one that waits for
    an answer that never comes hangs until its own time limit. A stream that holds the responses only, as of one HTTP
    request, shows nothing of the requests, and is judged for second responses alone.
    """

    name = "llm-rpc-id"
    severity = "warning"
    clause = "JSON-RPC 2.0, section 5, Response object"
    hint = "look at the server's log of this id"
    hears = (Request, Response)
    formats = LlmRule.formats
    bad = b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n' * 2
    good = b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\ndata: {"jsonrpc":"2.0","id":2,"result":{}}\n\n'

    def __init__(self) -> None:
        self._asked: dict[str | int, Passage] = {}  # requests that wait
        self._unasked: dict[str | int, Passage] = {}  # responses to what is not here
        self._answered: set[str | int] = set()

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """Pair them; a second response is said at once."""
        if isinstance(sign, Request):
            if len(self._asked) < MOST:
                self._asked.setdefault(sign.id, course.passage)
            return
        assert isinstance(sign, Response)
        if sign.id is None:  # to what could not be read
            return
        if sign.id in self._asked:
            del self._asked[sign.id]
            if len(self._answered) < MOST:
                self._answered.add(sign.id)
        elif sign.id in self._answered or sign.id in self._unasked:
            yield self.of_payload(course.passage, f"a second response to request {shown(str(sign.id))}")
        elif len(self._unasked) < MOST:
            self._unasked[sign.id] = course.passage

    def end(self, course: Course) -> Iterator[Problem]:
        """At the end, in a log that has both a request and its response."""
        if not self._answered:
            return
        for id, passage in self._unasked.items():
            yield self.of_payload(passage, f"a response to request {shown(str(id))}, which was not made")
        for id, passage in self._asked.items():
            yield self.of_payload(passage, f"request {shown(str(id))} has no response")


def _checksum(text: str, before: int) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"), before)


RULES: Final[tuple[type[Rule], ...]] = (
    BlockOrder, UnclosedBlock, SequenceGap, SumDiffers, RpcId,
)  # fmt: skip
