"""What several processes convert is to the byte what one does: output, words, rejects and exit code."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.cli import main
from streamconv.cli.convert import convert
from streamconv.cli.heard import Heard
from streamconv.cli.inputs import Input
from streamconv.cli.options import Jobs
from streamconv.cli.output import Output
from streamconv.filters import ExpressionError
from streamconv.formats.cutting import CUTS
from streamconv.problem import Problem
from tests.cli.helping import helping
from tests.conftest import FIXTURES
from tests.reading import framed, hostile

TARGETS = ["ndjson", "sse", "records", "json", "json-seq", "stream+json", "raw"]


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    output: bytes | None
    words: str
    rejects: bytes | None


def run(folder: Path, *args: str) -> Ran:
    """Convert to a file, with rejects."""
    output, rejects = folder / "output", folder / "rejects"
    with contextlib.redirect_stderr(io.StringIO()) as words:
        code = main(["convert", *args, "-o", str(output), "--rejects", str(rejects)])
    left = [path.read_bytes() if path.exists() else None for path in (output, rejects)]
    for path in (output, rejects):
        path.unlink(missing_ok=True)
    return Ran(code, left[0], words.getvalue(), left[1])


def same(streams: list[bytes], *args: str, jobs: int = 2, segment: int = 10, fails_after: int = 1 << 30) -> int:
    """Assert that these inputs convert alike; returns how many segments helpers were given."""
    with tempfile.TemporaryDirectory() as name, helping(segment, fails_after) as hired:
        folder = Path(name)
        paths = [folder / f"in{at}" for at in range(len(streams))]
        for path, stream in zip(paths, streams, strict=True):
            path.write_bytes(stream)
        arguments = [*args, *map(str, paths)]
        alone = run(folder, *arguments)
        assert not hired
        shared = run(folder, *arguments, "--jobs", str(jobs))
        words = shared.words.replace(f"--jobs {jobs} ", "")  # lines to paste have all that was given
        assert shared._replace(words=words) == alone
        assert all(crew.closed for crew in hired)
        return sum(crew.given for crew in hired)


OPTIONS = st.lists(
    st.sampled_from(
        [
            *(["--keep-incomplete"], ["--max-record-size", "12"], ["--where", "a"]),
            *(["--event", "x"], ["--event", "!x"], ["--payload", "json"], ["--payload", "text"]),
        ]
    ),
    max_size=2,
    unique_by=lambda option: option[0],
).map(lambda options: [word for option in options for word in option])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", CUTS)
@settings(max_examples=settings().max_examples // 2)
@given(st.data())
def test_any_bytes_convert_alike(source: str, target: str, data: st.DataObject) -> None:
    parts = data.draw(st.lists(hostile(source), min_size=1, max_size=6))
    options = data.draw(OPTIONS)
    jobs, segment = data.draw(st.integers(2, 3)), data.draw(st.integers(1, 40))
    same([b"".join(parts)], "--from", source, "--to", target, *options, jobs=jobs, segment=segment)


RECORDS = {
    "sse": [b"data: %d\n\n", b"id: %d\ndata: {}\n\n", b": c\n\n", b"id\n\n", b'event: x\ndata: {"a":%d}\n\n', b"\n"],
    "ndjson": [b'{"a":%d}\n', b"[%d]\n", b"\n", b"%d}\n", b'"x"\r\n'],
    "stream+json": [b'{\n "a": %d\n}\n', b"{}\n", b"[\n%d\n]\n", b"tr\n", b",\n"],
    "json-seq": [b'\x1e{"a":%d}\n', b"\x1e%d\n", b"\x1e\n", b"x\n"],
    "records": [
        b'{"data":{"a":%d}}\n',
        b'{"text":"x","id":"%d"}\n',
        b'{"text":"y","file":"f"}\n',
        b'{"x":1,"text":""}\n',
    ],
    "vercel-data-stream": [b'd:{"a":%d}\n', b'0:"x"\n', b"z:%d\n", b"\n"],
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", CUTS)
@settings(max_examples=settings().max_examples // 2)
@given(st.data())
def test_records_convert_alike_and_helpers_convert_some(source: str, target: str, data: st.DataObject) -> None:
    """Mostly whole records, so that most segments are taken as they were converted."""
    chosen = data.draw(st.lists(st.sampled_from(RECORDS[source]), min_size=40, max_size=80))
    stream = RECORDS[source][0] % 0 + b"".join(one % at if b"%" in one else one for at, one in enumerate(chosen, 1))
    names = ["--id-from", "a"] if target in ("sse", "records") and data.draw(st.booleans()) else []
    options = [*data.draw(OPTIONS), *names]
    segments = same([stream, stream], "--from", source, "--to", target, *options, segment=30, jobs=3)
    # The first events of what becomes SSE are looked at by one, and junk before an RS is in the way of a cut.
    assert segments or target == "sse" or b"x\n" in stream


@settings(max_examples=settings().max_examples // 2)
@given(framed(), st.sampled_from(TARGETS), st.integers(100, 900))
def test_frames_that_are_read_at_once_convert_alike(stream: bytes, target: str, segment: int) -> None:
    same([stream], "--from", "sse", "--to", target, segment=segment)


def test_every_case_converts_alike() -> None:
    cases = json.loads((FIXTURES / "conformance.json").read_text())
    assert len(cases) == 240
    for case in cases:
        stream = base64.b64decode(case["input_b64"])
        same([stream], "--from", case["format"], "--to", "records")
        same([stream], "--from", case["format"], "--to", "sse", segment=20)


def test_every_fixture_converts_alike() -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    assert len(files) > 50
    for path in files:
        stream = path.read_bytes()
        same([stream], "--to", "records", segment=700)
        same([stream], "--to", "sse", "--done", segment=700)


def test_every_capture_converts_alike(captures: Path) -> None:
    files = [path for path in sorted(captures.iterdir()) if path.is_file() and path.stat().st_size < 300_000]
    given = [same([path.read_bytes()], "--to", to, segment=3000) for path in files for to in ("records", "json")]
    print(f"{len(files)} captures")
    assert len(files) >= 100
    assert sum(given) > 300


EVENTS = b"".join(b'id: %d\ndata: {"n":%d}\n\n' % (number, number) for number in range(100))


@pytest.mark.parametrize("target", TARGETS)
def test_helpers_that_fail_or_go_are_not_missed(target: str) -> None:
    for fails_after in range(6):
        assert same([EVENTS], "--to", target, "--from", "sse", segment=100, fails_after=fails_after)


def test_what_raises_in_a_helper_raises_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The helper of the segment with number 50 fails; then so does who goes through all, and in the same place."""

    def is_true(value: object) -> bool:
        if value == 50:
            raise ExpressionError("n", "no 50")
        return True

    monkeypatch.setattr("streamconv.filters.where._is_true", is_true)
    assert same([EVENTS], "--where", "n", segment=100)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--take", "5"], "count all events"),
        (["--skip", "5"], "count all events"),
        (["--tail", "5"], "count all events"),
        (["--strict"], "stop at one record"),
        (["--lossless"], "stop at one record"),
        (["--from", "json"], "json cannot be cut"),
        (["--from", "utf-16"], "utf-16 is round it"),
    ],
)
def test_what_cannot_be_shared_is_said_with_v(options: list[str], why: str, tmp_path: Path) -> None:
    path = tmp_path / "in"
    stream = EVENTS.decode().encode("utf-16") if "utf-16" in options else EVENTS
    path.write_bytes(stream)
    with helping(100) as hired:
        ran = run(tmp_path, *options, "-v", "--jobs", "2", str(path))
    assert not hired
    assert f"{path}: read by one process: " in ran.words
    assert why in ran.words
    assert same([stream], *options, segment=100) == 0


def test_what_is_shared_is_said_with_v_too(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(EVENTS)
    with helping(100):
        assert f"{path}: shared out to 2 processes\n" in run(tmp_path, "-v", "--jobs", "2", str(path)).words


def test_after_ctrl_c_no_segment_is_converted_any_more(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "in.sse"
    path.write_bytes(EVENTS)
    written: list[int] = []
    write = Output.write

    def interrupted(self: Input) -> Iterator[bytes]:
        yield EVENTS[:1000]
        yield EVENTS[1000:1990]
        written.append(0)
        raise KeyboardInterrupt

    def count(self: Output, data: bytes) -> None:
        write(self, data)
        written[:] = [*written, len(data)] if written else []

    monkeypatch.setattr(Input, "chunks", interrupted)
    monkeypatch.setattr(Output, "write", count)
    with helping(100):
        assert main(["convert", str(path), "--jobs", "3"]) == 130
    out, err = capfdbinary.readouterr()
    assert sum(written) == 0
    assert b"ends" not in err
    lines = out.splitlines()
    assert lines == [b'{"n":%d}' % number for number in range(len(lines))]
    assert 10 < len(lines) < 70


def test_a_pipe_is_not_shared(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, EVENTS)
    os.close(writer)
    with helping(100) as hired:
        ran = run(tmp_path, "--jobs", "2", f"/dev/fd/{reader}")
    os.close(reader)
    assert not hired
    assert ran.output is not None
    assert ran.output.count(b"\n") == 100


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", ""])
def test_a_number_that_is_none(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--jobs", jobs]) == 2
    assert "is no number of processes; write 2, or auto" in capsys.readouterr().err


def test_the_shell_offers_auto() -> None:
    assert [item.value for item in Jobs().shell_complete(click.Context(convert), convert.params[0], "")] == ["auto"]


def test_what_is_too_often_wrong_is_counted() -> None:
    heard = Heard()
    for line in range(1, 13):
        heard.report(Problem(rule="a", severity="warning", message="m", line=line))
    assert [one.line for one in heard.problems] == [*range(1, 11)]
    assert (heard.more, heard.failed) == ({"a": 2}, False)


def test_auto_is_one_process_for_small_files(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["convert", "--jobs", "auto", str(FIXTURES / "chat.ndjson")]) == 0
    assert capfdbinary.readouterr().out == (FIXTURES / "chat.ndjson").read_bytes()
