"""`help`, the manual page, and what a shell completes: all say what the commands say of themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

import streamconv
from streamconv.cli import COMMANDS, cli, main
from streamconv.cli.manual import page
from tests.conftest import FIXTURES, ROOT, needs


def told(capfd: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    return main([*args]), *capfd.readouterr()


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_is_what_the_option_shows(capfd: pytest.CaptureFixture[str], name: str | None) -> None:
    named = [name] if name else []
    shown = told(capfd, "help", *named)
    assert shown == told(capfd, *named, "--help")
    assert (shown[0], shown[2]) == (0, "")
    assert shown[1].startswith(f"Usage: streamconv {name or '[OPTIONS] FILE'}")


def test_a_file_before_the_option_changes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert told(capfd, "a.sse", "--help") == told(capfd, "--help") == told(capfd, "--json", "-h")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("conv", "No such command 'conv'. Did you mean 'convert'?"),
        ("sse-bom", "'sse-bom' is a rule, not a command: streamconv explain sse-bom"),
        ("xyz", "No such command 'xyz'. There are convert, records, "),
    ],
)
def test_help_of_no_command(capfd: pytest.CaptureFixture[str], name: str, said: str) -> None:
    code, out, err = told(capfd, "help", name)
    assert (code, out) == (2, "")
    assert err.startswith(f"streamconv help: {said}")


def test_every_command_says_its_exit_codes_and_shows_how(capfd: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        text = told(capfd, "help", name)[1]
        assert re.search(r"\n  Examples:\n    .*streamconv ", text), name
        assert re.search(r"\n  Exit codes: ", text), name


def test_the_manual_has_every_command_and_option() -> None:
    text = page("1.2.3")
    assert text.startswith('.TH STREAMCONV 1 "" "streamconv 1.2.3" "User Commands"\n')
    for name in COMMANDS:
        assert f"\n.SS streamconv {name} " in text
    assert text.isascii()
    assert text.count("\\-\\-max\\-record\\-size SIZE") > 3
    assert not re.search(r"^['.](?!TH|SH|SS|PP|TP|BR?|br|nf|fi)", text, re.MULTILINE)


def test_the_manual_renders_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "streamconv.1").write_text(page(streamconv.__version__))
    if shutil.which("groff") is None:
        command = [needs("mandoc"), "-Tlint", "-Wwarning"]
    else:
        command = ["groff", "-man", "-Tutf8", "-ww"]
    done = subprocess.run([*command, "streamconv.1"], capture_output=True, cwd=tmp_path, check=True)
    assert done.stderr == b""
    if command[0] == "groff":
        shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
        assert "streamconv convert fixtures/chat.ndjson --to sse --where 'done == `true`'" in shown
        assert re.search(r"^ +--lossless$", shown, re.MULTILINE)


def test_wheel_and_sdist_have_the_manual(tmp_path: Path) -> None:
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".data/data/share/man/man1/streamconv.1"))
        assert packed.read(name).decode() == page(streamconv.__version__)
    (editable,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path / "editable"), versions=["editable"])
    with zipfile.ZipFile(editable) as packed:
        assert not [name for name in packed.namelist() if name.endswith("streamconv.1")]
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path))
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"share/man/man1/streamconv.1", ".ci/man_page.py"} <= names


def offered(args: list[str], incomplete: str) -> list[str]:
    found = ShellComplete(cli, {}, "streamconv", "_STREAMCONV_COMPLETE").get_completions(args, incomplete)
    return [item.value if item.type == "plain" else f"({item.type})" for item in found]


def test_the_first_word_is_a_command_an_option_or_a_file() -> None:
    assert offered([], "s") == ["stats", "serve", "(file)"]
    assert offered([], "--j") == ["--json", "(file)"]
    assert offered(["a.sse"], "") == ["(file)"]
    assert offered(["a.sse"], "--e") == ["--entry"]
    assert offered(["help"], "c") == ["convert", "check"]


def test_names_are_offered_where_they_are_asked_for() -> None:
    assert offered(["convert", "--to"], "j") == ["json", "json-seq"]
    assert offered(["convert", "--from"], "gz") == ["gzip"]
    assert offered(["convert", "--from"], "gzip,s") == ["gzip,sse", "gzip,stream+json"]
    assert offered(["explain"], "sse-bo") == ["sse-bom", "sse-bom-inside"]
    assert offered(["check", "--select"], "ss")[0] == "sse"
    assert offered(["assemble", "--protocol"], "anth") == ["anthropic-messages"]


def test_the_event_types_of_the_file_on_the_line_are_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = FIXTURES / "anthropic.sse"
    monkeypatch.setenv("COMP_WORDS", f"streamconv convert {path} --event ")
    assert offered(["convert", str(path), "--event"], "message_st") == ["message_start", "message_stop"]
    assert offered(["convert", str(path), "--event"], "!p") == ["!ping"]
    (tmp_path / "large.sse").write_bytes(b"event: first\ndata: 1\n\n" + 300_000 * b":\n" + b"event: last\ndata: 1\n\n")
    monkeypatch.setenv("COMP_WORDS", f"streamconv inspect --event '' {tmp_path / 'large.sse'}")
    assert offered(["inspect", "--event"], "") == ["first"]


def test_nothing_is_offered_of_what_has_no_event_types(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "a.sse").write_bytes(b"event: \x1b[31m\ndata: 1\n\n")
    for name in ("a.png", "a.sse", "none"):
        monkeypatch.setenv("COMP_WORDS", f"streamconv convert {tmp_path / name} --event ")
        assert offered(["convert", name, "--event"], "") == []
