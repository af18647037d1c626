"""Message, what a model's stream adds up to, in one shape for all providers, and the verdict on the stream."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

PartType = Literal["text", "reasoning", "tool_call", "tool_result", "refusal", "source", "file", "data"]
"""data: what a provider sends besides, kept as it is."""

FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "refusal", "cancelled", "pause", "error", "other"
]
"""Why a choice finished: error, the provider gave up; other, a reason that has no word here."""

StreamState = Literal[
    "complete", "no-terminator", "cut-in-event", "cut-in-json", "cut-in-utf8", "in-band-error", "unknown"
]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of a message, in the order in which they began."""

    type: PartType
    text: str = ""  # of a tool call its arguments as they came, JSON text
    id: str | None = None  # of a tool call or its result
    name: str | None = None  # of the tool
    arguments: Any = None  # of a whole tool call, parsed; None while it is partial
    partial: bool = False  # it has not ended: what is here may be cut anywhere
    value: Any = None  # whatever else the provider says of it, as it says it


class Choice(msgspec.Struct, frozen=True):
    """One of the answers; most streams have one."""

    index: int = 0
    role: str | None = None
    parts: tuple[Part, ...] = ()
    reason: str | None = None  # why it finished, in the provider's word; None before it has
    finish: FinishReason | None = None  # the same in ours

    @property
    def text(self) -> str:
        """The text, without reasoning, refusals and tool calls."""
        return "".join(part.text for part in self.parts if part.type == "text")


class Verdict(msgspec.Struct, frozen=True):
    """Whether the whole stream is there, how its message ended, and what shows it."""

    stream: StreamState
    finish: FinishReason | None  # of the first choice
    evidence: str
    number: int | None = None  # of the last event
    line: int | None = None  # where that evidence stands; None where it is something missing

    @property
    def complete(self) -> bool:
        """True where the terminator was there and no error."""
        return self.stream == "complete"


class Message(msgspec.Struct, frozen=True):
    """What a stream adds up to, so far."""

    protocol: str | None  # the name of its protocol; None where none was recognised
    id: str | None = None
    model: str | None = None
    choices: tuple[Choice, ...] = ()
    usage: Any = None  # as the provider says it
    error: Any = None  # the same of an error in the stream
    verdict: Verdict = Verdict("unknown", None, "nothing was read")
    native: Any = None  # the provider's own object: what the same call without streaming would have returned

    def choice(self, index: int = 0) -> Choice:
        """The choice of this index; an empty one where there is none."""
        return next((one for one in self.choices if one.index == index), Choice(index))

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return self.choices[0].text if self.choices else ""

    def normalized(self) -> dict[str, Any]:
        """One shape for all providers, of plain values. `choices` is there where there are several."""
        choices = [
            {**msgspec.to_builtins(choice), "parts": [msgspec.to_builtins(part) for part in choice.parts]}
            for choice in self.choices or (Choice(),)
        ]
        shaped = {
            "protocol": self.protocol,
            "id": self.id,
            "model": self.model,
            **{key: choices[0][key] for key in ("role", "parts", "finish", "reason")},
            "usage": self.usage,
            "error": self.error,
            "choices": choices if len(choices) > 1 else None,
            "verdict": msgspec.to_builtins(self.verdict),
        }
        return {key: value for key, value in shaped.items() if value is not None or key in ("role", "finish")}
