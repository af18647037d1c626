"""Normalising: two runs of the same request are equal, and what was said is still there."""

from __future__ import annotations

from streamconv import read
from streamconv.testing import VOLATILE, normalise
from tests.conftest import FIXTURES


def test_ids_times_and_fingerprints_go_at_any_depth() -> None:
    one = (
        b'id: 1\nevent: e\ndata: {"id":"a","created":1,"choices":[{"delta":{"tool_calls":[{"id":"t","index":0}]}}]}\n\n'
    )
    other = one.replace(b'"a"', b'"b"').replace(b"id: 1", b"id: 2").replace(b'"created":1', b'"created":2')
    expected = [{"event": "e", "data": {"choices": [{"delta": {"tool_calls": [{"index": 0}]}}]}}]
    assert normalise(read(one)) == normalise(read(other)) == expected


def test_two_runs_of_a_recorded_chat_are_equal() -> None:
    data = (FIXTURES / "openai-chat.sse").read_bytes()
    again = data.replace(b"chatcmpl-1", b"chatcmpl-2").replace(b"1700000000", b"1800000000")
    assert again != data
    assert normalise(read(again)) == normalise(read(data))


def test_what_is_dropped_is_the_callers_choice() -> None:
    data = b'id: 7\ndata: {"id":1,"usage":2,"n":3}\n\n'
    assert normalise(read(data), drop=()) == [{"id": "7", "data": {"id": 1, "usage": 2, "n": 3}}]
    assert normalise(read(data), drop={*VOLATILE, "usage"}) == [{"data": {"n": 3}}]
    assert normalise(read(data), drop=["data"]) == [{"id": "7", "data": {"id": 1, "usage": 2, "n": 3}}]


def test_text_and_what_is_no_event_are_kept() -> None:
    data = b'retry: 5\n\n: ping\n\ndata: 2024\n\ndata: [DONE]\n\ndata: {"n":\n\n'
    assert normalise(read(data, control=True)) == [
        {"kind": "control", "retry": 5},
        {"kind": "control", "comments": ["ping"]},
        {"data": "2024"},
        {"data": "[DONE]"},
        {"data": '{"n":'},
    ]
    assert normalise(read(b'data: {"n":1}\n\ndata: "x"\n\ndata: {"n":\n\n')) == [
        {"data": {"n": 1}},
        {"data": "x"},
        {"data": '{"n":'},
    ]
