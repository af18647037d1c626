"""What a shell offers where an argument is being typed, and only what is looked up for it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem, split_arg_string

if TYPE_CHECKING:
    import click

_LOOKED_AT: Final = 256 * 1024  # bytes of a file: nobody waits for more after a TAB
_MOST: Final = 100  # event types


def commands(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The commands that begin so."""
    from streamconv.cli import COMMANDS

    return [CompletionItem(name, help=home.about) for name, home in COMMANDS.items() if name.startswith(incomplete)]


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Families, then rules."""
    from streamconv.rules import FAMILIES, RULES

    pages = {rule.name: rule.page().partition("\n")[0] for rule in RULES}
    named = {**dict.fromkeys(FAMILIES), **pages}
    return [CompletionItem(name, help=about) for name, about in named.items() if name.startswith(incomplete)]


def event_types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The types of the events at the start of the files on the line; also behind the `!` that excludes.

    The line is that of the shell (COMP_WORDS): click parses no arguments where an option lacks its value.
    """
    excludes = "!" * incomplete.startswith("!")
    types: dict[str, None] = {}
    for word in split_arg_string(os.environ.get("COMP_WORDS", ""))[1:]:
        if os.path.isfile(word):  # to read a pipe would be to take from it
            types.update(dict.fromkeys(_types_in(word)))
    found = [excludes + type for type in types if type.isprintable()][:_MOST]
    return [CompletionItem(one) for one in found if one.startswith(incomplete)]


def _types_in(path: str) -> Iterator[str]:
    from streamconv.captures import CaptureError, Opened, open_stream
    from streamconv.detect import Chooser, UnrecognisedError, choose
    from streamconv.formats import decoder

    try:
        capture = open_stream(Opened(_start(path), path))
        chooser = Chooser(None, capture.content_type, capture.file, capture.layers)
        choice, chunks = choose(capture.chunks, chooser)
        decode = decoder(choice.format)
        for chunk in chunks:
            yield from (record.type for record in decode.feed(chunk) if record.kind == "event")
    except (CaptureError, UnrecognisedError, OSError):  # cut where we stopped, or nothing that has types
        return


def _start(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield file.read(_LOOKED_AT)
