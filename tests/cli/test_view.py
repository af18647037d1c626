"""`streamconv view`: what is written where, what is chosen, what is said, and with what exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamconv.cli import main, viewing
from tests.cli.running import read_terminal
from tests.conftest import FIXTURES, Completed

_BLOCK = re.compile(rb'<script type="application/json">(.*?)</script>\n', re.DOTALL)
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
Streamconv = Callable[..., Completed]


def blocks(made: bytes) -> list[dict[str, Any]]:
    return [json.loads(block) for block in _BLOCK.findall(made)]


def rows(made: bytes) -> list[dict[str, Any]]:
    return [row for block in blocks(made) for row in block.get("rows", ())]


def numbers(made: bytes) -> list[int | None]:
    return [row.get("n") for row in rows(made)]


def cut(made: bytes) -> str | None:
    found = blocks(made)[-1]["end"]["cut"]
    assert found is None or isinstance(found, str)
    return found


@pytest.fixture
def view(tmp_path: Path) -> Callable[..., tuple[int, bytes]]:
    """Run the command in this process; gives its exit code and the page."""

    def run(*args: object) -> tuple[int, bytes]:
        path = tmp_path / "page.html"
        code = main(["view", *map(str, args), "-o", str(path)])
        return code, path.read_bytes() if path.exists() else b""

    return run


View = Callable[..., tuple[int, bytes]]


def without_display(*args: str, **environment: str) -> tuple[int, str]:
    """Run the command in a terminal of a machine without one; gives its exit code and what the terminal got."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name not in _DISPLAYS}
    with subprocess.Popen(
        [sys.executable, "-m", "streamconv", *args],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={"TERM": "xterm", **known, **environment},
    ) as process:
        os.close(theirs)
        seen = read_terminal(ours)
    return process.returncode, seen.decode()


# Where it goes


def test_to_stdout_where_that_is_no_terminal(streamconv: Streamconv) -> None:
    done = streamconv("view", FIXTURES / "ping.sse")
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.startswith(b"<!doctype html>\n")
    assert done.stdout.endswith(b"</html>\n")
    assert b"<title>ping.sse</title>" in done.stdout
    assert streamconv("view", "-o", "-", FIXTURES / "ping.sse").stdout == done.stdout


def test_from_a_pipe_with_the_times_of_arrival(streamconv: Streamconv) -> None:
    done = streamconv("view", input=b"data: 1\n\n")
    assert b"<title>stdin</title>" in done.stdout
    assert rows(done.stdout)[0]["time"] == 0


def test_to_a_file_that_appears_whole(view: View, tmp_path: Path) -> None:
    code, made = view(FIXTURES / "ping.sse", FIXTURES / "tokens.sse", "--title", "two <b>")
    assert code == 0
    assert b"<title>two &lt;b&gt;</title>" in made
    assert [block["capture"]["name"] for block in blocks(made) if "capture" in block] == [
        str(FIXTURES / "ping.sse"),
        str(FIXTURES / "tokens.sse"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_many_inputs_have_a_short_title(view: View) -> None:
    _, made = view(*[FIXTURES / "ping.sse"] * 5)
    assert b"<title>ping.sse, ping.sse, ping.sse and 2 more</title>" in made


def test_without_a_display_its_path_is_said(tmp_path: Path) -> None:
    code, seen = without_display("view", str(FIXTURES / "ping.sse"), TMPDIR=str(tmp_path))
    (path,) = tmp_path.glob("streamconv-*.html")
    assert code == 0
    assert seen.splitlines() == [str(path), "streamconv: there is no browser here; open this page in one"]
    assert path.read_bytes().endswith(b"</html>\n")


def test_a_browser_opens_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def open_url(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setenv("BROWSER", "any")
    monkeypatch.setattr("webbrowser.open", open_url)
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main(["view", str(FIXTURES / "ping.sse")]) == 0
    (path,) = tmp_path.iterdir()
    assert opened == [f"file://{path}"]
    assert capsys.readouterr().err == f"streamconv: opened {path}\n"
    monkeypatch.setenv("BROWSER", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["view", str(FIXTURES / "ping.sse")]) == 0
    assert "there is no browser here" in capsys.readouterr().err
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert main(["view", str(FIXTURES / "ping.sse")]) == 4
    assert "none: No such file or directory" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(view: View, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["view", str(FIXTURES / "ping.sse"), "-o", str(tmp_path / "none" / "page.html")]) == 4
    assert "No such file or directory" in capsys.readouterr().err


def test_an_input_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.sse"
    path.write_bytes(b"data: 1\n\n")
    assert main(["view", str(path), "-o", str(path)]) == 2
    assert "would overwrite an input" in capsys.readouterr().err
    assert path.read_bytes() == b"data: 1\n\n"


# What is in it


def test_a_container_is_all_of_its_streams(view: View) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    _, made = view(har)
    assert [block["capture"]["name"] for block in blocks(made) if "capture" in block] == [f"{har}[2]", f"{har}[3]"]
    _, made = view(har, "--entry", "3")
    assert [block["capture"]["chain"] for block in blocks(made) if "capture" in block] == ["har,ndjson"]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--skip", "2", "--take", "3"], [3, 4, 5]),
        (["--tail", "2"], [9, 10]),
        (["--take", "0"], []),
        (["--event", "content_block_delta", "--tail", "1"], [7]),
        (["--event", "!content_block_delta", "--where", "type != 'ping'"], [1, 2, 8, 9, 10]),
    ],
)
def test_events_are_chosen(view: View, options: list[str], wanted: list[int]) -> None:
    code, made = view(FIXTURES / "anthropic.sse", *options)
    assert numbers(made) == wanted
    assert code == (0 if wanted else 1)
    assert blocks(made)[-1]["end"]["message"] is None  # of a part it would say that the stream was cut


def test_without_a_choice_every_record_is_there(view: View) -> None:
    _, made = view(FIXTURES / "ping.sse")
    assert numbers(made) == [1, None, 2]


@pytest.mark.parametrize("limit", ["MOST_RECORDS", "MOST_BYTES"])
def test_what_is_too_large_for_a_page_is_said_and_cut(
    view: View, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], limit: str
) -> None:
    monkeypatch.setattr(viewing, limit, {"MOST_RECORDS": 4, "MOST_BYTES": 450}[limit])
    code, made = view(FIXTURES / "anthropic.sse", FIXTURES / "ping.sse")
    assert code == 1
    assert numbers(made) == [1, 2, 3, 4]
    assert cut(made) == (
        "too large for one page, which holds its first 4 records; "
        "--skip, --take, --tail, --event and --where choose others"
    )
    assert f"anthropic.sse: {cut(made)}" in capsys.readouterr().err
    code, made = view(FIXTURES / "anthropic.sse", "--tail", "4")
    assert (code, numbers(made), cut(made)) == (0, [7, 8, 9, 10], None)


def test_broken_records_are_in_it_and_make_the_exit_code(view: View) -> None:
    code, made = view(FIXTURES / "broken" / "bad-line.ndjson")
    assert code == 1
    assert [row.get("kind") for row in rows(made)] == [None, "invalid", "invalid", "control", None]


def test_a_name_that_misleads_is_said(view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"data: 1\n\n")
    _, made = view(path)
    said = "the name ends in .ndjson, but the stream begins with the field 'data' of an event stream: read as sse"
    assert blocks(made)[0]["capture"]["disagreement"] == said
    assert said in capsys.readouterr().err


def test_a_damaged_layer_cuts_it(view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.http"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
    path.write_bytes(head + b"9\r\ndata: 1\n\n\r\nzz\r\n")
    code, made = view(path)
    assert code == 1
    assert numbers(made)[0] == 1
    assert "[capture-chunked]" in capsys.readouterr().err
    assert "capture-chunked" in [problem["rule"] for problem in blocks(made)[-1]["end"]["loose"]]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(OSError(5, "Input/output error"), 3, "Input/output error"), (KeyboardInterrupt(), 130, "")],
)
def test_what_came_before_the_end_of_reading_is_in_it(
    view: View,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def chunks(_: object) -> Iterator[bytes]:
        yield b"data: 1\n\n"
        raise error

    monkeypatch.setattr("streamconv.cli.inputs.Input.chunks", chunks)
    ended, made = view(FIXTURES / "ping.sse", FIXTURES / "none.sse")
    assert ended == code
    assert numbers(made)[0] == 1
    assert "reading was broken off here" in [block["end"]["cut"] for block in blocks(made) if "end" in block]
    assert said in capsys.readouterr().err


def test_ctrl_c_before_anything_came_makes_no_page(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    def chunks(_: object) -> Iterator[bytes]:
        yield b" "
        raise KeyboardInterrupt

    monkeypatch.setattr("streamconv.cli.inputs.Input.chunks", chunks)
    assert view(FIXTURES / "ping.sse")[0] == 130


# What cannot be


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--where", "a ="], "a ="),
        (["--port", "8000"], "--port goes with --follow"),
        (["-F", "a.sse", "b.sse"], "--follow follows one file, or a pipe"),
        (["-F", "a.sse", "-o", "page.html"], "--follow serves the page"),
    ],
)
def test_what_cannot_be_asked(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", *args]) == 2
    assert said in capsys.readouterr().err


def test_an_expression_that_only_payloads_show_to_be_wrong(
    view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.ndjson").write_text('{"a":[1]}\n')
    assert view(tmp_path / "a.ndjson", "--where", "a[::0]") == (2, b"")
    assert "slice step" in capsys.readouterr().err.lower()


def test_what_cannot_be_read_makes_no_page(view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("no stream at all\n")
    assert view(tmp_path / "none.sse", tmp_path / "text") == (3, b"")
    said = capsys.readouterr().err
    assert "none.sse: No such file or directory" in said
    assert "no stream format recognised" in said
    code, made = view(tmp_path / "none.sse", FIXTURES / "ping.sse")
    assert code == 3
    assert numbers(made) == [1, None, 2]


def test_an_empty_input_is_said(view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.sse").write_bytes(b"")
    code, made = view(tmp_path / "empty.sse")
    assert code == 1
    assert rows(made) == []
    assert "empty.sse: no records to show" in capsys.readouterr().err
