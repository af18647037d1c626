"""`streamconv assemble`: the message that a model's stream adds up to, and whether it is whole."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from streamconv.cli import options


class ProtocolName(click.ParamType):  # type: ignore[type-arg]
    """The name of a protocol."""

    name = "protocol"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is, if it names one."""
        from streamconv.protocols.registry import find

        try:
            return find(value).name
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that start so."""
        from streamconv.protocols.registry import PROTOCOLS

        return [CompletionItem(one.name, help=one.title) for one in PROTOCOLS if one.name.startswith(incomplete)]


@click.command()
@options.inputs
@options.source
@click.option("--text", "form", flag_value="text", help="Only the text, as it arrives.")
@click.option("--json", "form", flag_value="json", help="The provider's own object, as without streaming.")
@click.option("--normalized", "form", flag_value="normalized", help="One shape for all providers, as JSON.")
@click.option("--at", metavar="N", type=click.IntRange(min=1), help="As if the stream had ended after event N.")
@click.option("--choice", metavar="K", type=click.IntRange(min=0), help="Only the answer of this index, from 0.")
@click.option("--protocol", metavar="NAME", type=ProtocolName(), help="What it is. Default: it tells.")
@click.option("--path", metavar="EXPR", help="Of no known protocol: join what this JMESPath finds in each payload.")
@options.follow
@options.max_record_size
@options.quiet
def assemble(inputs: tuple[str, ...], **asked: Any) -> int:
    """Put together what a model said in a captured stream (FILEs, or stdin): reasoning, text, tool calls.

    How it finished, what it cost, and whether the stream is whole are said on stderr.

    \b
    Examples:
      streamconv assemble fixtures/anthropic.sse
      streamconv assemble --text fixtures/openai-chat.sse
      streamconv assemble --json fixtures/anthropic.sse | jq .stop_reason
      streamconv assemble --normalized --at 4 fixtures/anthropic.sse

    \b
    Exit codes: 0 the stream is whole, or nothing tells; 1 cut, without its end,
    or an error in it; 2 usage; 3 input unreadable, or of no known protocol;
    4 output failed; 130 interrupted.
    """
    from streamconv.cli.assembling import Assembling

    return Assembling(inputs or ("-",), asked).run()
