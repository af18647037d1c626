"""The captures in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from streamconv.captures.layer import Known
from streamconv.captures.peel import recognise
from streamconv.detect import claimed, guess
from streamconv.jsonscan import WHITE_SPACE

_START: Final = 4096  # bytes that are looked at


# Two lines of an event stream: `data:` by itself is also YAML.
_EVENT_STREAM = re.compile(rb"^(?:data|event|id|retry):.*\r?\n(?:\r?\n|(?:data|event|id|retry)?:)", re.MULTILINE)
_DECISIVE: Final = frozenset({"ndjson", "json-seq", "records", "aws-eventstream", "vercel-data-stream"})


def captures_in(folder: str, passed_over: list[str]) -> Iterator[str]:
    """The names of all files below `folder`, in order, that are captures: by suffix, by a layer, or by decisive bytes.

    Hidden files and folders are left out; what else is no capture, or cannot be read, goes to `passed_over`.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.startswith(".") or not os.path.isfile(path):
                continue
            if _is_capture(path):
                yield path
            else:
                passed_over.append(path)


def _is_capture(path: str) -> bool:
    if claimed(path) is not None:
        return True
    try:
        with open(path, "rb") as file:
            start = file.read(_START)
    except OSError:
        return False
    if recognise(start, Known(name=path)) is not None:
        return True
    guessed = guess(start.lstrip(WHITE_SPACE), at_end=len(start) < _START)
    if guessed is None or not guessed.decisive or not guessed.formats:
        return False
    return guessed.formats[0] in _DECISIVE or (guessed.formats[0] == "sse" and _EVENT_STREAM.search(start) is not None)
