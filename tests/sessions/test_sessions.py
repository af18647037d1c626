"""Sessions as people have them, typed and compared with what a person has read once and found right."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sessions.folder import fill, served
from tests.sessions.transcript import Step, agrees, parse, type_in

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture
def server() -> Iterator[str]:
    with served() as address:
        yield address


def test_there_is_a_session_of_an_engineer_and_one_in_the_shell() -> None:
    assert [path.name for path in TRANSCRIPTS] == ["engineer.txt", "shell.txt"]
    assert all(len(parse(path.read_text())) > 10 for path in TRANSCRIPTS)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_a_session_prints_what_it_showed(path: Path, server: str, tmp_path: Path) -> None:
    for tool in ("bash", "curl", "jq"):  # as `needs` of the other tests, which are not here where a wheel is tested
        if shutil.which(tool) is None and os.environ.get("STREAMCONV_TOOLS") != "all":
            pytest.skip(f"this machine has no {tool}")
    fill(tmp_path)
    for step in parse(path.read_text()):
        printed = type_in(step, tmp_path, server)
        assert agrees(step.output, printed), "\n".join([f"$ {step.command}", *printed, "--- expected", *step.output])


def test_a_session_that_prints_anything_else_fails() -> None:
    (step,) = parse("# What is it?\n$ streamconv a.sse\na.sse: sse\n  events    2 in [...]s\n\n")
    assert step == Step(["# What is it?"], "streamconv a.sse", ["a.sse: sse", "  events    2 in [...]s", ""])
    assert agrees(step.output, ["a.sse: sse", "  events    2 in 12ms"])
    assert not agrees(step.output, ["a.sse: sse", "  events    3 in 12ms"])
    assert not agrees(step.output, ["a.sse: sse"])
    assert not agrees(step.output, [*step.output[:2], "streamconv: and more"])
