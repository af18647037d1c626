"""Examining: an opened capture to the problems of its stream, at their places in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from streamconv.captures import Capture
from streamconv.detect import Choice, Chooser, UnrecognisedError, choose, claimed
from streamconv.formats.faults import first_byte
from streamconv.pipeline import blocks
from streamconv.problem import Problem
from streamconv.rules import Checker, Rule
from streamconv.rules.capture import wrapped


class Examination:
    """The problems of one capture. `choice` is its format, once that is known; `events` counts what was read."""

    def __init__(
        self,
        capture: Capture,
        format: str | None,
        rules: Sequence[type[Rule]],
        *,
        content_type: str | None = None,
        **limits: Any,
    ) -> None:
        self._capture = capture
        self._rules = rules
        self._content_type = content_type or capture.content_type
        self._limits = limits
        self._format = format
        self.choice: Choice | None = None
        self.events = 0

    def problems(self) -> Iterator[Problem]:
        """In stream order, as the bytes come. Raises OSError, UnrecognisedError, CaptureError."""
        capture = self._capture
        chooser = held_to(capture, self._format, self._content_type)
        try:
            self.choice, chunks = choose(capture.chunks, chooser)
        except UnrecognisedError:
            found = wrapped(b"".join(chooser.held), self._rules)
            if found is None:
                raise
            yield capture.outside(found)
            return
        checker = checker_of(capture, self.choice.format, self._rules, content_type=self._content_type, **self._limits)
        try:
            for chunk in chunks:
                for block in blocks(chunk):
                    yield from map(self._outside, checker.feed(block))
            yield from map(self._outside, checker.finish())
        finally:
            self.events = checker.stream.events

    def _outside(self, problem: Problem) -> Problem:
        """A problem at its place in the file; where it stands in its record is kept."""
        if not self._capture.layers:
            return problem
        if problem.record is not None and problem.offset is not None:
            problem = msgspec.structs.replace(problem, within=problem.offset - first_byte(problem.record))
        return self._capture.outside(problem)


def held_to(capture: Capture, format: str | None, content_type: str = "") -> Chooser:
    """What chooses the format that a capture is judged as: the one asked for, else what its name claims, where no layer
    is round it; else what it is.
    """
    held = format or (None if capture.layers else claimed(capture.file))
    return Chooser(held, content_type or capture.content_type, capture.file, capture.layers)


def checker_of(
    capture: Capture, format: str, rules: Sequence[type[Rule]], *, content_type: str | None = None, **limits: Any
) -> Checker:
    """What judges the stream of a capture, with what is known of the response that it came in."""
    return Checker(
        format,
        rules,
        content_type=content_type or capture.content_type,
        status=capture.status,
        headers=dict(capture.headers),
        **limits,
    )
