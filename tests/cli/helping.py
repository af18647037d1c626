"""The command with helpers, in this process: everything but the processes, so that very many cases can be tried."""

from __future__ import annotations

import io
import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from streamconv.cli.jobs.crew import FAILED, Helpers, Said, Work
from streamconv.cli.jobs.tray import Tray


class Apprentices(Helpers):
    """Helpers that work when they are given something, and are heard in any order; some fail, or are gone."""

    def __init__(self, size: int, work: Work) -> None:
        self.size = size
        self.given = 0
        self.closed = False
        self._work = work
        self._tray = Tray(1 << 12)  # too small for some
        self._random = random.Random(size)
        self._running: dict[int, Generator[Any, Any, Any]] = {}
        self._said: list[tuple[int, Said]] = []
        self.gone: set[int] = set()
        self.fails_after = 1 << 30  # pieces of work

    def idle(self) -> int | None:
        busy = {*self._running, *(helper for helper, _ in self._said), *self.gone}
        return next((at for at in range(self.size) if at not in busy), None)

    def give(self, helper: int, work: Any) -> None:
        work = self._handed_over(work)
        if helper in self._running:
            self._go_on(helper, work)
            return
        self.given += 1
        if self.given > self.fails_after:
            self.gone.add(helper)
            self._said.append((helper, FAILED))
            return
        self._running[helper] = self._work(work)
        self._go_on(helper, None)

    def _handed_over(self, value: Any) -> Any:
        pipe = io.BytesIO()
        self._tray.dump(value, pipe)
        pipe.seek(0)
        return self._tray.load(pipe)

    def _go_on(self, helper: int, answer: Any) -> None:
        try:
            said = Said(done=False, value=self._running[helper].send(answer))
        except StopIteration as end:
            said = Said(done=True, value=end.value)
        except Exception:
            said = FAILED
        if said.done:
            del self._running[helper]
        self._said.append((helper, self._handed_over(said)))

    def listen(self) -> list[tuple[int, Said]]:
        assert self._said, "waits for what nobody will say"
        self._random.shuffle(self._said)
        return [self._said.pop()]

    def close(self) -> None:
        self.closed = True


@contextmanager
def helping(segment: int, fails_after: int = 1 << 30) -> Iterator[list[Apprentices]]:
    """Segments of so many bytes are shared out, from the first on, to helpers in this process."""
    hired: list[Apprentices] = []

    def hire(size: int, work: Work) -> Apprentices:
        hired.append(Apprentices(size, work))
        hired[-1].fails_after = fails_after
        return hired[-1]

    with (
        patch("streamconv.cli.jobs.crew.Crew", hire),
        patch("streamconv.cli.jobs.crew._SMALL", -1),
        patch("streamconv.cli.jobs.tray._LARGE", 100),
        patch("streamconv.formats.cutting.SEGMENT", segment),
        patch("streamconv.protocols.unnamed.PATIENCE", 1),
    ):
        yield hired
