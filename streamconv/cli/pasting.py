"""Commands that are shown to be pasted into a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable


def pasteable(*words: str) -> str:
    """The words as a line that a shell takes apart into the same words."""
    return " ".join(map(_quoted, words))


def file_word(path: str) -> str:
    """A file as an argument: one that begins with a dash is none of the options."""
    return f"./{path}" if path.startswith("-") and path != "-" else path


def _quoted(word: str) -> str:
    """`$'…'` of bash, zsh, ksh and POSIX 2024 where a character would not show, or is a byte of no encoding."""
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(_escaped(os.fsencode(word)))}'"


def _escaped(raw: bytes) -> Iterable[str]:
    for byte in raw:
        plain = 0x20 <= byte < 0x7F and byte not in b"'\\"
        yield chr(byte) if plain else f"\\{byte:03o}"  # three digits end by themselves
