"""The walk over a command's inputs, ended early: by Ctrl-C, and by what cannot be read any further."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamconv.captures import Capture
from streamconv.cli import main
from streamconv.cli.inputs import Input
from streamconv.cli.voice import Voice
from streamconv.cli.walk import Asked, Walk


def walk(*names: str, follow: bool = False) -> tuple[Walk, Voice]:
    voice = Voice(quiet=True)
    return Walk(names, Asked(follow=follow), voice), voice


def interrupted(first: bytes) -> Iterator[bytes]:
    yield first
    raise KeyboardInterrupt


def test_ctrl_c_ends_a_capture_and_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Input, "chunks", lambda self: interrupted(b"data: 1\n\n"))
    one, voice = walk("a.sse", "b.sse")
    seen = [b"".join(capture.chunks) for capture in one.captures()]
    assert seen == [b"data: 1\n\n"]
    assert one.interrupted
    assert one.cut_short
    assert voice.code == 130


def test_check_does_not_judge_an_end_that_was_not_seen(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(Input, "chunks", lambda self: interrupted(b"data: 1\n\ndata: 2"))
    assert main(["check", "a.sse"]) == 130
    assert b"sse-unterminated" not in capsysbinary.readouterr().out


def test_ctrl_c_ends_the_wait_for_a_followed_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(self: Input, say_waiting: object) -> Iterator[Iterator[bytes]]:
        raise KeyboardInterrupt
        yield iter(())

    monkeypatch.setattr(Input, "follow", follow)
    one, voice = walk("a.sse", follow=True)
    assert [*one.captures()] == []
    assert voice.code == 130


def test_a_followed_file_that_cannot_be_opened_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, voice = walk(str(tmp_path), follow=True)
    captures: list[Capture] = [*one.captures()]
    assert captures == []
    assert voice.code == 3
    assert "Is a directory" in capsys.readouterr().err


def test_a_followed_file_whose_folder_is_a_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_bytes(b"")
    one, voice = walk(str(tmp_path / "a" / "b"), follow=True)
    assert [*one.captures()] == []
    assert voice.code == 3
    assert "Not a directory" in capsys.readouterr().err


def test_what_cannot_be_read_to_its_end_gives_what_came_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Input) -> Iterator[bytes]:
        yield b"data: 1\n\n"
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Input, "chunks", broken)
    one, voice = walk("a.sse", "b.sse")
    assert [b"".join(capture.chunks) for capture in one.captures()] == [b"data: 1\n\n"] * 2
    assert one.cut_short
    assert not one.interrupted
    assert voice.code == 3
    assert capsys.readouterr().err.splitlines() == [
        f"streamconv: {name}: Input/output error" for name in ("a.sse", "b.sse")
    ]


CUT = b'data: {"n":1}\n\nid: 7\ndata: {"n":'


@pytest.mark.parametrize(
    "command",
    [
        ["convert"],
        ["convert", "--to", "raw"],
        ["records"],
        ["check"],
        ["stats"],
        ["inspect"],
        ["assemble", "--path", "n", "--json"],
        ["assemble", "--text", "--path", "n"],
        ["compat"],
        [],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("content", [CUT, gzip.compress(CUT * 9)[:-20], b"dat", b'{"log":{"entries":['], ids=len)
def test_nothing_is_said_of_the_end_of_a_file_that_was_not_reached(
    command: list[str],
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    """Neither of the stream nor of what is round it."""
    path = tmp_path / "a.sse"
    path.write_bytes(content)
    monkeypatch.setattr(Input, "chunks", lambda self: interrupted(content))
    assert main([*command, str(path)]) == 130
    out, err = capfdbinary.readouterr()
    for said in (b"incomplete", b"unterminated", b"ends in", b"cut ", b"truncated", b"no events", b"recognised"):
        assert said not in out + err, (said, out, err)
    assert b"id: 7" not in out
