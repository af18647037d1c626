"""What of a capture is replayed: its chunks and their times, or its records."""

from __future__ import annotations

import pytest

import streamconv
from streamconv import StreamError, TimedBytes
from streamconv.live.recording import record_source
from streamconv.live.script import Step
from tests.conftest import FIXTURES

CHUNKS = [TimedBytes(b"data: a\nid: 1\n", 0.5), TimedBytes(b"\ndata:", 0.75), TimedBytes(b" b\n\n", 2.0)]


def test_chunks_and_their_times_are_those_of_a_timed_capture() -> None:
    expected = [Step(b"data: a\nid: 1\n", 0.5), Step(b"\ndata:", 0.25), Step(b" b\n\n", 1.25)]
    for source in (CHUNKS, b"".join(streamconv.convert(CHUNKS, to="timed"))):
        recording = record_source(source)
        assert recording.events == 2
        served = recording.served("sse")
        assert served.steps == expected
        assert [(span.start, span.end, span.id) for span in served.spans] == [(0, 15, "1"), (15, 24, None)]


def test_chunks_without_times_are_kept_where_they_are_chunks() -> None:
    chunks = [b"data:", b"", b" a\n\ndata: b\n\n"]
    assert record_source(chunks).served("sse").steps == [Step(b"data:"), Step(b" a\n\ndata: b\n\n")]
    assert record_source(b"".join(chunks)).served("sse").steps == [Step(b"data: a\n\n"), Step(b"data: b\n\n")]


def test_not_a_byte_of_a_file_is_lost() -> None:
    for path in (FIXTURES / "ping.sse", FIXTURES / "broken" / "cut-event.sse", FIXTURES / "pretty.stream.json"):
        recording = record_source(path)
        assert b"".join(step.data for step in recording.served(recording.format).steps) == path.read_bytes()


def test_a_delay_stands_between_records() -> None:
    served = record_source(CHUNKS).served("sse", delay=0.1)
    assert [step.data for step in served.steps] == [b"data: a\nid: 1\n\n", b"data: b\n\n"]
    assert [step.wait for step in served.steps] == [0.0, 0.1]


def test_other_formats_are_written_record_by_record_at_the_same_times() -> None:
    served = record_source(CHUNKS).served("json-seq")
    assert served.steps == [Step(b'\x1e"a"\n', 0.75), Step(b'\x1e"b"\n', 1.25)]
    array = record_source(FIXTURES / "chat.ndjson").served("json")
    assert b"".join(step.data for step in array.steps) == b"".join(
        streamconv.convert(FIXTURES / "chat.ndjson", to="json")
    )
    assert len(array.spans) == 5


def test_what_another_format_cannot_carry_is_left_out() -> None:
    served = record_source(FIXTURES / "broken" / "cut-event.sse").served("ndjson")
    assert b"".join(step.data for step in served.steps) == b'{"n":1}\n'
    assert len(served.spans) == 1


def test_a_large_record_is_sent_in_several_pieces() -> None:
    served = record_source(b"data: " + b"x" * 3_000_000 + b"\n\n").served("sse", delay=1)
    assert [len(step.data) for step in served.steps] == [1048576, 1048576, 902856]
    assert served.size == 3_000_008


def test_the_place_after_an_id_is_after_its_last_event() -> None:
    served = record_source(b"id: 1\ndata: a\n\nid: 1\ndata: b\n\ndata: c\n\n").served("sse")
    assert served.after("1") == 30
    assert served.after("2") is None


def test_what_is_known_of_the_response_is_kept() -> None:
    captured = b"HTTP/1.1 429 Too Many\r\ncontent-type: text/event-stream; x=1\r\n\r\ndata: a\n\n"
    recording = record_source(captured)
    assert (recording.status, recording.content_type) == (429, "text/event-stream; x=1")
    plain = record_source(b'0:"a"\n')
    assert (plain.format, plain.status, plain.content_type) == ("vercel-data-stream", 200, "text/plain; charset=utf-8")


def test_the_stream_of_a_container_is_named() -> None:
    assert record_source(FIXTURES / "captures" / "chromium.har", entry="*/tokens.sse").events == 10
    assert record_source(b"1\n2\n", "ndjson").events == 2


def test_a_damaged_layer_is_not_replayed_as_if_it_were_whole() -> None:
    import gzip

    with pytest.raises(StreamError):
        record_source(gzip.compress(b"data: a\n\n")[:-4])
