"""Ctrl-C and SIGTERM: what is complete is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """While entered: SIGINT ends a `wait` with KeyboardInterrupt, and otherwise only sets `pressed`, so that a record
    being written is written whole. A second one is not held back. SIGTERM raises SystemExit, so that
    temporary files go.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._waiting = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        self._before = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._interrupt),
            signal.SIGTERM: signal.signal(signal.SIGTERM, self._terminate),
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def wait(self) -> Iterator[None]:
        """While entered, Ctrl-C raises KeyboardInterrupt; so does one that came before."""
        self._waiting = True
        try:
            if self.pressed:
                raise KeyboardInterrupt
            yield
        finally:
            self._waiting = False

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again, self.pressed = self.pressed, True
        if self._waiting or again:
            raise KeyboardInterrupt

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)
