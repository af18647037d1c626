"""Every command reads what people have: wrapped streams, containers of several, live ones; places are the file's."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.captures.wrapping import (
    DATA,
    HEAD,
    MESSAGES,
    cdp,
    chunked,
    entry,
    har,
    prefixed,
    trace,
)
from tests.cli.running import read_until, start
from tests.conftest import Completed

Run = Callable[..., Completed]
ONE = b'data: {"n":1}\n\n'


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


def test_what_is_round_a_stream_is_taken_off_without_a_word(streamconv: Run, tmp_path: Path) -> None:
    for data in (gzip.compress(ONE), HEAD + ONE, HEAD + chunked(ONE), har(entry(text=ONE.decode()))):
        done = streamconv("convert", input=data)
        assert (done.returncode, done.stdout, done.stderr) == (0, b'{"n":1}\n', b"")
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(ONE))
    assert said(streamconv("convert", "-v", "a.sse.gz")) == [
        "streamconv: a.sse.gz: gzip: begins with 1f 8b 08",
        "streamconv: a.sse.gz[gzip]: sse (the field 'data' of an event stream; the name ends in .sse.gz)",
    ]


def test_places_are_those_of_the_file_where_layers_only_cut(streamconv: Run, tmp_path: Path) -> None:
    bad = b'{"n":1}\n{"n":}\n'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n"
    verbose = b"* x\n> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n"
    for data, place in (
        (head + bad, "x:5:6"),
        (b"\xef\xbb\xbf" + head + bad, "x:5:6"),
        (verbose + b"{ [9 bytes data]\n" + bad, "x:8:6"),
        (prefixed(b"web-1  | ", bad), "x:2:15"),
        (head + chunked(bad, 11), "x:8:3"),  # the line is cut by a chunk's size
        (gzip.compress(bad), "x[gzip]:2:6"),
        (head + gzip.compress(bad), "x[http/1.1,gzip]:2:6"),
        (gzip.compress(head + bad), "x[gzip]:5:6"),
        ((head + bad).decode().encode("utf-16"), "x:5:6"),
        (har(entry(), entry(mime_type="application/x-ndjson", text=bad.decode())), "x[2]:2:6"),
        (trace(("<= Recv header", head), ("<= Recv data", bad)), "x[curl-trace]:5:6"),
    ):
        (tmp_path / "x").write_bytes(data)
        lines = [line for line in said(streamconv("convert", "x")) if "error" in line]
        assert lines[0] == f"{place}: error: not JSON: found '}}', expected a value [ndjson-invalid-json]"


def test_of_several_streams_one_must_be_named(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a b.har").write_bytes(
        har(entry("http://a/1", text="data: 1\n\n"), entry(), entry("http://a/3", text="data: 3\n\n"))
    )
    done = streamconv("convert", "a b.har")
    assert (done.returncode, done.stdout) == (2, b"")
    assert said(done) == [
        "streamconv: a b.har: 3 streams in it; --entry N takes one:",
        "  1  2026-01-02T03:04:05.000Z  POST  http://a/1  200  text/event-stream",
        "  2  2026-01-02T03:04:05.000Z  POST  https://example.com/v1/chat  200  text/event-stream"
        "  (no body in the HAR: the stream was still open, or the recorder did not keep it)",
        "  3  2026-01-02T03:04:05.000Z  POST  http://a/3  200  text/event-stream",
        "  help: streamconv convert --entry 1 'a b.har'",
    ]
    missing = (
        "a b.har: warning: reply 2 (https://example.com/v1/chat) cannot be read: no body in the HAR: the stream was"
        " still open, or the recorder did not keep it [capture-no-body]"
    )
    for entry_name, out in (
        ("1", b'"1"\n'),
        ("-1", b'"3"\n'),
        ("*/3", b'"3"\n'),
        ("a/1", b'"1"\n'),
        ("all", b'"1"\n"3"\n'),
    ):
        done = streamconv("convert", "--entry", entry_name, "a b.har")
        assert (done.returncode, done.stdout) == (0, out), entry_name
        assert said(done) == ([missing] if entry_name == "all" else [])
    rows = [json.loads(row) for row in streamconv("records", "--entry", "all", "a b.har").stdout.splitlines()]
    assert [(row["entry"], row["text"]) for row in rows] == [(1, "1"), (3, "3")]
    assert streamconv("convert", "--entry", "all", "--take", "1", "a b.har").stdout == b'"1"\n'
    done = streamconv("convert", "--entry", "http", "a b.har")
    assert (done.returncode, said(done)[0]) == (2, "streamconv: a b.har: 3 streams match 'http'; say which:")
    (tmp_path / "none.har").write_bytes(har(entry(), entry()))
    done = streamconv("convert", "--entry", "chat", "none.har")
    assert (done.returncode, said(done)[-1]) == (2, "  help: streamconv convert --entry 1 none.har")
    done = streamconv("convert", "--entry", "9", "a b.har")
    assert (done.returncode, said(done)[0]) == (3, "streamconv: a b.har: no reply 9 in it; there are:")
    done = streamconv("convert", "--entry", "2", "a b.har")
    assert (done.returncode, "reply 2 cannot be read: no body in the HAR" in said(done)[0]) == (3, True)
    assert "numbered from 1" in said(streamconv("convert", "--entry", "0", "a b.har"))[0]


def test_without_a_stream_the_replies_worth_a_look_are_listed(streamconv: Run) -> None:
    failed = entry("http://a/1", "application/json", text='{"error":"no"}')
    data = har(failed, entry("http://a/2", "text/html", text="<a>"))
    done = streamconv("convert", input=data)
    assert (done.returncode, done.stdout) == (3, b"")
    assert said(done) == [
        "streamconv: stdin: no stream in it; of its 2 replies, these are worth a look (--entry N):",
        "  1  2026-01-02T03:04:05.000Z  POST  http://a/1  200  application/json",
    ]
    assert streamconv("convert", "--entry", "1", input=data).stdout == b'{"error":"no"}\n'
    done = streamconv("convert", input=har(*[failed] * 30))
    assert said(done)[-1] == "    and 10 more"


def test_a_chain_forces_exactly_that_chain(streamconv: Run) -> None:
    wrapped = gzip.compress(HEAD + ONE)
    assert streamconv("convert", "--from", "gzip,http,sse", input=wrapped).stdout == b'{"n":1}\n'
    assert streamconv("convert", "--from", "gzip", input=gzip.compress(ONE)).stdout == b'{"n":1}\n'
    done = streamconv("convert", "--from", "gzip,sse", input=wrapped)
    assert said(done)[0].startswith("streamconv: stdin[gzip]: read as sse, but http is round it: a status line")
    done = streamconv("convert", "--from", "gzip,sse", input=ONE)
    assert done.returncode == 1
    assert "the gzip data is damaged" in said(done)[0]
    assert "did you mean 'gzip'" in said(streamconv("convert", "--from", "gzp,sse"))[0]
    # What the payloads are may be said, too.
    assert streamconv("convert", "--from", "sse,text", input=ONE).stdout == b'"{\\"n\\":1}"\n'
    done = streamconv("convert", "--from", "sse,json", input=b"data: x\n\n" + ONE)
    assert (done.returncode, done.stdout) == (1, b'{"n":1}\n')
    two = har(entry(text=ONE.decode()), entry(text='data: {"n":2}\n\n'))
    assert streamconv("convert", "--from", "har,sse,json", "--entry", "2", input=two).stdout == b'{"n":2}\n'


def test_a_bare_format_takes_nothing_off(streamconv: Run) -> None:
    done = streamconv("convert", "-f", "sse", input=HEAD + ONE)
    assert done.stdout == b'{"n":1}\n'  # the head's lines are fields that clients ignore
    assert said(done)[0] == (
        "streamconv: stdin: read as sse, but http is round it: a status line (--from http,sse takes it off)"
    )


def test_a_damaged_layer_is_said_once_and_what_is_there_is_read(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(ONE * 1000)[:-6])
    done = streamconv("convert", "x.gz")
    assert (done.returncode, done.stdout) == (1, b'{"n":1}\n' * 1000)
    assert said(done) == [
        f"x.gz: error: the gzip data is cut after {(tmp_path / 'x.gz').stat().st_size} bytes, before its end;"
        " what is there is read [capture-gzip]"
    ]
    (tmp_path / "y").write_bytes(trace(("<= Recv header", HEAD), ("<= Recv data", ONE), ascii=True))
    done = streamconv("convert", "y")
    assert (done.returncode, done.stdout) == (0, b'{"n":1}\n')
    assert "warning: --trace-ascii shows line ends" in said(done)[0]
    assert said(done)[1] == "  help: curl --trace keeps every byte"


def test_a_bomb_ends_with_3(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"data: \n" + bytes(80_000_000), 9))
    done = streamconv("convert", "x.gz", "-o", "out")
    assert (done.returncode, (tmp_path / "out").exists()) == (3, False)
    assert "this looks like a decompression bomb" in said(done)[0]


BOMB = gzip.compress(ONE + (b":" + b" " * 1023 + b"\n") * 80_000 + b"data: cut", 9)


@pytest.mark.parametrize("target", ["ndjson", "timed"])
def test_a_reading_that_breaks_off_leaves_no_partial_file_but_keeps_what_came_live(
    streamconv: Run, tmp_path: Path, target: str
) -> None:
    (tmp_path / "x.gz").write_bytes(BOMB)
    (tmp_path / "out").write_bytes(b"as it was")
    done = streamconv("convert", "--to", target, "x.gz", "-o", "out")
    assert (done.returncode, (tmp_path / "out").read_bytes()) == (3, b"as it was")
    assert "this looks like a decompression bomb" in said(done)[0]
    assert said(done)[-1] == "streamconv: out: not written"
    done = streamconv("convert", "--to", target, "-o", "live", input=BOMB)
    assert done.returncode == 3
    assert "not written" not in done.stderr.decode()
    piped = streamconv("convert", "--to", target, "x.gz")
    assert piped.returncode == 3
    for written in ((tmp_path / "live").read_bytes(), piped.stdout):
        assert written == b'{"n":1}\n' or json.loads(written.splitlines()[1])["b"].startswith(ONE.decode())


def test_an_input_that_fails_in_the_middle_is_converted_as_far_as_it_came(tmp_path: Path) -> None:
    """The last event is incomplete, which is said too; the end marker is not appended."""
    for options, out in (
        (("--to", "sse", "--done"), ONE),
        (("--to", "timed"), None),
    ):
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.write(theirs, ONE + b"data: {")
        os.close(theirs)  # reading gives what was written, then an error
        command = [sys.executable, "-m", "streamconv", "convert", *options]
        done = subprocess.run(command, stdin=ours, capture_output=True, check=False, cwd=tmp_path)
        os.close(ours)
        assert done.returncode == 3
        assert "streamconv: stdin: Input/output error" in said(done)
        if out is None:
            assert json.loads(done.stdout.splitlines()[1])["b"] == (ONE + b"data: {").decode()
        else:
            assert done.stdout == out
            assert "[sse-unterminated-event]" in said(done)[-2]


def test_the_line_to_paste_keeps_the_options(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "-a.har").write_bytes(har(entry("http://a/1", text="data: 1\n\n"), entry(text="data: 2\n\n")))
    (tmp_path / "b.sse").write_bytes(ONE)
    done = streamconv("convert", "--where", "n > `1`", "--entry", "http*", "b.sse", "--", "-a.har")
    assert said(done)[-1] == "  help: streamconv convert --where 'n > `1`' --entry 1 ./-a.har"
    done = streamconv("records", "--stable", input=(tmp_path / "-a.har").read_bytes())
    assert said(done)[-1] == "  help: streamconv records --stable --entry 1 -"
    (tmp_path / "c.har").write_bytes((tmp_path / "-a.har").read_bytes())
    done = streamconv("serve", "--port", "0", "--entry=http*", "c.har", "--", "curl", "-s", "{url}")
    assert said(done)[-1] == "  help: streamconv serve --port 0 --entry 1 c.har -- curl -s '{url}'"
    done = streamconv("serve", "--port", "0", "c.har")
    assert said(done)[-1] == "  help: streamconv serve --port 0 --entry 1 c.har"


def test_times_reach_the_records(streamconv: Run) -> None:
    def times(data: bytes, *options: str) -> list[float]:
        rows = streamconv("records", *options, input=data).stdout.splitlines()
        return [row["time"] for row in map(json.loads, rows)]

    assert times(har({**entry(), "_eventSourceMessages": MESSAGES})) == [0.5, 1.25]
    body = "event: a\nid: 1\ndata: one\n\n: c\n\ndata: two\ndata: lines\n\n"
    assert times(har({**entry(text=body), "_eventSourceMessages": MESSAGES})) == [0.5, 0.5, 1.25]
    assert times(cdp(*DATA))[0] == 1.5
    assert times(trace(("<= Recv header", HEAD), ("<= Recv data", ONE)))[0] > 0


def test_a_pipe_of_curl_i_is_live() -> None:
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        for number in range(3):
            process.stdin.write(b'data: {"n":%d}\n\n' % number)
            assert read_until(process.stdout, b"\n") == b'{"n":%d}\n' % number
        process.stdin.close()


def test_a_pipe_of_compressed_data_is_live() -> None:
    import zlib

    packer = zlib.compressobj(wbits=31)
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(packer.compress(b'data: {"n":%d}\n\n' % number) + packer.flush(zlib.Z_SYNC_FLUSH))
            assert read_until(process.stdout, b"\n") == b'{"n":%d}\n' % number
        process.stdin.write(packer.flush())
        process.stdin.close()


def test_a_growing_file_with_a_head_is_followed(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(HEAD + b'data: {"n":1}\n\n')
    with start("convert", "-F", "log.txt", cwd=tmp_path) as process:
        assert process.stdout
        read_until(process.stdout, b'{"n":1}\n')
        with log.open("ab") as file:
            file.write(b'data: {"n":2}\n\n')
        assert read_until(process.stdout, b"\n") == b'{"n":2}\n'
        process.terminate()
        process.wait()


def test_a_stream_of_a_container_that_is_empty(streamconv: Run) -> None:
    done = streamconv("convert", "--entry", "1", input=har(entry(text=": ping\n\n")))
    assert (done.returncode, said(done)) == (1, ["streamconv: stdin[1]: no events in 8 bytes"])
