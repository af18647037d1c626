"""Which commands are worth running next on a stream, by what was found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from streamconv.cli.pasting import file_word, pasteable
from streamconv.reports.summary import Summary
from streamconv.rules import RULES

_MOST: Final = 2
_MENDED: Final = frozenset(rule.name for rule in RULES if rule.mended)
_NESTED = re.compile(r"\[\d+\].*\[\d+\]")  # `x.zip[2][1]`: a stream of a container in a container


def next_steps(found: Summary, path: str, source: str) -> list[str]:
    """At most two command lines for the stream of a file (`-`: of a pipe), which was read as `source`, where that was said."""
    options = ["--from", source] if source else []
    options += _entry(found)
    lines = []
    for words in islice(_commands(found), _MOST):
        if path == "-":
            lines.append("… | " + pasteable("streamconv", *words, *options))
        else:
            lines.append(pasteable("streamconv", *words, *options, file_word(path)))
    return lines


def _commands(found: Summary) -> Iterator[list[str]]:
    wrong = found.severities["error"] + found.severities["warning"]
    spoken = found.message.protocol is not None
    if wrong and found.first is not None and found.first.rule in _MENDED:
        yield ["fix", "--diff"]
    if spoken and found.state not in ("complete", "unknown"):
        yield ["assemble"]
    if wrong:
        yield ["check"]
    if found.arrivals.stalls or found.arrivals.buffered:
        yield ["stats"]
    if found.events or found.records:
        yield ["inspect"]
        yield ["assemble"] if spoken else ["convert"]


def _entry(found: Summary) -> list[str]:
    """What names the stream in its container; nothing where it is the only one."""
    entry = found.capture.entry
    if entry is None or sum(one.is_stream and not one.missing for one in found.capture.entries) == 1:
        return []
    return ["--entry", "all" if _NESTED.search(found.capture.name) else str(entry.number)]
