"""Writer's text completions: pieces of text and nothing else."""

from __future__ import annotations

from streamconv.protocols.message import Part
from tests.protocols.telling import ndjson, sse


def test_the_values_are_the_text_of_a_completion() -> None:
    told = sse({"value": "Su"}, {"value": "re"}, {"value": "!", "model": "palmyra"})
    assert told.native == {"model": "palmyra", "choices": [{"text": "Sure!"}]}
    assert told.parts == (Part("text", "Sure!", partial=True),)


def test_nothing_tells_where_it_ends() -> None:
    assert sse({"value": "Hi"}).stream == "unknown"


def test_an_error_ends_it() -> None:
    assert sse({"value": "Hi"}, {"error": {"message": "no"}}).message.error == {"message": "no"}


def test_values_elsewhere_are_not_recognised() -> None:
    assert ndjson({"value": "Hi"}).message.protocol is None
    assert sse({"value": 7}).message.protocol is None
    assert sse({"value": "Hi", "id": 1}).message.protocol is None
