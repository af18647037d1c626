"""The options that commands share, each declared once; what reads their values is imported when there are some."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from streamconv.cli import completion

Command = TypeVar("Command", bound=Callable[..., Any])

CONTEXT: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "max_content_width": 80}
WORDS: Final = "streamconv.words"  # in a context's `meta`: what was given behind the command's name

_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


class FormatName(click.ParamType):  # type: ignore[type-arg]
    """The name, alias or media type of a format."""

    name = "format"

    def __init__(self, *, readable: bool) -> None:
        self._readable = readable

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The format's own name."""
        from streamconv.formats import readable, writable

        try:
            return (readable if self._readable else writable)(value).name
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that start so."""
        from streamconv.formats import FORMATS

        names = (one for one in FORMATS if (one.reads if self._readable else one.writes))
        return [CompletionItem(one.name, help=one.about) for one in names if one.name.startswith(incomplete)]


class ChainName(FormatName):
    """The name of a format to read, or a chain of layers and the format inside: `gzip,http,sse`."""

    name = "chain"

    def __init__(self) -> None:
        super().__init__(readable=True)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The formats and layers that start so, behind the layers that were named."""
        from streamconv.captures.layers import LAYERS

        before, comma, last = incomplete.rpartition(",")
        named = [*super().shell_complete(ctx, param, last)]
        named += [CompletionItem(layer.name, help=layer.about) for layer in LAYERS if layer.name.startswith(last)]
        return [CompletionItem(f"{before}{comma}{one.value}", help=one.help) for one in named]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The chain."""
        from streamconv.captures import parse_chain

        try:
            return parse_chain(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class EntryName(click.ParamType):  # type: ignore[type-arg]
    """Which stream of a container: a number from 1, -1 for the last, `all`, or a part or glob of its URL."""

    name = "entry"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """A number, or the text as it is."""
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", value):
            return str(value)
        if int(value) == 0:
            self.fail("streams are numbered from 1; -1 is the last", param, ctx)
        return int(value)


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes, with K, M or G for powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        match = re.fullmatch(r"([1-9][0-9]*)([KMG]?)(?:i?B)?", str(value), re.IGNORECASE)
        if match is None:
            self.fail(f"{value!r} is not a size; write 500K, 64M or 1G", param, ctx)
        return int(match[1]) * _UNITS[match[2].upper()]


class Pattern(click.ParamType):  # type: ignore[type-arg]
    """A regular expression, which ignores case."""

    name = "regex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> re.Pattern[str]:
        """Compiled."""
        try:
            return re.compile(value, re.IGNORECASE)
        except re.error as error:
            at = "" if error.pos is None else f" at character {error.pos + 1}"
            self.fail(f"{value!r} is not a regular expression: {error.msg}{at}", param, ctx)
        except (OverflowError, RecursionError) as error:
            self.fail(f"{value!r} is not a regular expression: {error}", param, ctx)


class Jobs(click.ParamType):  # type: ignore[type-arg]
    """A number of processes, or `auto`."""

    name = "jobs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """The number; None for `auto`."""
        if value == "auto":
            return None
        if not re.fullmatch(r"[1-9][0-9]{0,2}", str(value)):
            self.fail(f"{value!r} is no number of processes; write 2, or auto", param, ctx)
        return int(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """What it may be besides a number."""
        return [CompletionItem("auto")]


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


inputs = click.argument("inputs", nargs=-1, metavar="[FILE]...", type=click.Path(allow_dash=True))

source = _together(
    click.option(
        "-f",
        "--from",
        "source",
        metavar="FORMAT",
        type=ChainName(),
        default=None,
        help="What the input is: sse, or with its layers gzip,http,sse. Default: it tells.",
    ),
    click.option(
        "--entry",
        metavar="N",
        type=EntryName(),
        help="Which stream of a HAR or the like: N from 1, -1 the last, URL-GLOB, all.",
    ),
)

output = click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(),
    help="Write to OUT (.gz compresses): whole or not at all; live from a pipe or with -F.",
)

of_type = _together(
    click.option(
        "--event",
        "events",
        metavar="NAME",
        multiple=True,
        shell_complete=completion.event_types,
        help="Only events of this type; globs; '!ping' excludes.",
    ),
    click.option("--where", metavar="EXPR", help="Only events whose payload makes this JMESPath true."),
)

selecting = _together(
    of_type,
    click.option("--skip", metavar="N", type=click.IntRange(min=0), help="Leave out the first N events."),
    click.option("--take", metavar="N", type=click.IntRange(min=0), help="Stop reading after N events."),
    click.option("--tail", metavar="N", type=click.IntRange(min=0), help="Only the last N events."),
)

max_record_size = click.option(
    "--max-record-size",
    metavar="SIZE",
    type=Size(),
    default="64M",
    show_default=True,
    help="Larger records are invalid.",
)


def most(what: str, *, default: int) -> Callable[[Command], Command]:
    """How many of something are spelled out."""
    return click.option(
        "--max",
        "most",
        metavar="N",
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        help=f"Show N {what}, and count the rest; 0 shows all.",
    )


doubtful = _together(
    click.option("--strict", is_flag=True, help="Stop at the first invalid or incomplete record."),
    click.option("--rejects", metavar="FILE", type=click.Path(), help="Write the bytes of what is left out to FILE."),
    click.option("--keep-incomplete", is_flag=True, help="Pass on a last event that the stream ended in."),
    max_record_size,
)

follow = click.option("-F", "--follow", is_flag=True, help="Go on reading as the file grows, by name, as tail -F.")

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a stream.")

quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but why something failed.")

jobs = click.option(
    "--jobs",
    metavar="N",
    type=Jobs(),
    default="1",
    show_default=True,
    help="Share the work out to N processes; auto: to all cores, where there are over 64 MB.",
)

loudness = _together(
    quiet,
    click.option("-v", "--verbose", is_flag=True, help="Say what was recognised, and every loss."),
)
