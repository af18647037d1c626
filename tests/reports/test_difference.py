"""The difference of two lists of lines: what it shows makes one of the other."""

from __future__ import annotations

import re
from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from streamconv.reports.difference import unified

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=60)


def applied(lines: list[str], difference: list[str]) -> list[str]:
    """The lines with the difference applied, as `patch` does; what it says of them must be so."""
    result: list[str] = []
    at = 0
    for line in difference[2:]:
        if hunk := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line):
            start = int(hunk[1]) - (hunk[2] != "0")
            result += lines[at:start]
            at = start
            assert len(result) == int(hunk[3]) - (hunk[4] != "0")
            continue
        if line[0] in " -":
            assert lines[at] == line[1:]
            at += 1
        if line[0] in " +":
            result.append(line[1:])
    return result + lines[at:]


@given(LINES, LINES)
def test_it_makes_one_of_the_other(before: list[str], after: list[str]) -> None:
    difference = [*unified(before, after, "x")]
    assert applied(before, difference) == after
    assert bool(difference) == (before != after)


def test_it_is_what_difflib_finds_where_little_differs() -> None:
    before = [f"line {n}" for n in range(1000)]
    after = [*before[:10], "more", *before[10:500], "other", *before[503:]]
    assert [*unified(before, after, "x")] == [*unified_diff(before, after, "a/x", "b/x", lineterm="")]


def test_what_many_lines_became_one_of_does_not_hide_what_follows() -> None:
    before = ["{", *(f"  {n}," for n in range(700)), "}", *(f"line {n}" for n in range(500))]
    after = ["{}", *before[702:]]
    assert [*unified(before, after, "x")] == [*unified_diff(before, after, "a/x", "b/x", lineterm="")]


def test_what_has_nothing_in_common_is_all_replaced() -> None:
    before, after = [f"{n}\r" for n in range(1000)], [f"{n}" for n in range(1000)]
    difference = [*unified(before, after, "x")]
    assert difference[2] == "@@ -1,1000 +1,1000 @@"
    assert applied(before, difference) == after


def test_one_that_was_empty() -> None:
    assert [*unified([], ["a"], "x")] == ["--- a/x", "+++ b/x", "@@ -0,0 +1 @@", "+a"]
    assert [*unified(["a", "b"], [], "x")] == ["--- a/x", "+++ b/x", "@@ -1,2 +0,0 @@", "-a", "-b"]
