"""The command that serves a capture: what it says, how it ends, and a command that is run meanwhile."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import FIXTURES, Completed

TOKENS = FIXTURES / "tokens.sse"
GET = """\
import os, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
sys.stdout.buffer.write(opener.open(sys.argv[1]).read())
"""
Run = Callable[..., Completed]


def _start(*args: object) -> tuple[subprocess.Popen[bytes], str]:
    """The command, serving, and where."""
    command = [sys.executable, "-m", "streamconv", "serve", *map(str, args), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stderr
    said = process.stderr.readline().decode()
    found = re.search(r"events of \S+ at (http://\S+/)$", said)
    assert found, said
    return process, found[1]


def test_it_serves_until_it_is_interrupted() -> None:
    process, url = _start(TOKENS)
    with process:
        assert httpx.get(f"{url}a?b=1", trust_env=False).content == TOKENS.read_bytes()
        assert process.stderr
        assert re.fullmatch(
            rb"streamconv: GET /a\?b=1: 200 text/event-stream, 321 bytes in \d+\.\d\d s\n", process.stderr.readline()
        )
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
        assert process.returncode == 130


def test_what_became_of_a_stream_is_said() -> None:
    process, url = _start(TOKENS, "--fault", "cut-record=1")
    with process:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url, trust_env=False)
        httpx.options(url, trust_env=False)
        assert process.stderr
        assert process.stderr.readline().endswith(b" s, then broken off\n")
        assert process.stderr.readline() == b"streamconv: OPTIONS /: 204, no body\n"
        process.send_signal(signal.SIGINT)


def test_nothing_of_a_request_is_printed_as_it_is() -> None:
    process, url = _start(TOKENS)
    with process:
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)) as client:
            client.sendall(b"GET /\x1b[31m\xff HTTP/1.0\r\n\r\n")
            while client.recv(4096):
                pass
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert b"\x1b" not in said


def test_a_command_is_run_meanwhile_and_its_exit_code_is_ours(streamconv: Run) -> None:
    done = streamconv("serve", TOKENS, "--port", "0", "-q", "--", sys.executable, "-c", GET, "{url}")
    assert (done.returncode, done.stdout, done.stderr) == (0, TOKENS.read_bytes(), b"")
    known = GET.replace("sys.argv[1]", "os.environ['STREAMCONV_URL']") + "sys.exit(7)"
    done = streamconv("serve", "-q", "--port=0", TOKENS, "--", sys.executable, "-c", known)
    assert (done.returncode, done.stdout) == (7, TOKENS.read_bytes())
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert streamconv("serve", "-q", "--port=0", TOKENS, "--", sys.executable, "-c", killed).returncode == 143


def test_options_say_how(streamconv: Run) -> None:
    get = (sys.executable, "-c", GET, "{url}")
    faulty = ("--fault", "bom", "--fault=crlf", "--seed", 3, "--speed", "inf", "--delay", "5", "-H", "X-A: 1")
    done = streamconv("serve", "-", "-f", "sse", "--port", 0, *faulty, "--", *get, input=b"data: a\n\ndata: b\n\n")
    assert done.stdout == b"\xef\xbb\xbfdata: a\r\n\r\ndata: b\r\n\r\n"
    har = FIXTURES / "captures" / "chromium.har"
    done = streamconv("serve", har, "--entry", "*/tokens.sse", "--port", 0, "--speed", "inf", "--", *get)
    assert done.stdout == TOKENS.read_bytes()
    heads = "import sys, urllib.request as u; o = u.build_opener(u.ProxyHandler({}));"
    heads += "print(o.open(sys.argv[1]).headers.get_all('x-a'))"
    headers = ("-H", "X-A: 1", "-H", "x-a: 2")
    done = streamconv("serve", TOKENS, "--port", 0, *headers, "--", sys.executable, "-c", heads, "{url}")
    assert done.stdout == b"['1', '2']\n"
    done = streamconv("serve", TOKENS, "--port", 0, "--host", "0.0.0.0", "--", sys.executable, "-c", "")
    assert done.stderr.decode().splitlines()[1] == "streamconv: other machines may read them, too"


def test_several_files_are_each_at_their_place_below_the_folder_of_all(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/1.sse", "2 b.sse"):
        (tmp_path / name).write_text(f"data: {name}\n\n")
    get = "import os, sys, urllib.request as u; o = u.build_opener(u.ProxyHandler({}));"
    get += "[sys.stdout.buffer.write(o.open(sys.argv[1] + path).read()) for path in sys.argv[2:]]"
    paths = ("", "a/1.sse", "2%20b.sse", "stdin")
    args = ("a/1.sse", "2 b.sse", "-", "--port", 0, "--", sys.executable, "-c", get, "{url}", *paths)
    done = streamconv("serve", *args, input=b"data: 3\n\n")
    listed = b"/a/1.sse\n/2%20b.sse\n/stdin\n"
    assert done.stdout == listed + b"data: a/1.sse\n\ndata: 2 b.sse\n\ndata: 3\n\n"
    assert re.search(
        r"^streamconv: 1 event of sse at http://127\.0\.0\.1:\d+/2%20b\.sse$", done.stderr.decode(), re.MULTILINE
    )


def test_a_name_that_is_not_utf_8_is_served_at_its_bytes(streamconv: Run, tmp_path: Path) -> None:
    names = [os.fsdecode(b"a\xff.sse"), "b.sse"]
    for name in names:
        (tmp_path / name).write_bytes(b"data: 1\n\n")
    done = streamconv("serve", *names, "--port", 0, "--", sys.executable, "-c", GET, "{url}a%FF.sse")
    assert done.stdout == b"data: 1\n\n"
    assert re.match(rb"streamconv: 1 event of sse at http://127\.0\.0\.1:\d+/a%FF\.sse\n", done.stderr)


def test_all_streams_of_a_har_are_served(streamconv: Run) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    done = streamconv("serve", har, "--entry", "all", "-q", "--port", 0, "--", sys.executable, "-c", GET, "{url}")
    assert done.stdout == b"/chromium.har%5B2%5D\n/chromium.har%5B3%5D\n"


def test_help_says_that_a_command_can_follow(streamconv: Run) -> None:
    assert b"Usage: streamconv serve [OPTIONS] FILE... [-- COMMAND...]\n" in streamconv("serve", "--help").stdout


def test_a_format_that_seems_wrong_is_said(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"data: a\n\n")
    done = streamconv("serve", "a.ndjson", "--port", 0, "--", sys.executable, "-c", "")
    assert b"the name ends in .ndjson, but the stream begins with the field 'data'" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((TOKENS, "--", "no-such-program"), 2, "'no-such-program' is no command that can be run"),
        ((TOKENS, "ls", "-l"), 2, "No such option '-l'"),
        ((TOKENS, "ls", "x"), 2, "'ls' is a command, and no file; write -- before it"),
        ((TOKENS, "none.sse"), 3, "none.sse: No such file or directory"),
        ((), 2, "Missing argument 'FILE...'"),
        ((TOKENS, "--fault", "cut"), 2, "no fault 'cut'; there are cut-byte, "),
        ((TOKENS, "--fault", "cut-recrd"), 2, "did you mean 'cut-record'?"),
        ((TOKENS, "--fault", "stall=11"), 2, "stall: the stream has no event 11; it has 10"),
        ((TOKENS, "-H", "no header"), 2, "'no header' is no header; write 'Name: value'"),
        ((TOKENS, "-H", "a: b\r\nc: d"), 2, "is no header"),
        ((TOKENS, "--delay", "nan"), 2, "the delay is a number of seconds from 0, not nan"),
        ((TOKENS, "--delay", "inf"), 2, "the delay is a number of seconds from 0, not inf"),
        ((TOKENS, "--port", "70000"), 2, "70000 is not in the range 0<=x<=65535"),
        ((TOKENS, "--host", "192.0.2.1", "--port", "0"), 4, "192.0.2.1 port 0: "),
        (("-",), 3, "stdin: empty"),
        (("-", "--from", "sse"), 3, "stdin: empty"),
        (("none.sse",), 3, "none.sse: No such file or directory"),
        ((FIXTURES / "captures" / "chromium.har",), 2, "--entry"),
        ((FIXTURES.parent / "LICENSE",), 3, "no stream format recognised"),
    ],
)
def test_what_cannot_be_served_is_said(streamconv: Run, args: tuple[object, ...], code: int, said: str) -> None:
    done = streamconv("serve", *args)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.decode()


def test_a_command_that_cannot_be_started_is_said(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "no exec").write_text("no #! before it\n")
    (tmp_path / "no exec").chmod(0o755)
    done = streamconv("serve", TOKENS, "--port", 0, "-q", "--", "./no exec")
    assert (done.returncode, done.stderr) == (2, b"streamconv: ./no exec: Exec format error\n")


def test_a_port_that_is_taken_is_said(streamconv: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = streamconv("serve", TOKENS, "--port", port)
    assert done.returncode == 4
    expected = f"streamconv: 127.0.0.1 port {port}: another program listens there; --port 0 takes a free one\n"
    assert done.stderr.decode() == expected


def test_without_the_extra_the_command_names_it(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError('aiohttp')")
    done = streamconv("serve", TOKENS, "--port", 0, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr == b"streamconv: the server needs aiohttp: pip install 'streamconv[http]'\n"


def test_completion_offers_faults() -> None:
    from click import Context

    from streamconv.cli.serve import FaultName, serve

    items = FaultName().shell_complete(Context(serve), serve.params[0], "cut")
    assert [item.value for item in items] == ["cut-byte", "cut-record"]
