"""The captures in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from streamconv.detect import guess
from streamconv.formats import by_suffix
from streamconv.jsonscan import WHITE_SPACE

_START: Final = 4096  # bytes that are looked at


def captures_in(folder: str) -> Iterator[str]:
    """The names of all files below `folder`, in order, that are captures: by suffix, or by decisive first bytes.

    Hidden files and folders are left out, and so is what cannot be read.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.startswith(".") and os.path.isfile(path) and _is_capture(path):
                yield path


def _is_capture(path: str) -> bool:
    if by_suffix(path) is not None:
        return True
    try:
        with open(path, "rb") as file:
            start = file.read(_START)
    except OSError:
        return False
    guessed = guess(start.lstrip(WHITE_SPACE), at_end=len(start) < _START)
    return guessed is not None and guessed.decisive and bool(guessed.formats)
