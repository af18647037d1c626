"""What a model's stream said, as a person reads it: the parts of a message in their order, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final

from streamconv import jsontext
from streamconv.protocols.message import Choice, Message, Part
from streamconv.protocols.registry import find
from streamconv.protocols.shape import written
from streamconv.reports.printable import printable

_MOST: Final = 200  # characters shown of a value that is no text
_DIM: Final = "\x1b[2m{}\x1b[0m"

Shown = Callable[[str], str]
"""What makes text of the stream fit for where it goes: as it is in a pipe, without control characters on a terminal."""


def transcript(choice: Choice, shown: Shown = str, *, colour: bool = False) -> str:
    """The parts of an answer: text as it is, all else under a heading in brackets; "" where it says nothing.

    An empty line stands between. Texts that follow one another are one, and so are sources. Parts of type data are left
    out.
    """
    blocks: list[str] = []
    for type, parts in groupby(choice.parts, key=lambda part: part.type):
        if type == "text":
            blocks.append(shown("".join(part.text for part in parts)))
        elif type == "reasoning":
            blocks += [_dim(_block("reasoning", part, shown), colour) for part in parts]
        elif type == "source":
            blocks.append("\n".join(("[sources]", *(shown(_source(part)) for part in parts))))
        elif type != "data":
            blocks += [_block(_heading(part), part, shown) for part in parts]
    return "\n".join(block if block.endswith("\n") else f"{block}\n" for block in blocks if block)


def _dim(text: str, colour: bool) -> str:
    return _DIM.format(text) if colour else text


def _heading(part: Part) -> str:
    names = (part.type.replace("_", " "), part.name, part.id)
    return printable(" ".join(name for name in names if name))


def _block(heading: str, part: Part, shown: Shown) -> str:
    partial = ", partial" if part.partial else ""
    body = _body(part)
    return f"[{heading}{partial}]\n{shown(body)}" if body else f"[{heading}{partial}]"


def _body(part: Part) -> str:
    if part.type == "tool_call":
        text = part.text or ("{}" if part.arguments == {} and not part.partial else "")
        argument = text.encode("utf-8", "surrogatepass")
        return text if part.partial or not jsontext.valid(argument) else jsontext.indented(argument).decode()
    if part.text or part.value is None:
        return part.text
    if part.type == "reasoning":  # encrypted, or a signature: nothing to read
        return ""
    return _gist(part.value)


def _source(part: Part) -> str:
    """Address and title, which some providers put into an object of the kind of source."""
    for value in (part.value, *(part.value.values() if isinstance(part.value, dict) else ())):
        if isinstance(value, dict):
            address, title = value.get("url") or value.get("uri"), value.get("title")
            if isinstance(address, str):
                return f"{address}  {title}" if isinstance(title, str) and title else address
    return part.text or _gist(part.value)


def _gist(value: Any) -> str:
    """A value as JSON on one line, of which the rest is left out where it is long."""
    try:
        text = jsontext.dumps(value).decode()
    except ValueError as error:
        return f"({error})"
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def summary(message: Message) -> Iterator[tuple[str, str]]:
    """How it ended: the rows below the message, each with its title. None of it is made safe for a terminal."""
    if message.protocol is not None:
        yield "protocol", title_of(message.protocol) + (f", {message.model}" if message.model else "")
        yield "finish", ", ".join(_finishes(message)) or "none"
    own = sum(part.type == "data" for choice in message.choices for part in choice.parts)
    if own:
        yield "not shown", f"{own} part{'' if own == 1 else 's'} of a kind of its own (--json has all)"
    counts = [f"{name} {written(count)}" for name, count in _counts(message.usage)]
    if counts:
        yield "usage", ", ".join(counts)
    verdict = message.verdict
    place = (
        f", line {verdict.line}" if verdict.line is not None and verdict.stream in ("complete", "in-band-error") else ""
    )
    yield "verdict", f"{verdict.stream}: {verdict.evidence}{place}"


def title_of(protocol: str) -> str:
    """A protocol as people call it."""
    try:
        return find(protocol).title
    except ValueError:  # one that is asked for only
        return protocol


def _finishes(message: Message) -> Iterator[str]:
    for choice in message.choices:
        which = f"choice {choice.index}: " if len(message.choices) > 1 else ""
        reason = f" ({choice.reason})" if choice.reason and choice.reason != choice.finish else ""
        if which or choice.finish:
            yield f"{which}{choice.finish or 'none'}{reason}"


def _counts(usage: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in the usage that are not 0, members of members with their path."""
    if not isinstance(usage, dict):
        return
    for name, value in usage.items():
        if isinstance(value, dict) and not path:
            yield from _counts(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and value:
            yield f"{path}{name}", value
