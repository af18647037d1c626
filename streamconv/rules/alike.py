"""Records that differ from one before only in words that no rule looks at, told by comparing bytes.

Advice to the reader. A model's stream is the same record a thousand times over, with another word in it each time.
Once one of them has passed all rules (see `quiet`) and said nothing but text (see `meaning`), its bytes around the
free words are kept; a record that has the same bytes around words of its own passes without being parsed. Whatever
else is said makes all of it forgotten, since the same words may then mean something else.
"""

from __future__ import annotations

import re
from typing import Final

from streamconv.record import Record
from streamconv.rules.facts import has_line_separator
from streamconv.rules.limits import LARGE

# What a string holds that no rule about JSON speaks of: no control character, no half of a surrogate pair.
_WORDS: Final = (
    rb'[^"\\\x00-\x1f]*+'
    rb'(?:\\(?:["\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}))[^"\\\x00-\x1f]*+)*+'
)
_words = re.compile(_WORDS)
# Members whose words decide nothing, of all protocols: texts, what pads them, and when they were made.
_free = re.compile(
    rb'("(?:content|text|delta|thinking|reasoning|reasoning_content|refusal|response|obfuscation|created_at)"'
    rb'[ ]?:[ ]?")' + _WORDS + rb'(?=")'
)
_SAMPLES: Final = 4  # kept at once: choices or parts may be interleaved
_FUTILE: Final = 64  # samples in a row that nothing was like, after which no more are taken


class Alike:
    """What is known of one stream. `learn` from records that were judged, ask of the others, `forget` in between."""

    def __init__(self) -> None:
        self._samples: list[list[bytes]] = []  # the bytes around the words of each, latest first
        self._futile = 0

    def __call__(self, record: Record) -> bool:
        """True where the record is like one before; False says nothing."""
        raw = record.raw
        for sample in self._samples:
            if raw.startswith(sample[0]) and _fits(raw, sample):
                if len(raw) > LARGE or record.time is not None:
                    return False
                if not raw.isascii() and (has_line_separator(raw) or "\ufffd" in (record.data or "")):
                    return False
                self._futile = 0
                return True
        return False

    def learn(self, record: Record) -> None:
        """Take an event that nothing was found in as a sample of those to come; ids must be compared one by one."""
        if self._futile == _FUTILE or record.kind != "event" or record.id is not None:
            return
        self._futile += 1
        around = _free.split(record.raw)  # bytes, the name of a member, bytes …
        sample = [before + name for before, name in zip(around[::2], [*around[1::2], b""], strict=True)]
        self._samples = [sample, *self._samples[: _SAMPLES - 1]]

    def forget(self) -> None:
        """Let all be judged again."""
        self._samples = []


def _fits(raw: bytes, sample: list[bytes]) -> bool:
    at = len(sample[0])
    for around in sample[1:]:
        words = _words.match(raw, at)
        at = words.end() if words is not None else at
        if not raw.startswith(around, at):
            return False
        at += len(around)
    return at == len(raw)
