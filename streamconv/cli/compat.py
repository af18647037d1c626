"""`streamconv compat`: what each client of event streams would make of one."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from streamconv.cli import options


class ClientName(click.ParamType):  # type: ignore[type-arg]
    """The name of a client."""

    name = "client"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Its profile."""
        from streamconv.compat import find

        try:
            return find(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that start so."""
        from streamconv.compat import CLIENTS

        return [CompletionItem(one.name, help=one.about) for one in CLIENTS if one.name.startswith(incomplete)]


@click.command()
@options.inputs
@options.source
@click.option(
    "--client", "clients", metavar="NAME", multiple=True, type=ClientName(), help="Only this client; may be repeated."
)
@options.most("differences of a client", default=3)
@options.as_json
@options.max_record_size
@options.quiet
def compat(**asked: Any) -> int:
    """Compare what clients make of the event streams in FILEs (or stdin) with the standard, WHATWG HTML 9.2.6: events
    seen, lost, extra and changed, and the bytes that bring it about.

    \b
    Clients: browser (EventSource), eventsource-parser, eventsource-parser-3,
    fetch-event-source, httpx-sse, sseclient-py, openai, anthropic, and naive:
    a loop that takes each line that starts with 'data: ' for an event.

    Of the SDKs, openai and anthropic, what reaches the caller is compared where the stream is of their protocol, or
    --client names them; else the framing only: what their reader of event streams makes of it.

    \b
    Examples:
      streamconv compat fixtures/openai-chat.sse
      streamconv compat --client browser --client openai fixtures/openai-chat.sse
      streamconv compat --json fixtures/anthropic.sse
      curl -sN "$SERVER/openai-chat.sse" | streamconv compat

    \b
    Exit codes: 0 all read it as the standard does; 1 differences; 2 usage;
    3 input unreadable, or no event stream; 4 output failed; 130 interrupted.
    """
    from streamconv.cli.comparing import Comparing  # which imports the protocols: `--help` need not wait for that

    return Comparing(asked).run()
