"""The items of a response's output: how they stand while they are added to, and what they are as parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from streamconv.protocols.deltas import Indexed
from streamconv.protocols.growing import Growing
from streamconv.protocols.message import Part
from streamconv.protocols.shape import elements, members, written
from streamconv.protocols.shape import text as text_of
from streamconv.protocols.sign import Channel
from streamconv.protocols.sources import source
from streamconv.protocols.tool_call import tool_call

_LISTS: Final = ("content", "summary")
# The member of a call that says what is asked of the tool, and whether it is JSON.
_ASKED: Final = {"arguments": True, "input": False, "code": False}


class Text(NamedTuple):
    """A text of an item: what signs call its part, where it stands, and what it is."""

    part: str
    holder: dict[str, Any]
    member: str
    channel: Channel


def item_of(members: dict[str, Any]) -> dict[str, Any]:
    """An item that can be added to, of what the provider says of it; that is not changed."""
    item = dict(members)
    for name in _LISTS:
        if isinstance(item.get(name), list):
            pieces = Indexed()
            for index, piece in enumerate(item[name]):
                if isinstance(piece, dict):
                    pieces.open(index).update(piece)
                else:
                    pieces.append(piece)
            item[name] = pieces
    return item


def piece_of(item: dict[str, Any], name: str, index: int) -> dict[str, Any]:
    """The piece of this index in a list of an item; a new one where there is none."""
    pieces = item.get(name)
    if not isinstance(pieces, Indexed):
        pieces = item[name] = Indexed()
    piece = pieces.at(index)
    return pieces.open(index) if piece is None else piece


def growing(holder: dict[str, Any], member: str) -> Growing:
    """The text that grows in a member; what is there already is its beginning."""
    held = holder.get(member)
    if not isinstance(held, Growing):
        held = holder[member] = Growing(held if isinstance(held, str) else "")
    return held


def own_list(holder: dict[str, Any], member: str) -> list[Any]:
    """The list in a member, which may be added to; what the provider said of it is its beginning."""
    held = holder.get(member)
    if not isinstance(held, Indexed):
        holder[member] = Indexed()
        holder[member].extend(elements(held))
    own: list[Any] = holder[member]
    return own


def texts_of(item: dict[str, Any], place: str) -> Iterator[Text]:
    """The texts of an item that deltas may add to."""
    for member in _ASKED:
        if isinstance(item.get(member), str):
            yield Text(place, item, member, "arguments" if _ASKED[member] else "input")
    for name in _LISTS:
        for index, piece in enumerate(elements(item.get(name))):
            yield from piece_texts(members(piece), f"{place}.{name}.{index}")


def piece_texts(piece: dict[str, Any], place: str) -> Iterator[Text]:
    """The text of a piece, or its refusal."""
    said: Channel = "text" if str(piece.get("type")) in ("output_text", "text") else "reasoning"
    if isinstance(piece.get("text"), str):
        yield Text(place, piece, "text", said)
    if isinstance(piece.get("refusal"), str):
        yield Text(place, piece, "refusal", "refusal")


def is_call(item: dict[str, Any]) -> bool:
    """True for an item that asks something of a tool, the client's or the provider's own."""
    return str(item.get("type")).endswith("_call")


def parts_of(item: Any, ended: bool) -> Iterator[Part]:
    """An item of plain values as parts; one that has not ended may be cut anywhere."""
    kind = str(item.get("type")) if isinstance(item, dict) else ""
    if kind == "message":
        for piece in elements(item.get("content")):
            yield from _message_parts(piece, text_of(item.get("id")), ended)
    elif kind == "reasoning":
        yield from _reasoning_parts(item, ended)
    elif kind == "image_generation_call":
        yield Part("file", id=text_of(item.get("id")), partial=not ended, value=item)
    elif kind.endswith("_call"):
        yield _call_part(item, kind, ended)
    elif kind.endswith("_output"):
        output = item.get("output")
        text = output if isinstance(output, str) else written(output)
        rest = {key: value for key, value in item.items() if key not in ("output", "call_id")}
        yield Part("tool_result", text, text_of(item.get("call_id")), partial=not ended, value=rest)
    else:
        yield Part("data", partial=not ended, value=item)


def _message_parts(piece: Any, id: str | None, ended: bool) -> Iterator[Part]:
    kind = piece.get("type") if isinstance(piece, dict) else None
    if kind == "refusal":
        yield Part("refusal", text_of(piece.get("refusal")) or "", id, partial=not ended)
    elif kind == "output_text":
        rest = {key: value for key, value in piece.items() if value and key not in ("type", "text", "annotations")}
        yield Part("text", text_of(piece.get("text")) or "", id, partial=not ended, value=rest or None)
        yield from map(source, elements(piece.get("annotations")))
    else:
        yield Part("data", id=id, partial=not ended, value=piece)


def _reasoning_parts(item: dict[str, Any], ended: bool) -> Iterator[Part]:
    """A part for each text; some send the text of the reasoning as its summary too, which is not said twice."""
    id, rest = text_of(item.get("id")), dict(item)
    texts: dict[str, None] = {}
    for name in ("content", "summary"):
        for piece in elements(rest.pop(name, None)):
            text = piece.get("text") if isinstance(piece, dict) else piece
            if text and isinstance(text, str):
                texts.setdefault(text)
            elif text:
                rest.setdefault(name, []).append(piece)
    for key in ("type", "id", "status"):
        rest.pop(key, None)
    value = {key: said for key, said in rest.items() if said} or None
    for number, text in enumerate(texts or [""]):
        yield Part("reasoning", text, id, partial=not ended, value=None if number else value)


def _call_part(item: dict[str, Any], kind: str, ended: bool) -> Part:
    """A call of a function; or of a tool of the provider's own, whose `action` is what is asked."""
    rest = {key: value for key, value in item.items() if value and key not in ("type", "id", "call_id", "name")}
    id, name = item.get("call_id") or item.get("id"), item.get("name") or kind.removesuffix("_call")
    for member, is_json in _ASKED.items():
        if isinstance(item.get(member), str):
            rest.pop(member, None)
            return tool_call(item[member], id, name, rest, ended=ended, json=is_json)
    action = rest.pop("action", None)
    text = "" if action is None else written(action)
    return tool_call(text, id, name, rest, ended=ended)
