"""The command. One file a command, imported when it is run; `main` is where exit codes are made.

0 fine · 1 problems, invalid records, refused loss, incomplete stream · 2 usage · 3 input unreadable or unrecognised
4 output failed · 130 interrupted; a closed pipe ends quietly with 0
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

import streamconv
from streamconv.cli import options, voice
from streamconv.reports.printable import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Home(NamedTuple):
    """Where a command is, and what the list of commands says of it: who asks for help need not wait for all of them."""

    module: str  # which holds the click command, by the command's name
    about: str


# fmt: off
COMMANDS: Final = {
    "convert": Home("streamconv.cli.convert", "Change the framing of a stream."),
    "records": Home("streamconv.cli.records", "One JSON object per record, for jq and friends."),
    "inspect": Home("streamconv.cli.inspect", "Show every record, one a line, as they arrive."),
    "check": Home("streamconv.cli.check", "Say what is wrong with a stream, and where."),
    "fix": Home("streamconv.cli.fix", "Mend what can be mended without guessing."),
    "explain": Home("streamconv.cli.explain", "Say what a rule means, and what to do."),
    "detect": Home("streamconv.cli.detect", "What is this? The layers, the format, the evidence."),
    "assemble": Home("streamconv.cli.assemble", "The message a model's stream adds up to, and if it is whole."),
    "stats": Home("streamconv.cli.stats", "Counts, sizes and times of a stream."),
    "view": Home("streamconv.cli.view", "A page that shows every record, in a browser, offline."),
    "serve": Home("streamconv.cli.serve", "Replay captures over HTTP, as they came, or with faults."),
    "compat": Home("streamconv.cli.compat", "What each client would make of an event stream."),
    "help": Home("streamconv.cli.help", "Show this, or the help of a command."),
}
# fmt: on


class Commands(click.Group):
    """The commands of COMMANDS, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of COMMANDS: the main job first."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name].module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, home.about) for name, home in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What is no command is a FILE, or an option that goes with one. Suggests the command that is near."""
        name = args[0]
        ctx.meta[options.WORDS] = args[1:]
        if name in COMMANDS:
            return super().resolve_command(ctx, args)
        if not ctx.resilient_parsing:
            _refuse_mistyped(name, ctx)
        return "", front_door(), args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options that are none of the group's own go with FILEs; so does a pipe by itself."""
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not args and _is_piped():
            args = ["-"]
        if args and args[0] not in COMMANDS and args[0].partition("=")[0] not in own:
            args = ["--", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """FILEs first."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] FILE...")
        formatter.write_usage(ctx.command_path, "COMMAND [OPTIONS] [ARGS]...", prefix=" " * len("Usage: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Those that go with FILEs, too."""
        params = [*front_door().params, *self.get_params(ctx)]
        with formatter.section("Options"):
            formatter.write_dl([record for param in params if (record := _help_record(param, ctx))])
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, their options, and files."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=home.about) for name, home in COMMANDS.items() if name.startswith(incomplete)
        ]
        of_files = front_door().shell_complete(click.Context(front_door(), **options.CONTEXT), incomplete)
        own = click.Command.shell_complete(self, ctx, incomplete)
        return [*names, *own, *of_files, CompletionItem(incomplete, type="file")]


def _help_record(param: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    """That of an option; arguments are explained in the text."""
    return None if isinstance(param, click.Argument) else param.get_help_record(ctx)


def front_door() -> click.Command:
    """What `streamconv FILE` runs."""
    from streamconv.cli.summary import summary

    return summary


def _refuse_mistyped(name: str, ctx: click.Context) -> None:
    """Raise UsageError for a word that is neither a command nor a file. One with a dot or slash is meant as a file."""
    if os.path.lexists(name) or name.startswith("-") or not name or "." in name or "/" in name:
        return
    raise click.UsageError(no_such_command(name, "command or file"), ctx)


def no_such_command(name: str, what: str = "command") -> str:
    """What is said of a name that is none, with the near one."""
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f"No such {what} {name!r}. " + (
        f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(COMMANDS)}."
    )


def _is_piped() -> bool:
    """True where stdin is a pipe or a file, which somebody put there; a terminal, and /dev/null, ask for nothing."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:  # closed from the start
        return False
    return not stat.S_ISCHR(mode)


def _print_completion(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is None or ctx.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    shell = get_completion_class(value)
    assert shell is not None  # the choices are the shells that click knows
    click.echo(shell(cli, {}, "streamconv", "_STREAMCONV_COMPLETE").source())
    ctx.exit()


@click.command(cls=Commands, context_settings=options.CONTEXT)
@click.version_option(streamconv.__version__, message="%(prog)s %(version)s")
@click.option(
    "--completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    callback=_print_completion,
    expose_value=False,
    is_eager=True,
    help='Print the shell\'s completion script: eval "$(streamconv --completion bash)".',
)
def cli() -> None:
    """Look into streamed responses (SSE, NDJSON, stream+json), check and convert them.

    With FILEs, or a pipe, and no command: what each stream is, whether it is whole, what is wrong with it, and what
    to run next. A FILE that is named like a command is written ./NAME.

    \b
    Examples:
      streamconv fixtures/openai-chat.sse
      streamconv fixtures/broken/mixed-ends.sse fixtures/captures/chromium.har
      streamconv --json fixtures/anthropic.sse | jq .verdict
      curl -sN "$SERVER/openai-chat.sse" | streamconv

    \b
    Exit codes: 0 fine; 1 errors in a stream; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        result: Any = cli.main(args=args, prog_name="streamconv", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return voice.USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "streamconv"
        click.echo(f"{path}: {printable(error.format_message())} (help: {path} --help)", err=True)
        return voice.USAGE
    except (KeyboardInterrupt, click.Abort):
        return voice.INTERRUPTED
    except OSError as error:  # of help and the like, which click writes; what commands read and write, they tell
        sys.stdout = None  # what is left in it would fail once more when Python ends
        failed = voice.Voice()
        failed.fail(f"stdout: {error.strerror}", voice.OUTPUT)
        return failed.code
    except SystemExit as end:
        if end.code == 1:  # `--help | true`: the one exit that click makes itself, and no failure
            return voice.FINE
        raise
