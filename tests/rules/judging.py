"""Asking the rules about bytes, fed in every way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamconv import Problem
from streamconv.rules import RULES, Checker, Rule


def judge(format: str, chunks: Iterable[bytes], rules: Iterable[type[Rule]] = RULES, **known: Any) -> list[Problem]:
    """All problems of these chunks, by all rules unless some are named."""
    checker = Checker(format, rules, **known)
    return [problem for chunk in chunks for problem in checker.feed(chunk)] + checker.finish()


def found(format: str, stream: bytes, **known: Any) -> list[tuple[str, int | None, int | None]]:
    """Rule, line and column of each problem."""
    return [(problem.rule, problem.line, problem.column) for problem in judge(format, [stream], **known)]


def names(format: str, stream: bytes, **known: Any) -> list[str]:
    """The rule of each problem."""
    return [problem.rule for problem in judge(format, [stream], **known)]
