"""The protocols, one line each, in the order in which they are looked for."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from streamconv.protocols.anthropic_messages import AnthropicMessages
from streamconv.protocols.event import Event
from streamconv.protocols.openai_chat import OpenAIChat
from streamconv.protocols.protocol import Protocol

PROTOCOLS: Final[tuple[type[Protocol], ...]] = (
    AnthropicMessages,
    OpenAIChat,
)  # fmt: skip

_BY_NAME: Final = {protocol.name: protocol for protocol in PROTOCOLS}


def recognise(event: Event) -> tuple[type[Protocol], str] | None:
    """The protocol that an event, one of a stream's first, shows, with the evidence; None where it shows none."""
    for protocol in PROTOCOLS:
        evidence = protocol.recognises(event)
        if evidence is not None:
            return protocol, evidence
    return None


def find(name: str) -> type[Protocol]:
    """The protocol of this name. Raises ValueError, which suggests the near one."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_BY_NAME)}"
    raise ValueError(f"no protocol is named {name!r}; {hint}")
