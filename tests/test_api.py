"""The library's front: what is read, from where, and what is raised."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import streamconv
from streamconv import PayloadError, Problem, Record, StreamError, TimedBytes, UnrecognisedError, aread, payloads, read
from streamconv.filters import Take
from tests.conftest import FIXTURES
from tests.record_fixtures import application, chat_lines, served

TOKENS = FIXTURES / "tokens.sse"
TEXTS = ["可以", "，", "今天", "天气", "不错", "。", "2024", "年", "🙂", ""]


def _data(records: Iterator[Record]) -> list[str | None]:
    return [record.data for record in records]


def test_read_takes_paths_bytes_files_and_iterables() -> None:
    content = TOKENS.read_bytes()
    text = content.decode()
    for source in (
        str(TOKENS),
        TOKENS,
        content,
        bytearray(content),
        memoryview(content),
        io.BytesIO(content),
        [content[:9], content[9:]],
        (piece for piece in (content,)),
        [text[:9], text[9:]],
        [bytearray(content)],
    ):
        assert _data(read(source)) == TEXTS, type(source)
    with TOKENS.open("rb") as file:
        assert _data(read(file)) == TEXTS
    with TOKENS.open("rb", buffering=0) as file:
        assert _data(read(file)) == TEXTS


def test_read_takes_a_fastapi_generator() -> None:
    def stream() -> Iterator[str]:
        yield "data: 可"
        yield "以\n\n"

    assert _data(read(stream())) == ["可以"]


def test_what_is_no_source_is_said() -> None:
    with pytest.raises(ValueError, match="pass bytes for content"):
        read("data: x\n\n")
    with pytest.raises(FileNotFoundError):
        [*read("none.sse")]
    with pytest.raises(TypeError, match="cannot read from int"):
        read(7)
    with pytest.raises(TypeError, match="a source gave int, not bytes or str"):
        [*read([7])]
    with TOKENS.open() as file, pytest.raises(TypeError, match="open it with 'rb'"):
        [*read(file)]
    with pytest.raises(ValueError, match="did you mean 'ndjson'"):
        read(TOKENS, "ndjsno")
    with pytest.raises(ValueError, match="can be written, not read"):
        [*read(TOKENS, "raw")]
    with pytest.raises(ValueError, match="there are sse"):
        streamconv.convert(TOKENS, to="xml")


def test_read_gives_events_and_control_everything() -> None:
    assert [record.kind for record in read(FIXTURES / "ping.sse")] == ["event", "event"]
    assert [record.kind for record in read(FIXTURES / "ping.sse", control=True)] == ["event", "control", "event"]


def test_an_invalid_record_raises_unless_it_is_reported() -> None:
    path = FIXTURES / "broken" / "bad-line.ndjson"
    with pytest.raises(
        StreamError, match=r"2:8: error: not JSON: found '}', expected a string \[ndjson-invalid-json\]"
    ) as raised:
        [*read(path)]
    assert raised.value.problem.line == 2
    problems: list[Problem] = []
    assert _data(read(path, report=problems.append)) == ['{"n":1}', '{"n":4}']
    assert [(problem.line, problem.column) for problem in problems] == [(2, 8), (3, 6)]


def test_an_incomplete_event_is_discarded_as_a_client_would_and_reported() -> None:
    problems: list[Problem] = []
    assert _data(read(b"data: a\n\ndata: b\n")) == ["a"]
    assert _data(read(b"data: a\n\ndata: b\n", report=problems.append)) == ["a"]
    assert [problem.rule for problem in problems] == ["sse-unterminated-event"]
    assert [record.kind for record in read(b"data: a\n\ndata: b\n", control=True)] == ["event", "incomplete"]


def test_a_stream_in_no_format_is_not_guessed() -> None:
    with pytest.raises(UnrecognisedError, match="it begins with 'hello'"):
        [*read(b"hello")]
    assert [*read(b"")] == []
    assert [*read(b" \n")] == []


def test_the_content_type_chooses_where_the_bytes_do_not() -> None:
    line = b'{"a":1}\n'
    for content_type, format in (
        ("application/x-ndjson; charset=utf-8", "ndjson"),
        ("Application/Stream+JSON", "stream+json"),
        ("application/json", "json"),
        ("text/plain", "ndjson"),
    ):
        assert next(read(line, content_type=content_type)).format == format
    # Decisive bytes win over a content type that lies.
    assert next(read(b"data: x\n\n", content_type="application/json")).format == "sse"


def test_payloads_are_parsed_without_the_end_marker() -> None:
    assert [payload["object"] for payload in payloads(FIXTURES / "openai-chat.sse")] == ["chat.completion.chunk"] * 7
    assert [*payloads(TOKENS)] == TEXTS
    assert [*payloads(b"2024\n123456789012345678901234567890\n")] == [2024, 123456789012345678901234567890]


def test_a_payload_that_should_be_json_and_is_not_raises() -> None:
    path = FIXTURES / "broken" / "broken-payload.sse"
    with pytest.raises(PayloadError, match="3:21: error: the payload is not JSON"):
        [*payloads(path)]
    problems: list[Problem] = []
    assert [*payloads(path, report=problems.append)] == [{"n": 1}, '{"n":2,"a":tru}', {"n": 3}]
    assert [problem.rule for problem in problems] == ["data-json-invalid"]


def test_payloads_of_a_wrapped_stream_have_their_places_in_the_file() -> None:
    data = b'HTTP/1.1 200 OK\r\n\r\ndata: {"n":1}\n\ndata: {"n":\n\n'
    with pytest.raises(PayloadError, match="5:12: error: the payload is not JSON"):
        [*payloads(data)]
    problems: list[Problem] = []
    assert [*payloads(data, report=problems.append)] == [{"n": 1}, '{"n":']
    assert [problem.place for problem in problems if problem.severity == "error"] == ["5:12"]


def test_payloads_are_what_the_chain_says() -> None:
    assert [*payloads(b"data: 1\n\ndata: x\n\n")] == ["1", "x"]
    assert [*payloads(b'data: {"n":1}\n\n', "sse,text")] == ['{"n":1}']
    problems: list[Problem] = []
    assert [*payloads(b"data: 1\n\ndata: x\n\n", "sse,json", report=problems.append)] == [1]
    assert [problem.place for problem in problems] == ["3:7"]


def test_convert_gives_bytes_and_the_problems() -> None:
    conversion = streamconv.convert(b"id: 7\ndata: {}\n\n", to="ndjson")
    assert iter(conversion) is conversion
    assert b"".join(conversion) == b"{}\n"
    assert [problem.rule for problem in conversion.problems] == ["lost-id"]
    with pytest.raises(StreamError):
        b"".join(streamconv.convert(b'{"a":1}\nx\n'))
    passed = streamconv.convert(b'{"a":1}\nx\n', report=print)
    assert b"".join(passed) == b'{"a":1}\n'
    assert len(passed.problems) == 1


def test_convert_takes_settings_and_filters() -> None:
    data = b'{"type":"a"}\n{"type":"b"}\n'
    written = streamconv.convert(data, to="text/event-stream", filters=[Take(1)], event_from="type", done=True)
    assert b"".join(written) == b'event: a\ndata: {"type":"a"}\n\ndata: [DONE]\n\n'
    with pytest.raises(ValueError, match="unknown field `colour`"):
        streamconv.convert(data, colour="red")
    with pytest.raises(ValueError, match="Invalid enum value 'bogus'"):
        streamconv.convert(data, payload="bogus")
    with pytest.raises(ValueError, match="names and ids are written to sse and records, not to ndjson"):
        streamconv.convert(data, event_from="type")
    with pytest.raises(ValueError, match="written to sse, not to json"):
        streamconv.convert(data, to="json", done=True)


def test_what_strict_and_lossless_stop_at_is_raised() -> None:
    written = streamconv.convert(b"data: {}\n\nid: 3\ndata: {}\n\n", lossless=True)
    with pytest.raises(StreamError, match=r"3: error: ndjson cannot carry this id \[lost-id\]"):
        b"".join(written)
    with pytest.raises(StreamError, match="sse-unterminated-event"):
        [*streamconv.convert(b"data: {}\n\ndata: cut", strict=True)]
    with pytest.raises(ValueError, match="can be written, not read"):
        read(b"", "raw")


def test_chunks_carry_their_time() -> None:
    chunks = [TimedBytes(b"data: a\n", 0.25), TimedBytes(b"\ndata: b\n\n", 1.5)]
    assert [record.time for record in read(chunks)] == [1.5, 1.5]
    long = TimedBytes(b"data: x\n\n" * 9000, 2.0)
    assert {record.time for record in read([long])} == {2.0}
    assert {record.time for record in read([TimedBytes(b"1\n2\n", 3.0)])} == {3.0}
    assert {record.time for record in read([TimedBytes(b'{"a":\n1}', 3.0)])} == {3.0}


# Real clients, real servers.


def _sync_clients(url: str) -> Iterator[tuple[str, Any]]:
    import urllib.request

    import httpx
    import requests
    import urllib3

    with httpx.Client(trust_env=False) as client, client.stream("GET", url) as response:
        yield "httpx", response
    yield "httpx, read", httpx.get(url, trust_env=False)
    with requests.get(url, stream=True, timeout=10) as streamed:
        yield "requests", streamed
    yield "urllib3", urllib3.PoolManager().request("GET", url, preload_content=False)
    with urllib.request.urlopen(url) as response:
        yield "urllib", response


def test_responses_of_sync_clients_are_sources() -> None:
    with served() as port:
        for name, response in _sync_clients(f"http://127.0.0.1:{port}/tokens.sse"):
            assert _data(read(response)) == TEXTS, name
        for name, response in _sync_clients(f"http://127.0.0.1:{port}/chat.ndjson"):
            assert [*payloads(response)] == [*chat_lines()], name


@pytest.mark.filterwarnings("ignore:Using `httpx`")  # Starlette prefers another client
def test_a_starlette_test_client_is_a_source() -> None:
    from starlette.testclient import TestClient

    with TestClient(application()) as client, client.stream("GET", "/tokens.sse") as response:
        assert _data(read(response)) == TEXTS


def _collect(records: Callable[[], AsyncIterator[Record]]) -> list[str | None]:
    async def collect() -> list[str | None]:
        return [record.data async for record in records()]

    return asyncio.run(collect())


def test_responses_of_async_clients_are_sources() -> None:
    import aiohttp
    import httpx

    async def with_httpx(url: str) -> list[str | None]:
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as response:
            with pytest.raises(TypeError, match=r"use streamconv\.aread"):
                read(response)
            return [record.data async for record in aread(response)]

    async def with_aiohttp(url: str) -> list[str | None]:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            with pytest.raises(TypeError, match=r"use streamconv\.aread"):
                read(response)
            return [record.data async for record in aread(response)]

    with served() as port:
        url = f"http://127.0.0.1:{port}/tokens.sse"
        assert asyncio.run(with_httpx(url)) == TEXTS
        assert asyncio.run(with_aiohttp(url)) == TEXTS


def test_aread_takes_async_iterables_and_what_need_not_be_awaited() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"d"  # too little to recognise the format by
        yield b"ata: a\n\ndata: b\n\n"

    assert _collect(lambda: aread(chunks())) == ["a", "b"]
    assert _collect(lambda: aread(TOKENS)) == TEXTS
    assert _collect(lambda: aread(b" ")) == []
    assert _collect(lambda: aread(b": c\n\ndata: b\n\n", control=True)) == [None, "b"]

    async def from_stream_reader() -> list[str | None]:
        reader = asyncio.StreamReader(limit=4)  # its lines may not be longer
        reader.feed_data(b"data: longer than the limit\n\n")
        reader.feed_eof()
        return [record.data async for record in aread(reader)]

    assert asyncio.run(from_stream_reader()) == ["longer than the limit"]

    class Endless:
        """An async iterable whose iterator is a plain object, without aclose."""

        def __aiter__(self) -> Endless:
            return self

        async def __anext__(self) -> str:
            raise StopAsyncIteration

    assert _collect(lambda: aread(Endless())) == []
    with pytest.raises(TypeError, match=r"use streamconv\.aread"):
        read(chunks())


def test_a_source_that_is_left_early_is_closed() -> None:
    closed: list[str] = []

    def stream() -> Iterator[bytes]:
        try:
            while True:
                yield b"data: x\n\n"
        finally:
            closed.append("sync")

    records = read(stream())
    next(records)
    del records
    assert closed == ["sync"]


def test_a_named_file_tells_its_format_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[1,2]")
    with path.open("rb") as file:
        assert _data(read(file)) == ["1", "2"]
    assert _data(read(b"[1,2]\n[3]\n")) == ["[1,2]", "[3]"]
