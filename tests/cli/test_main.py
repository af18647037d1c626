"""`main`, run inside this process: what no subprocess can be made to do at will."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import click
import pytest

from streamconv.cli import cli, main
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.output import Output, OutputError


def test_a_second_ctrl_c_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("streamconv.cli.convert.run", interrupted)
    assert main(["convert"]) == 130


def test_no_command_is_help_and_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert re.search(r"Commands:\n  convert +Change the framing", capsys.readouterr().err)


@pytest.mark.parametrize("args", [["help"], ["help", "fix"], ["--help"], ["--version"], ["--completion", "bash"]])
def test_help_that_cannot_be_written_has_failed(
    args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(full, write_through=True))
        assert main(args) == 4
    assert capsys.readouterr().err == "streamconv: stdout: No space left on device\n"


def test_an_unknown_name_is_no_command() -> None:
    assert cli.get_command(click.Context(cli), "none") is None


def test_an_output_that_cannot_be_closed_has_failed(tmp_path: Path) -> None:
    """Some file systems say only at the end that the disk is full."""
    output = Output(str(tmp_path / "out"), live=True)
    output.write(b"x")
    assert output._descriptor
    os.close(output._descriptor)
    with pytest.raises(OutputError, match="Bad file descriptor"):
        output.commit()


def test_a_file_that_is_gone_is_waited_for_not_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.sse"
    path.write_bytes(b"")
    descriptor = os.open(path, os.O_RDONLY)
    followed = Input(str(path), Interrupts())
    assert not followed._replaced(descriptor)
    path.unlink()
    assert not followed._replaced(descriptor)
    os.close(descriptor)


def test_ctrl_c_while_a_record_is_written_takes_effect_at_the_next_wait(tmp_path: Path) -> None:
    path = tmp_path / "a.sse"
    path.write_bytes(b"data: x\n\n")
    interrupts = Interrupts()
    interrupts._interrupt(2, None)
    assert interrupts.pressed
    followed = Input(str(path), interrupts)
    for wait in (followed._open, followed._sleep, lambda: next(followed.chunks())):
        with pytest.raises(KeyboardInterrupt):
            wait()
    with pytest.raises(KeyboardInterrupt):
        interrupts._interrupt(2, None)


def test_the_main_job_is_listed_first() -> None:
    assert cli.list_commands(click.Context(cli))[:2] == ["convert", "records"]
