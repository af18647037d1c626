"""Commands that are shown to be pasted into a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

import click

from streamconv.cli.options import WORDS


def pasteable(*words: str) -> str:
    """The words as a line that a shell takes apart into the same words."""
    return " ".join(map(_quoted, words))


def file_word(path: str) -> str:
    """A file as an argument: one that begins with a dash is none of the options."""
    return f"./{path}" if path.startswith("-") and path != "-" else path


def options_given(*less: str) -> list[str]:
    """The options that the command at work was given, less those of these names."""
    context = click.get_current_context()
    values, _, order = context.command.make_parser(context).parse_args([*context.meta[WORDS]])
    words: list[str] = []
    for option in order:
        if isinstance(option, click.Option) and option.name not in less:
            words.append(option.opts[-1])
            if option.multiple:
                words.append(values[option.name].pop(0))
            elif not option.is_flag:
                words.append(values[option.name])
    return words


def _quoted(word: str) -> str:
    """`$'…'` of bash, zsh, ksh and POSIX 2024 where a character would not show, or is a byte of no encoding."""
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(_escaped(os.fsencode(word)))}'"


def _escaped(raw: bytes) -> Iterable[str]:
    for byte in raw:
        plain = 0x20 <= byte < 0x7F and byte not in b"'\\"
        yield chr(byte) if plain else f"\\{byte:03o}"  # three digits end by themselves
