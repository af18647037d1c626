"""A tool call as a part: its arguments are parsed once they are whole, and never before."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamconv import jsontext
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.shape import written

_CUT: Final = ("length", "content_filter", "error", "cancelled")  # finishes that may come in the middle of anything
_SAID: Final = ("text", "reasoning", "refusal", "tool_call", "tool_result")  # what a model writes one after the other


def cut_short(choice: Choice) -> Choice:
    """An answer as it may be read: where its finish cut it, a call at its end is partial unless its text shows its end.

    That is the closing bracket of a JSON text. No arguments yet look like none at all, `12` like `123`, and an input
    that is not JSON may go on anywhere.
    """
    if choice.finish not in _CUT and choice.reason != "incomplete":  # why it is incomplete need not be said
        return choice
    parts = [*choice.parts]
    last = next((at for at in range(len(parts) - 1, -1, -1) if parts[at].type in _SAID), None)
    if last is None or parts[last].type != "tool_call":
        return choice
    call = parts[last]
    if isinstance(call.arguments, str) or not call.text.rstrip().endswith(("}", "]")):
        parts[last] = msgspec.structs.replace(call, arguments=None, partial=True)
    return msgspec.structs.replace(choice, parts=tuple(parts))


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
