"""A tool call in a UI message of the Vercel AI SDK: one part, which goes from its input to its output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Part
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.shape import written
from streamconv.protocols.tool_call import tool_call, whole_call

# What happens to a call: the state that it is in from then on.
STATES: Final = {
    "tool-input-start": "input-streaming",
    "tool-input-available": "input-available",
    "tool-input-error": "output-error",
    "tool-approval-request": "approval-requested",
    "tool-approval-response": "approval-responded",
    "tool-output-available": "output-available",
    "tool-output-error": "output-error",
    "tool-output-denied": "output-denied",
}
_ANSWER: Final = ("output", "errorText", "preliminary")  # members of what became of the call; each chunk brings all
_LASTING: Final = ("title", "toolMetadata", "providerExecuted")  # members that stay once they were said
# Members of the approval that a call waits for, by their names in the chunks.
_ASKED: Final = {
    "approvalId": "id",
    "approvalDescriptor": "descriptor",
    "inputSchemaInput": "inputSchemaInput",
    "reason": "requestReason",
    "isAutomatic": "isAutomatic",
    "signature": "signature",
}
_ANSWERED: Final = {"approvalId": "id", "approved": "approved", "reason": "reason"}
_OWN: Final = {"type", "toolCallId", "toolName", "state", "input", "inputEncoding", "rawInput", "approval"}
_KNOWN: Final = _OWN | _ASKED.keys() | _ANSWERED.keys() | {*_ANSWER, *_LASTING, "dynamic", "providerMetadata"}


class VercelTool:
    """One call; `part` is that of the UIMessage."""

    def __init__(self, id: str, *, position: int, dynamic: bool) -> None:
        self.id = id
        self.position = position
        self.part: dict[str, Any] = {"type": "dynamic-tool" if dynamic else "tool-", "toolCallId": id}
        self._text = Growing()  # of the input, as it came
        self._refused = False  # the input was found wrong: it may be no JSON at all

    @property
    def name(self) -> str | None:
        """The tool's name, as far as it is known."""
        name = self.part.get("toolName") if self.part["type"] == "dynamic-tool" else self.part["type"][len("tool-") :]
        return name if isinstance(name, str) and name else None

    @property
    def streaming(self) -> bool:
        """True while more of the input is to come."""
        return bool(self.part.get("state", "input-streaming") == "input-streaming")

    def append(self, text: str) -> None:
        """Add to the text of the input."""
        self._text.append(text)
        self.part["rawInput"] = self._text

    def take(self, chunk: dict[str, Any]) -> None:
        """Note what happened to the call."""
        kind, part = chunk["type"], self.part
        part["state"] = STATES[kind]
        part.update({key: value for key, value in chunk.items() if key not in _KNOWN})
        if kind in ("tool-approval-request", "tool-approval-response"):
            self._approve(chunk, _ASKED if kind == "tool-approval-request" else _ANSWERED)
        elif kind != "tool-output-denied":
            self._change(kind, chunk)

    def _change(self, kind: str, chunk: dict[str, Any]) -> None:
        part = self.part
        if kind.startswith("tool-input-"):
            self._refused = kind == "tool-input-error"
            self._rename(chunk.get("toolName"))
            _set(part, "input", chunk)
            _set(part, "inputEncoding", chunk)
        if kind != "tool-output-error" or part["type"] == "dynamic-tool":
            part.pop("rawInput", None)
        for member in _ANSWER:
            _set(part, member, chunk)
        part.update({member: chunk[member] for member in _LASTING if chunk.get(member) is not None})
        if chunk.get("providerMetadata") is not None:
            of = "resultProviderMetadata" if part["state"].startswith("output-") else "callProviderMetadata"
            part[of] = chunk["providerMetadata"]

    def _rename(self, name: Any) -> None:
        if self.part["type"] == "dynamic-tool":
            self.part["toolName"] = name
        elif isinstance(name, str):
            self.part["type"] = f"tool-{name}"

    def _approve(self, chunk: dict[str, Any], members: dict[str, str]) -> None:
        said = {name: chunk[member] for member, name in members.items() if chunk.get(member) is not None}
        held = self.part.get("approval")
        self.part["approval"] = {**held, **said} if isinstance(held, dict) and members is _ANSWERED else said
        _set(self.part, "providerExecuted", {**self.part, **chunk})
        if chunk.get("providerMetadata") is not None:
            self.part["callProviderMetadata"] = chunk["providerMetadata"]

    def parts(self) -> Iterator[Part]:
        """The call, and what came of it."""
        part, text = self.part, str(self._text)
        shown = {"type", "toolCallId", "toolName", "state", "input", "rawInput", *_ANSWER}
        rest = {key: value for key, value in part.items() if key not in shown}
        if self.streaming:
            yield tool_call(text, self.id, self.name, rest, ended=False)
        elif self._refused:
            given = part.get("input")
            text = text or (given if isinstance(given, str) else written(given))
            yield tool_call(text, self.id, self.name, rest, ended=True)
        else:
            yield whole_call(part.get("input"), self.id, self.name, rest, text)
        answer = {member: part[member] for member in _ANSWER if part.get(member) is not None}
        if answer or part.get("state") == "output-denied":
            said = answer.get("output", answer.get("errorText"))
            text = text_of(said) or ""
            yield Part("tool_result", text, self.id, self.name, value={"state": part["state"], **answer})


def _set(part: dict[str, Any], member: str, chunk: dict[str, Any]) -> None:
    if member in chunk:
        part[member] = chunk[member]
    else:
        part.pop(member, None)
