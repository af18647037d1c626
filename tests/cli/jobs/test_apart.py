"""What helpers find in many files is written, said and counted as if one process had looked at one after the other."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from streamconv.cli import main
from streamconv.cli.jobs import apart
from streamconv.cli.output import Output
from tests.cli.helping import helping
from tests.conftest import FIXTURES


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    output: bytes
    words: str


def run(*args: str | Path) -> Ran:
    """Check in this process."""
    written: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as words:
        patch.setattr(Output, "write", lambda self, data: written.append(data))
        code = main(["check", *map(str, args)])
    return Ran(code, b"".join(written), words.getvalue())


def same(*args: str | Path, jobs: int = 2, segment: int = 1 << 20, fails_after: int = 1 << 30) -> int:
    """Assert that these are checked alike; returns how many files, or segments of one, helpers were given."""
    with helping(segment, fails_after) as hired:
        alone = run(*args)
        assert not hired
        assert run("--jobs", str(jobs), *args) == alone
        assert all(crew.closed for crew in hired)
        return sum(crew.given for crew in hired)


FORMS = ["text", "json", "jsonl", "sarif", "github"]
OPTIONS = [
    [],
    ["--statistics", "--severity", "info"],
    ["--quiet"],
    ["--max", "1", "--fail-on", "info"],
    ["--max", "0", "--grade", "sse-unterminated-event=info"],
    ["--exit-zero", "--select", "llm"],
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_folders_are_checked_alike(form: str, options: list[str]) -> None:
    assert same(FIXTURES / "broken", FIXTURES / "captures", "--format", form, *options) > 10


@pytest.mark.parametrize("form", FORMS)
def test_every_fixture_is_checked_alike(form: str) -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    assert same(*files, "--format", form, "--statistics", jobs=3) == len(files) > 50


def test_every_capture_is_checked_alike(captures: Path) -> None:
    files = [path for path in sorted(captures.iterdir()) if path.is_file() and path.stat().st_size < 300_000]
    assert same(*files, "--severity", "info", "--statistics") == len(files) >= 100
    print(f"{len(files)} captures")


def test_helpers_that_fail_or_go_are_not_missed() -> None:
    for fails_after in range(6):
        same(FIXTURES / "broken", fails_after=fails_after)


@pytest.mark.parametrize("form", FORMS)
def test_of_a_file_with_very_many_problems_nothing_is_handed_over(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its problems are written as they are found."""
    shutil.copytree(FIXTURES / "broken", tmp_path / "a")
    (tmp_path / "a" / "many.ndjson").write_bytes(b'{"a":1}\n' + b"{\n" * 200)
    told: list[int] = []
    monkeypatch.setattr(apart, "_MOST", 50_000)
    check = apart.check_apart

    def watched(work: object) -> Iterator[None]:
        found = yield from check(work)  # type: ignore[arg-type]
        told.append(found is None)
        return found  # type: ignore[return-value]

    monkeypatch.setattr("streamconv.cli.checking.check_apart", watched)
    same(tmp_path, "--max", "0", "--format", form)
    assert sum(told) == 1


@contextmanager
def piped(data: bytes) -> Iterator[str]:
    """A pipe that holds the bytes; always of the same name."""
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    named = fcntl.fcntl(reader, fcntl.F_DUPFD, 200)  # which is free
    os.close(reader)
    yield f"/dev/fd/{named}"
    os.close(named)


def test_what_is_no_file_is_checked_in_its_turn(tmp_path: Path) -> None:
    """Missing files, empty names, folders with nothing to check, and pipes, which helpers cannot share."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "both" / "y.sse").write_bytes(b"data: {\n\n")
    (tmp_path / "z.sse").write_bytes(b"data: 1\n")
    names = [tmp_path / name for name in ("empty", "none.sse", "z.sse", "other", "both", "z.sse")]
    assert same("", *names, "", jobs=3) == 3
    with helping(1 << 20) as hired:
        with piped(b"data: 1\n\ndata: 2") as pipe:
            alone = run(tmp_path / "z.sse", pipe, tmp_path / "z.sse")
        with piped(b"data: 1\n\ndata: 2") as pipe:
            shared = run(tmp_path / "z.sse", pipe, tmp_path / "z.sse", "--jobs", "2")
    assert alone.code == shared.code == 1
    assert alone.output.count(b"sse-unterminated-event") == 3
    assert shared == alone
    assert [crew.given for crew in hired] == [2]


def test_stdin_is_checked_by_who_was_started() -> None:
    """Also where it is a file: it can be read once only, and helpers may fail."""
    before = os.dup(0)
    try:
        with (FIXTURES / "broken" / "cut-event.sse").open("rb") as file, helping(1 << 20) as hired:
            os.dup2(file.fileno(), 0)
            alone = run(FIXTURES / "tokens.sse", "-")
            os.lseek(0, 0, os.SEEK_SET)
            assert run(FIXTURES / "tokens.sse", "-", "--jobs", "2") == alone
    finally:
        os.dup2(before, 0)
        os.close(before)
    assert alone.code == 1
    assert [crew.given for crew in hired] == [1]


def test_ctrl_c_ends_the_wait_for_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told before is written, and counted."""
    turns = iter([False, False, True])

    def listen(self: object) -> list[object]:
        if next(turns):
            raise KeyboardInterrupt
        return heard(self)  # type: ignore[arg-type, return-value]

    from tests.cli.helping import Apprentices

    heard = Apprentices.listen
    monkeypatch.setattr(Apprentices, "listen", listen)
    files = [FIXTURES / "chat.ndjson", FIXTURES / "openai-chat.sse", FIXTURES / "tokens.sse", FIXTURES / "ping.sse"]
    with helping(1 << 20) as hired:
        ran = run(*files, "--jobs", "8")
    assert ran.code == 130
    assert hired[0].closed
    assert ran.output.startswith(b"checked ")
    assert b"4 files" not in ran.output


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_that_is_none(jobs: str) -> None:
    ran = run("--jobs", jobs)
    assert ran.code == 2
    assert "is no number of processes; write 2, or auto" in ran.words


def test_auto_is_one_process_for_small_files() -> None:
    with helping(1 << 20) as hired:
        assert run("--jobs", "auto", FIXTURES / "broken").code == 1
    assert not hired


def test_what_cannot_be_read_is_said_by_who_was_started(tmp_path: Path) -> None:
    """In as many lines as it has."""
    page, har = tmp_path / "a.txt", FIXTURES / "captures" / "chromium.har"
    page.write_bytes(b"\x00\x01 nothing that is known")
    with helping(1 << 20) as hired:
        ran = run(page, har, page, "--entry", "9", "--jobs", "2")
    assert ran == run(page, har, page, "--entry", "9")
    assert hired[0].given == 3
    assert ran.code == 3
    assert ran.words.count("a.txt: ") == 2
    assert len(ran.words.splitlines()) > 4
