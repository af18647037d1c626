"""The page of a rule, as `streamconv explain` shows it: what, why, a bad and a good example, the clause."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from streamconv.reports.excerpt import visible
from streamconv.rules import Rule
from streamconv.rules.examples import Example, arrivals, chunks_of, known_of, problems_of

_WIDTH: Final = 78  # columns
_MOST_LINES: Final = 8  # of an example
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def as_text(rule: type[Rule]) -> str:
    """The page for a terminal of 80 columns."""
    parts = [f"{rule.name} ({rule.severity})", *(_filled(part) for part in rule.page().split("\n\n"))]
    parts += [
        "Bad:\n\n" + _indented(_example(rule, "bad")),
        _found(rule),
        "Good:\n\n" + _indented(_example(rule, "good")),
    ]
    parts += [_filled(f"{name}: {words}", "  ") for name, words in _rest(rule)]
    return "\n\n".join(parts) + "\n"


def as_markdown(rule: type[Rule]) -> str:
    """The page in Markdown."""
    parts = [f"## {rule.name}", f"*{rule.severity}*", *rule.page().split("\n\n")]
    parts += ["Bad:", _fenced(_example(rule, "bad")), _found(rule), "Good:", _fenced(_example(rule, "good"))]
    parts += [f"**{name}:** {words}" for name, words in _rest(rule)]
    return "\n\n".join(parts) + "\n"


def _rest(rule: type[Rule]) -> list[tuple[str, str]]:
    rows = [("Help", rule.hint), ("Fix", rule.mended), ("Clause", "" if rule.clause == "-" else rule.clause)]
    return [(name, words) for name, words in rows if words]


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _fenced(lines: list[str]) -> str:
    return "\n".join(("```text", *lines, "```"))


def _example(rule: type[Rule], example: Example) -> list[str]:
    """The lines of an example with everything visible, shortened where it makes its point by its size."""
    lines = [f"({name.replace('_', '-')}: {value})" for name, value in known_of(rule, example).items()]
    for time, chunk in arrivals(chunks_of(rule, example)):
        arrived = "" if time is None else f"[{time:.2f} s] "
        lines += [arrived + _shortened(visible(line)) for line in _LINE.findall(chunk) if line]
    if not lines:
        return ["(nothing)"]
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        lines = [*lines[:half], f"… {len(lines) - 2 * half} more lines …", *lines[-half:]]
    return lines


def _shortened(text: str) -> str:
    most = _WIDTH - 16
    return text if len(text) <= most else f"{text[: most - 8]}…{text[-7:]}"


def _found(rule: type[Rule]) -> str:
    """What is said of the bad example; nothing where an extra is missing that it needs."""
    return "\n\n".join(_filled(f"  {problem}", "  ") for problem in problems_of(rule, "bad")[:1])
