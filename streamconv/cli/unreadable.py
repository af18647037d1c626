"""What is said of an input that cannot be read as it is, and what to paste next."""

from __future__ import annotations

import errno
import os
from itertools import islice
from typing import Final

import click

from streamconv.captures import SeveralStreamsError
from streamconv.cli.pasting import file_word, options_given, pasteable
from streamconv.cli.voice import INPUT, USAGE, Voice

_MOST_FILES: Final = 1000  # of a folder that are compared with a name
_LIKE: Final = 0.8  # how much two names are alike, from 0 to 1, for one to be meant by the other


def say_unreadable(voice: Voice, name: str, path: str, error: ValueError | OSError) -> None:
    """Say why: exit code 2 where one of several streams must be named, with the line that does, else 3."""
    if isinstance(error, OSError):
        voice.fail(f"{name}: {error.strerror}{_hint(path, error)}", INPUT)
        return
    first, *rest = str(error).split("\n")
    several = isinstance(error, SeveralStreamsError)
    voice.fail(f"{name}: {first}", USAGE if several else INPUT)
    for line in rest:
        voice.line(line)
    if isinstance(error, SeveralStreamsError):
        entry = next((entry for entry in error.entries if not entry.missing), error.entries[0])
        voice.line(f"  help: {_with_entry(entry.number, path)}")


def _hint(path: str, error: OSError) -> str:
    """What to do about it, as far as that is known."""
    if path == "-":
        return "; it is closed: give a file" if error.errno == errno.EBADF else ""
    if isinstance(error, IsADirectoryError):
        return f"; give the files in it, or search it: {pasteable('streamconv', 'check', file_word(path))}"
    return _near(path) if isinstance(error, FileNotFoundError) else ""


def _near(path: str) -> str:
    """The file that is likely meant by a name that is none; "" where there is none like it."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as there:
            names = [one.name for one in islice(there, _MOST_FILES)]
    except OSError:
        return ""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1, cutoff=_LIKE)
    return f"; did you mean {os.path.join(folder, near[0])!r}?" if near else ""


def _with_entry(number: int, path: str) -> str:
    """The command as it was given, for this file and this entry of it."""
    context = click.get_current_context()
    words = [context.info_name or "", *options_given("entry"), "--entry", str(number), file_word(path)]
    meanwhile = context.params.get("command")  # what `serve` runs
    return pasteable("streamconv", *words, *(["--", *meanwhile] if meanwhile else []))
