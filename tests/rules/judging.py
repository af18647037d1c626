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


def judge_plainly(format: str, stream: bytes, rules: Iterable[type[Rule]] = RULES) -> list[Problem]:
    """All problems, where every record is made and every rule asked about it: no short way is taken."""
    checker = Checker(format, rules, keeps_records=True)
    checker._quiet._ask = None  # nothing is quiet, so that nothing is a sample of what is alike
    return checker.feed(stream) + checker.finish()


def judge_shortly(format: str, stream: bytes, rules: Iterable[type[Rule]] = RULES) -> list[Problem]:
    """The same where all short ways are taken, which must make no difference, nor must the way it is fed."""
    found = judge(format, [stream], rules)
    for size in (80, 700, 5000):  # what is learned from one chunk is used in the next
        chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert judge(format, chunks, rules) == found
    return found


def found(format: str, stream: bytes, **known: Any) -> list[tuple[str, int | None, int | None]]:
    """Rule, line and column of each problem."""
    return [(problem.rule, problem.line, problem.column) for problem in judge(format, [stream], **known)]


def names(format: str, stream: bytes, **known: Any) -> list[str]:
    """The rule of each problem."""
    return [problem.rule for problem in judge(format, [stream], **known)]
