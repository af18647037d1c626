"""`streamconv stats`: counts, sizes, timing."""

from __future__ import annotations

from typing import Any

import click

from streamconv.cli import options


@click.command()
@options.inputs
@options.source
@options.as_json
@options.max_record_size
@options.jobs
@options.quiet
def stats(**asked: Any) -> int:
    """Count the records of FILEs (or stdin): types, sizes, payloads, problems, and where times are known, when they
    arrived: gaps, stalls, bursts and what they suggest. From a pipe times are taken, since it was opened. Several
    streams give a line each.

    Sizes are bytes of payload. A record is no token: nothing here counts tokens.

    \b
    Examples:
      streamconv stats fixtures/openai-chat.sse
      streamconv stats fixtures/*.sse
      streamconv stats --json fixtures/tokens.sse | jq .payload_sizes
      curl -sN "$SERVER/openai-chat.sse" | streamconv stats

    \b
    Exit codes: 0 fine; 1 invalid records or errors; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    from streamconv.cli.counting import Counting  # which imports the rules: `--help` need not wait for that

    return Counting(asked).run()
