"""Protocol, what the payloads of a stream mean: how it is recognised, how it adds up, how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice, FinishReason
from streamconv.protocols.shape import words
from streamconv.protocols.sign import Error, Sign

PATIENCE: Final = 32  # events in which a protocol must show itself


class Protocol:
    """One protocol; an instance takes the events of one stream and knows what they add up to so far.

    Nothing in an event may be relied on: streams are cut, joined, made by gateways. What does not fit is passed over,
    never raised, and what is not known is kept.
    """

    name: ClassVar[str]
    title: ClassVar[str]  # as people call it
    source: ClassVar[str]  # the document or client library that its facts stand on
    # The last thing that it sends, as messages name it: `[DONE]`, the name of an event; "" where the finish of every
    # choice is all that tells the end.
    terminator: ClassVar[str]
    after_end: ClassVar[tuple[str, ...]] = ()  # names of events that may follow the terminator
    continues: ClassVar[bool] = False  # another message may follow the terminator: a second run, a second response
    closes: ClassVar[bool] = True  # False: a stream may end without anything that tells its end
    typed: ClassVar[bool] = False  # the SSE event's name is the payload's `type`
    by_name: ClassVar[bool] = False  # clients pass over events that have no name
    finishes: ClassVar[Mapping[str, FinishReason]] = {}  # the provider's reasons in our words
    # What its grammar asks for, which the rules `llm-…` judge.
    reasons: ClassVar[bool] = True  # each choice says why it finished
    opens: ClassVar[bool] = False  # each part is opened before it is added to, and closed
    repeats: ClassVar[bool] = False  # after the deltas of a part all that they add up to is said once more
    grows: ClassVar[bool] = False  # a piece of arguments may be all of them so far, which only the pieces tell
    calls_need: ClassVar[tuple[Literal["index", "id", "name"], ...]] = ()  # what clients tell tool calls apart by

    id: str | None = None
    model: str | None = None
    usage: Any = None
    error: Any = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """What in this event, one of the first, shows that the stream is of this protocol; None where nothing does."""
        raise NotImplementedError

    def take(self, event: Event) -> Iterable[Sign]:
        """Add an event; returns what it says. The end marker `[DONE]` is not handed in."""
        failed = self.failure_in(event)
        return self._take(event) if failed is None else (self.fail(*failed),)

    def failure_in(self, event: Event) -> tuple[Any, Error] | None:
        """The error that an event carries and nothing besides, as it is and as a sign."""
        return error_in(event)

    def fail(self, found: Any, sign: Error) -> Error:
        """Note an error; returns its sign. The first that says anything is kept, which those after it may come of."""
        self.error = self.error or found
        return sign

    def _take(self, event: Event) -> Iterable[Sign]:
        """Add an event that carries no error. Who has errors beside other things overrides `take`."""
        raise NotImplementedError

    def forget(self) -> None:
        """Let go of what the message has so far: whoever calls reads the signs only, and they go on as before.

        A protocol that does not know what its later signs need keeps all of it.
        """

    def native(self) -> Any:
        """The provider's own object so far: what the same call without streaming would have returned."""
        raise NotImplementedError

    def choices(self) -> tuple[Choice, ...]:
        """The answers so far, in one shape for all protocols."""
        raise NotImplementedError

    def finish_of(self, reason: str | None) -> FinishReason | None:
        """The provider's reason in our words."""
        return self.finishes.get(reason, "other") if reason is not None else None


def error_in(event: Event) -> tuple[Any, Error] | None:
    """The error that an event carries in the ways that many providers share, as it is and as a sign.

    A member `error`; an event named error; an exception message of AWS.
    """
    value = event.object
    error = value.get("error")
    if event.name != "error" and not error and not is_exception(event):
        return None
    found = error or value or event.record.data
    return found, error_sign(found, event.name)


def is_exception(event: Event) -> bool:
    """True for a message of AWS whose `:message-type` is exception or error."""
    return event.record.format == "aws-eventstream" and any(
        field == ":message-type" and value != "event" for field, value in event.record.unknown
    )


def error_sign(found: Any, name: str = "") -> Error:
    """The sign of an error that a provider wrote as an object, or as text."""
    if not isinstance(found, dict):
        return Error(words(found), name or None)
    message = next((found[key] for key in ("message", "detail", "error_msg", "errorText") if found.get(key)), "")
    code = next((found[key] for key in ("code", "type", "error_code", "status") if found.get(key)), name or None)
    return Error(words(message), None if code is None else words(code))
