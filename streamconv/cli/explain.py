"""`streamconv explain`: what a rule means."""

from __future__ import annotations

import click

from streamconv.cli import completion
from streamconv.rules import RULES, selected


@click.command()
@click.argument("names", nargs=-1, metavar="[RULE]...", shell_complete=completion.rules)
@click.option("--all", "everything", is_flag=True, help="The pages of all rules.")
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True, help="How to write."
)
def explain(names: tuple[str, ...], everything: bool, form: str) -> None:
    """Show the pages of RULEs: what, why it matters, a bad and a good example, the clause.

    RULE is a name, a family (sse), or a glob (*-bom*). Without one, all rules are listed.

    \b
    Examples:
      streamconv explain sse-unterminated-event
      streamconv explain --all --format markdown

    \b
    Exit codes: 0 fine; 2 no such rule; 4 output failed.
    """
    from streamconv.reports.pages import as_markdown, as_text  # which import rich: `--help` need not wait for that

    try:
        rules = RULES if everything else selected(names) if names else ()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not rules:
        for rule in RULES:
            click.echo(f"{rule.name:28} {rule.severity:8} {rule.page().partition(chr(10))[0]}")
        return
    show = as_markdown if form == "markdown" else as_text
    click.echo("\n".join(show(rule) for rule in rules), nl=False)
