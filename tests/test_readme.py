"""Everything that the README and the help show is run, and shows what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click import Command, Context

from streamconv.cli import COMMANDS, cli
from tests.cli.running import read_until, start
from tests.conftest import FIXTURES, ROOT, needs
from tests.picture_answer import PICTURE, screen

README = (ROOT / "README.md").read_text()
_SHOWN: list[list[tuple[str, str]]] = [
    re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
]
_PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def _command(name: str) -> Command:
    command = cli.get_command(Context(cli), name)
    assert command is not None
    return command


_EXAMPLES = [
    line.strip()
    for command in (cli, *map(_command, COMMANDS))
    for line in (command.help or "").splitlines()
    if line.lstrip().startswith("streamconv ")
]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """An empty folder that holds the fixtures, and an environment where `streamconv` is this one."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "fixtures").symlink_to(FIXTURES)
    commands = folder / "bin"
    commands.mkdir()
    script = commands / "streamconv"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m streamconv "$@"\n')
    script.chmod(0o755)
    path = f"{commands}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    (command,) = re.findall(r"`streamconv (serve [^`]*)`,\nin another terminal: then `SERVER=http://127", README)
    with start(*command.split(), "--port", "0", cwd=folder, measured=False) as serving:
        assert serving.stderr is not None
        address = re.search(rb"http://[0-9.:]+", read_until(serving.stderr, b"/chat.ndjson\n"))
        assert address is not None
        yield folder, {**environment, "SERVER": address[0].decode()}
        serving.terminate()


def test_there_is_something_to_run() -> None:
    assert len(_SHOWN) >= 10
    assert len(_EXAMPLES) >= 2 * len(COMMANDS)
    assert len(_PYTHON) >= 2


@pytest.mark.parametrize("block", _SHOWN, ids=[block[0][0] for block in _SHOWN])
def test_readme_commands_print_what_is_shown(shell: tuple[Path, dict[str, str]], block: list[tuple[str, str]]) -> None:
    folder, environment = shell
    for command, output in block:
        for tool in {"jq", "curl"} & {*command.split()}:
            needs(tool)
        done = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            check=False,
        )
        assert done.stdout.decode().rstrip("\n") == output.rstrip("\n"), command


@pytest.mark.parametrize("code", _PYTHON)
def test_readme_code_runs(shell: tuple[Path, dict[str, str]], code: str) -> None:
    folder, environment = shell
    run = ["-c", code]
    if "def test_" in code:
        (folder / "test_readme_code.py").write_text(code)
        run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_readme_code.py"]
    done = subprocess.run(
        [sys.executable, *run],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()


def test_the_picture_shows_what_the_terminal_does() -> None:
    texts = [text.text for text in ElementTree.parse(PICTURE).iterfind("{*}text")]
    assert texts == [text.strip() for line in screen() for text, _ in line]


def test_a_failure_of_an_assertion_is_shown_as_it_is(shell: tuple[Path, dict[str, str]]) -> None:
    """With one expectation of the test that the README shows changed; times differ."""
    folder, environment = shell
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    code = next(code for code in _PYTHON if "def test_numbers" in code)
    (folder / "test_failure.py").write_text(code.replace('.events("message", ..., "end")', '.events("message", "end")'))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_failure.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    printed = re.sub(r"^E +(?:AssertionError: )?", "", done.stdout.decode(), flags=re.MULTILINE)
    assert _untimed(shown) in _untimed(printed)


def _untimed(text: str) -> str:
    """Its lines, with neither margins nor times."""
    return re.sub(r"\d\.\d{3} s", "0.000 s", re.sub(r"^ +", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("command", _EXAMPLES)
def test_an_example_of_the_help_works(shell: tuple[Path, dict[str, str]], command: str) -> None:
    for tool in {"jq", "curl"} & {*command.split()}:
        needs(tool)
    folder, environment = shell
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, cwd=folder, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or " -o " in command


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_fits_80_columns(shell: tuple[Path, dict[str, str]], name: str | None) -> None:
    folder, environment = shell
    command = [sys.executable, "-m", "streamconv", *([name] if name else []), "--help"]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment | {"COLUMNS": "80"}, check=True)
    assert max(map(len, done.stdout.decode().splitlines())) <= 80


def test_every_option_of_every_command_has_help() -> None:
    for name in COMMANDS:
        for parameter in _command(name).params:
            assert parameter.param_type_name == "argument" or getattr(parameter, "help", None), (name, parameter.name)


def test_the_readme_names_every_format_command_and_protocol() -> None:
    from streamconv.captures.layers import LAYERS
    from streamconv.compat import CLIENTS
    from streamconv.formats import FORMATS
    from streamconv.protocols.registry import PROTOCOLS

    for one in FORMATS:
        assert f"| `{one.name}` |" in README
        assert all(media_type in README for media_type in one.media_types)
        assert all(suffix in README for suffix in one.suffixes)
    assert all(f"streamconv {name} " in README or f"streamconv {name}\n" in README for name in COMMANDS)
    assert all(f"| `{layer.name}` | {layer.about} |" in README for layer in LAYERS)
    assert all(f"| `{client.name}` | {client.version} |".replace("  ", " ") in README for client in CLIENTS)
    assert all(f"| `{protocol.name}` | {protocol.title} |" in README for protocol in PROTOCOLS)


def test_links_within_the_readme_and_to_files_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {f"#{re.sub(r'[^a-z0-9 -]', '', heading.lower()).replace(' ', '-')}" for heading in headings}
    links = re.findall(r"\]\(([^)]*)\)", README)
    assert links
    for link in links:
        assert link in anchors or link.startswith("https://") or (ROOT / link).is_file(), link


def test_the_two_commands_are_the_first_lines_of_code() -> None:
    first, second = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert first.startswith("python3 -m venv .venv && ")
    assert second.startswith("python3 -m venv .venv && ")
    assert "\n" not in first + second
