"""`streamconv fix`: mend what can be mended without guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from streamconv.cli import options

if TYPE_CHECKING:
    from streamconv.captures import Chain


@click.command()
@options.inputs
@options.source
@click.option("-o", "--output", metavar="OUT", type=click.Path(), help="Write to OUT, whole or not at all.")
@click.option("-i", "--in-place", is_flag=True, help="Write each FILE over itself, where anything was mended.")
@click.option("--diff", is_flag=True, help="Show what would change, and write nothing.")
@options.quiet
def fix(
    inputs: tuple[str, ...],
    source: Chain | None,
    entry: int | str | None,
    output: str | None,
    in_place: bool,
    diff: bool,
    quiet: bool,
) -> int:
    """Write FILE (or stdin) as the same stream, better framed: to stdout, OUT or over itself.

    Byte order marks, mixed line ends, a missing last line end, blank lines in NDJSON, values over several lines or
    several on one: what each rule does is in its page (`streamconv explain RULE`). Payloads stay as they are, and
    so does what is not sure. What is left is said.

    \b
    Examples:
      streamconv fix fixtures/broken/mixed-ends.sse
      streamconv fix --diff fixtures/broken/array-document.ndjson

    \b
    Exit codes: 0 no error is left; 1 errors are left; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    from streamconv.captures import Chain
    from streamconv.cli.fixing import Fixing  # which imports rich: `--help` need not wait for that

    names = inputs or ("-",)
    if len(names) > 1 and not (in_place or diff):
        raise click.UsageError("several inputs need --in-place or --diff")
    if in_place and (output is not None or "-" in names):
        raise click.UsageError("--in-place writes over files: it takes neither --output nor stdin")
    if diff and (in_place or output is not None):
        raise click.UsageError("--diff writes nothing: it goes with neither --in-place nor --output")
    return Fixing(names, source or Chain(), entry, output, in_place=in_place, diff=diff, quiet=quiet).run()
