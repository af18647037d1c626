"""`streamconv assemble` as it is run: what goes to stdout, what is said on stderr, and the exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click import Context, Option

from streamconv import jsontext
from streamconv.cli import main
from streamconv.cli.assemble import ProtocolName, assemble
from tests.cli.running import read_terminal, read_until, start, until_it_listens
from tests.conftest import FIXTURES, Completed
from tests.protocols.test_ending import ARGUMENTS, BLOCK, ERROR, HELLO, MESSAGE, WHOLE, call, chunk, sse

Run = Callable[..., Completed]

ANTHROPIC = FIXTURES / "anthropic.sse"
OPENAI = FIXTURES / "openai-chat.sse"


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


def test_the_message_goes_to_stdout_and_how_it_ended_to_stderr(streamconv: Run) -> None:
    done = streamconv("assemble", ANTHROPIC)
    assert (done.returncode, done.stdout) == (0, b"Hello, world!\n")
    assert said(done) == [
        "protocol  Anthropic Messages, test-model",
        "finish    stop (end_turn)",
        "usage     input_tokens 3, output_tokens 4",
        "verdict   complete: message_stop, line 28",
    ]
    assert streamconv("assemble", "-q", ANTHROPIC).stderr == b""


def test_a_cut_stream(streamconv: Run) -> None:
    tools = sse(chunk({"reasoning_content": "hm"}), chunk({"content": "Well."}), call("", name="f"), call('{"a": 1'))
    done = streamconv("assemble", input=tools)
    assert done.returncode == 1
    assert done.stdout.decode() == '[reasoning]\nhm\n\nWell.\n\n[tool call f t1, partial]\n{"a": 1\n'
    assert said(done)[-1] == (
        "verdict   no-terminator: no [DONE]: the stream ends after event 4, in a tool call's arguments (f)"
    )


def test_an_error_in_the_stream(streamconv: Run) -> None:
    done = streamconv("assemble", input=HELLO + sse(ERROR))
    assert (done.returncode, done.stdout.decode()) == (1, "你好\n")
    assert said(done)[-1] == "verdict   in-band-error: an error in the stream: too busy (overloaded), line 3"


def test_a_refused_request(streamconv: Run) -> None:
    reply = b'HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n\r\n{"error":{"message":"no key"}}'
    done = streamconv("assemble", input=reply)
    assert (done.returncode, done.stdout) == (1, b"")
    assert said(done) == ["verdict   in-band-error: HTTP status 401: no key, line 4"]
    assert streamconv("assemble", "--json", input=reply).stdout == b'{"error":{"message":"no key"}}\n'


def test_a_reply_that_is_no_stream(streamconv: Run) -> None:
    done = streamconv("assemble", input=b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>oops</html>")
    assert (done.returncode, done.stdout) == (3, b"")
    assert said(done)[0].startswith("streamconv: stdin: this is a page of HTML")
    assert said(done)[1] == "  its HTTP status is 502"


def test_only_the_text_in_its_exact_bytes(streamconv: Run) -> None:
    done = streamconv(
        "assemble", "--text", input=sse(chunk({"content": "a\x1b[1m\n"}), chunk({"content": "\tb"}), "[DONE]")
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a\x1b[1m\n\tb", b"")
    file = streamconv("assemble", "--text", OPENAI)
    assert (file.returncode, file.stdout, file.stderr) == (0, b"Hello, world!", b"")
    cut = streamconv("assemble", "--text", input=HELLO)
    assert (cut.returncode, cut.stdout.decode()) == (1, "你好")
    assert said(cut) == ["verdict   no-terminator: no [DONE]: the stream ends after event 1, in the text"]


def test_halves_of_a_character_in_two_events(streamconv: Run, tmp_path: Path) -> None:
    halves = b"data: %b\n\n" % json.dumps(chunk({"content": "a\ud83d"})).encode()
    halves += b"data: %b\n\n" % json.dumps(chunk({"content": "\ude00b"})).encode() + sse("[DONE]")
    (tmp_path / "halves.sse").write_bytes(halves)
    assert streamconv("assemble", "--text", input=halves).stdout.decode() == "a😀b"
    assert streamconv("assemble", "--text", "halves.sse").stdout.decode() == "a😀b"
    lone = halves.replace(b"ude00", b"ud83d")
    assert streamconv("assemble", "--text", input=lone).stdout.decode() == "a\ufffd\ufffdb"
    assert b'"a\\ud83d\\ud83db"' in streamconv("assemble", "--json", input=lone).stdout


def test_text_that_is_changed_after_it_went_out_is_said(streamconv: Run) -> None:
    """Pieces that began one with the other, and then did not: they were deltas."""
    changed = sse({"t": "ab"}, {"t": "abc"}, {"t": "d"}, "[DONE]")
    done = streamconv("assemble", "--text", "--path", "t", input=changed)
    assert done.stdout == b"abcd"
    assert said(done) == ["streamconv: the text was changed after it had gone out; read from a file, it is right"]


def test_the_provider_s_own_object(streamconv: Run) -> None:
    done = streamconv("assemble", "--json", ANTHROPIC, OPENAI)
    assert (done.returncode, said(done)) == (0, [f"streamconv: {ANTHROPIC}:", f"streamconv: {OPENAI}:"])
    one, other = map(json.loads, done.stdout.splitlines())
    assert one["content"] == [{"type": "text", "text": "Hello, world!"}]
    assert other["choices"][0]["message"]["content"] == "Hello, world!"
    big = sse({**MESSAGE, "message": {**MESSAGE["message"], "n": "BIG"}}).replace(
        b'"BIG"', b"[1e400,123456789012345678901]"
    )
    assert b'"n":[1e999,123456789012345678901]' in streamconv("assemble", "--json", input=big).stdout


def test_one_shape_for_all(streamconv: Run) -> None:
    done = streamconv("assemble", "--normalized", input=sse(MESSAGE, BLOCK, ARGUMENTS))
    assert done.returncode == 1
    message = json.loads(done.stdout)
    assert message["parts"] == [
        {"type": "tool_call", "text": '{"city": "Par', "id": "t1", "name": "weather", "partial": True}
    ]
    assert message["verdict"]["stream"] == "no-terminator"


def test_what_nobody_can_write(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def refuse(value: object, *, spaced: bool = False) -> bytes:
        raise ValueError("nested too deep to be written as JSON")

    monkeypatch.setattr(jsontext, "dumps", refuse)
    assert main(["assemble", "--json", str(ANTHROPIC)]) == 1
    assert capfd.readouterr() == ("", "streamconv: nested too deep to be written as JSON\n")


def test_the_state_after_an_event(streamconv: Run) -> None:
    done = streamconv("assemble", "--at", "4", ANTHROPIC)
    assert (done.returncode, done.stdout) == (0, b"Hello\n")
    assert [line.split()[0] for line in said(done)] == ["protocol", "finish", "usage"]
    whole = streamconv("assemble", "--at", "10", ANTHROPIC)
    assert (whole.returncode, whole.stdout, said(whole)[-1]) == (
        0,
        b"Hello, world!\n",
        "verdict   complete: message_stop, line 28",
    )
    beyond = streamconv("assemble", "--at", "11", ANTHROPIC)
    assert beyond.returncode == 1
    assert said(beyond)[0] == "streamconv: there is no event 11; the last is 10"


TWO = sse(
    chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk({}, "stop"), chunk({}, "length", 1), "[DONE]"
)


def test_several_answers(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("assemble", input=TWO)
    assert (done.returncode, done.stdout) == (0, b"[choice 0]\na\n\n[choice 1]\nb\n")
    assert said(done)[1] == "finish    choice 0: stop, choice 1: length"
    assert streamconv("assemble", "--choice", "1", input=TWO).stdout == b"b\n"
    (tmp_path / "two.sse").write_bytes(TWO)
    for source in ({"input": TWO}, {}):
        args = ("assemble", "--text", *(() if source else ("two.sse",)))
        assert streamconv(*args, **source).stdout == b"a"
        assert streamconv(*args, "--choice", "1", **source).stdout == b"b"
    missing = streamconv("assemble", "--choice", "7", input=TWO)
    assert (missing.returncode, missing.stdout, said(missing)[0]) == (
        1,
        b"",
        "streamconv: there is no choice 7; there is 0, 1",
    )
    assert said(streamconv("assemble", "--choice", "1", "--protocol", "gemini", input=b"data: {}\n\n"))[0].endswith(
        "none"
    )


def test_of_no_known_protocol(streamconv: Run) -> None:
    done = streamconv("assemble", input=sse({"a": {"b": "x"}, "c\x1b": 1}, {"a": {"b": "y"}}))
    assert (done.returncode, done.stdout) == (3, b"")
    assert said(done) == [
        r"streamconv: stdin: no protocol recognised; the first event has 'a', 'c\x1b'",
        "  help: --path EXPR joins what a JMESPath finds in each event, --protocol NAME says what it is",
    ]
    assert "is no JSON object" in said(streamconv("assemble", input=b"data: text\n\n"))[0]
    path = streamconv("assemble", "--path", "a.b", input=sse({"a": {"b": "x"}}, {"a": {"b": "y"}}))
    assert (path.returncode, path.stdout) == (0, b"xy\n")
    assert said(path)[-1] == "verdict   unknown: the stream ends after event 2; nothing tells where such a stream ends"
    assert streamconv("assemble", "--path", "a", "-q", input=sse({"a": "x"}, "[DONE]")).returncode == 0


def test_a_pipe_of_no_known_protocol_is_not_read_for_ever(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The other end of the pipe stays open: a command that waited for its end would never come back."""
    read_end, write_end = os.pipe()
    before = os.dup(0)
    os.dup2(read_end, 0)
    try:
        os.write(write_end, sse(*[{"n": 1}] * 32))
        assert main(["assemble"]) == 3
        os.write(write_end, sse(*[{"n": 1}] * 32))
        assert main(["assemble", "--text"]) == 3
        (tmp_path / "growing.sse").write_bytes(sse(*[{"n": 1}] * 32))
        assert main(["assemble", "-F", str(tmp_path / "growing.sse")]) == 3
    finally:
        os.dup2(before, 0)
        for one in (before, read_end, write_end):
            os.close(one)
    out, errors = capfd.readouterr()
    assert out == ""
    assert errors.count("streamconv: stdin: no protocol recognised; the first event has 'n'\n") == 2


def test_a_file_of_no_known_protocol_is_read_to_its_end(streamconv: Run, tmp_path: Path) -> None:
    """An error may stand anywhere in it."""
    (tmp_path / "late.sse").write_bytes(sse(*[{"n": 1}] * 40) + b"error: out of memory\n\n")
    done = streamconv("assemble", "late.sse")
    assert (done.returncode, said(done)) == (
        1,
        ["verdict   in-band-error: an error in the stream: out of memory, line 81"],
    )


def test_no_events(streamconv: Run) -> None:
    done = streamconv("assemble", input=b": comment\n\n")
    assert (done.returncode, done.stdout, said(done)) == (1, b"", ["verdict   unknown: no events"])
    cut = streamconv("assemble", input=b'data: {"type":"mess')
    assert (cut.returncode, said(cut)) == (1, ["verdict   cut-in-json: cut inside the JSON of event 1, line 1"])


def test_what_is_invalid_is_said_and_the_rest_read(streamconv: Run) -> None:
    lines = b'{"model":"m","created_at":"t","response":"a","done":false}\n{oops\n'
    done = streamconv("assemble", input=lines)
    assert (done.returncode, done.stdout) == (1, b"a\n")
    assert said(done)[0].startswith("stdin:2:2: error: not JSON")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--choice", "1", "--json"), "--json holds all choices"),
        (("--protocol", "openai-chut"), "did you mean 'openai-chat'?"),
        (("--protocol", "gemini", "--path", "a"), "a path is for streams of no known protocol"),
        (("--path", "a["), "not a JMESPath expression"),
        (("-F",), "--follow follows one file"),
        (("-F", "a", "b"), "--follow follows one file"),
        (("--at", "0"), "0 is not in the range"),
    ],
)
def test_usage(streamconv: Run, args: tuple[str, ...], message: str) -> None:
    done = streamconv("assemble", *args, input=WHOLE)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()


def test_an_expression_that_a_payload_shows_to_be_wrong(streamconv: Run) -> None:
    done = streamconv("assemble", "--path", "join(a)", input=sse({"a": 1}))
    assert done.returncode == 2
    assert b"join(a)" in done.stderr


def test_streams_of_a_container(streamconv: Run) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    done = streamconv("assemble", har)
    assert done.returncode == 2
    assert "assemble --entry" in said(done)[-1]
    one = streamconv("assemble", "--entry", "*/chat.ndjson", har)
    assert (one.returncode, one.stdout) == (0, b"Hello, world!\n")
    every = streamconv("assemble", "--entry", "all", har)
    assert every.returncode == 3
    assert f"streamconv: {har}[3]:" in said(every)


def test_inputs_that_cannot_be_read_do_not_stop_the_others(streamconv: Run) -> None:
    done = streamconv("assemble", "none.sse", OPENAI)
    assert (done.returncode, done.stdout) == (3, b"Hello, world!\n")
    assert said(done)[0] == "streamconv: none.sse: No such file or directory"


def test_text_goes_out_as_it_comes() -> None:
    with start("assemble", "--text") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(HELLO)
        assert read_until(process.stdout, "好".encode()).decode() == "你好"
        process.stdin.write(sse(chunk({"content": "!"})))
        assert read_until(process.stdout, b"!") == b"!"
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read() == b""


def test_ctrl_c_before_anything_came() -> None:
    with start("assemble") as process:
        assert process.stderr
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read() == b""


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "growing.sse"
    file.write_bytes(HELLO)
    with start("assemble", "--text", "-F", str(file)) as process:
        assert process.stdout
        assert read_until(process.stdout, "好".encode()).decode() == "你好"
        with file.open("ab") as growing:
            growing.write(sse(chunk({"content": "!"})))
        assert read_until(process.stdout, b"!") == b"!"
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_outputs_that_fail() -> None:
    command = [sys.executable, "-m", "streamconv", "assemble", str(OPENAI)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (4, b"streamconv: stdout: No space left on device\n")
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


def _on_terminal(tmp_path: Path, data: bytes, *args: str) -> bytes:
    """What a terminal gets as stdout and stderr."""
    (tmp_path / "a.sse").write_bytes(data)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "streamconv", "assemble", *args]
    environment = {**os.environ, "TERM": "xterm"}
    stdin = None if "a.sse" in args else (tmp_path / "a.sse").open("rb")
    with subprocess.Popen(command, stdin=stdin, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment):
        os.close(theirs)
        seen = read_terminal(ours)
    if stdin is not None:
        stdin.close()
    return seen.replace(b"\r\n", b"\n")


def test_a_terminal_is_shown_what_it_must_not_obey(tmp_path: Path) -> None:
    data = sse(chunk({"reasoning_content": "hm"}), chunk({"content": "a\n\t\x1b[2J"}), chunk({}, "stop"), "[DONE]")
    seen = _on_terminal(tmp_path, data, "a.sse")
    assert seen.startswith(b"\x1b[2m[reasoning]\nhm\x1b[0m\n\na\n\t\\x1b[2J\n")
    assert b"\x1b[32mcomplete: [DONE], line 7\x1b[0m" in seen
    assert _on_terminal(tmp_path, data, "--text", "a.sse") == b"a\n\t\\x1b[2J\n"
    assert b"\x1b[31mno-terminator" in _on_terminal(tmp_path, HELLO, "a.sse")


def test_protocols_are_completed() -> None:
    names = ProtocolName().shell_complete(Context(assemble), Option(["--protocol"]), "openai-c")
    assert [one.value for one in names] == ["openai-chat", "openai-completions"]
