"""One file checked by a helper of `check`: what it would write and say is told to the process that was started."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import msgspec

from streamconv.cli.voice import Voice
from streamconv.reports.findings import Tally
from streamconv.reports.problem_forms import Form

_MOST: Final = 4 << 20  # bytes that are told of a file; of one with more to tell, who was started tells it as it comes
_EACH: Final = 400  # bytes that a problem takes besides its text


class TooMuchError(Exception):
    """There is more to tell of a file than is handed over."""


class Noted(Voice):
    """A Voice, and an output, that only note what they are told, for others to repeat: by method and arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, tuple[Any, ...]]] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """To the output. Raises TooMuchError."""
        self._size += len(data) + _EACH
        if self._size > _MOST:
            raise TooMuchError
        self.said.append(("write", (data,)))

    def raise_code(self, code: int) -> None:
        """For the exit code."""
        self.said.append(("raise_code", (code,)))

    def note(self, text: str) -> None:
        """Worth knowing."""
        self.said.append(("note", (text,)))

    def fail(self, text: str, code: int) -> None:
        """Why something could not be done."""
        self.said.append(("fail", (text, code)))

    def line(self, text: str) -> None:
        """One more line of what failed."""
        self.said.append(("line", (text,)))


class Found(msgspec.Struct, frozen=True):
    """What is to be written, said and counted of one file."""

    said: list[tuple[str, tuple[Any, ...]]]
    tally: Tally
    form: Form


def check_apart(work: tuple[dict[str, Any], str]) -> Generator[None, None, Found | None]:
    """Check one file as was asked; None where that is too much to hand over. It asks nothing."""
    from streamconv.cli.checking import Checking  # which gives this to helpers

    yield from ()
    asked, name = work
    noted = Noted()
    checking = Checking({**asked, "inputs": (name,), "jobs": 1, "quiet": True}, noted)
    try:
        checking.check_all()
    except TooMuchError:
        return None
    return Found(noted.said, checking.tally, checking.form)
