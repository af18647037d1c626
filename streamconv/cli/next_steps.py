"""Which commands are worth running next on a stream, by what was found in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from streamconv.cli.pasting import file_word, pasteable
from streamconv.reports.summary import Summary
from streamconv.rules import RULES

_MOST: Final = 2
_MENDED: Final = frozenset(rule.name for rule in RULES if rule.mended)


def next_steps(found: Summary, path: str, source: str) -> list[str]:
    """At most two command lines for the stream of a file (`-`: of a pipe); `source` is the chain that was named."""
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
    if spoken and found.state not in ("complete", "unknown"):
        yield ["assemble"]
    if wrong and found.first is not None and found.first.rule in _MENDED and not found.state.startswith("cut-"):
        yield ["fix", "--diff"]
    if wrong:
        yield ["check"]
    if found.arrivals.stalls or found.arrivals.buffered:
        yield ["stats"]
    if found.events or found.records:
        yield ["inspect"]
        yield ["assemble"] if spoken else ["convert"]


def _entry(found: Summary) -> list[str]:
    """What names the stream in its container; nothing where it is the only one."""
    capture = found.capture
    if capture.nested:
        return ["--entry", "all"]
    if capture.entry is None or sum(one.is_stream and not one.missing for one in capture.entries) == 1:
        return []
    return ["--entry", str(capture.entry.number)]
