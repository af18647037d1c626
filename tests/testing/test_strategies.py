"""Strategies: what is said to be right is, what is hostile breaks no law, and each kind really comes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from streamconv import Record, check, decoder, encoder, read, run
from streamconv.testing import strategies

GENERATE = settings(max_examples=2000, phases=[Phase.generate])  # the smallest example is not asked for
FORMATS = ["sse", "ndjson", "stream+json", "json", "json-seq", "records"]


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_streams_are_well_formed(format: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(format))
    assert [*read(stream, format)]
    assert [problem for problem in check(stream, format) if problem.severity == "error"] == []


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_records_are_read_back(format: str, data: st.DataObject) -> None:
    record = data.draw(strategies.records(format))
    write = encoder(format)
    (again,) = read(write.feed([record]) + write.finish(), format)
    assert (again.event, again.id, again.retry) == (record.event, record.id, record.retry)
    if format in ("ndjson", "stream+json", "json", "json-seq"):
        assert again.json() == record.json()


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_hostile_streams_do_not_break_our_decoders(format: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.hostile(format))
    chunks = data.draw(strategies.splits(stream))
    assert b"".join(chunks) == stream
    found = [*run(chunks, decoder(format, report=lambda problem: None))]
    assert b"".join(record.raw for record in found) == stream


def _kinds(stream: bytes) -> set[str]:
    return {record.kind for record in run([stream], decoder("sse"))}


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (strategies.hostile("sse"), lambda stream: "incomplete" in _kinds(stream)),
        (strategies.hostile("sse"), lambda stream: b"\r\n" in stream),
        (strategies.hostile("json"), lambda stream: stream.startswith(b"[[")),
        (strategies.streams("sse"), lambda stream: b"event: " in stream and b"id: " in stream),
        (strategies.records("sse"), lambda record: "\n" in (record.data or "")),
        (strategies.json_values(), lambda value: isinstance(value, dict) and value),
        (strategies.splits(b"abc"), lambda chunks: chunks == [b"a", b"b", b"c"]),
        (strategies.splits(b"abc"), lambda chunks: chunks == [b"abc"]),
    ],
)
def test_each_kind_comes(strategy: st.SearchStrategy[Any], wanted: Any) -> None:
    find(strategy, wanted, settings=GENERATE)


def test_formats_that_cannot_be_written_have_no_strategies() -> None:
    for format, why in (("aws-eventstream", "can be read, not written"), ("timed", "is not written from events alone")):
        for strategy in (strategies.records, strategies.streams, strategies.hostile):
            with pytest.raises(ValueError, match=why):
                strategy(format)
    assert isinstance(find(strategies.records("text/event-stream"), bool, settings=GENERATE), Record)
