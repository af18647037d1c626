"""The items of a list in a YAML document, one at a time: of a cassette's interactions, or a HAR's entries. YAML 1.1.

The document is read event by event: one item at a time is built, aliases are references and never copies, tags build
nothing but bytes (`!!binary`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from streamconv.captures.har_content import from_base64
from streamconv.captures.values import text

_BINARY: Final = ("tag:yaml.org,2002:binary", "!binary")
_NULL: Final = ("", "~", "null", "Null", "NULL")


def yaml_items(events: Iterator[Any], paths: dict[str, Any], say: Callable[[str], None]) -> Iterator[Any]:
    """The items of the sequences that `paths` lead to: names of members, each with the paths inside it, or None.

    `events` are those of PyYAML, whose errors are raised. What is wrong with a scalar is said.
    """
    for event in events:
        kind = type(event).__name__
        if kind == "MappingStartEvent":
            yield from _of_mapping(events, paths, say)
        elif kind == "SequenceStartEvent":
            _built(event, events, {}, say)


def _of_mapping(events: Iterator[Any], paths: dict[str, Any], say: Callable[[str], None]) -> Iterator[Any]:
    """The items inside the mapping that is open."""
    for event in events:
        if type(event).__name__ == "MappingEndEvent":
            return
        name = text(_built(event, events, {}, say))
        value = next(events)
        kind = type(value).__name__
        if kind == "MappingStartEvent" and paths.get(name):
            yield from _of_mapping(events, paths[name], say)
        elif kind == "SequenceStartEvent" and name in paths:
            yield from _of_sequence(events, say)
        else:
            _built(value, events, {}, say)


def _of_sequence(events: Iterator[Any], say: Callable[[str], None]) -> Iterator[Any]:
    anchors: dict[str, Any] = {}
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            return
        yield _built(event, events, anchors, say)


def _built(event: Any, events: Iterator[Any], anchors: dict[str, Any], say: Callable[[str], None]) -> Any:
    """The value that begins with this event, built without recursion."""
    stack: list[tuple[Any, list[str]]] = []  # each open collection, and the key that waits for its value
    while True:
        kind = type(event).__name__
        done: Any = None
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            opened: Any = {} if kind == "MappingStartEvent" else []
            if event.anchor:
                anchors[event.anchor] = opened
            stack.append((opened, []))
            event = next(events)
            continue
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()[0]
        elif kind == "AliasEvent":
            done = anchors.get(event.anchor)
        else:
            done = _scalar(event, say)
            if event.anchor:
                anchors[event.anchor] = done
        if not stack:
            return done
        collection, key = stack[-1]
        if isinstance(collection, list):
            collection.append(done)
        elif key:
            collection[key.pop()] = done
        else:
            key.append(text(done))
        event = next(events)


def _scalar(event: Any, say: Callable[[str], None]) -> Any:
    value = event.value
    if event.tag in _BINARY:
        return b"".join(from_base64(iter((value,)), lambda fault: say(f"{fault} (line {event.start_mark.line + 1})")))
    if event.style or event.tag:
        return value
    if value in _NULL:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
