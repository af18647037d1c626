"""`streamconv serve`: replay captures over HTTP, as they came, or with faults."""

from __future__ import annotations

import re
from typing import Any

import click
from click.shell_completion import CompletionItem

from streamconv.captures import Chain
from streamconv.cli import options
from streamconv.live.faults import FAULTS, Fault, parse_fault


class FaultName(click.ParamType):  # type: ignore[type-arg]
    """A fault that the server makes, and where: `cut-record=3`."""

    name = "fault"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fault:
        """The fault."""
        try:
            return parse_fault(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that start so."""
        return [CompletionItem(name, help=about) for name, (_, about) in FAULTS.items() if name.startswith(incomplete)]


class Header(click.ParamType):  # type: ignore[type-arg]
    """`Name: value`."""

    name = "header"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The name (a token, RFC 9110, 5.6.2) and the value."""
        match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)", str(value))
        if match is None:
            self.fail(f"{value!r} is no header; write 'Name: value'", param, ctx)
        return match[1], match[2]


class WithCommand(click.Command):
    """A command whose arguments after `--` are another one, to be run meanwhile."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What stands before `--` is for us."""
        at = args.index("--") if "--" in args else len(args)
        ctx.params["command"] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Say so."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


_FAULTS = "\b\nFaults; where N is left out, the seed chooses it:\n" + "\n".join(
    f"  {name + (f'={form}' if form else ''):<19} {about}" for name, (form, about) in FAULTS.items()
)


@click.command(cls=WithCommand, epilog=_FAULTS)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.source
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
)
@click.option(
    "--speed", metavar="X", type=click.FloatRange(min=0, min_open=True), default=1.0, help="2 is twice as fast; inf."
)
@click.option(
    "--delay", metavar="SECONDS", type=click.FloatRange(min=0), help="A record every so many seconds, times or not."
)
@click.option("--fault", "faults", metavar="FAULT", multiple=True, type=FaultName(), help="Make a fault; see below.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Chooses the places of faults.")
@click.option("-H", "--header", "headers", metavar="HEADER", multiple=True, type=Header(), help="Send 'Name: value'.")
@click.option("--origin", metavar="URL", default="", help="Let pages of this origin read it, too; '*' is all.")
@click.option("-q", "--quiet", is_flag=True, help="Do not say where, and what was asked.")
def serve(
    files: tuple[str, ...], command: tuple[str, ...], source: Chain | None, entry: int | str | None, **asked: Any
) -> int:
    """Serve the stream in FILE to every request, until Ctrl-C; or run COMMAND meanwhile, and exit as it does.

    Several streams (files, or --entry all of a HAR) are each at a path of its name, and / lists the paths; one by
    itself is at any path.

    Chunks come as and when they came, where the capture knows (timed captures, HARs with times); else each record is
    one. GET and POST are answered, with another format where Accept asks for one; Last-Event-ID resumes. Pages of this
    machine may read it (CORS); on loopback, requests under another name (Host) are refused. COMMAND has the address in
    $STREAMCONV_URL, and for {url}.

    \b
    Examples:
      streamconv serve fixtures/tokens.sse --port 0 -- curl -sN {url}
      streamconv serve fixtures/chat.ndjson --port 0 --fault bom -- curl -s {url}
      streamconv serve fixtures/*.sse --port 0 -- curl -s {url}tokens.sse

    \b
    Exit codes: 0 fine, or that of COMMAND; 2 usage; 3 input unreadable or
    unrecognised; 4 the address cannot be listened on; 130 interrupted.
    """
    from streamconv.cli.replaying import Replay

    return Replay(source or Chain(), entry, asked).run(files, command)
