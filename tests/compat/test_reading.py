"""What each client makes of the bytes on which it leaves the standard, worked out by hand from how it reads."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from streamconv.compat import CLIENTS, WORDS, Reader, find
from tests.compat.reading import read, told_ids
from tests.reading import bytewise, cut
from tests.test_conformance import CASES

BOM = b"\xef\xbb\xbf"
SSE_CASES = [case for case in CASES if case["format"] == "sse"]


@pytest.mark.parametrize("case", SSE_CASES, ids=[case["id"] for case in SSE_CASES])
def test_a_browser_reads_as_the_standard_says(case: dict[str, Any]) -> None:
    data = base64.b64decode(case["input_b64"])
    expected = [(event["data"], event["event"], event["id"]) for event in case["expect"]]
    for chunks in ([data], bytewise(data), cut(data, case.get("chunks", []))):
        assert read("browser", *chunks) == (expected, [])


def test_all_clients_read_a_plain_stream_alike() -> None:
    for client in CLIENTS:
        assert read(client.name, b"data: 1\n\ndata: 2\n\n") == ([("1", "message", ""), ("2", "message", "")], [])
        assert read(client.name, *bytewise(b"data: 1\n\n")) == ([("1", "message", "")], [])


# client, stream, the data of its events, how it departed
CLIENTS_APART = [
    # The byte order mark: one is dropped by the standard, at the start.
    ("eventsource-parser", BOM + BOM + b"data: 1\n\n", ["1"], ["boms-dropped"]),
    ("eventsource-parser", BOM.decode("latin-1").encode() + b"data: 1\n\n", ["1"], ["boms-dropped"]),
    ("eventsource-parser-3", BOM + BOM + b"data: 1\n\n", [], []),
    ("httpx-sse", BOM + b"data: 1\n\ndata: 2\n\n", ["2"], ["bom-kept"]),
    ("fetch-event-source", BOM + b"data: 1\n\n", ["1"], []),
    ("fetch-event-source", b"data:1\n" + BOM + b"data: " + BOM + b"2\n\n", ["1\n2"], ["bom-of-a-field-dropped"] * 2),
    # Bytes that are not UTF-8.
    ("httpx-sse", b"data: \xff\n\n", ["\ufffd"], []),
    ("sseclient-py", b"data: 1\n\n: \xff\n\ndata: 2\n\n", ["1"], ["not-utf-8"]),
    ("openai", b"data: 1\n\ndata: 2\n\ndata: \xe4", ["1", "2"], ["not-utf-8"]),
    # Line ends.
    ("eventsource-parser", b"data: 1\r\r", ["1"], []),
    ("eventsource-parser-3", b"data: 1\r\r", [], ["last-cr-held"]),
    ("eventsource-parser-3", b"data: 1\r\rdata: 2\r\r", ["1"], ["last-cr-held"]),
    ("eventsource-parser-3", b"data: 1\r\n\r\ndata", ["1"], []),
    ("sseclient-py", b"data: 1\n\r\ndata: 2\n\n", ["1\n2"], ["mixed-line-ends"]),
    ("anthropic", b"data: 1\n\r\ndata: 2\n\n", ["1", "2"], []),
    ("naive", "data: a\u2028b\n\n".encode(), ["a"], ["other-line-end"]),
    # Fields.
    ("fetch-event-source", b"data\ndata: 1\nevent\n\n", ["1"], ["no-colon", "no-colon"]),
    ("fetch-event-source", b"data:\ndata:\ndata: 1\n\n", ["1"], ["empty-first-line", "empty-first-line"]),
    ("naive", b"data:1\n\ndata\n\ndatax: 2\n\n", [], ["no-space", "no-space"]),
    # When an event is there.
    ("fetch-event-source", b": ping\n\n\n", ["", ""], ["every-empty-line", "every-empty-line"]),
    ("httpx-sse", b"event: a\n\n: ping\n\n", [""], ["without-data"]),
    ("httpx-sse", b"id: 1\n\n\n", ["", ""], ["without-data", "without-data"]),
    ("httpx-sse", b"retry: 1_000\n\n", [""], ["without-data"]),
    ("httpx-sse", b"retry: soon\n\n", [], []),
    ("sseclient-py", b"event: a\n\nretry: 1\n\n", [], []),
    ("sseclient-py", b"data: 1\n\ndata: 2", ["1", "2"], ["at-the-end"]),
    ("sseclient-py", b"data: 1\n\ndata: 2\n", ["1", "2"], ["at-the-end"]),
    ("naive", b"data: 1\ndata: 2", ["1", "2"], ["every-data-line", "at-the-end"]),
    ("openai", b"data: 1\n\ndata: 2\n", ["1"], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "stream", "datas", "departures"), CLIENTS_APART)
def test_a_client_departs_where_it_is_known_to(
    name: str, stream: bytes, datas: list[str], departures: list[str]
) -> None:
    events, noted = read(name, stream)
    assert [data for data, _, _ in events] == datas
    assert noted == departures


# client, stream, the ids of its events, and with each the last id that was told
IDS = [
    ("browser", b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n", ["1", "1", "2"], ["1", "1", "2"]),
    ("openai", b"id: 1\ndata: a\n\ndata: b\n\n", ["1", "1"], ["1", "1"]),
    ("eventsource-parser", b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n", ["1", "", ""], ["1", "1", "2"]),
    ("eventsource-parser-3", b"id: 1\ndata: a\n\nid: 2\n\ndata: c\n\n", ["1", ""], ["1", "1"]),
    ("sseclient-py", b"id: 1\ndata: a\n\nid: 2\n\ndata: c\n\n", ["1", ""], ["1", "1"]),
    ("sseclient-py", b"id: 1\0\ndata: a\n\n", ["1\0"], ["1\0"]),
    ("fetch-event-source", b"id: 1\0\ndata: a\n\nid:\ndata: b\n\n", ["1\0", ""], ["1\0", ""]),
    ("httpx-sse", b"id: 1\0\ndata: a\n\n", [""], [""]),
    ("naive", b"id: 1\ndata: a\n\n", [""], [""]),
]


@pytest.mark.parametrize(("name", "stream", "ids", "last"), IDS)
def test_a_client_tells_ids_in_its_own_way(name: str, stream: bytes, ids: list[str], last: list[str]) -> None:
    events, _ = read(name, stream)
    assert [id for _, _, id in events] == ids
    assert told_ids(name, [stream]) == last


def test_an_id_that_is_not_told_and_one_with_a_nul_are_noted() -> None:
    assert read("eventsource-parser-3", b"id: 1\n\n")[1] == ["id-without-data"]
    assert read("sseclient-py", b"id: 1\n\n")[1] == ["id-without-data"]
    assert read("sseclient-py", b"id: 1\0\ndata: 2\n\n")[1] == ["nul-in-id"]


def test_where_bytes_are_cut_matters_to_some() -> None:
    stream = b"id: 1\ndata: a\r\r\ndata: b\n\n"
    assert [data for data, _, _ in read("sseclient-py", stream)[0]] == ["a\nb"]
    assert [data for data, _, _ in read("sseclient-py", *bytewise(stream))[0]] == ["a", "b"]
    assert [data for data, _, _ in read("anthropic", stream)[0]] == ["a", "b"]
    assert [data for data, _, _ in read("anthropic", *bytewise(stream))[0]] == ["a", "", "b"]
    # Of a character that was cut the first piece is no text yet: the CR is the last of what is.
    assert read("eventsource-parser-3", b"data: a\n\r\xe4", b"\xbb\x8a")[0] == []
    assert read("eventsource-parser-3", b"data: a\n\r\xe4\xbb\x8a")[0] == [("a", "message", "")]


def test_an_event_that_never_ends_is_not_held_for_ever() -> None:
    reader = Reader(find("sseclient-py"), limit=20)
    for _ in range(100):
        assert reader.feed(b"data: 1234\n\r\n") == []
    assert reader.ended is not None
    assert reader.ended.departure == "too-large"
    assert reader.finish() == []


def test_a_line_that_has_no_end_gives_nothing() -> None:
    for name in ("browser", "sseclient-py", "eventsource-parser-3", "naive"):
        reader = Reader(find(name))
        events = [event for _ in range(20_000) for event in reader.feed(b"9")]
        assert events == []
        assert reader.settled == 0


def test_every_departure_has_words() -> None:
    assert all(words.startswith("it ") or departure == "too-large" for departure, words in WORDS.items())
