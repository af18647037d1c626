"""`compat`: which client breaks on this? In lines, as objects, with its exit codes."""

from __future__ import annotations

import gzip
import json
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from streamconv.cli import cli, main
from streamconv.cli.inputs import Input
from streamconv.compat import CLIENTS
from tests.cli.running import start, until_it_listens
from tests.conftest import FIXTURES, Completed
from tests.terminal import shown


def compat(capfdbinary: pytest.CaptureFixture[bytes], *args: object) -> tuple[int, str, str]:
    code = main(["compat", *map(str, args)])
    out, err = capfdbinary.readouterr()
    return code, out.decode(), err.decode()


def test_a_stream_that_all_read_alike_is_exit_code_0(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = FIXTURES / "openai-chat.sse"
    code, out, err = compat(capfdbinary, name)
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == f"{name}: 8 events, openai-chat"
    assert [line.split()[0] for line in lines] == [client.name for client in CLIENTS]
    assert all("8 seen, as the standard" in line for line in lines)


def test_a_difference_is_exit_code_1(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES / "broken")  # a short name, so that no line is wrapped
    name = "latin-1.sse"
    code, out, _ = compat(capfdbinary, name, "--client", "sseclient-py", "--client", "browser", "--client", "browser")
    assert code == 1
    assert out.splitlines() == [
        f"{name}: 2 events",
        "  sseclient-py 1.9.0  0 seen, 2 lost",
        f"    {name}:1: event 1 and 1 more are lost",
        "      | data: caf<E9>␊",
        "      it raises UnicodeDecodeError at bytes that are not UTF-8",
        "  browser             2 seen, as the standard",
    ]


def test_max_says_how_much_is_shown(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data:1\n\n" * 5)
    asked = ("--client", "naive", tmp_path / "a.sse", "--max")
    assert compat(capfdbinary, *asked, 1)[1].endswith("    and 4 more (--max 0 shows all)\n")
    assert compat(capfdbinary, *asked, 0)[1].count("is lost") == 5


def test_objects_for_programs(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream\r\n\r\n"
    (tmp_path / "a.txt").write_bytes(head + b"data: 1\n\ndata:2\n\n")
    code, out, _ = compat(capfdbinary, "--json", "--client", "naive", "--client", "httpx-sse", tmp_path / "a.txt")
    assert code == 1
    facts = json.loads(out)
    assert [facts[key] for key in ("file", "entry", "layers", "complete", "events")] == [
        str(tmp_path / "a.txt"), None, ["http/1.1"], True, 2,
    ]  # fmt: skip
    naive, httpx_sse = facts["clients"]
    assert [naive[key] for key in ("seen", "lost", "refused")] == [1, 1, None]
    # In the file the stream begins at line 4, after the head.
    assert [(one["line"], one["offset"]) for one in naive["differences"]] == [(6, len(head) + 9)]
    assert httpx_sse["refused"] == "content type Text/Event-Stream"


def test_layers_are_taken_off(streamconv: Callable[..., Completed]) -> None:
    done = streamconv("compat", "--client", "browser", input=gzip.compress(b"data: 1\n\n"))
    assert (done.returncode, done.stdout.decode()) == (0, "stdin[gzip]: 1 event\n  browser  1 seen, as the standard\n")


def test_what_is_no_event_stream_says_what_it_is_and_what_to_do(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = FIXTURES / "chat.ndjson"
    code, out, err = compat(capfdbinary, name)
    assert (code, out) == (3, "")
    assert err.splitlines() == [
        f"streamconv: {name}: ndjson; clients of event streams (sse) are compared",
        f"  help: streamconv convert --to sse {name} | streamconv compat",
    ]


def test_the_line_to_paste_names_the_stream(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.har").write_bytes((FIXTURES / "captures" / "chromium.har").read_bytes())
    Path("-x").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + (FIXTURES / "chat.ndjson").read_bytes())
    for asked, pasted in (
        (("--entry", "3", "a.har"), "convert --to sse --entry 3 a.har"),
        (("--from", "http,ndjson", "--", "-x"), "convert --to sse --from http,ndjson ./-x"),
    ):
        code, _, err = compat(capfdbinary, *asked)
        assert (code, err.splitlines()[-1]) == (3, f"  help: streamconv {pasted} | streamconv compat")
        assert main([*shlex.split(pasted)]) == 0
        assert capfdbinary.readouterr().out.startswith(b"data: ")


def test_the_event_streams_of_a_container_are_compared(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    code, out, err = compat(capfdbinary, har)
    assert code == 0
    assert out.startswith(f"{har}[2]: 10 events\n")
    assert err == f"streamconv: {har}[3]: passed over, it is ndjson\n"
    assert compat(capfdbinary, har, "--entry", 3)[0] == 3


def test_a_container_without_an_event_stream(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    har = json.loads((FIXTURES / "captures" / "chromium.har").read_text())
    har["log"]["entries"] = [one for one in har["log"]["entries"] if "ndjson" in one["request"]["url"]] * 2
    (tmp_path / "a.har").write_text(json.dumps(har))
    code, _, err = compat(capfdbinary, tmp_path / "a.har")
    assert code == 3
    assert f"{tmp_path / 'a.har'}: no event stream (sse) in it" in err


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "empty"), (b"<!doctype html><html></html>", "a page of HTML"), (None, "No such file")]
)
def test_what_cannot_be_read(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    code, out, err = compat(capfdbinary, tmp_path / "a", FIXTURES / "tokens.sse", "--client", "browser")
    assert code == 3
    assert why in err
    assert "10 seen" in out  # the others are compared all the same


def test_a_disagreement_is_said(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"data: 1\n\n")
    assert "read as sse" in compat(capfdbinary, tmp_path / "a.ndjson")[2]


def test_a_record_too_large_ends_the_comparison(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\ndata: " + b"2" * 2000 + b"\n\n")
    code, out, err = compat(capfdbinary, tmp_path / "a.sse", "--max-record-size", "1K", "--client", "browser")
    assert code == 1
    assert "1 seen, as the standard" in out
    assert err == f"streamconv: {tmp_path / 'a.sse'}:3: a record over --max-record-size: compared up to here\n"


def test_a_client_that_is_none_is_exit_code_2(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, _, err = compat(capfdbinary, "--client", "anthropik")
    assert code == 2
    assert "did you mean 'anthropic'?" in err


def test_the_shell_completes_clients() -> None:
    completion = ShellComplete(cli, {}, "streamconv", "_STREAMCONV_COMPLETE")
    found = completion.get_completions(["compat", "--client"], "eventsource-p")
    assert [one.value for one in found] == ["eventsource-parser", "eventsource-parser-3"]
    assert all(one.help for one in found)


def test_ctrl_c_tells_what_was_seen_and_blames_no_end() -> None:
    with start("compat", "--client", "sseclient-py", "--json") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\ndata: 2\n\ndata: 3\n")
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        facts = json.loads(process.stdout.read())
    assert facts["complete"] is False
    (client,) = facts["clients"]
    assert (client["lost"], client["extra"]) == (0, 0)


def test_ctrl_c_counts_what_was_compared(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Input) -> Iterator[bytes]:
        yield b"data: 1\n\ndata:2\n\nda"
        raise KeyboardInterrupt

    monkeypatch.setattr(Input, "chunks", interrupted)
    code, out, err = compat(capfdbinary)
    assert (code, err) == (130, "")
    first, *lines = out.splitlines()
    assert first == "stdin: 2 events, interrupted"
    seen = {line.split()[0]: line for line in lines if not line.startswith("    ")}
    assert [*seen] == [client.name for client in CLIENTS]
    assert "1 seen, 1 lost" in seen.pop("naive")
    assert all("2 seen, as the standard" in line for line in seen.values())


def test_on_a_terminal_lines_fit_and_differences_are_red(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\ndata:2\n\n")
    terminal = shown(tmp_path / "a.sse", "compat", "--client", "naive", "--client", "browser", columns=50)
    assert "  naive    1 seen, 1 lost" in terminal.lines
    assert "      it ignores data without a space after the" in terminal.lines
    assert terminal.colour("1 lost") == "red"
    assert terminal.colour("as the standard") == "default"


def test_the_help_names_every_client(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, _ = compat(capfdbinary, "--help")
    assert code == 0
    assert all(client.name in out for client in CLIENTS)
