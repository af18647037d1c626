"""`streamconv FILE…`: the answer in five lines, what it suggests, and how it is told from a command."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamconv.captures import CaptureError
from streamconv.cli import inputs, main
from streamconv.cli.inputs import Input
from tests.captures.wrapping import archive
from tests.cli.running import start
from tests.cli.test_inspect import timed
from tests.conftest import FIXTURES, Completed
from tests.terminal import Terminal

Run = Callable[..., Completed]

TOOLS = (FIXTURES / "protocols" / "anthropic-tools.sse").read_bytes()
CHAT = (FIXTURES / "openai-chat.sse").read_bytes()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capfdbinary: pytest.CaptureFixture[bytes], *args: object) -> tuple[int, list[str], str]:
    code = main([*map(str, args)])
    out, err = capfdbinary.readouterr()
    return code, out.decode().splitlines(), err.decode()


def steps(lines: list[str]) -> list[str]:
    """The commands at the end."""
    at = next(at for at, line in enumerate(lines) if line.startswith("  next"))
    return [line[12:] for line in lines[at:]]


def test_a_whole_stream(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "a.sse").write_bytes(CHAT)
    assert told(capfdbinary, "a.sse") == (
        0,
        [
            "a.sse: sse,json; OpenAI chat completions, test-model",
            "  events    8, 1.2 KB",
            "  verdict   complete: [DONE], line 15",
            "  problems  none",
            "  next      streamconv inspect a.sse",
            "            streamconv assemble a.sse",
        ],
        "",
    )


def test_a_stream_that_was_cut_in_a_tool_call(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    """The layers, the place in the file, what the model was doing, and what clients do with it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    (folder / "run.txt").write_bytes(head + TOOLS[:1500])
    assert told(capfdbinary, "run.txt") == (
        1,
        [
            "run.txt: http/1.1,sse,json; Anthropic Messages, test-model",
            "  events    12 of 13 records, 1.5 KB",
            "  verdict   cut-in-event: cut inside event 13, line 40, in a tool call's arguments (get_weather)",
            "  problems  1 error, 3 warnings; the first: run.txt:40:1: the stream ends inside this event ('event'); "
            "clients discard it [sse-unterminated-event]",
            "  next      streamconv assemble run.txt",
            "            streamconv check run.txt",
        ],
        "",
    )
    assert main(["inspect", "run.txt:40:1"]) == 1
    assert b"line 40, byte 1539" in capfdbinary.readouterr().out


def test_exits_as_check_does(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for path in [*(FIXTURES / "broken").iterdir(), *FIXTURES.glob("*.*")]:
        assert main([str(path)]) == main(["check", str(path)]), path.name
    capfdbinary.readouterr()


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("bom.sse", ["fix --diff", "compat"]),
        ("broken-payload.sse", ["check", "inspect"]),
        ("cut-line.ndjson", ["check", "inspect"]),
        ("array-document.ndjson", ["fix --diff", "check"]),
    ],
)
def test_the_steps_are_those_that_the_faults_ask_for(
    capfdbinary: pytest.CaptureFixture[bytes], name: str, suggested: list[str]
) -> None:
    path = FIXTURES / "broken" / name
    _, lines, _ = told(capfdbinary, path)
    assert steps(lines) == [f"streamconv {one} {path}" for one in suggested]


def test_of_a_refusal_the_framing_is_nothing_to_mend(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "a.sse").write_bytes(b'{"error":{"message":"no"}}')
    _, lines, _ = told(capfdbinary, "a.sse")
    assert steps(lines) == ["streamconv check a.sse", "streamconv inspect a.sse"]


def test_a_stall_suggests_stats(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    times = [0.1, 0.2, 0.3, 0.4, 9.0]
    path = timed(folder / "x.timed", *((at, f"data: {at}\n\n") for at in times))
    _, lines, _ = told(capfdbinary, path)
    assert "events    5, 55 bytes in 9.00s" in lines[1]
    assert steps(lines) == [f"streamconv stats {path}", f"streamconv inspect {path}"]


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("a.sse", b"data: x\n\n", "unknown: the last record is whole; nothing tells whether more was to come"),
        ("a.sse", b"data: x\n\ndata: [DONE]\n\n", "complete: [DONE], line 3"),
        ("a.json", b'[{"a":1}]', "complete: the JSON document is closed"),
        ("a.sse", b": ping\n\n", "unknown: no events"),
        ("a.json", b'{"error":{"message":"no \x7f"}}', "in-band-error: an error in the stream: no \\x7f, line 1"),
        (
            "a.sse",
            b"data: %b\n\n" % json.dumps({"error": {"message": "x" * 999}}).encode(),
            f"in-band-error: an error in the stream: {'x' * 175}…, line 1",
        ),
    ],
)
def test_the_verdict_where_no_protocol_is_known(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path, name: str, content: bytes, verdict: str
) -> None:
    (folder / name).write_bytes(content)
    assert told(capfdbinary, name)[1][2] == f"  verdict   {verdict}"


def test_what_holds_no_stream(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "page").write_text("<!doctype html><html></html>")
    code, lines, _ = told(capfdbinary, "page")
    assert (code, lines[0]) == (1, "page")
    assert lines[3].endswith("[capture-html]")
    assert steps(lines) == ["streamconv check page"]
    (folder / "empty").write_bytes(b"")
    assert told(capfdbinary, "empty")[1][3].endswith("; the stream holds no bytes [capture-empty]")
    (folder / "mark").write_bytes(b"\xff\xfe")
    lines = told(capfdbinary, "mark")[1]
    assert (lines[0], lines[3]) == ("mark: utf-16", "  problems  1 error; the stream holds no bytes [capture-empty]")
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, lines, said = told(capfdbinary, "a.png")
    assert (code, lines) == (3, [])
    assert "no stream format recognised" in said


def test_a_stream_cut_in_its_compression(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    import gzip

    (folder / "a.sse.gz").write_bytes(gzip.compress(TOOLS, mtime=0)[:-40])
    code, lines, _ = told(capfdbinary, "a.sse.gz")
    assert code == 1
    assert lines[0].startswith("a.sse.gz: gzip,sse,json; Anthropic Messages")
    assert "2 errors" in lines[3]
    assert "[capture-gzip]" in lines[3]


def test_what_can_be_read_no_further(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Input) -> Iterator[bytes]:
        yield b"data: 1\n\ndata: 2"
        raise CaptureError("the disk is gone")

    monkeypatch.setattr(Input, "chunks", broken)
    code, lines, said = told(capfdbinary, "a.sse")
    assert (code, said) == (3, "streamconv: a.sse: the disk is gone\n")
    assert lines[2] == "  verdict   interrupted: unreadable after 1 event"
    assert lines[3] == "  problems  none"


def test_several_files_have_a_line_each_and_the_worst_the_steps(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path
) -> None:
    (folder / "a.sse").write_bytes(CHAT)
    (folder / "b.sse").write_bytes(b"data: 1\ndata: 2")
    code, lines, said = told(capfdbinary, "a.sse", "b.sse", "none.sse")
    assert (code, said) == (3, "streamconv: none.sse: No such file or directory\n")
    assert lines == [
        " events  bytes   time  verdict       problems  name",
        "      8   1.2K      -  complete             -  a.sse: sse,json; OpenAI chat completions, test-model",
        "      0     15      -  cut-in-event     2E 1W  b.sse: sse",
        "  next      streamconv check b.sse",
        "            streamconv inspect b.sse",
    ]


def test_what_a_stream_carries_is_not_told_by_a_piece_of_an_event(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path
) -> None:
    (folder / "a.sse").write_bytes(TOOLS[:100])
    _, lines, _ = told(capfdbinary, "a.sse")
    assert lines[0] == "a.sse: sse"
    assert lines[2].startswith("  verdict   cut-in-json: ")
    assert told(capfdbinary, "detect", "a.sse")[1][0] == "a.sse: sse (certain)"


def test_the_next_steps_are_for_the_stream_that_is_worst(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path
) -> None:
    streams = {
        "empty": b"",  # the error of which says nothing of a stream
        "fine.sse": CHAT,
        "warned.sse": CHAT + b": the end",
        "wrong.sse": b"\xef\xbb\xbfdata: 1\n\ndata: \xff\n\n",
        "cut.sse": CHAT[:400],
    }
    for name, stream in streams.items():
        (folder / name).write_bytes(stream)
    names = [*streams]
    for count in range(1, len(names) + 1):
        for asked in (names[:count], names[count - 1 :: -1]):
            _, lines, _ = told(capfdbinary, *asked)
            assert steps(lines)[0].endswith(f" {names[count - 1]}"), asked


def test_a_container_says_how_many_streams_there_are(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    shutil.copy(FIXTURES / "captures" / "chromium.har", folder / "x y.har")
    code, lines, _ = told(capfdbinary, "x y.har")
    assert code == 0
    assert lines[0] == "x y.har: 2 streams"
    assert lines[2].startswith("     10    321      -  unknown              -  x y.har[2]: har,sse,text  GET http://")
    assert lines[3].startswith(
        "      5    427      -  complete             -  x y.har[3]: har,ndjson; Ollama, test  GET "
    )
    first, second = steps(lines)
    assert (first, second) == ("streamconv inspect --entry 2 'x y.har'", "streamconv convert --entry 2 'x y.har'")
    assert main(shlex.split(second)[1:]) == 0
    capfdbinary.readouterr()
    assert told(capfdbinary, "x y.har", "--entry", "3")[1][0] == "x y.har[3]: har,ndjson; Ollama, test"


def test_a_stream_of_a_container_in_a_container(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    """It cannot be named by one number."""
    (folder / "x.zip").write_bytes(archive(z__zip=archive(a__sse=CHAT, b__sse=b"data: 1\n\n")))
    _, lines, _ = told(capfdbinary, "x.zip")
    assert [line.split()[5] for line in lines[1:3]] == ["x.zip[1][1]:", "x.zip[1][2]:"]
    assert steps(lines)[0] == "streamconv inspect --entry all x.zip"
    assert main(shlex.split(steps(lines)[0])[1:]) == 0
    capfdbinary.readouterr()


def test_a_container_without_a_stream(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "x.har").write_text('{"log":{"version":"1.2","creator":{},"entries":[]}}')
    code, lines, said = told(capfdbinary, "x.har")
    assert (code, lines) == (3, [])
    assert "no reply in it" in said


def test_objects_for_programs(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "a.sse").write_bytes(TOOLS[:1500])
    code, lines, _ = told(capfdbinary, "--json", "a.sse")
    (found,) = map(json.loads, lines)
    assert code == 1
    first = found["problems"]["first"]
    assert (first["rule"], first["severity"], first["line"], first["column"]) == (
        "sse-unterminated-event",
        "error",
        37,
        1,
    )
    assert TOOLS[first["offset"] :].startswith(b"event: content_block_delta")
    assert found["problems"]["rules"]["sse-unterminated-event"] == found["problems"]["error"] == 1
    assert (found["file"], found["entry"], found["format"], found["chain"]) == ("a.sse", None, "sse", "sse,json")
    assert (found["protocol"], found["model"], found["events"]) == ("anthropic-messages", "test-model", 12)
    assert found["verdict"] == {
        "stream": "cut-in-event",
        "finish": None,
        "evidence": "cut inside event 13, line 37, in a tool call's arguments (get_weather)",
        "event": 12,
        "line": 37,
    }
    assert found["duration"] is None
    assert found["next"] == ["streamconv assemble a.sse", "streamconv check a.sse"]


def test_the_format_that_was_asked_for_is_asked_for_again(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path
) -> None:
    (folder / "-a").write_bytes(b'{"a":1}\n')
    _, lines, said = told(capfdbinary, "-f", "stream+json", "--", "-a")
    assert said == ""
    assert steps(lines) == [f"streamconv {one} --from stream+json ./-a" for one in ("inspect", "convert")]


def test_a_pipe_by_itself_is_read(streamconv: Run) -> None:
    done = streamconv(input=CHAT)
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0] == "stdin: sse,json; OpenAI chat completions, test-model"
    assert " in " in lines[1]
    assert steps(lines) == ["… | streamconv inspect", "… | streamconv assemble"]
    with (FIXTURES / "ping.sse").open("rb") as file:
        done = subprocess.run([sys.executable, "-m", "streamconv"], stdin=file, capture_output=True, check=True)
    assert done.stdout.startswith(b"stdin: sse,text\n")


def test_without_a_pipe_there_is_help(streamconv: Run) -> None:
    for stdin in ("</dev/null", "<&-"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m streamconv {stdin}"], capture_output=True, check=False
        )
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.startswith(b"Usage: streamconv [OPTIONS] FILE...\n       streamconv COMMAND")


def test_the_answer_so_far_at_ctrl_c() -> None:
    with start() as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(TOOLS[:1500])
        while Path(f"/proc/{process.pid}/wchan").exists() and not _has_read(process):
            pass
        process.send_signal(signal.SIGINT)
        lines = process.stdout.read().decode().splitlines()
        assert process.wait() == 130
    assert lines[2] == "  verdict   interrupted: Ctrl-C after 12 events"
    assert lines[3] == "  problems  none"


def _has_read(process: subprocess.Popen[bytes]) -> bool:
    """True once the pipe is empty and the command waits for more."""
    import fcntl
    import struct
    import termios

    assert process.stdin
    unread = struct.unpack("i", fcntl.ioctl(process.stdin.fileno(), termios.FIONREAD, b"\0" * 4))[0]
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return unread == 0 and state == "S"


def test_on_a_terminal_a_long_row_goes_on_below_its_beginning(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path
) -> None:
    (folder / "a.sse").write_bytes(CHAT[:-20])
    terminal = Terminal("a.sse", columns=60)
    terminal.stdin.close()
    terminal.until_end()
    shown = [line for line in terminal.lines if line]
    problems = next(at for at, line in enumerate(shown) if line.startswith("  problems  "))
    assert shown[problems + 1].startswith(" " * 12)
    assert max(map(len, shown)) <= 60
    _, piped, _ = told(capfdbinary, "a.sse")
    assert " ".join(shown).split() == " ".join(piped).split()


def test_the_state_has_its_colour_on_a_terminal(folder: Path) -> None:
    (folder / "a.sse").write_bytes(CHAT)
    terminal = Terminal("a.sse")
    terminal.stdin.close()
    terminal.until_end()
    assert terminal.colour("complete") == "green"


def test_a_file_named_like_a_command(capfdbinary: pytest.CaptureFixture[bytes], folder: Path) -> None:
    (folder / "check").write_bytes(CHAT)
    assert told(capfdbinary, "./check")[1][0].startswith("./check: sse,json")


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("chekc", 2, "streamconv: No such command or file 'chekc'. Did you mean 'check'? (help: streamconv --help)"),
        ("xyz", 2, "streamconv: No such command or file 'xyz'. There are convert, records, "),
        ("check.sse", 3, "streamconv: check.sse: No such file or directory"),
        ("./chekc", 3, "streamconv: ./chekc: No such file or directory"),
        ("--jsno", 2, "streamconv: No such option '--jsno'. Did you mean '--json'? (help: streamconv --help)"),
        ("", 3, "streamconv: '': No such file or directory"),
    ],
)
def test_what_is_neither_a_file_nor_a_command(
    capfdbinary: pytest.CaptureFixture[bytes], name: str, code: int, said: str
) -> None:
    done, lines, words = told(capfdbinary, name)
    assert (done, lines) == (code, [])
    assert words.startswith(said)


def test_a_file_whose_name_is_mistyped_is_suggested(capfd: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "capture.sse").write_bytes(CHAT)
    for name, said in (
        ("sub/captrue.sse", "No such file or directory; did you mean 'sub/capture.sse'?"),
        ("sub/other.txt", "No such file or directory"),
        ("sup/capture.sse", "No such file or directory"),
        ("sub/capture.sse/x", "Not a directory"),
    ):
        assert main([name]) == main(["convert", name]) == 3
        assert capfd.readouterr().err.splitlines() == 2 * [f"streamconv: {name}: {said}"]


def test_little_memory_for_a_message_without_end(
    capfdbinary: pytest.CaptureFixture[bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text is let go of; the signs of its end are not."""
    monkeypatch.setattr("streamconv.reports.summary._KEPT", 100)
    (folder / "a.sse").write_bytes(TOOLS)
    assert told(capfdbinary, "a.sse")[1][2] == "  verdict   complete: message_stop, line 73"

    assert inputs.Input("-").name == "stdin"


def test_an_option_that_only_a_command_has_says_which(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert told(capfdbinary, "a b.sse", "--to", "json") == (
        2,
        [],
        "streamconv: --to goes with a command: streamconv convert 'a b.sse' --to json (help: streamconv --help)\n",
    )
    assert told(capfdbinary, "a.sse", "--nonsense")[2].startswith("streamconv: No such option '--nonsense'.")
