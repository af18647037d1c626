"""`streamconv help`: the help of a command."""

from __future__ import annotations

import click

from streamconv.cli import completion, options


@click.command()
@click.argument("command", metavar="[COMMAND]", required=False, shell_complete=completion.commands)
def help(command: str | None) -> None:
    """Show the help of COMMAND, or of streamconv as a whole.

    \b
    Examples:
      streamconv help
      streamconv help convert

    \b
    Exit codes: 0 fine; 2 no such command; 4 output failed.
    """
    from streamconv.cli import cli, no_such_command

    whole = click.Context(cli, info_name="streamconv", **options.CONTEXT)
    if command is None:
        click.echo(cli.get_help(whole))
        return
    found = cli.get_command(whole, command)
    if found is None:
        raise click.UsageError(_is_rule(command) or no_such_command(command))
    click.echo(found.get_help(click.Context(found, whole, info_name=command, **options.CONTEXT)))


def _is_rule(name: str) -> str:
    from streamconv.rules import find

    try:
        return f"{find(name).name!r} is a rule, not a command: streamconv explain {name}"
    except ValueError:
        return ""
