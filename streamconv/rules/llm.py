"""Rules `llm-…` about a model's stream as a whole: whether it is all there, how it ends, and what its events are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from streamconv.problem import Problem
from streamconv.protocols.sign import Call, Delta, Error, Finish, Sign, Start, Usage
from streamconv.protocols.unnamed import HINT, SEVERITY, UNNAMED_EVENTS, is_unnamed, message_of
from streamconv.rules.meaning import MOST, Course, LlmRule
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule

_OPENAI: Final = "OpenAI API reference, Chat Completions, Streaming"
_ANTHROPIC: Final = "Anthropic API reference, Streaming messages"
_DONE: Final = b"data: [DONE]\n\n"
_LONGEST: Final = 200  # characters of a server's message that are shown
_LONGEST_WORD: Final = 40  # the same of a name, an id, a reason


def chat(delta: dict[str, Any], finish: str | None = None, choice: int = 0, **more: Any) -> bytes:
    """A chunk of chat completions, for the examples."""
    said = {"index": choice, "delta": delta, "finish_reason": finish}
    chunk = {"id": "c1", "object": "chat.completion.chunk", "choices": [said], **more}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


def named(type: str, **members: Any) -> bytes:
    """An event of Anthropic Messages, for the examples."""
    return b"event: " + type.encode() + b"\ndata: " + orjson.dumps({"type": type, **members}) + b"\n\n"


def block(*texts: str, index: int = 0) -> bytes:
    """One block of text of it."""
    deltas = (named("content_block_delta", index=index, delta={"type": "text_delta", "text": text}) for text in texts)
    opened = named("content_block_start", index=index, content_block={"type": "text", "text": ""})
    return opened + b"".join(deltas) + named("content_block_stop", index=index)


HI: Final = chat({"role": "assistant", "content": "Hi"})
STOP: Final = chat({}, "stop")
BEGIN: Final = named("message_start", message={"id": "m1", "role": "assistant", "content": []})
END_TURN: Final = named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2})
MESSAGE_STOP: Final = named("message_stop")


def shown(word: str) -> str:
    """A word of the stream in a message."""
    return repr(word if len(word) <= _LONGEST_WORD else word[: _LONGEST_WORD - 1] + "…")


class CutOff(LlmRule):
    """The stream ends before the answer does: neither a finish reason nor the terminator is there.

    The framing is whole, so a client that does not look for them takes half an answer for all of it: the text stops in
    mid-sentence, a tool call's arguments are half a JSON object. Most likely the server, or a proxy with a time limit
    or a limit on sizes, closed the connection; a recorder that was stopped looks the same. Where the framing itself
    shows the cut, its own rule says so, and what is missing is said as warnings.
    """

    name = "llm-cut-off"
    severity = "error"
    clause = _OPENAI
    hint = "look at what closed the connection: time limits of proxies and functions, a crashed server"
    bad = HI
    good = HI + STOP + _DONE

    def end(self, course: Course) -> Iterable[Problem]:
        """At the end."""
        return (self.of_stream(self._words(course)),) if is_cut_off(course) else ()

    def _words(self, course: Course) -> str:
        protocol = course.protocol
        missing = [
            *(["a finish reason"] if protocol.reasons else []),
            *([protocol.terminator] if course.unended else []),
        ]
        listed = (
            f"neither {missing[0]} nor {missing[1]}" if len(missing) == 2 else f"no {missing[0].removeprefix('a ')}"
        )
        return f"the stream ends after event {course.stream.events} with {listed}: the answer is cut off"


def is_cut_off(course: Course) -> bool:
    """True where the stream ends on the boundary of a record, and nothing in it shows an end."""
    if course.cut or course.ended or not course.protocol.closes:
        return False
    return not course.finished if course.protocol.reasons else course.unended


class DoneMissing(LlmRule):
    """The stream ends without `data: [DONE]`, the marker that every stream of the OpenAI API ends with.

    Clients that read until the marker wait for it, and call the end of the connection an error: older SDKs, and code
    written by hand. Some servers never send it (Perplexity, Writer, GPUStack), some gateways drop it. Without it
    nobody can tell a whole stream from one that lost its last chunks, such as that of the usage.
    """

    name = "llm-done-missing"
    severity = "warning"
    clause = _OPENAI
    hint = "streamconv convert --to sse --done appends it, if you know that the stream is whole"
    bad = HI + STOP
    good = HI + STOP + _DONE

    def end(self, course: Course) -> Iterable[Problem]:
        """At the end, in formats that can hold the marker."""
        if course.protocol.terminator != "[DONE]" or not course.unended or is_cut_off(course):
            return ()
        return (self.of_stream("no [DONE] at the end of the stream"),)


class NoStop(LlmRule):
    """The last event of the protocol is missing: `message_stop`, `response.completed`, or whatever it ends with.

    SDKs hand out the final message when they see it; without it they raise, or return an answer that lacks its last
    usage. A finish reason alone says why the model stopped, not that everything has arrived.
    """

    name = "llm-no-stop"
    severity = "warning"
    clause = _ANTHROPIC
    hint = "look at what closed the connection after the finish reason"
    bad = BEGIN + block("Hi") + END_TURN
    good = BEGIN + block("Hi") + END_TURN + MESSAGE_STOP

    def end(self, course: Course) -> Iterable[Problem]:
        """At the end."""
        if course.protocol.terminator == "[DONE]" or not course.unended or is_cut_off(course):
            return ()
        return (self.of_stream(f"no {course.protocol.terminator} at the end of the stream"),)


class NoFinishReason(LlmRule):
    """No event says why the model stopped, or one of several choices does not.

    It is what tells a whole answer (`stop`) from one that ran out of tokens (`length`), was filtered or waits for a
    tool. Agents decide by it whether to run the tools; without it they drop the calls, or loop.
    """

    name = "llm-no-finish-reason"
    severity = "warning"
    clause = _OPENAI
    hint = "does a gateway drop the last chunk, or members that are null in all others?"
    bad = HI + _DONE
    good = HI + STOP + _DONE

    def end(self, course: Course) -> Iterable[Problem]:
        """At the end, once, with the choices that lack it."""
        if not course.unfinished or is_cut_off(course):
            return ()
        if not course.finished:
            return (self.of_stream("no event says why the answer finished"),)
        lacking = sorted(course.started - course.finished)
        which = ", ".join(map(str, lacking[:8])) + (", …" if len(lacking) > 8 else "")
        return (self.of_stream(f"no event says why choice {which} finished"),)


class AfterDone(LlmRule):
    """An event comes after the terminator, where clients have stopped reading.

    What it says is lost to them: the openai SDK leaves its loop at `[DONE]`, the anthropic SDK after `message_stop`.
    Two captures in one file look like this too; each is to be read by itself then. The first such event is said.
    """

    name = "llm-after-done"
    severity = "warning"
    clause = _OPENAI
    hint = "send it before the terminator; split a file that holds two streams"
    bad = HI + STOP + _DONE + STOP
    good = HI + STOP + _DONE

    def event(self, course: Course) -> Iterable[Problem]:
        """The first event past the end."""
        if not course.is_past_end:
            return ()
        return (self.of_payload(course.passage, f"an event after {course.end}, where clients have stopped reading"),)


class ErrorEvent(LlmRule):
    """The server says in the middle of the stream that it failed.

    The status was 200 before anything went wrong, so whoever looks at statuses only (load balancers, dashboards, retry
    policies) counts a success. SDKs raise on the errors of their own API; those of gateways in another shape, as text
    outside the framing or in a field of their own pass unseen, and the answer seems to end well.
    """

    name = "llm-error-event"
    severity = "error"
    clause = "OpenAI API reference, Streaming; Anthropic API reference, Streaming messages, Error events"
    hint = "the message is the server's own; whether to try again depends on its code"
    hears = (Error,)
    bad = HI + b'data: {"error":{"message":"The server is overloaded","type":"server_error","code":503}}\n\n'
    good = HI + STOP + _DONE

    def __init__(self) -> None:
        self._last: Sign | None = None

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Each that says something else than the one before: some are told as an event, and again as a status."""
        assert isinstance(sign, Error)
        if sign == self._last:
            return ()
        self._last = sign
        words = sign.message if len(sign.message) <= _LONGEST else sign.message[: _LONGEST - 1] + "…"
        code = f" ({sign.code})" if sign.code and sign.code != words else ""
        return (self.of_payload(course.passage, f"the server failed: {words or 'it does not say why'}{code}"),)


class TypeMismatch(LlmRule):
    """The name of an event is not the `type` in its payload.

    Clients differ in which of the two they read: the anthropic SDK dispatches by the name and then by the type, most
    others by one of them. So one client sees another stream than the next. Gateways that name every event `message`
    or `data` do this.
    """

    name = "llm-type-mismatch"
    severity = "warning"
    clause = _ANTHROPIC
    formats = ("sse", "records")
    hint = "streamconv convert --event-from type --to sse writes the names that the payloads say"
    bad = BEGIN + named("message_stop").replace(b"event: message_stop", b"event: message")
    good = BEGIN + MESSAGE_STOP

    def event(self, course: Course) -> Iterable[Problem]:
        """Each event of a protocol whose events have both."""
        name = course.record.event
        if not course.protocol.typed or not name:
            return ()
        type = course.event.type if course.event is not None else ""
        if not type or name == type:
            return ()
        message = f"the event is named {shown(name)}, and its payload has the type {shown(type)}"
        return (self.of_payload(course.passage, message),)


class UnnamedEvents(LlmRule):
    """The events have no names, in an event stream of a protocol whose clients read by the name.

    To such a client an event without a name is a `message`, which it does not know: the anthropic SDK passes over all
    of them and hands out nothing, without an error. It happens where a stream went through NDJSON, or a gateway writes
    `data:` lines only. The payloads still say in `type` what the names were.
    """

    name = UNNAMED_EVENTS
    severity = SEVERITY
    clause = _ANTHROPIC
    formats = ("sse",)
    hint = HINT
    bad = (BEGIN + block("Hi") + END_TURN + MESSAGE_STOP).replace(b"event: ", b": ")
    good = BEGIN + block("Hi") + END_TURN + MESSAGE_STOP

    def __init__(self) -> None:
        self._said = False

    def event(self, course: Course) -> Iterable[Problem]:
        """The first."""
        if self._said or not is_unnamed(course.record, course.protocol):
            return ()
        self._said = True
        return (self.of_payload(course.passage, message_of(course.protocol)),)


class FinishTwice(LlmRule):
    """A choice finishes twice, for different reasons.

    Clients keep the last reason or the first; an agent that acts on `tool_calls` as it comes has run the tools when the
    second one says `stop`. Gateways that add a finish of their own to that of the model do this.
    """

    name = "llm-finish-twice"
    severity = "warning"
    clause = _OPENAI
    hint = "which of the two does the model's own server send?"
    hears = (Finish, Start)
    bad = HI + STOP + chat({}, "length") + _DONE
    good = HI + STOP + _DONE

    def __init__(self) -> None:
        self._reasons: dict[int, str] = {}

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """The second, and every one after it."""
        if isinstance(sign, Start):
            self._reasons.clear()
            return ()
        assert isinstance(sign, Finish)
        if sign.reason is None:
            return ()
        before = self._reasons.get(sign.choice)
        if before is None and len(self._reasons) < MOST:
            self._reasons[sign.choice] = sign.reason
        if before in (None, sign.reason) or not course.protocol.reasons:
            return ()
        where = f"choice {sign.choice}" if sign.choice else "the answer"
        message = f"{where} finishes a second time, for {shown(sign.reason)}; the first time it was {shown(before)}"
        return (self.of_payload(course.passage, message),)


class FinishUnknown(LlmRule):
    """The finish reason is none that the protocol knows.

    Typed clients have a closed list of them: those in Rust, Go, Java and C# fail to parse the chunk, and so lose the
    whole answer at its end; others take the reason for an odd one and go on. Servers that pass on a model's own words
    (`eos_token`, `STOP`) do this.
    """

    name = "llm-finish-unknown"
    severity = "info"
    clause = _OPENAI
    hint = "map it to one of the reasons of the protocol at the gateway"
    hears = (Finish,)
    bad = HI + chat({}, "eos_token") + _DONE
    good = HI + STOP + _DONE

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Each."""
        assert isinstance(sign, Finish)
        known = course.protocol.finishes
        if not known or sign.reason is None or sign.reason in known:
            return ()
        return (
            self.of_payload(course.passage, f"{shown(sign.reason)} is no finish reason of {course.protocol.title}"),
        )


class StartTwice(LlmRule):
    """A second message begins before the first has ended.

    Most SDKs start anew and drop what was there; the anthropic SDK's accumulator raises, or joins the two. A gateway
    that tries again after a failure and does not say so does this, as do spliced captures.
    """

    name = "llm-start-twice"
    severity = "warning"
    clause = _ANTHROPIC
    hint = "the first answer is lost to clients: did a gateway try again behind their back?"
    hears = (Start,)
    bad = BEGIN + BEGIN + block("Hi") + END_TURN + MESSAGE_STOP
    good = BEGIN + block("Hi") + END_TURN + MESSAGE_STOP

    def __init__(self) -> None:
        self._started = False

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Each but the first, and those that follow one that has."""
        again, self._started = self._started, True
        if not again or course.ended or course.finished:
            return ()
        return (self.of_payload(course.passage, "a message begins, and the one before has not ended"),)


class UsageNotLast(LlmRule):
    """The answer goes on after its usage was told.

    With `stream_options.include_usage` the usage is the last chunk. Clients that stop there lose what comes after it,
    and the counts are too small. Servers that tell the usage so far in every event are not meant.
    """

    name = "llm-usage-not-last"
    severity = "info"
    clause = "OpenAI API reference, Chat Completions, stream_options.include_usage"
    hint = "count the tokens once the answer is whole"
    hears = (Usage, Delta, Call, Start)
    bad = HI + chat({}, usage={"total_tokens": 9}) + HI + STOP + _DONE
    good = HI + STOP + b'data: {"object":"chat.completion.chunk","choices":[],"usage":{"total_tokens":9}}\n\n' + _DONE

    def __init__(self) -> None:
        self._told: Passage | None = None  # where the usage was
        self._times = 0
        self._went_on = False

    def hear(self, sign: Sign, course: Course) -> Iterable[Problem]:
        """Remember where the usage was, and whether anything came after it."""
        if isinstance(sign, Usage):
            self._told, self._times = course.passage, self._times + 1
        elif isinstance(sign, Start):
            self._times, self._went_on = 0, False
        elif self._times and self._told is not course.passage:
            self._went_on = True
        return ()

    def end(self, course: Course) -> Iterator[Problem]:
        """At the end, as only that shows whether the usage was told once."""
        if self._told is not None and self._times == 1 and self._went_on:
            yield self.of_payload(self._told, "the answer goes on after its usage")


RULES: Final[tuple[type[Rule], ...]] = (
    CutOff, DoneMissing, NoStop, NoFinishReason, AfterDone, ErrorEvent, TypeMismatch, UnnamedEvents, FinishTwice,
    FinishUnknown, StartTwice, UsageNotLast,
)  # fmt: skip
