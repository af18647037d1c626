"""Text that grows: its fragments in a list, joined when somebody looks, so that a long message costs linear time."""

from __future__ import annotations

import re
from typing import Any, Final

_DEPTH: Final = 32  # protocols let texts grow in the first few levels only; a hostile payload has thousands
_SHOWN: Final = 3  # growths of more than one character after which pieces are surely the whole so far
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

    As long as each begins with the one before and some are longer, they are taken for the whole so far, and only their
    lengths are kept. The first that does not shows that all were deltas; but where many have grown, and it has most of
    the one before, it is that one corrected. The same again and again, and nothing longer, are deltas. An empty one
    shows nothing.
    """

    def __init__(self) -> None:
        self._last = ""
        self._lengths: list[int] = []
        self._grown = False
        self._growths = 0  # of more than one character
        self._deltas: Growing | None = None

    def take(self, text: str, *, final: bool = False) -> str:
        """Add a piece; returns what is new in it. The same as before is said once more where it comes `final`."""
        if self._deltas is not None:
            self._deltas.append(text)
            return text
        if not text:
            return ""
        if text == self._last:
            if final and len(self._lengths) == 1:
                return ""
            self._lengths.append(len(text))
            return "" if self._grown else text
        if text.startswith(self._last):
            new = text[len(self._last) :]
            self._grown = bool(self._last)
            self._growths += len(self._last) > 1
            self._last = text
            self._lengths.append(len(text))
            return new
        if self._growths >= _SHOWN and text.startswith(self._last[: len(self._last) // 2 + 1]):
            pairs = enumerate(zip(self._last, text, strict=False))
            new = text[next((at for at, (was, now) in pairs if was != now), len(text)) :]
            self._last, self._lengths = text, [len(text)]
            return new
        told, whole = str(self), self._sum() + text
        self._deltas = Growing(whole)
        # What was taken for said again is new after all; where that came before what was told, it is too late.
        return whole[len(told) :] if whole.startswith(told) else text

    def _sum(self) -> str:
        return "".join(self._last[:length] for length in self._lengths)

    def __str__(self) -> str:
        if self._deltas is not None:
            return str(self._deltas)
        return self._last if self._grown else self._sum()

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
