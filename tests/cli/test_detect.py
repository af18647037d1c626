"""`streamconv detect`: the chain, the evidence in words, and how sure it is."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.captures.wrapping import HEAD, chunked, entry, har
from tests.cli.running import start, until_it_listens
from tests.conftest import FIXTURES, Completed

Run = Callable[..., Completed]
ONE = b'data: {"n":1}\n\n'


def test_the_chain_and_the_evidence(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(HEAD + chunked(ONE)))
    done = streamconv("detect", "a.txt.gz")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "a.txt.gz: gzip,http/1.1,chunked,sse,json (certain)",
        "  gzip        begins with 1f 8b 08",
        "  http/1.1    a status line, HTTP/1.1 200 OK, content type text/event-stream",
        "  chunked     the first line, 'f', is the size of a chunk",
        "  sse         the field 'data' of an event stream; content type text/event-stream",
        "  json        the first payload is a JSON object or array",
    ]
    chain = done.stdout.split()[1].decode()
    assert streamconv("convert", "--from", chain, "a.txt.gz").stdout == b'{"n":1}\n'


def test_what_is_not_certain_says_what_else_it_may_be(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("detect", input=b'{"a":1}')
    assert done.stdout.decode().splitlines() == [
        "stdin: ndjson (guess, else stream+json)",
        "  ndjson      a JSON text on one line",
    ]
    (tmp_path / "a.ndjson").write_bytes(ONE)
    assert streamconv("detect", "a.ndjson").stdout.decode().splitlines()[-1] == (
        "  but         the name ends in .ndjson, but the stream begins with the field 'data' of an event stream:"
        " read as sse"
    )
    assert b"sse,text (certain)" in streamconv("detect", input=b": ping\n\ndata: \n\ndata: x\n\n").stdout
    assert b"stdin: sse (certain)" in streamconv("detect", input=b": ping\n\n").stdout
    assert b"stdin: sse (certain)" in streamconv("detect", input=b": ping\n\n" * 20_000 + b"data: x\n\n").stdout
    assert b"ndjson (asked for)" in streamconv("detect", "--from", "ndjson", input=b"1").stdout


def test_every_stream_of_a_container_is_told(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.har").write_bytes(
        har(
            entry("http://a/\x1b[31m", text=ONE.decode()),
            entry("http://a/2", "text/plain", text="hello"),
            entry("http://b", text="data: x\n\n"),
        )
    )
    done = streamconv("detect", "a.har")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "a.har[1]: har,sse,json (certain)  POST http://a/\\x1b[31m"
    assert lines[4] == "a.har[3]: har,sse,text (certain)  POST http://b"
    assert streamconv("detect", "--entry", "-1", "a.har").stdout.decode().splitlines() == lines[4:]
    done = streamconv("detect", "--entry", "2", "a.har")
    assert (done.returncode, done.stderr.decode().splitlines()) == (
        3,
        ["streamconv: a.har[2]: no stream format recognised; it begins with 'hello' (--from FORMAT names one)"],
    )


def test_machines_get_one_object_a_stream(streamconv: Run) -> None:
    done = streamconv("detect", "--json", input=HEAD + b'data: {"a":1}\n\n')
    assert json.loads(done.stdout) == {
        "file": "stdin",
        "chain": "http/1.1,sse,json",
        "layers": [{"name": "http/1.1", "evidence": "a status line, HTTP/1.1 200 OK, content type text/event-stream"}],
        "format": "sse",
        "evidence": "the field 'data' of an event stream; content type text/event-stream",
        "payload": "json",
        "confidence": "certain",
        "content_type": "text/event-stream",
        "status": 200,
    }
    rows = streamconv(
        "detect", "--json", input=har(entry(text="data: 1\n\n"), entry(text="1\n2\n"))
    ).stdout.splitlines()
    assert [(row["entry"], row["format"], row["url"]) for row in map(json.loads, rows)] == [
        (1, "sse", "https://example.com/v1/chat"),
        (2, "ndjson", "https://example.com/v1/chat"),
    ]


def test_machines_get_an_object_of_what_cannot_be_told_too(streamconv: Run, tmp_path: Path) -> None:
    bad = har(entry(mime_type="text/html", text="<a>"))
    (tmp_path / "a.har").write_bytes(bad)
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"hello"))
    done = streamconv("detect", "--json", "a.har", "b.gz", "none", tmp_path)
    assert done.returncode == 3
    har_layer, gzip_layer = (
        {"name": "har", "evidence": "a log of requests, as in a HAR of test; entries: 1"},
        {"name": "gzip", "evidence": "begins with 1f 8b 08"},
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"file": "a.har", "layers": [har_layer], "error": "no stream in it"},
        {
            "file": "b.gz",
            "layers": [gzip_layer],
            "error": "no stream format recognised; it begins with 'hello' (--from FORMAT names one)",
        },
        {"file": "none", "layers": [], "error": "No such file or directory"},
        {"file": str(tmp_path), "layers": [], "error": "Is a directory"},
    ]
    rows = streamconv("detect", "--json", "--entry", "1", "a.har").stdout
    assert json.loads(rows)["entry"] == 1


def test_what_cannot_be_told(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("detect", "none.sse", input=b"")
    assert (done.returncode, done.stderr) == (3, b"streamconv: none.sse: No such file or directory\n")
    done = streamconv("detect", input=b"\x00\x1b]0;owned\x07" * 9)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"no stream format recognised; it begins with '\\x00\\x1b]0;owned" in done.stderr
    (tmp_path / "a.har").write_bytes(har(entry(mime_type="text/html", text="<a>")))
    done = streamconv("detect", "a.har")
    assert (done.returncode, done.stderr) == (3, b"streamconv: a.har: no stream in it\n")
    assert done.stdout.decode().splitlines() == [
        "a.har: har",
        "  har         a log of requests, as in a HAR of test; entries: 1",
    ]
    done = streamconv("detect", input=b"")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", b"streamconv: stdin: empty\n")
    done = streamconv("detect", input=gzip.compress(b""))
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, b"stdin: gzip")
    assert done.stderr == b"streamconv: stdin: empty\n"
    cut = har(entry(text=ONE.decode()))[:-3]
    done = streamconv("detect", input=cut)
    assert (done.returncode, done.stdout[:8]) == (1, b"stdin[1]")
    assert b"the HAR is cut after 1 whole entries" in done.stderr


def test_a_live_pipe_is_told_from_its_first_bytes() -> None:
    with start("detect") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(HEAD + ONE)
        assert process.stdout.read().startswith(b"stdin: http/1.1,sse,json (certain)")  # its end comes, ours does not
        assert process.wait() == 0


def test_ctrl_c_and_outputs_that_fail(tmp_path: Path, streamconv: Run) -> None:
    with start("detect") as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b"d")
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    (tmp_path / "a.sse").write_bytes(ONE)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "streamconv", "detect", "a.sse"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
        assert (done.returncode, done.stderr) == (4, b"streamconv: stdout: No space left on device\n")
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
        os.close(write_end)
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_protocol_is_named(streamconv: Run) -> None:
    told = json.loads(streamconv("detect", "--json", FIXTURES / "anthropic.sse").stdout)
    assert (told["protocol"], told["protocol_evidence"]) == ("anthropic-messages", "a message_start event")
    assert "protocol" not in json.loads(streamconv("detect", "--json", FIXTURES / "ping.sse").stdout)
    lines = b'{"level":"info"}\n' * 40 + (FIXTURES / "chat.ndjson").read_bytes()
    assert b"protocol" not in streamconv("detect", input=lines).stdout
    assert b"  protocol    ollama: " in streamconv("detect", input=lines[17 * 20 :]).stdout
    named = b"event: ping\ndata: {}\n\n" * 3 + (FIXTURES / "anthropic.sse").read_bytes()
    assert b"  protocol    anthropic-messages: a message_start event\n" in streamconv("detect", input=named).stdout
