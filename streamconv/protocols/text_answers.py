"""TextAnswers, what the protocols have in common whose answers are text and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from streamconv.protocols.growing import Growing, Snapshots
from streamconv.protocols.message import Choice, Part
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.shape import number
from streamconv.protocols.sign import Delta, Finish, Sign


class TextAnswers(Protocol):
    """A protocol of one text an answer; most streams have one answer."""

    role: ClassVar[str | None] = None
    unfinished: ClassVar[tuple[str, ...]] = ()  # reasons that say that there is none yet

    def __init__(self) -> None:
        self._texts: dict[int, Growing | Snapshots] = {}  # by the index of the answer
        self._reasons: dict[int, str] = {}

    def _text(self, index: int = 0) -> str:
        return str(self._texts.get(index, ""))

    def _add(self, text: Any, index: Any = 0) -> Iterator[Sign]:
        """Add to the text of an answer."""
        if isinstance(text, str) and text:
            at = number(index)
            held = self._texts.setdefault(at, Growing())
            if isinstance(held, Growing):
                held.append(text)
            else:
                text = held.take(text)
            yield Delta(str(at), "text", text, at)

    def _show(self, text: Any, index: int = 0) -> Iterator[Sign]:
        """Add to the text of an answer, which is perhaps the whole so far."""
        self._texts.setdefault(index, Snapshots())
        return self._add(text, index)

    def _finish(self, reason: Any, index: Any = 0) -> Iterator[Sign]:
        """Note why an answer finished, where that is said, and said for the first time."""
        at = number(index)
        if isinstance(reason, str) and reason and reason not in (*self.unfinished, self._reasons.get(at)):
            self._reasons[at] = reason
            yield Finish(reason, at)

    def choices(self) -> tuple[Choice, ...]:
        """The answers, each with its text."""
        return tuple(map(self._choice, sorted(self._texts.keys() | self._reasons.keys())))

    def _choice(self, index: int) -> Choice:
        text, reason = self._text(index), self._reasons.get(index)
        parts = (Part("text", text, partial=reason is None),) if text else ()
        return Choice(index, self.role, parts, reason, self.finish_of(reason))
