"""`streamconv view`: a page, the panel of the browser, from any capture."""

from __future__ import annotations

from typing import Any

import click

from streamconv.cli import options


@click.command()
@options.inputs
@options.source
@click.option(
    "-o",
    "--output",
    metavar="PAGE",
    type=click.Path(),
    help="Write the page to PAGE. Default: stdout; where that is a terminal, the browser.",
)
@options.selecting
@options.max_record_size
@click.option("--title", metavar="TEXT", help="The title of the page. Default: the names of the inputs.")
@options.follow
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="With -F: serve at this port. Default: any."
)
@options.quiet
def view(**asked: Any) -> int:
    """Make one HTML page of FILEs (or stdin) that shows every record: list, filter, details, problems, timeline.

    The page needs no network and runs nothing but its own script, so it can be attached to a report. It holds 200 000
    records and 64 MiB at most; --skip, --tail, --event and --where choose which. -F serves it on this machine instead,
    and follows a growing file or a pipe.

    \b
    Examples:
      streamconv view fixtures/openai-chat.sse -o chat.html
      streamconv view fixtures/captures/chromium.har -o streams.html
      streamconv view fixtures/anthropic.sse --event '!ping' -o no-pings.html

    \b
    Exit codes: 0 fine; 1 problems in the input, or too much of it for a page;
    2 usage; 3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    from streamconv.cli.viewing import Viewing  # which imports the rules: `--help` need not wait for that

    return Viewing(asked).run()
