"""Pieces of work that helpers do apart from each other, and whose results are had in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from streamconv.cli.jobs.crew import Helpers


class _Errand:
    """A piece of work on its way."""

    def __init__(self, work: Any, *, away: bool) -> None:
        self.work = work
        self.away = away  # a helper may do it
        self.given = self.done = False
        self.result: Any = None


class Errand(NamedTuple):
    """A piece of work whose turn has come, and its result: None where nobody did it."""

    work: Any
    result: Any


class Errands:
    """`add` pieces of work, twice as many as there are helpers at once; iterate to the end over what that gives.

    `waiting` is entered while nothing can be done but wait.
    """

    def __init__(self, helpers: Helpers, waiting: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._helpers = helpers
        self._waiting = waiting
        self._errands: deque[_Errand] = deque()
        self._at: dict[int, _Errand] = {}  # what each helper is at

    def add(self, work: Any, *, away: bool = True) -> Iterator[Errand]:
        """One more, which helpers may do if it is `away`. Gives those whose turn has come."""
        self._errands.append(_Errand(work, away=away))
        self._give_away()
        while len(self._errands) > 2 * self._helpers.size:
            yield self._first()

    def finish(self) -> Iterator[Errand]:
        """Gives all others."""
        while self._errands:
            yield self._first()

    def _first(self) -> Errand:
        first = self._errands[0]
        while first.given and not first.done:
            with self._waiting():
                heard = self._helpers.listen()
            for helper, said in heard:
                errand = self._at.pop(helper)
                errand.done, errand.result = True, said.value
            self._give_away()
        self._errands.popleft()
        return Errand(first.work, first.result)

    def _give_away(self) -> None:
        for errand in self._errands:
            if errand.given or not errand.away:
                continue
            helper = self._helpers.idle()
            if helper is None:
                return
            errand.given = True
            self._at[helper] = errand
            self._helpers.give(helper, errand.work)
