"""What is said of an input that cannot be read as it is, and what to paste next."""

from __future__ import annotations

import shlex

import click

from streamconv.captures import SeveralStreamsError
from streamconv.cli.voice import INPUT, USAGE, Voice


def say_unreadable(voice: Voice, name: str, path: str, error: ValueError) -> None:
    """Say why: exit code 2 where one of several streams must be named, with the line that does, else 3."""
    first, *rest = str(error).split("\n")
    several = isinstance(error, SeveralStreamsError)
    voice.fail(f"{name}: {first}", USAGE if several else INPUT)
    for line in rest:
        voice.line(line)
    if isinstance(error, SeveralStreamsError):
        command = click.get_current_context().info_name or ""
        entry = next((entry for entry in error.entries if not entry.missing), error.entries[0])
        voice.line(f"  help: streamconv {command} --entry {entry.number} {shlex.quote(path)}")
