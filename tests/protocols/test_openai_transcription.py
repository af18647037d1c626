"""Audio transcription: the text by deltas, and whole in the last event; segments where speakers are told apart."""

from __future__ import annotations

from pathlib import Path

from streamconv import assemble
from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, End, Error, Usage, Whole
from tests.conftest import FIXTURES
from tests.protocols.telling import sse


def delta(text: object) -> dict[str, object]:
    return {"type": "transcript.text.delta", "delta": text}


def test_the_fixture() -> None:
    logprobs = [
        {"token": "I", "logprob": -0.5, "bytes": [73]},
        {"token": " skies", "logprob": -0.25, "bytes": [32]},
    ]
    message = assemble(FIXTURES / "protocols" / "openai-transcription.sse")
    assert message.native == {
        "text": "I see skies",
        "logprobs": logprobs,
        "usage": {
            "type": "tokens",
            "input_tokens": 14,
            "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
            "output_tokens": 5,
            "total_tokens": 19,
        },
    }
    assert message.choices[0].parts == (Part("text", "I see skies", value={"logprobs": logprobs}),)
    assert message.usage == message.native["usage"]
    assert message.verdict.evidence == "transcript.text.done"


def test_every_event_says_what_it_does() -> None:
    last = {"type": "transcript.text.done", "text": "ab", "usage": {"type": "duration", "seconds": 3}}
    assert sse(delta("a"), delta("b"), last, "[DONE]").signs == [
        Delta("0", "text", "a"),
        Delta("0", "text", "b"),
        Whole("0", "text", "ab"),
        Usage(),
        End(),
    ]


def test_cut_it_is_what_came() -> None:
    said = sse(delta("a"), delta(None), {**delta("b"), "logprobs": [1]})
    assert said.native == {"text": "ab", "logprobs": [1]}
    assert said.parts == (Part("text", "ab", partial=True, value={"logprobs": [1]}),)
    assert said.stream == "no-terminator"


def test_segments_name_their_speakers() -> None:
    segment = {"id": "seg_1", "start": 0.0, "end": 1.5, "text": "Hi", "speaker": "A"}
    said = sse(
        {"type": "transcript.text.segment", **segment},
        {"type": "transcript.text.done", "text": "Hi"},
    )
    assert said.native == {"text": "Hi", "segments": [segment]}
    assert said.of(Delta) == [Delta("0", "text", "Hi")]
    assert said.parts == (Part("text", "Hi", value={"segments": [segment]}),)
    assert sse(delta("a"), {"type": "transcript.text.done", "text": None}).choice.text == "a"


def test_an_error_in_the_stream() -> None:
    said = sse(delta("a"), {"error": {"message": "gone", "code": "x"}})
    assert said.of(Error) == [Error("gone", "x")]
    assert said.message.error == {"message": "gone", "code": "x"}


def test_a_capture_says_what_was_read_in_it(captures: Path) -> None:
    message = assemble(captures / "openai-transcription-crlf.sse")
    assert message.text == "Ruby is a programming language designed for developer happiness."
    assert (message.usage["total_tokens"], message.verdict.stream) == (49, "complete")
