"""One candidate of a Gemini stream: its parts added up, and what else is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.protocols.gemini_arguments import Arguments
from streamconv.protocols.growing import Growing, settled
from streamconv.protocols.message import Part, PartType
from streamconv.protocols.shape import besides, elements, members, objects, text, written
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Sign
from streamconv.protocols.tool_call import whole_call

_JOINING: Final = frozenset({"text", "thought"})  # parts with nothing else are joined to their neighbours
_UNFINISHED: Final = "FINISH_REASON_UNSPECIFIED"
_REPLACED: Final = ("safetyRatings", "finishReason")  # lists and all, by what is said last
_DEPTH: Final = 4  # levels of a candidate's metadata that are added up


class Candidate:
    """A candidate so far."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.reason: str | None = None
        self._members: dict[str, Any] = {}
        self._content: dict[str, Any] | None = None  # but its parts
        self._parts: list[dict[str, Any]] = []
        self._arguments: dict[int, Arguments] = {}  # by part, of calls whose arguments are streamed
        self._calls = 0
        self._calling: int | None = None  # the part of the call that continues

    @property
    def role(self) -> str | None:
        """Who speaks: the model is the assistant of others."""
        role = text((self._content or {}).get("role"))
        return "assistant" if role == "model" else role

    def add(self, candidate: dict[str, Any]) -> Iterator[Sign]:
        """Add what one chunk has of this candidate."""
        content = candidate.get("content")
        if isinstance(content, dict):
            self._content = {} if self._content is None else self._content
            self._content.update(besides(content, "parts"))
            for part in objects(content.get("parts")):
                yield from self._add_part(part)
        _add(self._members, besides(candidate, "content", *_REPLACED), _DEPTH)
        self._members.update({name: candidate[name] for name in _REPLACED if name in candidate})
        reason = text(candidate.get("finishReason"))
        if reason and reason not in (_UNFINISHED, self.reason):  # the first models said it in every chunk
            self.reason = reason
            yield Finish(reason, self.index)

    def _add_part(self, part: dict[str, Any]) -> Iterator[Sign]:
        told, call = text(part.get("text")), part.get("functionCall")
        if isinstance(call, dict):
            yield from self._call(part, call)
            return
        last = self._parts[-1] if self._parts else {}
        if told is not None and _joins(last, part):
            last["text"].append(told)
        else:
            self._parts.append({**part, "text": Growing(told)} if told is not None else part)
        if told:
            yield Delta(self._named(), "reasoning" if part.get("thought") is True else "text", told, self.index)

    def _call(self, part: dict[str, Any], call: dict[str, Any]) -> Iterator[Sign]:
        """Add a call, or to the call that continues, which has no name then."""
        goes_on, pieces = call.get("willContinue") is True, elements(call.get("partialArgs"))
        if self._calling is None or text(call.get("name")):
            self._parts.append({**part, "functionCall": besides(call, "partialArgs", "willContinue")})
            position, self._calls = self._calls, self._calls + 1
            if goes_on or pieces:
                self._calling = len(self._parts) - 1
                self._arguments[self._calling] = Arguments()
                yield Open(self._named())
            yield Call(self._named(), position, text(call.get("id")), text(call.get("name")), self.index)
        else:
            held = self._parts[self._calling]
            held.update(besides(part, "functionCall"))
            held["functionCall"].update(besides(call, "partialArgs", "willContinue", "name"))
        if self._calling is not None:
            yield from self._continue(self._calling, pieces, goes_on=goes_on)

    def _continue(self, at: int, pieces: list[Any], *, goes_on: bool) -> Iterator[Sign]:
        for piece in pieces:
            yield Delta(self._named(at), "input", self._arguments[at].add(piece), self.index)
        if not goes_on:
            self._calling = None
            yield Close(self._named(at))

    def _named(self, at: int | None = None) -> str:
        return f"candidates[{self.index}].parts[{len(self._parts) - 1 if at is None else at}]"

    def native(self) -> dict[str, Any]:
        """The candidate of the answer without streaming."""
        native: dict[str, Any] = settled(self._members)
        if self._content is None and not self._parts:
            return native
        parts = [self._native_part(at) for at in range(len(self._parts))]
        return {"content": {"parts": parts, **(self._content or {})}, **native}

    def _native_part(self, at: int) -> dict[str, Any]:
        part: dict[str, Any] = settled(self._parts[at])
        if at in self._arguments:
            streamed = self._arguments[at]
            part["functionCall"]["args"] = {**members(part["functionCall"].get("args")), **streamed.value()}
            if streamed.unplaced:
                part["functionCall"]["partialArgs"] = streamed.unplaced.copy()
            if at == self._calling:
                part["functionCall"]["willContinue"] = True
        return part

    def parts(self) -> tuple[Part, ...]:
        """The parts, and the sources that it names."""
        parts = map(self._part, range(len(self._parts)))
        grounding = members(self._members.get("groundingMetadata"))
        citing = members(self._members.get("citationMetadata"))
        found = (grounding.get("groundingChunks"), citing.get("citationSources"), citing.get("citations"))
        return (*parts, *(Part("source", value=source) for sources in found for source in elements(sources)))

    def _part(self, at: int) -> Part:
        part = self._native_part(at)
        growing = self.reason is None and at == len(self._parts) - 1
        if isinstance(part.get("text"), str):
            type: PartType = "reasoning" if part.get("thought") is True else "text"
            return Part(type, part["text"], partial=growing, value=besides(part, "text", "thought") or None)
        if isinstance(part.get("functionCall"), dict):
            return self._called(at, part["functionCall"], besides(part, "functionCall"))
        if isinstance(part.get("executableCode"), dict):
            rest = besides(part, "executableCode")
            return whole_call(part["executableCode"], part["executableCode"].get("id"), "code_execution", rest)
        for name, told in (("codeExecutionResult", "output"), ("functionResponse", "")):
            result = part.get(name)
            if isinstance(result, dict):
                output, id = text(result.get(told)) or "", text(result.get("id"))
                return Part("tool_result", output, id, text(result.get("name")), value=part)
        return Part("file" if part.keys() & {"inlineData", "fileData"} else "data", value=part)

    def _called(self, at: int, call: dict[str, Any], rest: dict[str, Any]) -> Part:
        rest = {**rest, **besides(call, "id", "name", "args")}
        if at == self._calling or "partialArgs" in call:
            # As far as it came: the object is not closed.
            cut = written(call.get("args"))[:-1]
            return Part("tool_call", cut, text(call.get("id")), text(call.get("name")), partial=True, value=rest)
        return whole_call(call.get("args", {}), call.get("id"), call.get("name"), rest)


def _joins(last: dict[str, Any], part: dict[str, Any]) -> bool:
    """True where a part of text is more of the last one."""
    if not isinstance(last.get("text"), Growing) or not last.keys() | part.keys() <= _JOINING:
        return False
    return (last.get("thought") is True) == (part.get("thought") is True)


def _add(held: dict[str, Any], said: dict[str, Any], depth: int, *, always: bool = False) -> None:
    """Add metadata: objects member by member; a list that begins with the one held takes its place, others are added.

    With `always` every list is added: two tokens may be the same.
    """
    for name, value in said.items():
        mine = held.get(name)
        if isinstance(value, dict) and depth:
            if not isinstance(mine, dict):
                mine = held[name] = {}
            _add(mine, value, depth - 1, always=always or name == "logprobsResult")
        elif isinstance(value, list) and isinstance(mine, list) and (always or not _begins(value, mine)):
            mine.extend(value)
        else:
            held[name] = value.copy() if isinstance(value, list) else value


def _begins(value: list[Any], held: list[Any]) -> bool:
    # As text: values nested too deep to be compared are alike then, and the last counts.
    return len(value) >= len(held) and written(value[: len(held)]) == written(held)
