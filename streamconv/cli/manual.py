"""The manual page, streamconv(1), made from the commands' own help: man(7), with the escapes of groff_char(7)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

import click

from streamconv.cli import COMMANDS, cli, front_door, options

# Characters that troff would obey, or print as others.
_ESCAPES: Final = {
    "\\": "\\e",
    "-": "\\-",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    '"': "\\(dq",
}
_ENVIRONMENT: Final = (
    ("NO_COLOR", "Write no colours, also on a terminal."),
    ("FORCE_COLOR", "Write colours, also where there is no terminal."),
    ("COLUMNS", "The width to write for, where there is no terminal."),
)


def page(version: str) -> str:
    """The source of the page, for this version of the tool."""
    return "\n".join(_lines(version)) + "\n"


def _lines(version: str) -> Iterator[str]:
    context = click.Context(cli, info_name="streamconv", **options.CONTEXT)
    about, *rest = _paragraphs(cli)
    yield f'.TH STREAMCONV 1 "" "streamconv {_escaped(version)}" "User Commands"'
    yield from (".SH NAME", f"streamconv \\- {_escaped(about[0].rstrip('.'))}", ".SH SYNOPSIS")
    yield from (".B streamconv", "[OPTIONS] FILE...", ".br", ".B streamconv", "COMMAND [OPTIONS] [ARGS]...")
    yield ".SH DESCRIPTION"
    yield from _text(rest)
    yield ".SH OPTIONS"
    yield from _options([*front_door().params, *cli.get_params(context)], context)
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None  # it is one of COMMANDS
        inner = click.Context(command, context, info_name=name, **options.CONTEXT)
        yield f".SS streamconv {_escaped(' '.join([name, *command.collect_usage_pieces(inner)]))}"
        yield from _text(_paragraphs(command))
        yield from _options(command.get_params(inner), inner)
        yield from _text(_split(command.epilog or ""))
    yield ".SH ENVIRONMENT"
    for variable, means in _ENVIRONMENT:
        yield from (".TP", f".B {variable}", _escaped(means))
    yield from (".SH SEE ALSO", ".BR curl (1),", ".BR jq (1)")


def _paragraphs(command: click.Command) -> list[list[str]]:
    return _split(inspect.cleandoc(command.help or ""))


def _split(text: str) -> list[list[str]]:
    """The paragraphs, each in its lines."""
    return [paragraph.split("\n") for paragraph in text.split("\n\n") if paragraph]


def _text(paragraphs: list[list[str]]) -> Iterator[str]:
    for first, *rest in paragraphs:
        yield ".PP"
        if first == "\b":  # click's mark for lines that stay as they are
            yield from (".nf", *map(_escaped, rest), ".fi")
        else:
            yield from map(_escaped, (first, *rest))


def _options(params: list[click.Parameter], context: click.Context) -> Iterator[str]:
    for param in params:
        record = None if isinstance(param, click.Argument) else param.get_help_record(context)
        if record is not None:
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(record[1]))


def _escaped(text: str) -> str:
    written = "".join(_ESCAPES.get(char, char if char.isascii() else f"\\[u{ord(char):04X}]") for char in text)
    return f"\\&{written}" if written.startswith(".") else written  # else it is a request
