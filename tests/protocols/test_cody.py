"""Sourcegraph Cody: completions that repeat the text so far, or have what is new."""

from __future__ import annotations

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, End, Finish
from tests.protocols.telling import sse

DONE = ("done", {})


def test_a_completion_that_is_repeated_is_not_appended_twice() -> None:
    events = [
        ("completion", {"completion": text, "stopReason": reason}) for text, reason in [("a", ""), ("ab", "end_turn")]
    ]
    told = sse(*events, DONE)
    assert told.native == {"completion": "ab", "stopReason": "end_turn"}
    assert told.parts == (Part("text", "ab"),)
    assert (told.stream, told.message.verdict.evidence, told.choice.finish) == ("complete", "done", "stop")
    assert told.signs == [Delta("0", "text", "a"), Delta("0", "text", "b"), Finish("end_turn"), End()]


def test_deltas_are_appended() -> None:
    told = sse(("completion", {"deltaText": "a"}), ("completion", {"deltaText": "a", "stopReason": "max_tokens"}), DONE)
    assert told.native == {"completion": "aa", "stopReason": "max_tokens"}
    assert told.choice.finish == "length"


def test_an_error_ends_it() -> None:
    told = sse(("completion", {"deltaText": "a"}), ("error", {"error": "rate limited"}))
    assert told.message.verdict.evidence == "an error in the stream: rate limited (error)"


def test_completions_of_others_are_not_recognised() -> None:
    assert sse(("completion", {"completion": "a", "stop_reason": None})).message.protocol is None
    assert sse({"completion": "a", "stopReason": ""}).message.protocol is None
