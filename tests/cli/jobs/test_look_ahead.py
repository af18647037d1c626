"""One large stream that is checked with helpers is judged to the byte as without, whatever they have seen or not."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.cli.jobs.look_ahead import Look, LookAhead
from streamconv.rules import stretches
from streamconv.rules.stream import Stream, in_order
from streamconv.rules.stretch import find
from tests.cli.helping import Apprentices, helping
from tests.cli.jobs.test_apart import piped, run, same
from tests.cli.jobs.test_sharing import RECORDS
from tests.conftest import FIXTURES
from tests.reading import framed, hostile
from tests.rules import orderly

KINDS: dict[str, Callable[[int], bytes]] = {
    "tokens.sse": orderly.tokens,
    "lines.sse": orderly.lines,
    "objects.sse": orderly.objects,
    "chat.sse": orderly.chats,
    "logs.ndjson": orderly.logs,
    "answers.ndjson": orderly.answers,
    "values.stream.json": orderly.values,
}


def alike(stream: bytes, folder: Path, name: str = "in.sse", **how: int) -> int:
    """Assert that a stream is checked alike; returns how many segments helpers were given."""
    path = folder / name
    path.write_bytes(stream)
    return same(path, "--severity", "info", "--max", "0", "--statistics", **how)


@pytest.mark.parametrize("name", KINDS)
def test_what_helpers_have_seen_is_not_looked_for_again(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which is what makes it faster. What one stream says that rules must hear is for who judges it."""
    looked: list[int] = []

    def watched(*asked: object) -> object:
        looked.append(1)
        return find(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(stretches, "find", watched)
    path = tmp_path / name
    path.write_bytes(KINDS[name](40_000))
    counts = []
    with helping(8000) as hired:
        for jobs in ("1", "3"):
            assert run("--jobs", jobs, path).code == 0
            counts.append(len(looked))
            looked.clear()
    assert hired[0].given > 8
    assert counts[1] < counts[0] / 2


def test_what_was_asked_for_last_is_looked_for_first() -> None:
    """In the order of asking, at the last place; an older pattern may match less of the same records."""
    looked: list[Look] = []

    def note(asked: Look) -> Iterator[None]:
        looked.append(asked)
        yield from ()

    ahead = LookAhead(lambda: Apprentices(1, note))  # type: ignore[arg-type, return-value]
    for offset, pattern in [(0, b"a"), (9, b"b"), (20, b"c"), (20, b"a"), (31, b"d"), (31, b"a"), (31, b"e")]:
        assert ahead(offset, pattern) is None
    assert [*ahead.cut("sse", iter((b"data: 1\n\n",)))] == [b"data: 1\n\n"]
    assert [asked.patterns for asked in looked] == [(b"d", b"a", b"e", b"c")]


ODD = [
    *(b"data: {\n\n", b"data: a\xff\n\n", b"data: a\xe2\x80\xa8\n\n", b"data: x\r\n\r\n", b"id: 7\ndata: 1\n\n", b"\n"),
    *(b"event: error\ndata: 1\n\n", b": \x1b\n\n", b"data: [DONE]\n\n", b"foo\n\n", b"data: " + b"x" * 3000 + b"\n\n"),
    *(b"id: 7\r\ndata: 1\r\n\r\nid: 7\r\ndata: 1\r\n\r\n", b"{\n", b'{"a":"\xff"}\n', b"[1,\n2]\n", b'{"a":1,"a":2}\n'),
    *(b"null\n", b"{}{}", b",\n", b'{"n": 1,\n  "of": {"level": "info"}}\n', b'{\n  "n": 1,\n  "n": 2\n}\n'),
]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("odd", ODD)
def test_what_stands_between_stretches_is_found_in_its_place(name: str, odd: bytes, tmp_path: Path) -> None:
    kind = KINDS[name]
    stream = kind(80) + odd + kind(90) + odd + kind(200) + odd
    for segment in (500, 1700):
        assert alike(stream, tmp_path, name, segment=segment) > 3


@pytest.mark.parametrize("format", ["sse", "ndjson", "stream+json"])
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data())
def test_any_stream_is_checked_alike(
    format: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = st.lists(st.sampled_from(RECORDS[format]), min_size=20, max_size=80).map(b"".join)
    parts = [records, hostile(format), *([framed()] if format == "sse" else [])]
    stream = b"".join(data.draw(st.lists(st.one_of(parts), min_size=1, max_size=4)))
    segment = data.draw(st.integers(1, 900))
    alike(
        stream,
        tmp_path_factory.getbasetemp(),
        f"in.{format.replace('+', '.')}",
        segment=segment,
        jobs=data.draw(st.integers(2, 3)),
    )


@pytest.mark.parametrize(
    ("size", "limit", "rule"), [(300_000, "1M", "event-too-large"), (99_000, "64K", "record-too-large")]
)
def test_a_record_that_is_too_large_is_found_between_others_like_it(
    size: int, limit: str, rule: str, tmp_path: Path
) -> None:
    word = b"data: word\n\n"
    path = tmp_path / "in.sse"
    path.write_bytes(word * 40_000 + b"data: " + b"x" * size + b"\n\n" + word * 20_000)
    assert same(path, "--max-record-size", limit, segment=400_000)
    assert rule.encode() in run(path, "--max-record-size", limit).output


def test_every_case_is_checked_alike(tmp_path: Path) -> None:
    cases = json.loads((FIXTURES / "conformance.json").read_text())
    assert len(cases) == 240
    for case in cases:
        path = tmp_path / "in"
        path.write_bytes(base64.b64decode(case["input_b64"]))
        same(path, "--from", case["format"], segment=10)


def test_every_fixture_is_checked_alike() -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    assert len(files) > 50
    for path in files:
        same(path, "--severity", "info", segment=300)


def test_every_capture_is_checked_alike(captures: Path) -> None:
    files = [path for path in sorted(captures.iterdir()) if path.is_file() and path.stat().st_size < 300_000]
    given = [same(path, "--severity", "info", segment=2000) for path in files]
    print(f"{len(files)} captures")
    assert len(files) >= 100
    assert sum(given) > 50


def test_helpers_that_fail_or_go_are_not_missed(tmp_path: Path) -> None:
    for fails_after in range(6):
        assert alike(orderly.tokens(400), tmp_path, segment=1000, fails_after=fails_after)


@pytest.mark.parametrize(
    ("name", "stream"),
    [("in.json", b"[{},{}]"), ("in.sse.gz", gzip.compress(orderly.tokens(99))), ("in.json-seq", b"\x1e{}\n")],
)
def test_where_nothing_is_sought_nobody_is_hired(name: str, stream: bytes, tmp_path: Path) -> None:
    assert alike(stream, tmp_path, name, segment=10) == 0


def test_a_pipe_is_not_shared() -> None:
    with helping(100) as hired, piped(orderly.tokens(99)) as pipe:
        assert run("--jobs", "2", pipe).code == 0
    assert not hired


IDS = st.lists(st.sampled_from(["1", "2", "10", "007", "a", "b-1", "9" * 20]), min_size=1, max_size=6)


@given(IDS, IDS)
def test_ids_that_are_in_order_go_on_as_each_of_them_does(before: list[str], ids: list[str]) -> None:
    from streamconv import Record

    one_by_one, at_once = Stream("sse"), Stream("sse")
    for stream in (one_by_one, at_once):
        for id in before:
            stream.remember(Record(id=id))
    found = in_order([*map(str.encode, ids)])
    goes_on = found is not None and at_once.go_on(found)
    each = []
    for id in ids:
        each.append(one_by_one.goes_on(id))
        one_by_one.remember(Record(id=id))
    assert goes_on == all(each)
    if goes_on:
        assert (at_once.id_before, at_once.number_before) == (one_by_one.id_before, one_by_one.number_before)
