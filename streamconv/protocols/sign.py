"""Signs: what one event of a model's stream says, in the words that all protocols share.

From them come the text as it arrives, the verdict, and what the rules `llm-…` judge.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Channel = Literal["text", "reasoning", "refusal", "arguments", "input", "other"]
"""arguments: a tool's, as JSON text; input: what a tool takes as it is, code or a command."""


class Start(NamedTuple):
    """A message begins."""

    id: str | None = None


class Open(NamedTuple):
    """A part of the message begins: a block, an item, a tool call. `part` names it within the stream."""

    part: str


class Delta(NamedTuple):
    """More text of a part."""

    part: str
    channel: Channel
    text: str
    choice: int = 0


class Call(NamedTuple):
    """A fragment of a tool call, as far as it names the call: `position` among the choice's calls, its id, its tool."""

    part: str
    position: int | None
    id: str | None
    name: str | None
    choice: int = 0


class Whole(NamedTuple):
    """The whole text of a part, said by the provider: the sum of the deltas must be that."""

    part: str
    channel: Channel
    text: str


class Close(NamedTuple):
    """A part of the message ends."""

    part: str


class Finish(NamedTuple):
    """A choice has finished, for the provider's own reason; None where it says none."""

    reason: str | None
    choice: int = 0


class Usage(NamedTuple):
    """What the message cost."""


class Number(NamedTuple):
    """The event's number in a sequence that must have no gaps."""

    number: int


class Request(NamedTuple):
    """A JSON-RPC request, which wants a response of the same id."""

    id: str | int


class Response(NamedTuple):
    """A JSON-RPC response."""

    id: str | int | None


class End(NamedTuple):
    """The terminator: nothing of the message comes after it. `name` is what it is called where there are several."""

    name: str = ""


class Error(NamedTuple):
    """The provider says that it failed."""

    message: str
    code: str | None = None


Sign = Start | Open | Delta | Call | Whole | Close | Finish | Usage | Number | Request | Response | End | Error
