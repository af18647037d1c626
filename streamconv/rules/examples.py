"""The examples of the rules, run: what is found in `bad` and in `good`, for their pages and their tests."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from streamconv.captures import CaptureError, Opened, open_streams
from streamconv.formats import decoder, encoder
from streamconv.formats.timed import TimedReader
from streamconv.pipeline import TimedBytes
from streamconv.problem import Problem
from streamconv.rules.checker import Checker
from streamconv.rules.layers import LayerRule
from streamconv.rules.rule import Rule

Example = Literal["bad", "good"]


def chunks_of(rule: type[Rule], example: Example) -> tuple[bytes, ...]:
    """The capture, in the chunks that it arrived in."""
    capture: bytes | tuple[bytes, ...] = getattr(rule, example)
    return (capture,) if isinstance(capture, bytes) else capture


def known_of(rule: type[Rule], example: Example) -> dict[str, Any]:
    """What is known beside the bytes: `content_type`, `status`, `headers`, or a setting."""
    return dict(rule.shown_with.get(example, {}))


def problems_of(rule: type[Rule], example: Example) -> list[Problem]:
    """The problems of this rule in one of its examples."""
    chunks = chunks_of(rule, example)
    if rule.target is not None:
        return _said_by_converting(rule, rule.target, chunks)
    if rule.formats == ("timed",):
        return _said_by_reading(rule, chunks)
    if issubclass(rule, LayerRule):
        return _said_by_opening(rule, chunks)
    checker = Checker(rule.formats[0], (rule,), **known_of(rule, example))
    return [problem for chunk in chunks for problem in checker.feed(chunk)] + checker.finish()


def _said_by_converting(rule: type[Rule], target: str, chunks: tuple[bytes, ...]) -> list[Problem]:
    problems: list[Problem] = []
    decode, encode = decoder(rule.formats[0]), encoder(target, report=problems.append)
    for chunk in chunks:
        encode.feed(decode.feed(chunk))
    encode.feed(decode.finish())
    return [problem for problem in problems if problem.rule == rule.name]


def _said_by_reading(rule: type[Rule], chunks: tuple[bytes, ...]) -> list[Problem]:
    problems: list[Problem] = []
    reader = TimedReader(problems.append)
    for chunk in chunks:
        reader.feed(chunk)
    reader.finish()
    return [problem for problem in problems if problem.rule == rule.name]


def _said_by_opening(rule: type[Rule], chunks: tuple[bytes, ...]) -> list[Problem]:
    problems: list[Problem] = []
    with suppress(CaptureError):  # an extra may be missing
        for capture in open_streams(Opened(iter(chunks)), report=problems.append):
            for _ in capture.chunks:
                pass
    return [problem for problem in problems if problem.rule == rule.name]


def arrivals(chunks: tuple[bytes, ...]) -> list[tuple[float | None, bytes]]:
    """Each chunk and when it arrived, where that is known."""
    return [(chunk.time if isinstance(chunk, TimedBytes) else None, chunk) for chunk in chunks]
