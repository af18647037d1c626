"""`streamconv convert`: change the framing."""

from __future__ import annotations

import os
from typing import Any

import click

from streamconv.cli import options


@click.command()
@options.inputs
@options.source
@options.output
@click.option(
    "-t",
    "--to",
    "target",
    metavar="FORMAT",
    type=options.FormatName(readable=False),
    help="What to write: sse, ndjson, stream+json, json, json-seq, records, raw, or timed: the bytes as they arrive, "
    "with their times. Default: OUT's suffix, else ndjson.",
)
@options.selecting
@click.option(
    "--payload",
    type=click.Choice(["auto", "json", "text"]),
    default="auto",
    show_default=True,
    help="Which payloads are JSON: told from the stream, all, none.",
)
@click.option("--done", is_flag=True, help="End an SSE output with data: [DONE].")
@click.option("--event-from", metavar="EXPR", help="Name SSE events by this JMESPath over the payload.")
@click.option("--id-from", metavar="EXPR", help="Set SSE ids by this JMESPath over the payload.")
@click.option("--lossless", is_flag=True, help="Stop before the first record that would lose anything.")
@options.doubtful
@options.follow
@options.jobs
@options.loudness
def convert(inputs: tuple[str, ...], **asked: Any) -> int:
    """Convert FILEs (or stdin) and write the result to stdout or OUT.

    Payloads are carried over byte for byte. What a format cannot carry is said on stderr; --to records carries all.

    \b
    Examples:
      streamconv convert fixtures/openai-chat.sse
      streamconv convert fixtures/tokens.sse --to json-seq -o tokens.json-seq
      streamconv convert fixtures/anthropic.sse --event 'content_*' --take 2
      streamconv convert fixtures/chat.ndjson --to sse --where 'done == `true`'

    \b
    Exit codes: 0 fine; 1 problems in the input, or nothing to write; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    _refuse_missing_output(inputs, asked["output"])
    return run(inputs, asked)


def run(inputs: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Convert as the options ask; returns the exit code."""
    from streamconv.cli.converting import Converting, Plan  # `--help` need not wait for that
    from streamconv.convert import Settings

    plan = {name: value for name, value in asked.items() if name in Plan.__struct_fields__}
    settings = {name: value for name, value in asked.items() if name in Settings.__struct_fields__}
    if not _holds_chunks(asked["target"], asked["output"]):
        return Converting(Plan(inputs=inputs, **plan), Settings(**settings)).run()
    from streamconv.cli.recorder import Recorder

    return Recorder(Plan(inputs=inputs, **plan), Settings(**settings)).run()


def _holds_chunks(target: str | None, output: str | None) -> bool:
    from streamconv.formats import by_suffix, find

    found = find(target) if target else by_suffix(output or "")
    return found is not None and found.holds_chunks


def _refuse_missing_output(inputs: tuple[str, ...], output: str | None) -> None:
    """`convert a.sse out.ndjson`: the second is meant as the output, and does not exist yet."""
    from streamconv.formats import by_suffix

    if len(inputs) > 1 and output is None and by_suffix(inputs[-1]) and not os.path.exists(inputs[-1]):
        raise click.UsageError(f"{inputs[-1]}: no such file (to write it: -o {inputs[-1]})")
