"""The problems that the conformance cases were written with, from the standards: what `check` must say, and no more."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest

from tests.reading import bytewise, cut
from tests.rules.judging import judge
from tests.test_conformance import CASES

Said = tuple[int | None, str, str]  # line, rule, severity


def _wanted(case: dict[str, Any]) -> Counter[Said]:
    return Counter((problem["line"], problem["rule"], problem["severity"]) for problem in case["problems"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_says_what_the_case_says_however_it_is_cut(case: dict[str, Any]) -> None:
    stream = base64.b64decode(case["input_b64"])
    known = {"content_type": case.get("content_type", "")}
    whole = judge(case["format"], [stream], **known)
    assert Counter((problem.line, problem.rule, problem.severity) for problem in whole) == _wanted(case)
    assert judge(case["format"], bytewise(stream), **known) == whole
    assert judge(case["format"], cut(stream, case.get("chunks", [])), **known) == whole


def test_nothing_is_left_uncompared() -> None:
    wanted = [_wanted(case) for case in CASES]
    assert sum(one.total() for one in wanted) == 306
    assert [sum(1 for one in wanted if one), sum(1 for one in wanted if not one)] == [179, 61]
