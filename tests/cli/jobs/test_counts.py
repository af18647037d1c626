"""What `stats` counts: as if each record were looked at by itself; and with helpers, as without."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamconv.captures import Opened, open_streams, parse_chain
from streamconv.cli import main
from streamconv.cli.inputs import Input
from streamconv.cli.output import Output
from streamconv.detect import UnrecognisedError
from streamconv.examine import Examination
from streamconv.reports.statistics import Statistics
from streamconv.rules import RULES
from tests.cli.helping import helping
from tests.cli.jobs.test_sharing import RECORDS
from tests.cli.test_walk import interrupted
from tests.conftest import FIXTURES
from tests.reading import READABLE, framed, hostile


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    output: str
    words: str


def run(*args: str) -> Ran:
    """Count in this process."""
    written: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as words:
        patch.setattr(Output, "write", lambda self, data: written.append(data))
        code = main(["stats", *args])
    return Ran(code, b"".join(written).decode(), words.getvalue())


def by_rows(stream: bytes, name: str, format: str | None, **limits: Any) -> list[Statistics]:
    """The statistics of each stream in it, where each record is looked at by itself, and each problem beside it."""
    counted = []
    for capture in open_streams(Opened(iter([stream]), name), parse_chain(format) if format else parse_chain("")):
        examination = Examination(capture, None if format is None else parse_chain(format).format, RULES, **limits)
        found = Statistics()
        for row in examination.rows():
            found.add(row)
        for problem in examination.take_loose():
            found.add_problem(problem)
        found.finish()
        counted.append(found)
    return counted


def same(stream: bytes, *args: str, name: str = "in", jobs: int = 2, segment: int = 10, fails_after: int = 99) -> int:
    """Assert that a stream is counted alike in all ways; returns how many segments helpers were given."""
    with tempfile.TemporaryDirectory() as folder, helping(segment, fails_after) as hired:
        path = Path(folder) / name
        path.write_bytes(stream)
        alone = run("--json", *args, str(path))
        assert not hired
        assert run("--json", *args, "--jobs", str(jobs), str(path)) == alone
        assert run(*args, str(path)) == run(*args, "--jobs", str(jobs), str(path))
        assert all(crew.closed for crew in hired)
        given = sum(crew.given for crew in hired)
        format = args[args.index("--from") + 1] if "--from" in args else None
        limits = {"max_record_size": int(args[-1])} if "--max-record-size" in args else {}
        try:
            wanted = [found.facts() for found in by_rows(stream, str(path), format, **limits)]
        except (UnrecognisedError, ValueError, OSError):
            return given
        told = [json.loads(line) for line in alone.output.splitlines()]
        assert [{key: one[key] for key in facts} for one, facts in zip(told, wanted, strict=True)] == wanted
        return given


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data())
def test_any_bytes_are_counted_alike(format: str, data: st.DataObject) -> None:
    stream = b"".join(data.draw(st.lists(hostile(format), min_size=1, max_size=6)))
    limit = ["--max-record-size", "12"] if data.draw(st.booleans()) else []
    same(stream, "--from", format, *limit, jobs=data.draw(st.integers(2, 3)), segment=data.draw(st.integers(1, 40)))


@pytest.mark.parametrize("format", RECORDS)
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data())
def test_records_are_counted_alike_and_helpers_count_some(format: str, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(RECORDS[format]), min_size=40, max_size=80))
    stream = RECORDS[format][0] % 0 + b"".join(one % at if b"%" in one else one for at, one in enumerate(chosen, 1))
    assert same(stream, "--from", format, segment=30, jobs=3) or b"x\n" in stream


@settings(max_examples=settings().max_examples // 2)
@given(framed(), st.integers(100, 900))
@example(b"event: e\ndata: {\n\n" * 9 + b"data: {}\n\n" * 9, 50)
def test_frames_that_are_read_at_once_are_counted_alike(stream: bytes, segment: int) -> None:
    same(stream, "--from", "sse", segment=segment)


def test_every_case_is_counted_alike() -> None:
    cases = json.loads((FIXTURES / "conformance.json").read_text())
    assert len(cases) == 240
    for case in cases:
        same(base64.b64decode(case["input_b64"]), "--from", case["format"])


def test_every_fixture_is_counted_alike() -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    assert len(files) > 50
    assert sum(same(path.read_bytes(), name=path.name, segment=700) for path in files) > 50


def test_every_capture_is_counted_alike(captures: Path) -> None:
    files = [path for path in sorted(captures.iterdir()) if path.is_file() and path.stat().st_size < 300_000]
    given = [same(path.read_bytes(), name=path.name, segment=3000) for path in files]
    print(f"{len(files)} captures")
    assert len(files) >= 100
    assert sum(given) > 100


EVENTS = b"".join(b'event: t%d\nid: %d\ndata: {"n":%d}\n\n' % (at % 7, at, at) for at in range(100))


@pytest.mark.parametrize("stream", [EVENTS, EVENTS * 40], ids=len)
def test_helpers_that_fail_or_go_are_not_missed(stream: bytes) -> None:
    for fails_after in range(6):
        assert same(stream, segment=100 if stream == EVENTS else 2000, fails_after=fails_after)


def test_types_are_named_in_the_order_of_the_stream_up_to_the_limit() -> None:
    """Also where a helper has seen more than there may be."""
    names = [*range(900), *range(2000), *range(950, 1050), 5, 5]
    stream = b"".join(b"event: %d\ndata: x\n\n" % name for name in names)
    assert same(stream, segment=20_000)


@pytest.mark.parametrize("every", [1, 3, 50])
def test_times_that_records_tell_are_counted_alike(every: int) -> None:
    """Of records that came from a capture with times, and of some among others that have none."""
    times = [b',"time":%d.5' % (at * at) if at % every == 0 else b"" for at in range(200)]
    stream = b"".join(b'{"data":{"n":%d}%b}\n' % (at, time) for at, time in enumerate(times))
    assert same(stream, "--from", "records", segment=300)


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("in.json", b"[{},{}]"),
        ("in.html", b"<!doctype html><html></html>"),
        ("in", b"\x89PNG\r\n\x1a\n"),
        ("in.gz", __import__("gzip").compress(EVENTS)),
        ("empty.sse", b""),
    ],
    ids=["json", "html", "png", "gzip", "empty"],
)
def test_what_cannot_be_shared_is_counted_by_one(name: str, stream: bytes) -> None:
    assert same(stream, name=name, segment=10) == 0


def test_a_pipe_is_not_shared() -> None:
    reader, writer = os.pipe()
    os.write(writer, EVENTS)
    os.close(writer)
    with helping(100) as hired:
        ran = run("--jobs", "2", f"/dev/fd/{reader}")
    os.close(reader)
    assert not hired
    assert "  events      100, " in ran.output


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_that_is_none(jobs: str) -> None:
    ran = run("--jobs", jobs)
    assert ran.code == 2
    assert "is no number of processes; write 2, or auto" in ran.words


def test_after_ctrl_c_what_was_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "in.sse"
    path.write_bytes(EVENTS)
    monkeypatch.setattr(Input, "chunks", lambda self: interrupted(EVENTS[:1990]))
    alone = run("--json", str(path))
    with helping(100):
        shared = run("--json", "--jobs", "2", str(path))
    assert (alone.code, shared.code) == (130, 130)
    for ran in (alone, shared):
        facts = json.loads(ran.output)
        assert facts["complete"] is False
        assert facts["records"]["incomplete"] == 0
        assert 40 < facts["records"]["event"] <= 1990 * 100 // len(EVENTS)
