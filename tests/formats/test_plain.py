"""What is written from its bytes is what would be written of its Records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Problem, TimedBytes, convert
from streamconv.convert import Converter, Reading, Settings, WritingOut
from streamconv.formats import plain
from streamconv.formats.standing import Standing
from tests.conftest import FIXTURES
from tests.reading import cut

JSON = Standing(offset=10, line=5, number=1, last_event_id="0", manner="json")
TEXT = Standing(number=1, manner="text")
LINES = Standing(number=1, manner=False)
TEXTS = Standing(number=1, manner=(0, False, True))

_PAYLOADS = [
    *(b'{"a":1}', b'{"type":"e","x":"\xe4\xbb\x8a"}', b"[1,2]", b'"s"', b"12", b' {"b":2} ', b'{"a":}', b"[DONE]"),
    *(b"text", b'{"type":"f"}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"", b'{"p":{"q":[1,{"r":2}]}}', b'{"type":1}'),
]
_FIELDS = [
    b"",
    b"",
    b"event: e\n",
    b"event: message\n",
    b"id: 7\n",
    b"id: \n",
    b"event: \xe4\xbb\x8a\n",
    b"event: {1}\n",
    b"event:\n",
]
_BETWEEN = [b": ping\n\n", b"retry: 3\n\n", b"\n", b"id: 4\n\n", b"data:", b"\r", b"data: a\ndata: b\n\n"]


def _often(one: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Runs of the same, so that much is plain."""
    runs = st.tuples(one, st.integers(1, 400)).map(lambda run: run[0] * run[1])
    return st.lists(runs, max_size=12).map(b"".join)


def _frames() -> st.SearchStrategy[bytes]:
    fields, payloads = st.sampled_from(_FIELDS), st.sampled_from(_PAYLOADS)
    frame = st.builds(
        lambda before, data, after: before + b"data: " + data + b"\n" + after + b"\n", fields, payloads, fields
    )
    return _often(frame | st.sampled_from(_BETWEEN))


_STREAMS = {
    "sse": st.one_of(_frames(), _frames().map(lambda data: data.replace(b"\n", b"\r\n"))),
    "ndjson": _often(
        st.builds(lambda text, end: text + end, st.sampled_from(_PAYLOADS), st.sampled_from([b"\n", b"\r\n"]))
    ),
    "stream+json": _often(
        st.builds(
            lambda text, end: text + end,
            st.sampled_from([*_PAYLOADS, b'{\n  "a": 1\n}', b'{\n "a": {\n  "b": "}\\n{"\n }\n}', b'{"c":\r\n1}']),
            st.sampled_from([b"\n", b"\n", b"", b"\n\n"]),
        )
    ),
}
_PAIRS = [(source, target) for target in ("ndjson", "json", "json-seq", "stream+json", "sse") for source in _STREAMS]


def _converted(
    source: str, target: str, chunks: Iterable[bytes], *, by_records: bool = False, counts: bool = False
) -> tuple[bytes, list[tuple[object, ...]], Counter[str], int]:
    """What is written, what is reported besides losses, the losses, and how many events there were."""
    problems: list[Problem] = []
    lost: Counter[str] = Counter()

    def lose(rule: str, count: int) -> None:
        lost[rule] += count

    writing = WritingOut(target, Settings(), problems.append)
    if by_records:
        writing.straight = ()
    reading = Reading(source, target, Settings(), problems.append)
    converter = Converter(reading, writing, lose if counts else None)
    written = b"".join(map(converter.feed, chunks)) + converter.end() + writing.filter.finish()
    lost.update(problem.rule for problem in problems if problem.rule.startswith("lost-"))
    said = [(one.rule, one.place, one.message) for one in problems if not one.rule.startswith("lost-")]
    return written, sorted(said), lost, reading.guard.events


def _check(source: str, target: str, data: bytes, cuts: list[int]) -> None:
    expected = _converted(source, target, [data], by_records=True)
    for counts in (False, True):
        assert _converted(source, target, cut(data, cuts), counts=counts) == expected


@pytest.mark.parametrize(("source", "target"), _PAIRS)
@given(data=st.data())
def test_plain_stretches_are_written_as_their_records_would_be(source: str, target: str, data: st.DataObject) -> None:
    stream = data.draw(_STREAMS[source])
    _check(source, target, stream, data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))


@pytest.mark.parametrize(
    "name", ["openai-chat.sse", "anthropic.sse", "tokens.sse", "ping.sse", "chat.ndjson", "pretty.stream.json"]
)
def test_so_are_those_of_fixtures(name: str) -> None:
    source = {"sse": "sse", "ndjson": "ndjson", "json": "stream+json"}[name.rpartition(".")[2]]
    data = (FIXTURES / name).read_bytes() * 20
    for target in ("ndjson", "json", "sse"):
        _check(source, target, data, [1000, 1001, 2500])


def test_so_are_those_of_captures(captures: Path) -> None:
    seen = 0
    for path in sorted(captures.rglob("*.sse")):
        data = path.read_bytes()
        if len(data) < 300_000:
            _check("sse", "ndjson", data, [len(data) // 2])
            seen += 1
    assert seen > 50


def _found(found: plain.Plain | None) -> tuple[int, bytes, int, dict[str, int]] | None:
    return None if found is None else (found.size, found.lines, found.events, found.lost)


def test_events_that_begin_alike() -> None:
    block = b'data: {"a":1}\n\ndata: [2] \n\ndata: [DONE]\n\ndata: {}\n\n'
    found = plain.sse(block + b"data: x\n\ndata: {}\n\n", JSON)
    assert _found(found) == (len(block), b'{"a":1}\n[2]\n{}\n', 4, {"lost-end-marker": 1})
    assert found is not None
    assert found.standing == Standing(offset=10 + len(block), line=13, number=5, last_event_id="0", manner="json")
    assert plain.sse(b"data: x\n\n" + block, JSON) is None


def test_names_that_the_payload_says_are_not_lost() -> None:
    named = b'event: e\ndata: {"type":"e"}\n\n', b'event: e\ndata: {"x":"e","event":"e"}\n\n', b"event: e\ndata: {}\n\n"
    lines = b'{"type":"e"}\n{"x":"e","event":"e"}\n{}\n'
    size = sum(map(len, named))
    assert _found(plain.sse(b"".join(named), JSON)) == (size, lines, 3, {"lost-event-name": 1})
    assert _found(plain.sse(named[0] + b"event: e\ndata: [1]\n\n", JSON)) == (len(named[0]), lines[:13], 1, {})
    end = b"event: e\ndata: [DONE]\n\n"
    both = {"lost-event-name": 1, "lost-end-marker": 1}
    assert _found(plain.sse(named[0] + end, JSON)) == (len(named[0]) + len(end), lines[:13], 2, both)
    other = "event: 今\ndata: {}\n\n".encode() * 4
    assert _found(plain.sse(other, JSON)) == (len(other), b"{}\n" * 4, 4, {"lost-event-name": 4})


def test_names_of_many_kinds() -> None:
    block = (
        b'data: {"a":1}\n\nevent: e\ndata: {"type":"e"}\n\nevent: f\ndata: {"event":"f"}\n\nevent: g\ndata: {}\n\n'
        b"event: message\ndata: {}\n\nevent: h\ndata: [DONE]\n\ndata: [DONE]\n\n"
    )
    lines = b'{"a":1}\n{"type":"e"}\n{"event":"f"}\n{}\n{}\n'
    found = plain.sse(block, JSON)
    assert _found(found) == (len(block), lines, 7, {"lost-event-name": 2, "lost-end-marker": 2})
    assert _found(plain.sse(block + b"event: e\ndata: 1\n\n", JSON)) == _found(found)


def test_ids_comments_and_lines_of_data() -> None:
    block = b"id: 5\ndata: {}\n\n" + b': c\n\nevent: e\nid: 6\ndata: {"type":"e",\ndata: "b":2}\n\n' * 4
    found = plain.sse(block + b"retry: 1\n\n", JSON)
    assert _found(found) == (len(block), b"{}\n" + b'{"type":"e","b":2}\n' * 4, 5, {"lost-id": 5, "lost-comment": 4})
    assert found is not None
    assert found.standing.last_event_id == "6"


def test_text_becomes_strings() -> None:
    block = ("data: 今\n\n" + "id: 1\ndata: a\ndata: b\n\n" * 4).encode()
    assert _found(plain.sse(block, TEXT)) == (len(block), ('"今"\n' + '"a\\nb"\n' * 4).encode(), 5, {"lost-id": 4})
    assert _found(plain.sse(b"data:  a\n\ndata: b{\n\n", TEXT)) == (20, b'" a"\n"b{"\n', 2, {})
    for payload in (b"{}", b" []", b"\xff"):
        assert _found(plain.sse(b"data: a\n\n" * 4 + b"data: " + payload + b"\n\n", TEXT)) == (36, b'"a"\n' * 4, 4, {})
    assert _found(plain.sse(b"event: e\ndata: a\n\n" * 4, TEXT)) == (72, b'"a"\n' * 4, 4, {"lost-event-name": 4})
    assert _found(plain.sse(b"data: a\n\ndata: [DONE]\n\n", TEXT)) == (23, b'"a"\n', 2, {"lost-end-marker": 1})
    assert plain.sse(b"data: a\n\n" * 4, Standing()) is None


def test_lines() -> None:
    assert _found(plain.ndjson(b'{"a":1}\n[2]\n{"a":', LINES)) == (12, b'{"a":1}\n[2]\n', 2, {})
    assert _found(plain.ndjson(b"1\n\n2\n", LINES)) == (2, b"1\n", 1, {})
    for block in (b"1\r\n", b" 1\n", b"1 \n", b"x\n", b"\n", b"1"):
        assert plain.ndjson(block, LINES) is None
    assert plain.ndjson(b"1\n", Standing()) is None


def test_objects_over_lines() -> None:
    block = b'\n{\n "a": "}{"\n}\n{"b": 1}\n{ "c":\r2}\n{"d"'
    found = plain.stream_json(block, TEXTS)
    assert _found(found) == (len(block) - 5, b'{"a":"}{"}\n{"b": 1}\n{"c":2}\n', 3, {})
    assert found is not None
    assert (found.standing.line, found.standing.number) == (6, 4)
    assert _found(plain.stream_json(b"{}\n{\n x}\n{}\n{", TEXTS)) == (2, b"{}\n", 1, {})
    for bad in (b"{x}\n{", b'{"\xff":1}\n{', b"[]\n{", b"{}", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n{"):
        assert plain.stream_json(bad, TEXTS) is None
    assert plain.stream_json(b"{}\n{", Standing(manner=(None, True, False))) is None


def test_objects_printed_pretty() -> None:
    one = b'{\n  "a": "\xe4\xbb\x8a",\n  "b": [\n    1.0\n  ]\n}\n'
    compact = '{"a":"今","b":[1.0]}\n'.encode()
    assert _found(plain.stream_json(one * 5, TEXTS)) == (4 * len(one) - 1, compact * 4, 4, {})
    inside = one.replace(b"1.0", b'{}\n{\n"')
    assert _found(plain.stream_json(one * 4 + inside + one, TEXTS)) == (4 * len(one) - 1, compact * 4, 4, {})
    bad = one.replace(b"\xe4", b"\xff")
    assert _found(plain.stream_json(one * 4 + bad + one, TEXTS)) == (4 * len(one) - 1, compact * 4, 4, {})
    unequal = one * 4 + b'{"c": 1}\n' + one * 2
    assert _found(plain.stream_json(unequal, TEXTS)) == (5 * len(one) + 8, compact * 4 + b'{"c": 1}\n' + compact, 6, {})


@pytest.mark.parametrize(
    ("is_open", "rest", "expected"),
    [
        (plain.line_is_open, b'{"a"', True),
        (plain.line_is_open, b"1\n", False),
        (plain.object_is_open, b'\n{"a', True),
        (plain.object_is_open, b"{}", False),
        (plain.object_is_open, b"[1", False),
        (plain.object_is_open, b"{x", False),
    ],
)
def test_the_start_of_a_record_can_wait(is_open: Callable[[bytes], bool], rest: bytes, expected: bool) -> None:
    assert is_open(rest) is expected


def test_chunks_that_know_their_time_are_read() -> None:
    chunks = [b'data: {"a":1}\n\n' * 500 + b"data: ", TimedBytes(b'{"a":2}\n\n' + b"data: {}\n\n" * 60, 1.5)]
    written, _, lost, events = _converted("sse", "ndjson", chunks, counts=True)
    assert written == b'{"a":1}\n' * 500 + b'{"a":2}\n' + b"{}\n" * 60
    assert (lost, events) == ({"lost-time": 61}, 561)


def test_without_end_what_was_kept_is_read_by_who_iterates() -> None:
    data = b'{"a":1}\n' * 1000 + b'{"a":2}'
    assert b"".join(convert([data], "json-seq", "ndjson")) == b'\x1e{"a":1}\n' * 1000 + b'\x1e{"a":2}\n'


def test_where_one_stops_nothing_more_is_read() -> None:
    data = b'{"a":1}\n' * 1000 + b"x\n" + b'{"a":3}\n' * 100
    out = convert([data], "ndjson", "ndjson", strict=True, report=lambda problem: None)
    assert b"".join(out) == b'{"a":1}\n' * 1000


def test_the_start_of_a_record_is_kept_once() -> None:
    """Looking through it again with every chunk would take time that grows with its square."""
    problems: list[Problem] = []
    writing = WritingOut("ndjson", Settings(), problems.append)
    reading = Reading("ndjson", "ndjson", Settings(), problems.append)
    converter = Converter(reading, writing)
    whole = b'{"a":1}\n' * 600
    assert converter.feed(whole + b'{"a') == whole
    assert reading.decoder.standing is not None  # type: ignore[attr-defined]
    assert converter.feed(b"a" * 5000) == b""
    assert reading.decoder.standing is None  # type: ignore[attr-defined]
    assert converter.feed(b'":2}\n' + whole) == b'{"a' + b"a" * 5000 + b'":2}\n' + whole


def test_where_little_is_plain_not_every_record_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look goes over thousands of bytes: with one for each record, time would grow to many times that of reading."""
    looks = 0

    def find(block: bytes, standing: Standing) -> plain.Plain | None:
        nonlocal looks
        looks += 1
        return plain.sse(block, standing)

    monkeypatch.setitem(plain.FINDERS, "sse", plain.FINDERS["sse"]._replace(find=find))
    frame = b'data: {"a":1}\n\n'
    written, *_ = _converted("sse", "ndjson", [(frame + frame.replace(b"\n", b"\r\n")) * 1500])
    assert written == b'{"a":1}\n' * 3000
    assert 0 < looks < 100
