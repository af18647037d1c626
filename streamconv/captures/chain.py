"""A chain of layers and the format inside them, as `--from` takes it: `gzip,http,chunked,sse,json`."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from streamconv.captures.layer import Layer
from streamconv.formats import readable

_PAYLOADS: Final = ("json", "text")


class Chain(NamedTuple):
    """What to read a capture as. The layers named are taken off, and no others; `layers` None recognises them."""

    layers: tuple[Layer, ...] | None = None
    format: str | None = None  # a format's name; None recognises it
    payload: Literal["json", "text"] | None = None  # what its payloads are, where the chain says

    def __str__(self) -> str:
        """As it is written; "" where it says nothing."""
        return ",".join([*(layer.name for layer in self.layers or ()), *filter(None, (self.format, self.payload))])


def chain_of(format: str | None) -> Chain:
    """What `parse_chain` reads; where nothing was said, a chain that says nothing."""
    return Chain() if format is None else parse_chain(format)


def parse_chain(text: str) -> Chain:
    """Read a chain: layers, a format, then `json` or `text` for what an event stream carries; each may be left out.

    A format by itself takes nothing off. Raises ValueError, which names the part that is wrong and suggests the near
    one.
    """
    parts = [part.strip() for part in text.split(",")]
    last = parts[-1].lower()
    payload: Literal["json", "text"] | None = None
    if len(parts) > 1 and last in _PAYLOADS and _is_event_stream(parts[-2]):
        payload = "json" if last == "json" else "text"
        parts.pop()
    for part in parts[:-1]:
        if _is_format(part):
            others = [other for other in parts if other != part]
            raise ValueError(f"{part!r} is a format, and stands last: {','.join([*others, part])}")
    if not _is_format(parts[-1]):
        try:
            return Chain(_layers(parts), None, payload)
        except ValueError:
            pass
    return Chain(_layers(parts[:-1]), readable(parts[-1]).name, payload)


def _layers(names: list[str]) -> tuple[Layer, ...]:
    if not names:
        return ()
    from streamconv.captures.layers import find_layer  # with the modules of all of them

    return tuple(map(find_layer, names))


def _is_format(name: str) -> bool:
    """True for a format that is no layer, too, as `timed` is."""
    try:
        return not readable(name).holds_chunks
    except ValueError:
        return False


def _is_event_stream(name: str) -> bool:
    try:
        return readable(name).name in ("sse", "records")
    except ValueError:
        return False
