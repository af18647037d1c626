"""`streamconv FILE…`: the answer in five lines."""

from __future__ import annotations

from typing import Any

import click

from streamconv.cli import options


class FrontDoor(click.Command):
    """The command that has no name: to a user it is `streamconv` itself."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """One that is called as the group is."""
        return super().make_context("streamconv", args, None, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options that only a command has say which one."""
        given = [*args]
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from streamconv.cli.pasting import pasteable

            name = _command_with(error.option_name)
            if name is None:
                raise
            line = pasteable("streamconv", name, *given)
            raise click.UsageError(f"{error.option_name} goes with a command: {line}", ctx) from None

    def get_help(self, ctx: click.Context) -> str:
        """That of the whole tool, which has the options of this."""
        from streamconv.cli import cli

        return cli.get_help(click.Context(cli, info_name="streamconv", **options.CONTEXT))


def _command_with(option: str) -> str | None:
    """The first command that has this option."""
    from streamconv.cli import COMMANDS, cli

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is not None and any(option in param.opts for param in command.params):
            return name
    return None


@click.command(cls=FrontDoor, context_settings=options.CONTEXT)
@click.argument("inputs", nargs=-1, metavar="[FILE]...", type=click.Path(allow_dash=True))
@options.source
@options.as_json
@options.quiet
def summary(**asked: Any) -> int:
    """Tell of each stream in FILEs (or stdin) what it is, whether it is whole, what is wrong, and what to run next."""
    from streamconv.cli.summarising import Summarising  # which imports the rules: `--help` need not wait for that

    return Summarising(asked).run()
