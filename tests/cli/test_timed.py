"""`convert --to timed`, and timed captures as inputs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

import streamconv as library
from streamconv import Problem, StreamError, TimedBytes, UnrecognisedError
from streamconv.formats.timed import Head, TimedWriter
from tests.captures.wrapping import WRAPPED
from tests.cli.running import read_until, start
from tests.conftest import FIXTURES, Completed

Run = Callable[..., Completed]

HEADER = b'{"format":"application/x-streamconv-timed","version":1,"source":"stdin"}\n'


def _capture(*chunks: bytes, head: Head = Head()) -> bytes:
    return b"".join(map(TimedWriter(head).feed, chunks))


CAPTURE = _capture(TimedBytes(b'data: {"n":', 0.25), TimedBytes(b"1}\n\n", 0.5), TimedBytes(b"data: {}\n\n", 0.75))


# Writing.


def test_chunks_of_a_pipe_are_written_as_they_arrive_with_their_times() -> None:
    with start("convert", "--to", "timed", "--from", "sse") as process:
        assert process.stdin
        assert process.stdout
        written = b""
        for chunk, end in ((b"data: \xe4\xbb", b'="}\n'), (b"\x8a\n", b'="}\n'), (b"\n", b'\\n"}\n')):
            process.stdin.write(chunk)
            written += read_until(process.stdout, end)
        process.stdin.close()
        assert process.wait() == 0
    header, *lines = map(json.loads, written.splitlines())
    assert header == {
        "format": "application/x-streamconv-timed",
        "version": 1,
        "source": "stdin",
        "content_type": "text/event-stream",
    }
    assert [line.get("b") or line["b64"] for line in lines] == ["ZGF0YTog5Ls=", "igo=", "\n"]
    times = [line["t"] for line in lines]
    assert times[0] == 0
    assert times == sorted(times)


def test_whatever_the_bytes_hold_they_are_written_and_a_file_has_no_times(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"hello \0")
    done = streamconv("convert", "noise", "-o", "out.timed")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out.timed").read_bytes() == HEADER.replace(b"stdin", b"noise") + b'{"b":"hello \\u0000"}\n'


def test_a_timed_capture_stays_what_it_is(streamconv: Run, tmp_path: Path) -> None:
    capture = _capture(TimedBytes(b"a", 0.5), b"b", head=Head("x", "text/plain", "GET /"))
    assert streamconv("convert", "-t", "timed", input=capture).stdout == capture
    headless = capture.partition(b"\n")[2]
    (tmp_path / "a.timed").write_bytes(headless)
    done = streamconv("convert", "-f", "timed", "-t", "timed", "a.timed")
    assert done.stdout == HEADER.replace(b"stdin", b"a.timed") + headless


def test_an_empty_input_is_no_silent_success(streamconv: Run) -> None:
    done = streamconv("convert", "-t", "timed")
    assert (done.returncode, done.stdout) == (1, HEADER)
    assert done.stderr == b"streamconv: stdin: empty, nothing to record\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--take", "1"], "nothing is selected or changed on the way"),
        (["--strict"], "nothing is selected or changed on the way"),
        (["--rejects", "x"], "nothing is selected or changed on the way"),
        (["a", "b"], "timed holds one stream: give one input"),
        (["-F", "a"], "--follow does not go with --to timed"),
    ],
)
def test_what_means_nothing_to_chunks_is_refused(streamconv: Run, options: list[str], words: str) -> None:
    done = streamconv("convert", "-t", "timed", *options)
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_what_can_only_be_read_is_no_target(streamconv: Run) -> None:
    for target in (["-t", "aws-eventstream"], ["-o", "x.eventstream"]):
        done = streamconv("convert", *target, input=b"data: x\n\n")
        assert done.returncode == 2
        assert "the format 'aws-eventstream' can be read, not written" in done.stderr.decode()


def test_an_input_that_cannot_be_read_leaves_no_output(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("convert", "-t", "timed", "none", "-o", "out")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode().splitlines() == [
        "streamconv: none: No such file or directory",
        "streamconv: out: not written",
    ]
    assert b"give the files in it" in streamconv("convert", "-t", "timed", tmp_path).stderr
    assert [*tmp_path.iterdir()] == []


def test_an_output_that_cannot_be_written_is_said(streamconv: Run) -> None:
    assert streamconv("convert", "-t", "timed", "-o", "no/out", input=b"x").returncode == 4
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "streamconv", "convert", "-t", "timed"]
    gone = subprocess.run(command, input=b"x", stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (gone.returncode, gone.stderr) == (0, b"")


def test_an_input_is_not_written_to_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    with path.open("ab") as out:
        command = [sys.executable, "-m", "streamconv", "convert", "-t", "timed", str(path)]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"stdout would overwrite an input" in done.stderr
    assert path.read_bytes() == b"x"


def test_ctrl_c_keeps_what_arrived(tmp_path: Path) -> None:
    with start("convert", "-o", "out.timed", cwd=tmp_path) as process:
        assert process.stdin
        process.stdin.write(b"data: 1")
        while not (out := tmp_path / "out.timed").exists() or b"data: 1" not in out.read_bytes():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert out.read_bytes() == HEADER + b'{"t":0.0,"b":"data: 1"}\n'


def test_ctrl_c_leaves_an_output_of_a_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100_000_000)
    with start("convert", "big", "-o", "out.timed", cwd=tmp_path) as process:
        assert process.stderr
        while not [*tmp_path.glob(".out.timed.*.part")]:
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert b"out.timed: not written" in process.stderr.read()
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


# Reading.


def test_the_stream_in_a_capture_is_read_and_its_records_know_when_they_came(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "chat.timed").write_bytes(CAPTURE)
    done = streamconv("convert", "chat.timed")
    assert done.stdout == b'{"n":1}\n{}\n'
    assert done.stderr == b"streamconv: ndjson does not carry 2 times (--to records keeps them)\n"
    rows = [json.loads(line) for line in streamconv("records", "chat.timed").stdout.splitlines()]
    assert [(row["time"], row["offset"], row["size"]) for row in rows] == [(0.5, 0, 15), (0.75, 15, 10)]


def test_a_faulty_line_of_a_capture_is_said_with_its_place(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "chat.timed").write_bytes(CAPTURE + b'{"t":0.8,"b":7}\n')
    done = streamconv("convert", "-q", "chat.timed")
    assert (done.returncode, done.stdout) == (1, b'{"n":1}\n{}\n')
    assert b"chat.timed:5:1: error: not a line of a timed capture" in streamconv("convert", "chat.timed").stderr


def test_the_header_tells_what_the_bytes_do_not(streamconv: Run) -> None:
    capture = _capture(b'[{"a":1}]\n', head=Head(content_type="application/x-ndjson"))
    assert streamconv("convert", input=capture).stdout == b'[{"a":1}]\n'
    capture = _capture(b'[{"a":1}]\n', head=Head("a.json"))
    assert streamconv("convert", input=capture).stdout == b'{"a":1}\n'


def test_a_capture_of_nothing_known_is_not_guessed(streamconv: Run) -> None:
    done = streamconv("convert", input=_capture(b"hello\n"))
    assert done.returncode == 3
    assert b"no stream format recognised; it begins with 'hello\\n'" in done.stderr


def test_a_capture_from_a_pipe_is_live() -> None:
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        for line in CAPTURE.splitlines(keepends=True)[:3]:
            process.stdin.write(line)
        assert read_until(process.stdout, b"\n") == b'{"n":1}\n'
        process.stdin.close()


# The library.


def test_read_and_payloads_take_captures() -> None:
    assert [(record.data, record.time) for record in library.read(CAPTURE)] == [('{"n":1}', 0.5), ("{}", 0.75)]
    assert [*library.payloads(CAPTURE)] == [{"n": 1}, {}]
    assert b"".join(library.convert(CAPTURE)) == b'{"n":1}\n{}\n'
    headless = CAPTURE.partition(b"\n")[2]
    assert [record.data for record in library.read(headless, "timed")] == ['{"n":1}', "{}"]
    with pytest.raises(StreamError, match="timed-invalid"):
        [*library.read(CAPTURE + b"x\n")]
    problems: list[Problem] = []
    assert len([*library.read(CAPTURE + b"x\n", report=problems.append)]) == 2
    assert [problem.rule for problem in problems if problem.severity == "error"] == ["timed-invalid"]
    with pytest.raises(UnrecognisedError):
        [*library.read(_capture(b"hello"))]


def test_aread_takes_captures() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(CAPTURE), 7):
            yield CAPTURE[at : at + 7]

    async def collect() -> list[tuple[str | None, float | None]]:
        return [(record.data, record.time) async for record in library.aread(chunks())]

    assert asyncio.run(collect()) == [('{"n":1}', 0.5), ("{}", 0.75)]


def test_convert_writes_captures() -> None:
    head = HEADER.replace(b',"source":"stdin"', b"")
    assert b"".join(library.convert(b"x", "timed")) == head + b'{"b":"x"}\n'
    large = b"x" * 100_000
    assert b"".join(library.convert(iter([large]), "timed")).count(b"\n") == 2  # a chunk that came whole stays whole
    lines = b"".join(library.convert(iter([b"a", b"b"]), "timed")).splitlines()[1:]
    first, second = map(json.loads, lines)
    assert first == {"t": 0.0, "b": "a"}
    assert second["t"] >= 0
    assert b"".join(library.convert(CAPTURE, "timed")) == CAPTURE
    assert b"".join(library.convert(iter([TimedBytes(b"a", 7.5)]), "timed")) == head + b'{"t":7.5,"b":"a"}\n'
    path = FIXTURES / "tokens.sse"
    capture = b"".join(library.convert(path, "timed"))
    assert [*library.read(capture)] == [*library.read(path)]
    with pytest.raises(ValueError, match="nothing is selected or changed on the way"):
        library.convert(CAPTURE, "timed", strict=True)


def test_only_what_arrives_has_times(tmp_path: Path) -> None:
    """The bytes of an open file, or of memory, were all there before."""

    def lines(source: object) -> list[bytes]:
        return b"".join(library.convert(source, "timed")).splitlines()[1:]

    path = tmp_path / "a"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        assert lines(file) == [b'{"b":"x"}']
    assert lines(io.BytesIO(b"x")) == [b'{"b":"x"}']
    read_end, write_end = os.pipe()
    os.write(write_end, b"x")
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        assert lines(pipe) == [b'{"t":0.0,"b":"x"}']


def test_the_times_are_those_of_arrival_not_of_when_a_layer_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was held back until the layers were told still knows when it came."""
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    pieces = [b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n", b"\r\n", b"data: a\n\n", b"data: b\n\n"]
    lines = b"".join(library.convert(iter(pieces), "timed")).splitlines()[1:]
    assert [json.loads(line)["t"] for line in lines] == [3.0, 4.0]
    for layer in ("docker compose", "docker's json-file", "curl --trace, no times, no sizes"):
        wrapped = re.sub(rb',"time":"[^"]*"', b',"time":""', WRAPPED[layer][1])
        lines = b"".join(library.convert(iter([wrapped]), "timed")).splitlines()[1:]
        assert {json.loads(line)["t"] for line in lines} == {0.0}
    lines = b"".join(library.convert(iter([b"d", b"a", b"ta: x\n\n"]), "timed")).splitlines()[1:]
    assert [json.loads(line)["t"] for line in lines] == [0.0, 1.0, 2.0]
