"""One choice of a chat completion: its deltas added up, to the message of that choice and to parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamconv.jsonscan import Scanner
from streamconv.protocols.deltas import Indexed, add
from streamconv.protocols.growing import Growing, Snapshots, settled
from streamconv.protocols.message import Part
from streamconv.protocols.shape import elements, members, number, objects, written
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Call, Channel, Delta, Finish, Sign
from streamconv.protocols.sources import source
from streamconv.protocols.tool_call import tool_call

# Members that hold the reasoning. A gateway that sends it in several sends the same in each.
_REASONING: Final = ("reasoning_content", "reasoning", "reasoning_details")
_FRAGMENTS: Final = ("token_ids",)  # lists of a choice of which each chunk has some; all others come whole


class ChatChoice:
    """A choice so far. Its message is that of the answer without streaming; its parts stand in the order they began."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.role: str | None = None
        self.reason: str | None = None
        self._members: dict[str, Any] = {}  # of the choice, but its message
        self._message: dict[str, Any] = {}  # the deltas added up
        self._whole: dict[str, Any] = {}  # the message so far as some send it beside the delta, or instead
        self._shown = Snapshots()  # the text of that, where no delta has it
        self._calls: dict[int, str] = {}  # what signs call the latest tool call of an index
        self._asked: dict[int, Scanner] = {}  # its arguments as far as they came, where it has no id
        self._fresh: dict[str, dict[str, Any]] = {}  # calls of which more came since some were forgotten
        self._began: dict[str, None] = {}  # kinds of parts, in the order in which they began

    def add(self, choice: dict[str, Any]) -> Iterator[Sign]:
        """Add what one chunk has of this choice."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(message, dict):
            self._whole.update(message)
        if isinstance(delta, dict):
            yield from self._add_delta(delta)
        elif isinstance(message, dict) and isinstance(message.get("content"), str):
            yield from self._said("text", "text", self._shown.take(message["content"]))
        self._note(choice)
        self.role = text_of(self._message.get("role") or self._whole.get("role"))
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and reason != self.reason:  # OpenRouter sends the last chunk twice
            self.reason = reason
            yield Finish(reason, self.index)

    def _note(self, choice: dict[str, Any]) -> None:
        for key, value in choice.items():
            held = self._members.get(key)
            if key in ("delta", "message", "index"):
                continue
            if key == "logprobs" or key in _FRAGMENTS:
                add(self._members, {key: value})
            elif isinstance(value, dict):
                self._members[key] = held if isinstance(held, dict) else {}
                self._members[key].update(value)
            elif value is not None or held is None:
                self._members[key] = value

    def _add_delta(self, delta: dict[str, Any]) -> Iterator[Sign]:
        rest = {key: value for key, value in delta.items() if key not in ("content", "tool_calls")}
        add(self._message, rest)
        yield from self._reason(delta)
        if "content" in delta:
            yield from self._add_content(delta["content"])
        if isinstance(delta.get("refusal"), str):
            yield from self._said("refusal", "refusal", delta["refusal"])
        calls = delta.get("tool_calls")
        for fragment in [calls] if isinstance(calls, dict) else elements(calls):  # TGI sends one, in no list
            if isinstance(fragment, dict):
                yield from self._add_call(fragment)
        if isinstance(delta.get("function_call"), dict):
            yield from self._called("function_call", None, None, delta["function_call"])
        self._began.update((key, None) for key, value in delta.items() if value)

    def _said(self, part: str, channel: Channel, text: str) -> Iterator[Sign]:
        if text:
            yield Delta(f"{self.index}.{part}", channel, text, self.index)

    def _reason(self, delta: dict[str, Any]) -> Iterator[Sign]:
        key = next((key for key in _REASONING if delta.get(key)), None)
        if key is not None:
            yield from self._said("reasoning", "reasoning", _reasoning(delta[key]))

    def _add_content(self, content: object) -> Iterator[Sign]:
        """A text; or, as Mistral sends it, a list of pieces, to which later texts add."""
        held = self._message.setdefault("content", None)
        if isinstance(content, str):
            yield from self._said("text", "text", content)
            if isinstance(held, list):
                _add_pieces(held, [{"type": "text", "text": content}] if content else [])
            elif isinstance(held, Growing):
                held.append(content)
            else:
                self._message["content"] = Growing(content)
        elif isinstance(content, list):
            if not isinstance(held, list):
                self._message["content"] = [{"type": "text", "text": held}] if held else []
            _add_pieces(self._message["content"], content)
            for piece in content:
                if isinstance(piece, dict):
                    channel: Channel = "reasoning" if piece.get("type") == "thinking" else "text"
                    yield from self._said(channel, channel, _piece_text(piece))

    def _add_call(self, fragment: dict[str, Any]) -> Iterator[Sign]:
        """A fragment belongs to the call of its index; unless it names another, as those do who number each call 0.

        By its id; where there are none, by a name that comes once the arguments before it are whole.
        """
        calls = self._message.get("tool_calls")
        if not isinstance(calls, Indexed):
            calls = self._message["tool_calls"] = Indexed()
        position, id = fragment.get("index"), fragment.get("id")
        index = number(position)
        tool = members(fragment.get("function")) or members(fragment.get("custom"))
        call = calls.at(index)
        asked = text_of(tool.get("arguments"))
        named = bool(tool.get("name"))
        if call is None or (named and (self._is_asked(index, asked) or (id and call.get("id") and call["id"] != id))):
            call = calls.open(index)
            self._calls[index] = f"call.{len(calls) - 1}"
            self._asked[index] = Scanner()
        add(call, fragment)
        self._fresh[self._calls[index]] = call
        if call.get("id"):
            self._asked.pop(index, None)
        elif asked and index in self._asked and self._asked[index].outcome == "open":  # what is wrong stays so
            self._asked[index].feed(asked.encode("utf-8", "surrogatepass"))
        yield from self._called(self._calls[index], position, id, tool)

    def _is_asked(self, index: int, more: str | None) -> bool:
        """True where the latest call of an index has no id and whole arguments, and more of them come."""
        return bool(more) and index in self._asked and self._asked[index].outcome == "done"

    def _called(self, part: str, position: object, id: object, tool: dict[str, Any]) -> Iterator[Sign]:
        name, asked = tool.get("name"), tool.get("arguments", tool.get("input"))
        position = position if isinstance(position, int) else None
        yield Call(f"{self.index}.{part}", position, text_of(id), text_of(name), self.index)
        if isinstance(asked, str):
            yield from self._said(part, "arguments" if "arguments" in tool else "input", asked)

    def forget(self) -> None:
        """Let go of all but the ids of the calls, which tell a new call."""
        calls = self._message.get("tool_calls")
        self._message = {"tool_calls": calls} if isinstance(calls, Indexed) else {}
        for call in self._fresh.values():
            id = call.get("id")
            call.clear()
            call["id"] = id
        self._fresh.clear()
        self._members, self._whole, self._began, self._shown = {}, {}, {}, Snapshots()

    def native(self) -> dict[str, Any]:
        """The choice of an answer without streaming."""
        return {"index": self.index, "message": self._settled(), "finish_reason": self.reason, **settled(self._members)}

    def _settled(self) -> dict[str, Any]:
        """The message: what the deltas add up to, and what they did not have of the whole."""
        said = {"role": None, "content": None, **self._whole}
        said.update((key, value) for key, value in self._message.items() if value or not said.get(key))
        message: dict[str, Any] = settled(said)
        calls = message.get("tool_calls")
        if isinstance(calls, list) and all(isinstance(call, dict) for call in calls):
            calls = sorted(calls, key=lambda call: number(call.get("index")))
            message["tool_calls"] = [{key: call[key] for key in call if key != "index"} for call in calls]
        return message

    def parts(self) -> tuple[Part, ...]:
        """The parts of the message."""
        message = self._settled()
        parts: list[Part] = []
        rest: dict[str, Any] = {}
        for key in [*self._began, *(key for key in message if key not in self._began)]:
            value = message.pop(key, None)
            if not value or key == "role" or not any(members(value).values() or [value]):  # or an object of nulls
                continue
            if key in _REASONING:
                others = {name: message.pop(name, None) for name in _REASONING}
                parts.append(_reasoning_part({key: value, **{k: v for k, v in others.items() if v}}))
            elif key == "content":
                parts += map(_content_part, value if isinstance(value, list) else [value])
            elif key == "tool_calls":
                parts += map(self._call_part, value if isinstance(value, list) else [value])
            elif key == "function_call":
                parts.append(self._call_part({"function": value}))
            elif key == "annotations":
                parts += map(source, value if isinstance(value, list) else [value])
            elif key == "refusal":
                parts.append(Part("refusal", str(value)))
            else:
                rest[key] = value
        return (*parts, *([Part("data", value=rest)] if rest else ()))

    def _call_part(self, call: Any) -> Part:
        kind = "custom" if isinstance(call, dict) and isinstance(call.get("custom"), dict) else "function"
        if not isinstance(call, dict) or not isinstance(call.get(kind), dict):
            return Part("data", value={"tool_calls": [call]})
        rest = {key: value for key, value in call.items() if key not in ("id", "type", kind)}
        rest.update((key, value) for key, value in call[kind].items() if key not in ("name", "arguments", "input"))
        text = call[kind].get("arguments" if kind == "function" else "input")
        text = text if isinstance(text, str) else "" if text is None else written(text)
        ended = self.reason is not None
        return tool_call(text, call.get("id"), call[kind].get("name"), rest, ended=ended, json=kind == "function")


def _reasoning(value: object) -> str:
    """The text of one of the members that hold reasoning: itself, or the texts of OpenRouter's details."""
    if isinstance(value, str):
        return value
    return "".join(text_of(detail.get(key)) or "" for detail in objects(value) for key in ("text", "summary"))


def _reasoning_part(said: dict[str, Any]) -> Part:
    texts = {key: _reasoning(said[key]) for key in _REASONING if key in said}
    text = next(filter(None, texts.values()), "")
    # The same again is not said twice; details have more to them than their text.
    rest = {key: value for key, value in said.items() if value != text}
    return Part("reasoning", text, value=rest or None)


def _content_part(piece: Any) -> Part:
    if isinstance(piece, str):
        return Part("text", piece)
    kind = piece.get("type") if isinstance(piece, dict) else None
    if kind not in ("text", "thinking"):
        return Part("data", value=piece)
    rest = {key: value for key, value in piece.items() if key not in ("type", kind)}
    return Part("text" if kind == "text" else "reasoning", _piece_text(piece), value=rest or None)


def _piece_text(piece: dict[str, Any]) -> str:
    text = piece.get("thinking" if piece.get("type") == "thinking" else "text")
    if isinstance(text, list):
        return "".join(_piece_text(inner) for inner in objects(text) if inner.get("type") == "text")
    return text_of(text) or ""


def _add_pieces(content: list[Any], pieces: list[Any], kinds: tuple[str, ...] = ("text", "thinking")) -> None:
    """Add pieces of content to those before: a text to a text, thinking to thinking, anything else after them."""
    for piece in pieces:
        if not isinstance(piece, dict) or piece.get("type") not in kinds:
            content.append(piece)
            continue
        last = content[-1] if content else None
        if not isinstance(last, dict) or last.get("type") != piece["type"]:
            last = {}
            content.append(last)
        thinking = elements(piece.get("thinking"))  # itself in pieces
        add(last, {key: value for key, value in piece.items() if key != "thinking" or value is not thinking})
        if thinking:
            held = last.get("thinking")
            if not isinstance(held, list):
                held = last["thinking"] = [{"type": "text", "text": held}] if held else []
            _add_pieces(held, thinking, ("text",))
