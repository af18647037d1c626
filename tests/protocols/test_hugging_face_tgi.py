"""Hugging Face TGI: a token in each event, the whole text in the last."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, End, Finish, Usage, Whole
from tests.protocols.telling import sse


def token(
    text: str, special: bool = False, whole: str | None = None, details: Any = None, **more: Any
) -> dict[str, Any]:
    told = {"id": 1, "text": text, "logprob": -0.1, "special": special}
    return {"index": 1, "token": told, "generated_text": whole, "details": details, **more}


DETAILS = {"finish_reason": "eos_token", "generated_tokens": 3, "seed": None}


def test_the_tokens_are_the_response_of_generate() -> None:
    tokens = [token("He", top_tokens=[{"id": 2}]), token("y"), token("</s>", True, "Hey", DETAILS)]
    told = sse(*tokens)
    assert told.native == {
        "generated_text": "Hey",
        "details": {**DETAILS, "tokens": [one["token"] for one in tokens], "top_tokens": [[{"id": 2}]]},
    }
    assert told.parts == (Part("text", "Hey"),)
    assert (told.message.usage, told.stream, told.choice.finish) == (DETAILS, "complete", "stop")
    assert told.signs == [
        Delta("0", "text", "He"),
        Delta("0", "text", "y"),
        Usage(),
        Finish("eos_token"),
        End(),
    ]


def test_a_whole_text_with_the_prompt_before_it_is_no_contradiction() -> None:
    told = sse(token(" Hey", whole="Say hey: Hey"))
    assert (told.message.text, told.of(Whole)) == (" Hey", [])
    assert told.native["generated_text"] == "Say hey: Hey"
    assert told.message.usage is None


def test_a_whole_text_that_is_another_is_said() -> None:
    assert sse(token("Hey", whole="Ho")).of(Whole) == [Whole("0", "text", "Ho")]


def test_without_the_whole_text_it_is_cut() -> None:
    told = sse(token("He"))
    assert told.native["generated_text"] == "He"
    assert told.message.verdict.evidence.startswith("no generated_text")


def test_an_error_has_a_type_beside_it() -> None:
    error = {"error": "Request failed during generation", "error_type": "generation"}
    told = sse(token("He"), error)
    assert told.message.error == error
    assert told.message.verdict.evidence == "an error in the stream: Request failed during generation (generation)"
    assert sse(token("He"), {"error": "no"}).message.error == "no"


def test_other_tokens_are_not_recognised() -> None:
    assert sse({"token": "a"}).message.protocol is None
    assert sse({"token": {"text": "a"}}).message.protocol is None
    assert sse(token("a"), {"token": 5, "generated_text": 5}).message.text == "a"
