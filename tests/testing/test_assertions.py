"""assert_stream: what passes, and for each assertion what its failure says."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from streamconv import TimedBytes
from streamconv.testing import StreamAssertions, assert_stream, assert_stream_async
from tests.aws_messages import event
from tests.conftest import FIXTURES

ANTHROPIC = FIXTURES / "anthropic.sse"
STREAM = b'event: start\ndata: {"n":1}\n\ndata: two\n\nevent: end\ndata: [DONE]\n\n'


def _failure(check: Callable[[], Any]) -> str:
    with pytest.raises(AssertionError) as failed:
        check()
    return str(failed.value)


def _long() -> bytes:
    return b"".join(b"event: e%d\ndata: %d\n\n" % (n, n) for n in range(12))


def test_assertions_chain() -> None:
    stream = assert_stream(ANTHROPIC)
    chained = (
        stream.events("message_start", ..., "ping", ..., "message_stop")
        .ends_with("message_stop")
        .count("content_block_delta", 4)
        .count("nothing", 0)
        .data(-1)
        .matches({"type": "message_stop"})
        .data(3)
        .matches({"delta": {"text": "Hello"}})
        .well_formed()
        .well_formed("warning")
        .complete()
    )
    assert chained is stream
    assert [record.type for record in chained.records][:2] == ["message_start", "content_block_start"]


def test_sources_are_those_of_read() -> None:
    for source in (STREAM, io.BytesIO(STREAM), [STREAM], iter([STREAM])):
        assert_stream(source).events("start", "message", "end")
    assert_stream(str(ANTHROPIC)).ends_with("message_stop")
    assert_stream(b"1\n2\n", "ndjson").count("message", 2)
    assert_stream(b"[1,2]", content_type="application/x-ndjson").data(0).matches([1, 2])
    assert_stream(FIXTURES / "captures" / "chromium.har", entry="*/tokens.sse").ends_with("end")
    with pytest.raises(ValueError, match="did you mean 'ndjson'"):
        assert_stream(STREAM, "ndjsno")
    with pytest.raises(FileNotFoundError):
        assert_stream("none.sse")


def test_ellipsis_stands_for_any_run() -> None:
    stream = assert_stream(STREAM)
    for pattern in (
        ("start", "message", "end"),
        (...,),
        (..., "end"),
        ("start", ...),
        ("start", ..., "message", "end"),
        (..., "message", ...),
        (..., ..., "start", ..., ..., "end", ...),
        ("start", ..., "message", ..., "end", ...),
    ):
        stream.events(*pattern)
    assert_stream(b": nothing\n\n").events().events(...)


def test_events_shows_the_first_that_differs() -> None:
    assert _failure(lambda: assert_stream(STREAM).events("start", "end")) == (
        "events('start', 'end')\n"
        "bytes: 3 events\n"
        '      0  line 1     start    {"n":1}\n'
        "  >   1  line 4     message  two\n"
        "    ^ expected 'end'\n"
        "      2  line 6     end      [DONE]"
    )


@pytest.mark.parametrize(
    ("pattern", "pointed", "expected"),
    [
        (("start", "message", "end", "more"), "the end", "'more'"),
        (("start",), "1  line 4     message  two", "the end"),
        ((), '0  line 1     start    {"n":1}', "the end"),
        ((..., "message"), "2  line 6     end      [DONE]", "'message'"),
        ((..., "start", "end", ...), "1  line 4     message  two", "'end'"),
        ((..., "gone", "too", ...), "the end", "'gone', 'too' before it"),
        (("start", ..., "start", "message"), "1  line 4     message  two", "'start'"),
        (("start", "message", ..., "message", "end"), "2  line 6     end      [DONE]", "'message'"),
        (("start", "message", "end", ..., "end"), "the end", "'end'"),
        ((..., "message", ..., "message", "end"), "2  line 6     end      [DONE]", "'message'"),
    ],
)
def test_events_says_what_was_expected_and_where(pattern: tuple[Any, ...], pointed: str, expected: str) -> None:
    lines = _failure(lambda: assert_stream(STREAM).events(*pattern)).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  > "))
    assert lines[at].removeprefix("  > ").strip() == pointed
    assert lines[at + 1] == f"    ^ expected {expected}"


def test_a_long_list_is_shortened_round_the_place() -> None:
    assert _failure(lambda: assert_stream(_long()).events(..., "e6", "x", ...)).splitlines()[1:] == [
        "bytes: 12 events",
        "     … 4 more",
        "      4  line 13    e4   4",
        "      5  line 16    e5   5",
        "      6  line 19    e6   6",
        "  >   7  line 22    e7   7",
        "    ^ expected 'x'",
        "      8  line 25    e8   8",
        "      9  line 28    e9   9",
        "     10  line 31    e10  10",
        "     … 1 more",
    ]


def test_ends_with_shows_the_last_event() -> None:
    assert _failure(lambda: assert_stream(STREAM).ends_with("stop")).splitlines()[-2:] == [
        "  >   2  line 6     end      [DONE]",
        "    ^ expected 'stop'",
    ]
    assert _failure(lambda: assert_stream(b": none\n\n").ends_with("stop")) == (
        "ends_with('stop')\nbytes: 0 events\n  > the end\n    ^ expected 'stop'"
    )


def test_count_points_to_each() -> None:
    lines = _failure(lambda: assert_stream(b"data: a\n\nevent: b\ndata: b\n\ndata: c\n\n").count("message", 1))
    assert lines.splitlines() == [
        "count('message', 1): there are 2",
        "bytes: 3 events",
        "  >   0  line 1     message  a",
        "      1  line 3     b        b",
        "  >   2  line 6     message  c",
    ]
    assert "…" not in lines
    assert _failure(lambda: assert_stream(_long()).count("x", 1)).splitlines()[4:7] == [
        "      2  line 7     e2   2",
        "     … 6 more",
        "      9  line 28    e9   9",
    ]


def test_data_shows_the_path_to_what_differs() -> None:
    stream = assert_stream(b'data: {"a":{"b-c":[1,true]},"n":1,"s":"x"}\n\n')
    stream.data(0).matches({"a": {"b-c": [1, True]}}).data(0).matches({"a": ..., "n": 1.0}).data(0).matches(...)
    expected = {"a": {"b-c": [1, 1]}, "n": True, "s": {"t": 1}, "u": 1}
    assert _failure(lambda: stream.data(0).matches(expected)) == (
        "data(0).matches(…):\n"
        "  .a['b-c'][1] is True, expected 1\n"
        "  .n is 1, expected True\n"
        "  .s is 'x', expected {'t': 1}\n"
        "  .u is missing; there are 'a', 'n', 's'\n"
        "bytes: 1 event\n"
        '  >   0  line 1     message  {"a":{"b-c":[1,true]},"n":1,"s":"x"}'
    )
    assert _failure(lambda: stream.data(-1).matches({"a": {"b-c": [1]}})).splitlines()[:2] == [
        "data(-1).matches(…):",
        "  .a['b-c'] has length 2, expected 1",
    ]
    assert "  the payload is {'a': {'b-c': [1, True]}, 'n': 1, 's': 'x'}, expected 'x'" in _failure(
        lambda: stream.data(0).matches("x")
    )


def test_data_that_is_text_is_compared_as_text() -> None:
    assert_stream(b"data: 2024\n\n").data(0).matches("2024")
    assert_stream(b"2024\n").data(0).matches(2024)
    assert_stream(STREAM).data(-1).matches("[DONE]").data(-2).matches("two")
    assert "  the payload is '2024', expected 2024" in _failure(
        lambda: assert_stream(b"data: 2024\n\n").data(0).matches(2024)
    )
    assert "  [0] is missing; there are no members" in _failure(lambda: assert_stream(b"{}\n").data(0).matches({0: 1}))
    assert "the payload has length 0, expected 1" in _failure(
        lambda: assert_stream(b"[]\n", "ndjson").data(0).matches([1])
    )


def test_data_of_no_event_says_how_many_there_are() -> None:
    for at in (3, -4):
        assert _failure(lambda at=at: assert_stream(STREAM).data(at)).splitlines()[:2] == [
            f"data({at}): no such event",
            "bytes: 3 events",
        ]


def test_well_formed_shows_problems_with_their_lines() -> None:
    path = FIXTURES / "broken" / "bad-line.ndjson"
    shown = _failure(lambda: assert_stream(path).well_formed())
    assert shown.startswith(
        "well_formed(): 2 problems\n\n"
        f"{path}:2:8: error: not JSON: found '}}', expected a string [ndjson-invalid-json]\n"
        '2 | {"n":2,}␊\n'
        "  |        ^\n"
        "  = help: mend the text at the place, or take the line out\n\n"
    )
    assert shown.endswith("= help: write null, or a string; Python: json.dumps(…, allow_nan=False)")
    assert _failure(lambda: assert_stream(path).well_formed("warning")).startswith("well_formed('warning'): 3 problems")
    assert _failure(lambda: assert_stream(b"{}\n" + b"x\n" * 9).well_formed()).endswith("\n\nand 4 more")


def test_complete_says_what_is_missing() -> None:
    data = ANTHROPIC.read_bytes()
    cut = data[: data.index(b"event: message_stop")]
    lines = _failure(lambda: assert_stream(cut).complete()).splitlines()
    assert lines[0] == "complete(): no-terminator"
    assert lines[-2] == "  > the end"
    assert "message_stop" in lines[-1]


def test_complete_points_to_an_error_in_the_stream() -> None:
    data = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    start = ANTHROPIC.read_bytes().partition(b"\n\n")[0] + b"\n\n"
    lines = _failure(lambda: assert_stream(start + data).complete()).splitlines()
    assert lines[0] == "complete(): in-band-error"
    assert lines[-2].startswith("  >   1  line 4     error")
    assert "Overloaded" in lines[-1]


def test_complete_without_a_protocol_says_so() -> None:
    for source in (STREAM, b": nothing\n\n"):
        first = _failure(lambda source=source: assert_stream(source).complete()).splitlines()[0]
        assert first.startswith("complete(): no ")
        assert first.endswith("nothing says where a stream ends (assert_stream(…, protocol=…) names one)")
    assert_stream(ANTHROPIC, protocol="anthropic-messages").complete()
    with pytest.raises(ValueError, match="did you mean 'anthropic-messages'"):
        assert_stream(ANTHROPIC, protocol="anthropic-message").complete()


def _timed(*times: float) -> list[bytes]:
    return [TimedBytes(b"data: %d\n\n" % n, time) for n, time in enumerate(times)]


def test_within_shows_the_longest_wait() -> None:
    assert_stream(_timed(0.25, 0.5)).within(0.5)
    assert _failure(lambda: assert_stream(_timed(0.25, 1.5, 2.0)).within(1)) == (
        "within(1): it took 2.000 s\n"
        "list: 3 events\n"
        "      0  line 1     0.250 s  message  0\n"
        "  >   1  line 3     1.500 s  message  1\n"
        "    ^ after 1.250 s\n"
        "      2  line 5     2.000 s  message  2"
    )
    late = [*_timed(0.25), TimedBytes(b": late\n\n", 9.0)]
    assert _failure(lambda: assert_stream(late).within(1)).endswith("  > the end\n    ^ after 8.750 s")


def test_incremental_wants_an_event_before_the_end() -> None:
    assert_stream(_timed(0.25, 0.5)).incremental()
    assert _failure(lambda: assert_stream(_timed(0.5, 0.5)).incremental()).splitlines()[:4] == [
        "incremental(): the first event came with the last bytes",
        "list: 2 events",
        "  >   0  line 1     0.500 s  message  0",
        "    ^ the end came with it",
    ]
    assert _failure(lambda: assert_stream(b": none\n\n").incremental()).startswith(
        "incremental(): there are no events\nbytes: 0 events"
    )


def test_a_source_that_arrives_has_times() -> None:
    def stream() -> Iterator[bytes]:
        yield b"data: 1\n\n"
        yield b""
        yield b"data: 2\n\n"

    assert_stream(stream()).incremental().within(60)
    one_piece = _failure(lambda: assert_stream(iter([STREAM])).incremental()).splitlines()[0]
    assert one_piece.startswith("incremental(): it came in one piece, so something held it back. httpx's ASGITransport")
    timed = (TimedBytes(chunk, 1.0) for chunk in (b"data: 1\n\n", b"data: 2\n\n"))
    assert _failure(lambda: assert_stream(timed).within(0.5)).startswith("within(0.5): it took 1.000 s\ngenerator:")


def test_a_source_without_times_fails_with_the_cause() -> None:
    no_times = (
        "has no times of arrival: give the response itself, or a capture with times (streamconv convert --to timed)"
    )
    for source, kind in ((ANTHROPIC, "file"), (STREAM, "bytes"), ([STREAM], "list")):
        assert _failure(lambda source=source: assert_stream(source).within(1)).startswith(
            f"within(1): a {kind} {no_times}"
        )
        assert _failure(lambda source=source: assert_stream(source).incremental()).startswith(
            f"incremental(): a {kind} {no_times}"
        )


def test_a_timed_capture_has_times() -> None:
    from streamconv import convert

    data = b"".join(convert(_timed(0.0, 0.75), to="timed"))
    assert_stream(data).incremental().within(0.75)
    assert _failure(lambda: assert_stream(data).within(0.5)).startswith("within(0.5): it took 0.750 s")


def test_binary_events_have_bytes_for_places() -> None:
    data = event("chunk", b'{"n":1}') + event("chunk", b'{"n":2}')
    assert _failure(lambda: assert_stream(data).events("chunk")).splitlines()[2:4] == [
        '      0  byte 0       chunk  {"n":1}',
        f'  >   1  byte {len(data) // 2:<6}  chunk  {{"n":2}}',
    ]


def test_what_a_stream_holds_is_shown_safely() -> None:
    shown = _failure(lambda: assert_stream(b"event: \x1b[31m\ndata: \x1b[0m\n\n").events())
    assert "\x1b" not in shown
    assert r"\x1b[31m" in shown


def test_invalid_records_are_no_events_and_raise_nothing() -> None:
    assert_stream(b'{"n":1}\n{"n":\n{"n":2}\n').count("message", 2)
    cut = assert_stream(gzip.compress(STREAM)[:-4])
    cut.events("start", "message", "end")
    assert "[capture-gzip]" in _failure(cut.well_formed)


def test_what_is_awaited_is_asserted_the_same() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"
        yield b""
        yield TimedBytes(b"data: 2\n\n", 99.0)

    async def check() -> list[StreamAssertions]:
        return [
            await assert_stream_async(stream(), protocol="openai-chat"),
            await assert_stream_async(STREAM, "sse", content_type="text/event-stream"),
        ]

    live, at_rest = asyncio.run(check())
    live.events("message", "message").incremental().within(99)
    at_rest.events("start", "message", "end")
    assert "a bytes has no times" in _failure(lambda: at_rest.within(1))


async def _from(app: Any, path: str, *, whole: bool = False) -> StreamAssertions:
    import httpx

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        if whole:
            return await assert_stream_async(await client.get(path))
        async with client.stream("GET", path) as response:
            return await assert_stream_async(response)


@pytest.mark.filterwarnings("ignore:Using `httpx`")  # Starlette prefers another client
def test_clients_of_an_application_that_buffer_are_told_apart() -> None:
    from starlette.testclient import TestClient

    from tests.record_fixtures import application

    buffered = asyncio.run(_from(application(), "/tokens.sse"))
    assert _failure(buffered.incremental).startswith("incremental(): it came in one piece")
    whole = asyncio.run(_from(application(), "/tokens.sse", whole=True))
    assert _failure(lambda: whole.within(1)).startswith(
        "within(1): the response was read whole before: use client.stream("
    )
    with TestClient(application()) as client, client.stream("GET", "/tokens.sse") as response:
        assert_stream(response).incremental().ends_with("end")
