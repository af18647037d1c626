"""Text that grows: its fragments in a list, joined when somebody looks, so that a long message costs linear time."""

from __future__ import annotations

import re
from typing import Any, Final

_DEPTH: Final = 32  # protocols let texts grow in the first few levels only; a hostile payload has thousands
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # two escapes of one character, which came in two fragments


class Growing:
    """A text that is appended to. In a tree of dicts and lists it stands where the text will be; see `settled`."""

    __slots__ = ("_fragments", "_length")

    def __init__(self, text: str = "") -> None:
        self._fragments = [text] if text else []
        self._length = len(text)

    def append(self, text: str) -> None:
        """Add a fragment."""
        if text:
            self._fragments.append(text)
            self._length += len(text)

    def grow(self, text: str) -> str:
        """Add a fragment, or the whole so far and perhaps more; returns what is new."""
        if len(text) >= self._length and text.startswith(str(self)):
            text = text[self._length :]
        self.append(text)
        return text

    def __str__(self) -> str:
        if len(self._fragments) > 1:
            text = "".join(self._fragments)
            if not text.isascii() and _PAIR.search(text):
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
                self._length = len(text)
            self._fragments = [text]
        return self._fragments[0] if self._fragments else ""

    def __bool__(self) -> bool:
        return bool(self._fragments)

    def __len__(self) -> int:
        return self._length


class Snapshots:
    """A text whose pieces may be deltas, or each the whole so far: which of them, the pieces themselves tell.

    As long as each begins with the one before, they are taken for the whole so far, and only their lengths are kept.
    The first that does not shows that all were deltas. An empty one shows nothing.
    """

    def __init__(self) -> None:
        self._last = ""
        self._lengths: list[int] = []
        self._deltas: Growing | None = None

    def take(self, text: str) -> str:
        """Add a piece; returns what is new in it."""
        if self._deltas is not None:
            self._deltas.append(text)
            return text
        if not text:
            return ""
        if text.startswith(self._last):
            new = text[len(self._last) :]
            self._last = text
            self._lengths.append(len(text))
            return new
        whole = "".join(self._last[:length] for length in self._lengths) + text
        self._deltas = Growing(whole)
        # What was taken for said again is new after all; where that came before what was told, it is too late.
        return whole[len(self._last) :] if whole.startswith(self._last) else text

    def __str__(self) -> str:
        return self._last if self._deltas is None else str(self._deltas)

    def __bool__(self) -> bool:
        return bool(self._last)


def settled(tree: Any, depth: int = _DEPTH) -> Any:
    """A copy of a tree of plain values in which every growing text is a string; what is deeper stays as it is."""
    if isinstance(tree, Growing | Snapshots):
        return str(tree)
    if isinstance(tree, dict) and depth:
        return {key: settled(value, depth - 1) for key, value in tree.items()}
    if isinstance(tree, list) and depth:
        return [settled(value, depth - 1) for value in tree]
    return tree
