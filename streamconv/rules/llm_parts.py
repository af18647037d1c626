"""Rules `llm-…` about the parts of a model's message: blocks, tool calls, numbers and requests that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

from streamconv.jsonscan import Scanner
from streamconv.problem import Problem
from streamconv.protocols.sign import (
    Call,
    Close,
    Delta,
    Finish,
    Number,
    Open,
    Request,
    Response,
    Sign,
    Start,
    Whole,
)
from streamconv.rules.llm import BEGIN, END_TURN, MESSAGE_STOP, block, chat
from streamconv.rules.meaning import MOST, Course, LlmRule
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule

_OPENAI: Final = "OpenAI API reference, Chat Completions, The chat completion chunk object, tool_calls"
_ANTHROPIC: Final = "Anthropic API reference, Streaming messages, Content block types"
_END: Final = END_TURN + MESSAGE_STOP
_ASKS: Final = chat({}, "tool_calls") + b"data: [DONE]\n\n"


def call(index: int | None, arguments: str, **names: object) -> bytes:
    """A fragment of a tool call in chat completions, for the examples."""
    place = {} if index is None else {"index": index}
    function = {**({"name": names.pop("name")} if "name" in names else {}), "arguments": arguments}
    return chat({"tool_calls": [{**place, **names, "function": function}]})


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
                yield self.of_payload(course.passage, f"part {_shown(sign.part)} {_DISORDER[type(sign)]}")


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
                yield self.of_payload(passage, f"part {_shown(part)} is started and never ends")


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

    def __init__(self) -> None:
        self._last: int | None = None

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Each place where it happens."""
        assert isinstance(sign, Number)
        last, self._last = self._last, sign.number
        if last is None or sign.number == last + 1:
            return ()
        missing = sign.number - last - 1
        what = f"{missing} missing" if missing > 0 else "the numbers go back"
        return (self.of_payload(course.passage, f"event {sign.number} comes after event {last}: {what}"),)


class ToolIndex(LlmRule):
    """The index of a tool call is missing, taken by another call, or leaves one out.

    Fragments of parallel tool calls are told apart by `index` alone. The openai SDK adds a fragment to the element of
    that place in its list, and raises IndexError where the list is shorter, RuntimeError where there is no index; two
    calls of one index become one, with arguments that run into each other. Gateways that pass on the index of another
    protocol's content block begin at 1; some servers number every call 0.
    """

    name = "llm-tool-index"
    severity = "error"
    clause = _OPENAI
    hint = "number the calls of a message 0, 1, 2, in the order in which they begin"
    hears = (Call, Start)
    bad = call(1, "{}", id="call_1", type="function", name="now") + _ASKS
    good = call(0, "{}", id="call_1", type="function", name="now") + _ASKS

    def __init__(self) -> None:
        self._parts: dict[str, None] = {}  # calls that have begun
        self._taken: set[tuple[int, int]] = set()  # choice and index
        self._count: dict[int, int] = {}  # calls of each choice

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """The first fragment of each call."""
        if isinstance(sign, Start):
            self._parts.clear()
            self._taken.clear()
            self._count.clear()
            return
        assert isinstance(sign, Call)
        if "index" not in course.protocol.calls_need or sign.part in self._parts or len(self._parts) == MOST:
            return
        self._parts[sign.part] = None
        expected = self._count.get(sign.choice, 0)
        self._count[sign.choice] = expected + 1
        if sign.position is None:
            if sign.id:  # a function_call, which was before there were several, has neither
                yield self.of_payload(course.passage, f"a tool call without an index; it is call {expected}")
            return
        if (sign.choice, sign.position) in self._taken:
            shown = f"another tool call has the index {sign.position}: clients take both for one"
            yield self.of_payload(course.passage, shown)
        elif sign.position != expected:
            yield self.of_payload(course.passage, f"a tool call begins with the index {sign.position}, not {expected}")
        self._taken.add((sign.choice, sign.position))


class ToolId(LlmRule):
    """The first fragment of a tool call has no id or no name, or a later one has another id.

    The result of the tool goes back under the id, and the name says which tool to run: without them the next request
    is refused, or the call is dropped. Clients read both from the first fragment only, and some of them add up what
    comes later, to `call_1call_1`.
    """

    name = "llm-tool-id"
    severity = "warning"
    clause = _OPENAI
    hint = "send id and name once, whole, in the first fragment of the call"
    hears = (Call, Start)
    bad = call(0, "{}", type="function", name="now") + _ASKS
    good = call(0, "{", id="call_1", type="function", name="now") + call(0, "}") + _ASKS

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}  # of the calls that have begun

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """Each fragment."""
        if isinstance(sign, Start):
            self._ids.clear()
            return
        assert isinstance(sign, Call)
        if sign.part in self._ids:
            first = self._ids[sign.part]
            if sign.id and first and sign.id != first:
                shown = f"the tool call {_shown(first)} goes on under another id, {_shown(sign.id)}"
                yield self.of_payload(course.passage, shown)
            return
        if len(self._ids) == MOST:
            return
        self._ids[sign.part] = sign.id or ""
        needs = course.protocol.calls_need
        is_alone = "index" in needs and sign.position is None and not sign.id  # a function_call of old has no id
        missing = [
            *(["id"] if "id" in needs and not (sign.id or is_alone) else []),
            *(["name"] if "name" in needs and not sign.name else []),
        ]
        if missing:
            yield self.of_payload(course.passage, f"a tool call begins without {' and '.join(missing)}")


class ToolArguments(LlmRule):
    """The arguments of a tool call are whole, and no JSON text.

    A client that parses them raises, mostly in the middle of an agent's loop; one that repairs them runs the tool with
    values the model never gave. Fragments that were lost or doubled on the way do this, and so do models. A call that
    was cut, by the end of the stream or by the limit of tokens, is not meant.
    """

    name = "llm-tool-arguments"
    severity = "error"
    clause = "OpenAI API reference, Chat Completions, Streaming, function.arguments; RFC 8259"
    hint = "compare with the same call without streaming: does the model write this, or is a fragment lost?"
    hears = (Delta, Close, Finish, Start)
    bad = call(0, '{"city": ', id="call_1", type="function", name="weather") + call(0, "}") + _ASKS
    good = call(0, '{"city": ', id="call_1", type="function", name="weather") + call(0, '"Paris"}') + _ASKS

    def __init__(self) -> None:
        self._texts: dict[str, _Arguments] = {}  # of the calls that are not judged yet

    def hear(self, sign: Sign, course: Course) -> Iterator[Problem]:
        """Scan the fragments; judge where the choice has finished, or the call where none says that."""
        match sign:
            case Start():
                self._texts.clear()
            case Delta(channel="arguments"):
                text = self._texts.get(sign.part)
                if text is None and len(self._texts) < MOST:
                    text = self._texts[sign.part] = _Arguments(sign.choice)
                if text is not None:
                    text.add(sign.text, course.passage)
            case Close() if not course.protocol.reasons:
                yield from self._judge([sign.part], whole=True)
            case Finish():
                whole = course.protocol.finish_of(sign.reason) in ("tool_calls", "stop", "other")
                yield from self._judge(
                    [part for part, text in self._texts.items() if text.choice == sign.choice], whole=whole
                )

    def _judge(self, parts: list[str], *, whole: bool) -> Iterator[Problem]:
        for part in parts:
            text = self._texts.pop(part, None)
            if text is not None and whole and text.passage is not None and (fault := text.finish()):
                yield self.of_payload(text.passage, f"the arguments of a tool call are no JSON text: {fault}")


class _Arguments:
    """The arguments of one call, scanned as they come. `passage` is where their last fragment is, or their fault."""

    def __init__(self, choice: int) -> None:
        self.choice = choice
        self.passage: Passage | None = None
        self._scanner: Scanner | None = None
        self._fault = ""

    def add(self, fragment: str, passage: Passage) -> None:
        """Scan more of them."""
        if self._scanner is None:
            fragment = fragment.lstrip()
        if self._fault or not fragment:
            return
        self.passage = passage
        text = fragment.encode("utf-8", "surrogatepass")
        scanner = self._scanner = self._scanner or Scanner()
        end = scanner.feed(text) if scanner.outcome == "open" else 0
        if scanner.outcome == "bad":
            self._fault = f"expected {scanner.expected}"
        elif text[end:].strip():
            self._fault = "more text follows the value"

    def finish(self) -> str:
        """What is wrong with them now that they are whole; "" where nothing is. No text at all is no argument."""
        if not self._fault and self._scanner is not None and self._scanner.finish() != "done":
            return f"they end where {self._scanner.expected} should follow"
        return self._fault


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


_CHANNELS: Final = {
    "text": "text",
    "reasoning": "reasoning",
    "refusal": "refusal",
    "arguments": "text of arguments",
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
            yield self.of_payload(course.passage, f"a second response to request {_shown(str(sign.id))}")
        elif len(self._unasked) < MOST:
            self._unasked[sign.id] = course.passage

    def end(self, course: Course) -> Iterator[Problem]:
        """At the end, in a log that has both a request and its response."""
        if not self._answered:
            return
        for id, passage in self._unasked.items():
            yield self.of_payload(passage, f"a response to request {_shown(str(id))}, which was not made")
        for id, passage in self._asked.items():
            yield self.of_payload(passage, f"request {_shown(str(id))} has no response")


def _checksum(text: str, before: int) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"), before)


def _shown(word: str) -> str:
    return repr(word if len(word) <= 40 else word[:39] + "…")


RULES: Final[tuple[type[Rule], ...]] = (
    BlockOrder, UnclosedBlock, SequenceGap, ToolIndex, ToolId, ToolArguments, SumDiffers, RpcId,
)  # fmt: skip
