"""What `check`, `fix` and recording do with layers round a stream; and a file that is replaced while it grows."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from streamconv import Record, check
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.problem import Problem
from streamconv.reports.problem_forms import SARIF, GitHub, as_object

Run = Callable[..., CompletedProcess[bytes]]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
STREAM = b"data: 1\n\n"


def test_rules_that_were_not_asked_for_are_not_said_of_layers(streamconv: Run) -> None:
    done = streamconv("check", "--severity", "info", "--select", "sse-bom", input=gzip.compress(STREAM))
    assert (done.returncode, done.stdout) == (0, b"checked 1 file, 1 event: no problems\n")


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_fix_leaves_a_head_out_and_says_so(streamconv: Run, tmp_path: Path, end: bytes) -> None:
    (tmp_path / "a.txt").write_bytes((HEAD + b"\r\n").replace(b"\r\n", end) + STREAM)
    done = streamconv("fix", "--in-place", "--from", "sse", "a.txt")
    assert (done.returncode, done.stderr) == (0, b"streamconv: a.txt: mended capture-http-head\n")
    assert (tmp_path / "a.txt").read_bytes() == STREAM


def test_fix_in_place_never_loses_what_is_round_the_stream(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(STREAM))
    damaged = HEAD + b"transfer-encoding: chunked\r\n\r\n9\r\n" + STREAM + b"\r\nZZ\r\ndata: 2\n\n\r\n0\r\n\r\n"
    (tmp_path / "b.txt").write_bytes(damaged)
    done = streamconv("fix", "--in-place", "a.sse.gz", "b.txt")
    assert done.returncode == 3
    assert b"gzip round the stream would be lost in place" in done.stderr
    assert b"the file stays as it is" in done.stderr
    assert gzip.decompress((tmp_path / "a.sse.gz").read_bytes()) == STREAM
    assert (tmp_path / "b.txt").read_bytes() == damaged


def test_a_damaged_layer_is_said_when_recording(streamconv: Run) -> None:
    done = streamconv("convert", "--to", "timed", input=gzip.compress(STREAM)[:-6])
    assert done.returncode == 1
    assert b"[capture-gzip]" in done.stderr


def test_faults_inside_values_are_told_in_words() -> None:
    (control,) = check(b'data: {"a":"x\ty"}\n\n', "sse", select=["data"])
    assert control.message == "the payload is not JSON: a raw control character in a string, U+0009"
    missing = next(check(b'[{"a":1} {"b":2}]', "json"))
    assert (missing.column, missing.message) == (10, "a comma is missing before this element")


def test_a_place_in_a_stream_inside_is_none_in_the_file() -> None:
    problem = Problem(rule="sse-bom", severity="warning", message="m", line=2, column=3, offset=9, record=Record())
    form = SARIF("1")
    form.problem("x.har[1]", problem, "x.har")
    assert form._results[0]["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "x.har"}},
            "logicalLocations": [{"fullyQualifiedName": "x.har[1]:2:3"}],
        }
    ]
    assert GitHub().problem("x.har[1]", problem, "x.har") == ("::warning file=x.har,title=sse-bom::x.har[1]:2:3: m\n")
    told = as_object("x.har[1]", problem, "x.har")
    assert (told["file"], told["stream"]) == ("x.har", "x.har[1]")


def test_a_followed_file_that_is_replaced_is_another_stream(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n")
    streams = Input(str(tmp_path / "a"), Interrupts()).follow(print)
    first = next(streams)
    assert next(first) == b"1\n"
    (tmp_path / "b").write_bytes(b"2\n")
    (tmp_path / "b").rename(tmp_path / "a")
    assert [*first] == []
    assert next(next(streams)) == b"2\n"


def test_a_followed_file_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1\n")
    monkeypatch.setattr("streamconv.cli.inputs.time.sleep", lambda seconds: file.write_bytes(b"1\n2\n"))
    streams = Input(str(file), Interrupts()).follow(print)
    stream = next(streams)
    assert [next(stream), next(stream)] == [b"1\n", b"2\n"]
