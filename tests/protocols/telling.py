"""Short streams written by hand, and what they say."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Choice, Message, Part
from streamconv.protocols.sign import Sign
from tests.protocols.events import Event
from tests.protocols.events import sse as stream
from tests.reading import decode


class Told(NamedTuple):
    """The message of a stream, and the signs of its events."""

    message: Message
    signs: list[Sign]

    @property
    def choice(self) -> Choice:
        """The first answer."""
        return self.message.choice()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts."""
        return self.choice.parts

    @property
    def native(self) -> Any:
        """The provider's own object."""
        return self.message.native

    @property
    def stream(self) -> str:
        """The verdict on the stream."""
        return self.message.verdict.stream

    @property
    def meaning(self) -> tuple[Any, ...]:
        """All that does not depend on where in which format it stands."""
        return self.native, self.message.choices, self.message.usage, self.message.error, self.stream, self.signs

    def of(self, *types: type[Sign]) -> list[Sign]:
        """The signs of these types."""
        return [sign for sign in self.signs if isinstance(sign, types)]


def read(data: bytes, format: str = "sse") -> Told:
    """What these bytes say."""
    assembler = Assembler()
    said = assembler.feed(decode(format, [data])) + assembler.finish()
    return Told(assembler.snapshot(), [sign for _, sign in said])


def sse(*events: Event) -> Told:
    """What an event stream says."""
    return read(stream(events))


def ndjson(*objects: Any) -> Told:
    """What these objects say, one a line."""
    return read(b"".join(json.dumps(one).encode() + b"\n" for one in objects), "ndjson")
