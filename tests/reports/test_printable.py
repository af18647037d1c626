"""Text of unknown origin, on its way to a terminal."""

from __future__ import annotations

import pytest

from streamconv.reports.printable import printable


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("", ""),
        ("plain é今🙂", "plain é今🙂"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\nb\tc\x7f", "a\\nb\\tc\\x7f"),
        ("\x9b31m\u202e\u2028\ufeff\U000e0001", "\\x9b31m\\u202e\\u2028\\ufeff\\U000e0001"),
        ("\udcff", "\\udcff"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_a_terminal_might_obey_is_escaped(text: str, safe: str) -> None:
    assert printable(text) == safe
    assert printable(text).isprintable()
