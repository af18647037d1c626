"""What a start imports, by `-X importtime`: the time to the first word is nearly all imports.

A module that `import_module` is asked for is not in its report, but all that this module imports is.
"""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import NamedTuple

import pytest
from click.shell_completion import BashComplete

import streamconv
from streamconv.cli import COMMANDS, cli
from tests.conftest import FIXTURES

SLOW = {
    "asyncio",
    "base64",
    "difflib",
    "html",
    "tempfile",
    "unittest",
    "zipfile",
}  # the standard library's, of those that are used somewhere


class Imported(NamedTuple):
    """What was imported: modules of ours, packages that were installed, those of the standard library; less what any
    start of Python imports.
    """

    ours: set[str]
    installed: set[str]
    standard: set[str]

    @property
    def parts(self) -> set[str]:
        """The modules and packages right below `streamconv`."""
        return {name.split(".")[1] for name in self.ours if "." in name}

    def of(self, package: str) -> set[str]:
        """The modules of one of these packages."""
        start = f"streamconv.{package}."
        return {name.removeprefix(start) for name in self.ours if name.startswith(start)}


def imported(*arguments: str) -> Imported:
    """What `python ARGUMENTS` imports."""
    names = _traced(*arguments) - _traced("-c", "pass")
    ours = {name for name in names if name.partition(".")[0] == "streamconv"}
    others = {name.partition(".")[0] for name in names - ours}
    installed = {
        name for name in others - sys.stdlib_module_names if find_spec(name)
    }  # some are only tried: org.python
    return Imported(
        ours, installed - {"typing_extensions"}, others & sys.stdlib_module_names
    )  # msgspec looks for those


def _traced(*arguments: str) -> set[str]:
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, check=True)
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", done.stderr.decode(), re.MULTILINE))


def test_importing_the_library_imports_nothing_else() -> None:
    found = imported("-c", "import streamconv")
    assert found.ours == {"streamconv"}
    assert not found.installed
    assert not found.standard & SLOW


@pytest.mark.parametrize(("option", "more"), [("--version", set()), ("--help", {"streamconv.cli.summary"})])
def test_the_command_by_itself_imports_click_and_how_to_speak(option: str, more: set[str]) -> None:
    found = imported("-m", "streamconv", option)
    assert found.ours - more == {
        "streamconv",
        "streamconv.cli",
        "streamconv.cli.completion",
        "streamconv.cli.options",
        "streamconv.cli.voice",
        "streamconv.reports",
        "streamconv.reports.colours",
        "streamconv.reports.printable",
        "streamconv.reports.quantities",
    }
    assert found.installed == {"click"}
    assert not found.standard & SLOW


@pytest.mark.parametrize("name", ["convert", "records", "assemble", "fix", "stats", "view"])
def test_the_help_of_a_command_imports_none_of_what_the_command_needs(name: str) -> None:
    found = imported("-m", "streamconv", name, "--help")
    assert not found.parts & {"captures", "formats", "protocols", "rules", "detect", "jsontext"}
    assert found.installed == {"click"}


def test_reading_imports_neither_protocols_nor_rules() -> None:
    read = f"import streamconv; list(streamconv.read({str(FIXTURES / 'chat.ndjson')!r}))"
    found = imported("-c", read)
    assert found.parts == {
        "captures", "detect", "filters", "formats", "jsonscan", "jsontext", "pipeline", "problem", "record"
    }  # fmt: skip
    assert found.installed == {"msgspec", "orjson"}


def test_converting_imports_neither_protocols_nor_rules() -> None:
    chat = str(FIXTURES / "chat.ndjson")
    found = imported("-m", "streamconv", "convert", chat)
    assert not found.parts & {"protocols", "rules", "examine", "live", "api", "conversion"}
    assert found.installed == {"click", "msgspec", "orjson"}
    assert not found.standard & SLOW - {"base64"}  # which a HAR may need
    assert "jmespath" in imported("-m", "streamconv", "convert", "--where", "done", chat).installed


def test_writing_an_event_stream_imports_the_one_protocol_whose_clients_need_names() -> None:
    found = imported("-m", "streamconv", "convert", "--to", "sse", str(FIXTURES / "chat.ndjson"))
    assert found.of("protocols") == {
        "anthropic_messages", "event", "growing", "message", "protocol", "shape", "sign", "tool_call", "unnamed",
    }  # fmt: skip
    assert not found.standard & SLOW - {"base64"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "streamconv", "convert", str(FIXTURES / "openai-chat.sse")),
        ("-m", "streamconv", "convert", "--from", "sse", str(FIXTURES / "openai-chat.sse")),
        ("-c", f"import streamconv; list(streamconv.read({str(FIXTURES / 'openai-chat.sse')!r}))"),
    ],
)
def test_reading_an_event_stream_imports_neither_layers_nor_other_formats(arguments: tuple[str, ...]) -> None:
    found = imported(*arguments)
    assert found.of("captures") <= {
        "capture", "chain", "entries", "html_page", "layer", "peel", "places", "sources"
    }  # fmt: skip
    assert found.of("formats") <= {
        "cutting", "faults", "lines", "losses", "ndjson", "payload", "pieces", "plain", "sse", "sse_blocks",
        "sse_frames", "sse_payloads", "standing",
    }  # fmt: skip
    assert not found.standard & SLOW


def test_every_public_name_is_where_the_package_says() -> None:
    assert [*streamconv._HOMES] == streamconv.__all__
    for name in streamconv.__all__:
        value = getattr(streamconv, name)
        assert value.__name__ == name
        assert value.__module__.startswith(streamconv._HOMES[name])
    assert {*streamconv.__all__} <= {*dir(streamconv)}
    assert streamconv.__version__


def test_what_is_no_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'streamconv' has no attribute 'converse'"):
        getattr(streamconv, "converse")  # noqa: B009


def test_no_module_takes_the_place_of_a_function() -> None:
    """`streamconv.convert` is both: importing the module makes it an attribute of the package, but for this one."""
    modules = {one.name for one in pkgutil.iter_modules(streamconv.__path__)}
    assert modules & {*streamconv.__all__} == {"convert"}
    code = "import streamconv, streamconv.convert; print(type(streamconv.convert), streamconv.convert.__module__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode() == f"{FunctionType} streamconv.conversion\n"


def test_modules_and_values_are_set_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("streamconv.convert")
    monkeypatch.setattr(streamconv, "convert", module)
    assert streamconv.convert is not module
    monkeypatch.setattr(streamconv, "read", len)
    assert streamconv.read is len  # type: ignore[comparison-overlap]


def test_completion_offers_the_commands_with_what_they_do() -> None:
    offered = BashComplete(cli, {}, "streamconv", "_STREAMCONV_COMPLETE").get_completions([], "in")
    assert (offered[0].value, offered[0].help) == ("inspect", COMMANDS["inspect"].about)
    assert not {*COMMANDS} & {item.value for item in offered[1:]}
    offered = BashComplete(cli, {}, "streamconv", "_STREAMCONV_COMPLETE").get_completions([], "--v")
    assert offered[0].value == "--version"


def test_completion_imports_no_command() -> None:
    code = (
        "from click.shell_completion import BashComplete\n"
        "from streamconv.cli import cli\n"
        "assert BashComplete(cli, {}, 'streamconv', 'X').get_completions([], '')"
    )
    assert not {f"streamconv.cli.{name}" for name in COMMANDS} & imported("-c", code).ours
