"""What holds the house together: public names, what an import brings along, the registries."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import streamconv
from streamconv.cli import COMMANDS
from streamconv.formats import FORMATS, by_media_type, by_suffix, find

PUBLIC = """
    Assembler AsyncConversion CaptureError Conversion Filter Message PayloadError Problem Record StreamError TimedBytes
    UnrecognisedError aassemble aconvert aread arun assemble check convert decoder each encoder keep payloads pipe read
    run
""".split()


def test_the_public_names_are_these() -> None:
    assert streamconv.__all__ == PUBLIC
    assert all(getattr(streamconv, name).__doc__ for name in PUBLIC)


def _imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.decode().splitlines()[-1].split()}


def test_the_plugin_of_pytest_imports_nothing_but_pytest() -> None:
    added = _imported("import pytest_streamconv") - _imported("import pytest")
    assert added == {"pytest_streamconv"}
    (point,) = (one for one in entry_points(group="pytest11") if one.name == "streamconv")
    assert point.value == "pytest_streamconv"


def test_what_is_for_tests_imports_neither_the_command_nor_a_server() -> None:
    assert not _imported("import streamconv.testing") & {"click", "rich", "aiohttp", "hypothesis", "pytest"}


def test_every_name_of_a_format_finds_it() -> None:
    for one in FORMATS:
        assert find(one.name) is one
        assert find(one.name.upper()) is one
        for media_type in one.media_types:
            assert find(f"{media_type.title()}; charset=UTF-8") is one
            assert by_media_type(media_type) is one
        for suffix in one.suffixes:
            assert by_suffix(f"a{suffix}") is one
            assert by_suffix(f"A{suffix.upper()}.GZ") is one
    assert by_media_type("application/geo+json-seq") is find("json-seq")
    assert by_suffix("a.txt") is None


def test_every_format_names_what_reads_and_writes_it() -> None:
    for one in FORMATS:
        for where, made in ((one.reader, one.decoder), (one.writer, one.encoder)):
            assert (where is None) == (made is None)
            if made is not None:
                assert f"{made.__module__}.{made.__qualname__}" == f"streamconv.formats.{where}"
                assert hasattr(made, "feed")


def test_every_command_is_a_module_of_its_name() -> None:
    assert all(home.module == f"streamconv.cli.{name}" for name, home in COMMANDS.items())


def test_the_version_is_said() -> None:
    done = subprocess.run([sys.executable, "-m", "streamconv", "--version"], capture_output=True, check=True)
    assert done.stdout.decode() == f"streamconv {streamconv.__version__}\n"
