"""Rules `llm-…` about tool calls: what tells them apart, what is asked of the tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streamconv.jsonscan import Scanner
from streamconv.problem import Problem
from streamconv.protocols.sign import Call, Close, Delta, Finish, Sign, Start
from streamconv.rules.llm import chat, shown
from streamconv.rules.meaning import MOST, Course, LlmRule
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule

_OPENAI: Final = "OpenAI API reference, Chat Completions, The chat completion chunk object, tool_calls"
_ASKS: Final = chat({}, "tool_calls") + b"data: [DONE]\n\n"


def call(index: int | None, arguments: str, **names: object) -> bytes:
    """A fragment of a tool call in chat completions, for the examples."""
    place = {} if index is None else {"index": index}
    function = {**({"name": names.pop("name")} if "name" in names else {}), "arguments": arguments}
    return chat({"tool_calls": [{**place, **names, "function": function}]})


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
            message = f"another tool call has the index {sign.position}: clients take both for one"
            yield self.of_payload(course.passage, message)
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
                message = f"the tool call {shown(first)} goes on under another id, {shown(sign.id)}"
                yield self.of_payload(course.passage, message)
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
                whole = course.protocol.finish_of(sign.reason) in ("tool_calls", "stop", "other", None)
                yield from self._judge(
                    [part for part, text in self._texts.items() if text.choice == sign.choice], whole=whole
                )

    def expects(self, delta: Delta) -> bool:
        """False at a fault, which stands in one event."""
        text = self._texts.get(delta.part) or _Arguments(delta.choice)
        return delta.channel != "arguments" or text.expects(delta.text)

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

    def add(self, fragment: str, passage: Passage | None) -> None:
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

    def expects(self, fragment: str) -> bool:
        """True where more of them brings no fault."""
        trial = _Arguments(self.choice)
        trial._scanner = self._scanner and self._scanner.copy()
        trial.add(fragment, self.passage)
        return bool(self._fault) or not trial._fault

    def finish(self) -> str:
        """What is wrong with them now that they are whole; "" where nothing is. No text at all is no argument."""
        if not self._fault and self._scanner is not None and self._scanner.finish() != "done":
            return f"they end where {self._scanner.expected} should follow"
        return self._fault


RULES: Final[tuple[type[Rule], ...]] = (ToolIndex, ToolId, ToolArguments)
