"""Which commands are worth running next on a stream, by what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from streamconv.captures import Capture
from streamconv.cli.pasting import file_word, pasteable
from streamconv.reports.summary import Summary
from streamconv.rules import RULES

_MOST: Final = 2
_MENDED: Final = frozenset(rule.name for rule in RULES if rule.mended)


def next_steps(found: Summary, path: str, source: str) -> list[str]:
    """At most two command lines for the stream of a file (`-`: of a pipe); `source` is the chain that was named."""
    return [command_line(words, found.capture, path, source) for words in islice(_commands(found), _MOST)]


def command_line(words: Sequence[str], capture: Capture, path: str, source: str) -> str:
    """A command for this stream of the file, to be pasted; its words are followed by what names the stream."""
    options = [*(["--from", source] if source else []), *_entry(capture)]
    if path == "-":
        return "… | " + pasteable("streamconv", *words, *options)
    return pasteable("streamconv", *words, *options, file_word(path))


def _commands(found: Summary) -> Iterator[list[str]]:
    wrong = found.severities["error"] + found.severities["warning"]
    spoken = found.message.protocol is not None
    if spoken and found.state not in ("complete", "unknown"):
        yield ["assemble"]
    cut = found.state.startswith("cut-")
    read = not cut and (found.events > 0 or found.state != "in-band-error")  # else a refusal, which has no framing
    mendable = wrong > 0 and read and found.first is not None and found.first.rule in _MENDED
    odd = wrong > 0 and read and found.format == "sse" and any(rule.startswith("sse-") for rule in found.rules)
    if mendable:
        yield ["fix", "--diff"]
    if wrong and not (mendable and odd):
        yield ["check"]
    if odd:  # framing that clients read each in its own way
        yield ["compat"]
    if found.arrivals.stalls or found.arrivals.buffered:
        yield ["stats"]
    if found.events or found.records:
        yield ["inspect"]
        yield ["assemble"] if spoken else ["convert"]


def _entry(capture: Capture) -> list[str]:
    """What names the stream in its container; nothing where it is the only one."""
    if capture.nested:
        return ["--entry", "all"]
    if capture.entry is None or sum(one.is_stream and not one.missing for one in capture.entries) == 1:
        return []
    return ["--entry", str(capture.entry.number)]
