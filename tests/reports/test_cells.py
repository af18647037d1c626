"""Text is cut by columns, not characters, and never grows past them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.reports.cells import broken, fit, prefix, suffix, width, wrapped

TEXTS = st.text(st.sampled_from("ab你🙂e\u0301\ufe0f❤\u0300"), max_size=30)


@pytest.mark.parametrize(
    ("text", "columns", "start", "end", "fitted"),
    [
        ("abc", 3, "abc", "abc", "abc"),
        ("abcd", 3, "abc", "bcd", "ab…"),
        ("你好吗", 6, "你好吗", "你好吗", "你好吗"),
        ("你好吗", 5, "你好", "好吗", "你好…"),
        ("你好吗", 4, "你好", "好吗", "你…"),
        ("a你", 2, "a", "你", "a…"),
        ("e\u0301e\u0301x", 2, "e\u0301e\u0301", "\u0301e\u0301x", "e\u0301…"),
        ("❤\ufe0fx", 2, "❤\ufe0f", "\ufe0fx", "❤…"),
        ("abc", 0, "", "", "…"),
        ("", 5, "", "", ""),
    ],
)
def test_cutting(text: str, columns: int, start: str, end: str, fitted: str) -> None:
    assert prefix(text, columns) == start
    assert suffix(text, columns) == end
    assert fit(text, columns) == fitted


@pytest.mark.parametrize(
    ("text", "columns", "start", "rest"),
    [
        ("not JSON: cut", 13, "not JSON: cut", ""),
        ("not JSON: cut", 12, "not JSON:", "cut"),
        ("not JSON: cut", 9, "not JSON:", "cut"),
        ("not JSON: cut", 8, "not", "JSON: cut"),
        ("not JSON", 2, "no", "t JSON"),
        (" 你好 吗", 4, " 你", "好 吗"),
        ("", 4, "", ""),
    ],
)
def test_breaking(text: str, columns: int, start: str, rest: str) -> None:
    assert broken(text, columns) == (start, rest)


def test_wrapping() -> None:
    assert [*wrapped("not JSON: cut 你好吗", 5)] == ["not", "JSON:", "cut", "你好", "吗"]
    assert [*wrapped("", 5)] == [""]


@given(TEXTS, st.integers(1, 20))
def test_what_fits_is_no_wider(text: str, columns: int) -> None:
    for cut in (prefix(text, columns), suffix(text, columns), fit(text, columns)):
        assert width(cut) <= columns


def test_marks_that_combine_do_not_make_a_column_endless() -> None:
    assert len(fit("e" + "\u0301" * 1_000_000, 10)) <= 81
