"""A tool call as a part: its arguments are parsed once they are whole, and never before."""

from __future__ import annotations

from typing import Any

import msgspec

from streamconv import jsontext
from streamconv.protocols.message import Part
from streamconv.protocols.shape import written


def tool_call(text: str, id: Any, name: Any, value: Any = None, *, ended: bool, json: bool = True) -> Part:
    """The part for a call whose arguments so far are `text`.

    It is whole where the provider says that the call has `ended` and its text is JSON; nothing at all stands for no
    arguments. With `json` false the tool takes text as it is.
    """
    whole, arguments = ended, None
    if ended:
        whole, arguments = _parsed(text) if json else (True, text)
    return Part(
        "tool_call",
        text,
        id if isinstance(id, str) else None,
        name if isinstance(name, str) else None,
        arguments,
        partial=not whole,
        value=value or None,
    )


def whole_call(arguments: Any, id: Any, name: Any, value: Any = None, text: str = "") -> Part:
    """The part for a call whose arguments the provider sends parsed; `text` is theirs as it came before, if it did."""
    call = tool_call(text or written(arguments), id, name, value, ended=False)
    return msgspec.structs.replace(call, arguments=arguments, partial=False)


def _parsed(text: str) -> tuple[bool, Any]:
    if not text.strip():
        return True, {}
    try:
        return True, jsontext.loads(text)
    except (ValueError, RecursionError):
        return False, None
