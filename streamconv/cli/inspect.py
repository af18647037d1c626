"""`streamconv inspect`: the event list a person reads, in a terminal."""

from __future__ import annotations

from typing import Any

import click

from streamconv.cli import options


@click.command()
@click.argument("inputs", nargs=-1, metavar="[FILE[:LINE[:COLUMN]]]...", type=click.Path(allow_dash=True))
@options.source
@click.option("--full", is_flag=True, help="Whole payloads, JSON indented.")
@click.option("--at", metavar="N", type=click.IntRange(min=1), help="Event N in depth.")
@click.option("--offset", metavar="B", type=click.IntRange(min=0), help="The record at byte B in depth.")
@click.option("--filter", metavar="REGEX", type=options.Pattern(), help="Only records whose type, id or data match.")
@options.of_type
@click.option("--path", metavar="EXPR", help="Of each payload only what this JMESPath finds.")
@click.option("--clock", is_flag=True, help="Times of day instead of seconds since the start.")
@options.max_record_size
@options.follow
@click.option("-q", "--quiet", is_flag=True, help="Say nothing below the rows.")
def inspect(**asked: Any) -> int:
    """Show the records of FILEs (or stdin), one a line, as they arrive: number, time and time since the one before,
    type, id, size and data, and problems below their records. What is no event has its line in place of a number.

    FILE:LINE[:COLUMN], as `check` prints it, shows one record in depth: its fields, payload and bytes.

    \b
    Examples:
      streamconv inspect fixtures/anthropic.sse
      streamconv inspect fixtures/chat.ndjson --path response
      streamconv inspect fixtures/ping.sse:9
      curl -sN "$SERVER/chat.ndjson" | streamconv inspect

    \b
    Exit codes: 0 fine; 1 invalid records or errors; 2 usage, no such record;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    from streamconv.cli.inspecting import Inspecting  # which imports the rules: `--help` need not wait for that

    return Inspecting(asked).run()
