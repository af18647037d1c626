"""Completions, the ones before chat: texts by choice, and what else is said of each."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from streamconv import Record, assemble
from streamconv.protocols.event import Event
from streamconv.protocols.message import Part
from streamconv.protocols.openai_completions import OpenAICompletions
from streamconv.protocols.sign import Delta, End, Finish, Start, Usage
from tests.conftest import FIXTURES
from tests.protocols.telling import sse


def chunk(text: Any, finish: str | None = None, **members: Any) -> dict[str, Any]:
    choice = {"text": text, "index": 0, "finish_reason": finish, **members}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "choices": [choice], "model": "m"}


def test_the_fixture_of_two_choices() -> None:
    message = assemble(FIXTURES / "protocols" / "openai-completions.sse")
    assert message.native == {
        "id": "cmpl-7",
        "object": "text_completion",
        "created": 1716300000,
        "model": "gpt-3.5-turbo-instruct:20230824-v2",
        "choices": [
            {
                "text": "One two",
                "index": 0,
                "logprobs": {
                    "tokens": ["One", " two"],
                    "token_logprobs": [-0.5, -0.125],
                    "top_logprobs": [{"One": -0.5}, {" two": -0.125}],
                    "text_offset": [0, 0],
                },
                "finish_reason": "length",
            },
            {
                "text": "Uno dos",
                "index": 1,
                "logprobs": {
                    "tokens": ["Uno", " dos"],
                    "token_logprobs": [-0.25, -1.5],
                    "top_logprobs": [{"Uno": -0.25}, {" dos": -1.5}],
                    "text_offset": [0, 0],
                },
                "finish_reason": "stop",
            },
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8},
    }
    assert [(choice.text, choice.finish) for choice in message.choices] == [("One two", "length"), ("Uno dos", "stop")]
    assert message.verdict.complete


def test_every_chunk_says_what_it_does() -> None:
    saying = sse(
        chunk("Hel"), chunk("lo"), chunk("", "stop"), chunk("", "stop"), {**chunk(""), "usage": {"n": 1}}, "[DONE]"
    )
    assert saying.signs == [
        Start("cmpl-1"),
        Delta("0", "text", "Hel"),
        Delta("0", "text", "lo"),
        Finish("stop"),
        Usage(),
        End("[DONE]"),
    ]
    assert saying.choice.parts == (Part("text", "Hello"),)


def test_copilot_says_first_that_nothing_has_finished() -> None:
    saying = sse(
        {"choices": [{"index": 0, "finish_reason": None}]},
        {"choices": [{"index": 0, "text": "console", "finish_reason": None}]},
        {"choices": [{"index": 0, "text": ".log", "finish_reason": "stop"}]},
        "[DONE]",
    )
    assert saying.choice.text == "console.log"
    assert saying.stream == "complete"


def test_what_else_a_choice_has_is_kept() -> None:
    saying = sse(chunk("a", stop_reason="<eos>", prompt_logprobs=None), chunk(5, "stop", stop_reason=None), "[DONE]")
    assert saying.native["choices"][0]["stop_reason"] == "<eos>"
    assert saying.parts == (Part("text", "a"), Part("data", value={"stop_reason": "<eos>"}))
    assert sse(chunk(None), "[DONE]").parts == ()


@pytest.mark.parametrize(
    ("payload", "evidence"),
    [
        (chunk(None), "an object text_completion"),
        ({"choices": [{"text": ""}]}, "a choice that has a text"),
        ({"choices": [{"index": 0, "finish_reason": None}]}, None),
        ({"choices": [{"text": 1}, "text"]}, None),
        ({"object": "text_completion"}, None),
    ],
)
def test_recognised_by(payload: Any, evidence: str | None) -> None:
    assert OpenAICompletions.recognises(Event(Record("event"), payload)) == evidence


# What was read in the stream itself: the start of the text's SHA-256, the reason, tokens.
CAPTURES = {
    "copilot-inline-completions.txt": ("185415afe7789ab9", "stop", None),
    "har-polly-openai-completions.har": ("1304a34f4bd9d230", "length", None),
    "openai-completions-vllm.sse": ("86656691d9fc78f8", "length", None),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_says_what_was_read_in_it(captures: Path, name: str) -> None:
    message = assemble(captures / name)
    text, *rest = CAPTURES[name]
    assert hashlib.sha256(message.text.encode()).hexdigest().startswith(text)
    assert [message.choice().reason, (message.usage or {}).get("total_tokens")] == rest
    assert message.verdict.complete
