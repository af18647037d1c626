"""`streamconv check`: what is wrong with a stream, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from streamconv.cli import completion, options
from streamconv.problem import SEVERITIES, Severity
from streamconv.rules import find, selected
from streamconv.rules.stream import KEEPALIVE

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_FORMS: Final = ("text", "json", "jsonl", "sarif", "github")


class RuleName(click.ParamType):  # type: ignore[type-arg]
    """The name of a rule, of a family, or a glob over names."""

    name = "rule"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is, if it names a rule."""
        try:
            selected((value,))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Families, then rules."""
        return completion.rules(ctx, param, incomplete)


class Grade(click.ParamType):  # type: ignore[type-arg]
    """RULE=SEVERITY."""

    name = "grade"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Severity]:
        """The name of the rule and its severity here."""
        name, _, severity = str(value).partition("=")
        try:
            find(name)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if severity not in SEVERITIES:
            self.fail(f"{value!r}: write {name}=error, {name}=warning or {name}=info", param, ctx)
        return name, severity


@click.command()
@click.argument("inputs", nargs=-1, metavar="[FILE|DIR]...", type=click.Path(allow_dash=True))
@options.source
@click.option(
    "--select", metavar="RULE", multiple=True, type=RuleName(), help="Only these rules: names, families, globs."
)
@click.option("--ignore", metavar="RULE", multiple=True, type=RuleName(), help="Not these rules.")
@click.option(
    "--severity",
    "shown_from",
    type=click.Choice(["error", "warning", "info"]),
    default="warning",
    show_default=True,
    help="Show problems from this severity on; the others are counted.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="Exit with 1 where there is a problem of at least this severity.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option(
    "--grade",
    "grades",
    metavar="RULE=SEVERITY",
    multiple=True,
    type=Grade(),
    help="Take a rule for more or less serious than it is.",
)
@options.most("problems of a rule and file", default=10)
@click.option(
    "--keepalive",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=KEEPALIVE,
    show_default=True,
    help="The longest silence that is no problem, where times are known.",
)
@click.option("--format", "form", type=click.Choice(_FORMS), default="text", show_default=True, help="How to write.")
@click.option("--statistics", is_flag=True, help="End with a table of how often each rule was broken.")
@click.option("--stamp", is_flag=True, help="Take the times of arrival from a pipe, for the rules about time.")
@options.max_record_size
@options.jobs
@click.option("-q", "--quiet", is_flag=True, help="Show problems only, without the summary.")
def check(**asked: Any) -> int:
    """Check FILEs, every capture in DIRs, or stdin, and show each problem with its place.

    All problems are found in one run. `streamconv explain RULE` says what one means. With --jobs, processes
    check a file each; of one file, event streams and NDJSON are shared out.

    \b
    Examples:
      streamconv check fixtures/openai-chat.sse
      streamconv check --severity info fixtures/tokens.sse
      streamconv check --exit-zero fixtures/broken
      streamconv check --exit-zero --format sarif fixtures/broken/cut-event.sse

    \b
    Exit codes: 0 nothing from --fail-on on; 1 problems; 2 usage;
    3 input unreadable or unrecognised; 4 output failed; 130 interrupted.
    """
    from streamconv.cli.checking import Checking  # which imports rich: `--help` need not wait for that

    return Checking(asked).run()
