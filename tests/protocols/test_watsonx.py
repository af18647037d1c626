"""IBM watsonx.ai: results that grow."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, Finish, Usage
from tests.protocols.telling import sse


def event(text: str, generated: int, read: int = 0, reason: str = "not_finished", **more: Any) -> dict[str, Any]:
    counts = {"generated_token_count": generated, "input_token_count": read, "stop_reason": reason}
    return {"model_id": "flan", "created_at": "t", "results": [{"generated_text": text, **counts}], **more}


def test_deltas_are_the_response_of_one_call() -> None:
    told = sse(
        event("", 0, 8, system={"warnings": []}), event("the", 1), event(" sun", 2), event("", 3, 0, "eos_token")
    )
    assert told.native == {
        "model_id": "flan",
        "created_at": "t",
        "system": {"warnings": []},
        "results": [
            {
                "generated_text": "the sun",
                "generated_token_count": 3,
                "input_token_count": 8,
                "stop_reason": "eos_token",
            }
        ],
    }
    assert told.parts == (Part("text", "the sun"),)
    assert told.message.usage == {"generated_token_count": 3, "input_token_count": 8}
    assert (told.message.model, told.stream, told.choice.finish) == ("flan", "complete", "stop")
    assert told.signs == [
        Usage(),
        Delta("0", "text", "the"),
        Usage(),
        Delta("0", "text", " sun"),
        Usage(),
        Usage(),
        Finish("eos_token"),
    ]


def test_several_results_are_told_apart_by_position() -> None:
    results = [{"generated_text": "a", "stop_reason": "max_tokens"}, {"generated_text": "b"}]
    told = sse({"results": results})
    assert [(one.text, one.finish) for one in told.message.choices] == [("a", "length"), ("b", None)]
    assert (told.native, told.message.usage, told.stream) == ({"results": results}, None, "no-terminator")


def test_an_error_ends_the_stream() -> None:
    told = sse(event("a", 1), ("error", {"errors": [{"code": "token_quota_reached"}]}))
    assert (told.stream, told.message.text) == ("in-band-error", "a")


def test_other_results_are_not_recognised() -> None:
    assert sse({"results": [{"text": "a"}, 7]}).message.protocol is None
