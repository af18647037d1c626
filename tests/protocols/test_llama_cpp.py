"""llama.cpp's own completion."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, Finish, Usage
from tests.protocols.telling import sse


def event(content: str, stop: bool = False, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"index": index, "content": content, "tokens": [], "stop": stop, "id_slot": 0, **more}


def test_the_pieces_are_the_response_of_one_call() -> None:
    counts = {"tokens_evaluated": 5, "tokens_predicted": 2}
    told = sse(
        event("He", tokens=[1], completion_probabilities=[{"id": 1}]),
        event("y", tokens=[2], completion_probabilities=[{"id": 2}]),
        event("", True, stop_type="eos", model="m.gguf", timings={"predicted_n": 2}, **counts),
    )
    assert told.native == {
        "content": "Hey",
        "tokens": [1, 2],
        "completion_probabilities": [{"id": 1}, {"id": 2}],
        "index": 0,
        "stop": True,
        "id_slot": 0,
        "stop_type": "eos",
        "model": "m.gguf",
        "timings": {"predicted_n": 2},
        **counts,
    }
    assert told.parts == (Part("text", "Hey"),)
    assert (told.message.model, told.message.usage) == ("m.gguf", counts)
    assert (told.stream, told.choice.reason, told.choice.finish) == ("complete", "eos", "stop")
    assert told.signs == [Delta("0", "text", "He"), Delta("0", "text", "y"), Usage(), Finish("eos")]


def test_older_builds_say_the_reason_with_flags() -> None:
    told = sse(event("a"), event("", True, stopped_eos=False, stopped_limit=True))
    assert (told.choice.reason, told.choice.finish) == ("limit", "length")
    assert sse(event("a", True)).choice.reason == "none"


def test_answers_to_several_prompts_are_told_apart_by_index() -> None:
    told = sse(event("a"), event("b", index=1), event("", True, stop_type="word"))
    assert [one["content"] for one in told.native] == ["a", "b"]
    assert [(one.text, one.finish) for one in told.message.choices] == [("a", "stop"), ("b", None)]
    assert told.stream == "no-terminator"


def test_an_error_ends_it() -> None:
    error = {"code": 500, "message": "the slot is gone", "type": "server_error"}
    told = sse(event("a"), {"error": error})
    assert told.message.verdict.evidence == "an error in the stream: the slot is gone (500)"


def test_contents_of_others_are_not_recognised() -> None:
    assert sse({"content": "a", "stop": True}).message.protocol is None
    assert sse({"content": "a", "stop": "no", "id_slot": 0}).message.protocol is None
