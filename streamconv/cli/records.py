"""`streamconv records`: one JSON object per record."""

from __future__ import annotations

from typing import Any

import click

from streamconv.cli import options
from streamconv.cli.convert import run


@click.command()
@options.inputs
@options.source
@options.output
@options.selecting
@click.option("--stable", is_flag=True, help="Leave out n, line, offset, size and time, to compare two runs.")
@click.option("--stamp", is_flag=True, help="Add the time of arrival, in seconds since the first byte.")
@options.doubtful
@options.follow
@options.jobs
@options.loudness
def records(inputs: tuple[str, ...], **asked: Any) -> int:
    """Write all that each record of FILEs (or stdin) knows, as one JSON object a line.

    A payload that is a JSON object or array is `data`, any other is `text`. The same as convert --to records.

    \b
    Examples:
      streamconv records fixtures/chat.ndjson | jq -rj .data.response
      streamconv records fixtures/ping.sse | jq -c . | streamconv convert --to sse
      streamconv records --stable fixtures/tokens.sse

    \b
    Exit codes: 0 fine; 1 problems in the input, or nothing to write; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    return run(inputs, {**asked, "target": "records"})
