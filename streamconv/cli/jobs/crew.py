"""Processes that help: each is given a piece of work, may ask one thing in the middle of it, and gives the result.

They are forked, so they know what their parent knew; they talk over pipes, and end when these do, however that comes.
A helper that fails or is killed is no more than one helper less: its work is told as not done, and is for the parent.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, suppress
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

from streamconv.cli.jobs.tray import ROOM, Tray

Work = Callable[[Any], Generator[Any, Any, Any]]
"""What helpers do: from a piece of work to its result; what is yielded is asked of the parent."""


class Said(NamedTuple):
    """What a helper says of its piece of work: `done`, with its result, or what it asks in the middle."""

    done: bool
    value: Any


LARGE: Final = 64 << 20  # bytes of a file from which on all cores are worth it
_SMALL: Final = 2 << 20  # bytes; less is read before a helper has begun


def worth(jobs: int | None, sizes: Iterable[int]) -> int:
    """How many processes work of these sizes is worth, each of one file, or of several at once: `jobs`, or None for
    all cores where one is large.
    """
    largest = max(sizes, default=0)
    if jobs is None:
        return _cores() if largest > LARGE else 1
    return jobs if largest > _SMALL else 1


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0))


FAILED: Final = Said(done=True, value=None)


class Helpers(Protocol):
    """As Sharing sees them. A helper is a number from 0."""

    size: int

    def idle(self) -> int | None:
        """One that has nothing to do; None where all are busy, or gone."""

    def give(self, helper: int, work: Any) -> None:
        """Give an idle helper its work, or one that asked its answer."""

    def listen(self) -> list[tuple[int, Said]]:
        """What helpers say; waits until one does. Empty where none is at work."""


def _pipe(undo: ExitStack) -> tuple[int, int]:
    pipe = os.pipe()
    for end in pipe:
        undo.callback(os.close, end)
    return pipe


class Crew(Helpers):
    """So many processes that do a piece of `work` at a time. Close it."""

    def __init__(self, size: int, work: Work) -> None:
        self.size = size
        self._pids: list[int] = []
        self._to: list[BinaryIO] = []
        self._from: list[BinaryIO] = []
        self._trays: list[Tray] = []
        self._busy: set[int] = set()
        self._gone: set[int] = set()
        # glibc gives pieces as large as segments back to the system, and faults them in again, until it has freed a
        # larger one: an eighth of what helpers need.
        bytes(ROOM)
        try:
            for _ in range(size):
                self._hire(work)
        except OSError:  # no more processes or pipes can be had: those that are here do the work
            self.size = len(self._pids)

    def _hire(self, work: Work) -> None:
        with ExitStack() as undo:
            tray, theirs, ours = Tray(), _pipe(undo), _pipe(undo)
            pid = os.fork() or self._labour(work, tray, theirs, ours)
            undo.pop_all()
        os.close(theirs[0])
        os.close(ours[1])
        self._pids.append(pid)
        self._to.append(os.fdopen(theirs[1], "wb"))
        self._from.append(os.fdopen(ours[0], "rb"))
        self._trays.append(tray)

    def _labour(self, work: Work, tray: Tray, theirs: tuple[int, int], ours: tuple[int, int]) -> int:
        """What the helper itself runs, to the end of its process."""
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # who pressed Ctrl-C meant the parent, which ends the pipes
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            # As long as any process holds the end of a pipe that its reader waits on, that does not end.
            for pipe in (*self._to, *self._from):
                os.close(pipe.fileno())
            os.close(theirs[1])
            os.close(ours[0])
            with os.fdopen(theirs[0], "rb") as orders, os.fdopen(ours[1], "wb") as answers:
                labour(work, tray, orders, answers)
        finally:
            os._exit(0)

    def idle(self) -> int | None:
        """One that has nothing to do; None where all are busy, or gone."""
        return next((at for at in range(len(self._pids)) if at not in self._busy | self._gone), None)

    def give(self, helper: int, work: Any) -> None:
        """Give an idle helper its work, or one that asked its answer."""
        self._busy.add(helper)
        with suppress(BrokenPipeError):  # `listen` tells that it is gone
            self._trays[helper].dump(work, self._to[helper])

    def listen(self) -> list[tuple[int, Said]]:
        """What helpers say; waits until one does. Empty where none is at work."""
        if not self._busy:
            return []
        ready, _, _ = select.select([self._from[helper].fileno() for helper in self._busy], [], [])
        return [(helper, self._hear(helper)) for helper in sorted(self._busy) if self._from[helper].fileno() in ready]

    def _hear(self, helper: int) -> Said:
        try:
            said: Said = self._trays[helper].load(self._from[helper])
        except (EOFError, pickle.UnpicklingError):
            said = FAILED
            self._gone.add(helper)
        if said.done:
            self._busy.discard(helper)
        return said

    def close(self) -> None:
        """End all of them, whatever they are at; they hold nothing that is not given up with them."""
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self._pids:
            os.waitpid(pid, 0)
        self._pids = []
        for pipe in (*self._to, *self._from):
            with suppress(BrokenPipeError):
                pipe.close()
        for tray in self._trays:
            tray.close()


def labour(work: Work, tray: Tray, orders: BinaryIO, answers: BinaryIO) -> None:
    """Do the work that is ordered, until the orders end."""
    with suppress(EOFError, BrokenPipeError):
        while True:
            for said in said_of(work, tray.load(orders), lambda: tray.load(orders)):
                tray.dump(said, answers)


def said_of(work: Work, order: Any, answer: Callable[[], Any]) -> Generator[Said, None, None]:
    """What is said of one piece of work: each question, which `answer` gives the answer to, then the result."""
    running = work(order)
    try:
        question = next(running)
        while True:
            yield Said(done=False, value=question)
            question = running.send(answer())
    except StopIteration as end:
        yield Said(done=True, value=end.value)
    except (EOFError, BrokenPipeError):
        raise
    except Exception:
        yield FAILED  # whoever ordered it does it again, and meets the same
