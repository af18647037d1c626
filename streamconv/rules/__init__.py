"""The rules: what can be wrong with a stream, one class each, and the filter that judges by them.

Every rule is written out here, by family. A new one is a class and a place in its family's tuple.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from streamconv.rules import (
    aws,
    capture,
    data,
    http,
    json_values,
    layers,
    limits,
    llm,
    llm_parts,
    llm_tools,
    lost,
    ndjson,
    records,
    seq,
    sse_events,
    sse_fields,
    sse_lines,
    stream_json,
    timed,
    vercel,
)  # fmt: skip
from streamconv.rules.checker import Checker
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

RULES: Final[tuple[type[Rule], ...]] = (
    *capture.RULES,
    *layers.RULES,
    *http.RULES,
    *sse_lines.RULES,
    *sse_fields.RULES,
    *sse_events.RULES,
    *data.RULES,
    *ndjson.RULES,
    *stream_json.RULES,
    *seq.RULES,
    *json_values.RULES,
    *aws.RULES,
    *vercel.RULES,
    *records.RULES,
    *timed.RULES,
    *limits.RULES,
    *llm.RULES,
    *llm_parts.RULES,
    *llm_tools.RULES,
    *lost.RULES,
)

_BY_NAME: Final = {rule.name: rule for rule in RULES}
FAMILIES: Final = tuple(dict.fromkeys(name.partition("-")[0] for name in _BY_NAME))

__all__ = ["FAMILIES", "RULES", "Checker", "Rule", "Stream", "find", "selected"]


def find(name: str) -> type[Rule]:
    """The rule of this name. Raises ValueError, which suggests the near one."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    from difflib import get_close_matches

    near = get_close_matches(name, (*_BY_NAME, *FAMILIES), n=1)
    raise ValueError(f"no rule is named {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def selected(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[type[Rule], ...]:
    """The rules that `select` names (all, where it names none) less those that `ignore` names.

    Each is the name of a rule, of a family (`sse`), or a glob (`*-bom*`). Raises ValueError for what names no rule.
    """
    chosen = _named(select) or set(_BY_NAME)
    dropped = _named(ignore)
    return tuple(rule for rule in RULES if rule.name in chosen and rule.name not in dropped)


def _named(patterns: Iterable[str]) -> set[str]:
    names: set[str] = set()
    for pattern in patterns:
        glob = f"{pattern}-*" if pattern in FAMILIES else pattern
        matched = {name for name in _BY_NAME if fnmatchcase(name, glob)}
        if not matched:
            find(pattern)  # raises, and suggests
        names |= matched
    return names
