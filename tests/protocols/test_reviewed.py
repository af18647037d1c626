"""Captures that no client library has judged: what was read off their raw bytes, by eye and without our readers.

They are other people's work and stay where they are; STREAMCONV_CAPTURES names the folder.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from streamconv import read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message


class Seen(NamedTuple):
    """What a capture holds: its parts by type, its text as the start of its SHA-256, some of the usage."""

    protocol: str
    stream: str
    reason: str | None
    parts: dict[str, int]
    digest: str
    length: int
    usage: dict[str, int] = {}  # noqa: RUF012 - never changed


EMPTY: Final = "e3b0c44298fc"
TEXT: Final = {"text": 1}

REVIEWED: Final[dict[str, Seen]] = {
    "gemini-interactions.sse": Seen(
        "gemini-interactions", "complete", "completed", {"reasoning": 1, "text": 1}, "d28024a43207", 23,
        {"total_input_tokens": 8, "total_output_tokens": 3, "total_thought_tokens": 41, "total_tokens": 52},
    ),
    "gemini-json-array-multi.json": Seen(
        "gemini", "complete", "STOP", {"reasoning": 1, "text": 2}, "2b1d85be1a7f", 366,
        {"promptTokenCount": 6, "candidatesTokenCount": 65, "totalTokenCount": 641, "thoughtsTokenCount": 570},
    ),
    "gemini-sse-citations.txt": Seen(
        "gemini", "complete", "STOP", {"text": 1, "source": 1}, "a798becc34e3", 6711,
        {"promptTokenCount": 15, "candidatesTokenCount": 1381, "totalTokenCount": 1396},
    ),
    "gemini-sse-crlf-web-search.sse": Seen(
        "gemini", "complete", "STOP", {"text": 1, "source": 5}, "adb9ebe491f7", 926,
        {"promptTokenCount": 17, "candidatesTokenCount": 241, "totalTokenCount": 772, "toolUsePromptTokenCount": 102},
    ),
    "gemini-sse-error-mid-stream.txt": Seen("gemini", "in-band-error", "STOP", TEXT, "28863ffed7e3", 13),
    # Its one event lacks the empty line: to a client it is none.
    "gemini-sse-prompt-blocked.txt": Seen("gemini", "cut-in-event", "SAFETY", {}, EMPTY, 0),
    "gemini-stream-function-call-args.chunks.txt": Seen(
        "gemini", "complete", "STOP", {"tool_call": 2}, EMPTY, 0,
        {"promptTokenCount": 26, "candidatesTokenCount": 23, "totalTokenCount": 181, "thoughtsTokenCount": 132},
    ),
    "vertex-gemini-sse.sse": Seen(
        "gemini", "complete", "STOP", TEXT, "7726269545e9", 1564,
        {"promptTokenCount": 8, "candidatesTokenCount": 388, "totalTokenCount": 2589, "thoughtsTokenCount": 2193},
    ),
    "ollama-chat-structured-tools.ndjson": Seen(
        "ollama", "complete", "stop", {"text": 1, "tool_call": 1}, "82e1d0fe41d1", 1264,
        {"prompt_eval_count": 307, "eval_count": 308},
    ),
    "ollama-error-midstream.ndjson": Seen("ollama", "in-band-error", None, TEXT, "3639efcd08ab", 2),
    "ollama-generate.ndjson": Seen(
        "ollama", "complete", "stop", TEXT, "0f10f8d3ec7e", 291, {"prompt_eval_count": 17, "eval_count": 71}
    ),
    "curl-v-ollama.txt": Seen("ollama", "complete", "stop", TEXT, "f5641fb35936", 212, {"eval_count": 50}),
    "cohere-v1-chat.stream.json": Seen("cohere-v1", "complete", "COMPLETE", TEXT, "4207a426a554", 414),
    "har-polly-cohere-chat-streamjson.har": Seen(
        "cohere-v1", "complete", "COMPLETE", {"text": 1, "source": 13}, "97fd9332b3a8", 351
    ),
    "har-polly-cohere-generate-streamjson.har": Seen("cohere-v1", "complete", "COMPLETE", TEXT, "2f6323e9635c", 312),
    "cohere-v2-chat.sse": Seen("cohere-v2", "complete", "COMPLETE", TEXT, "6f27ae1d282f", 383),
    "cohere-v2-tools.sse": Seen("cohere-v2", "complete", "TOOL_CALL", {"reasoning": 1, "tool_call": 2}, EMPTY, 0),
    "bedrock-converse-nova.eventstream": Seen(
        "bedrock-converse", "complete", "guardrail_intervened", TEXT, "31e45190e5e5", 51,
        {"inputTokens": 54, "outputTokens": 18, "totalTokens": 72},
    ),
    "bedrock-converse-reasoning.chunks.txt": Seen(
        "bedrock-converse", "complete", "end_turn", {"reasoning": 1, "text": 1}, "148d9e7b5abd", 63,
        {"inputTokens": 51, "outputTokens": 94, "totalTokens": 145},
    ),
    "bedrock-converse-redacted-thinking.eventstream": Seen(
        "bedrock-converse", "complete", "end_turn", {"reasoning": 2, "text": 1}, "38f03db0adb8", 359,
        {"inputTokens": 92, "outputTokens": 253, "totalTokens": 345},
    ),
    "bedrock-stream-error.eventstream": Seen(
        "bedrock-converse", "complete", "max_tokens", TEXT, "33bd54bf073a", 24,
        {"inputTokens": 8, "outputTokens": 10, "totalTokens": 18},
    ),
    "bedrock-exception.eventstream": Seen("bedrock-converse", "in-band-error", None, TEXT, "1d0e9efdbd01", 16),
    "bedrock-error.eventstream": Seen("bedrock-converse", "in-band-error", None, TEXT, "790ab0382209", 9),
    "bedrock-truncated.eventstream": Seen("bedrock-converse", "cut-in-event", None, TEXT, "231731e15846", 12),
    "har-polly-bedrock-anthropic-base64.har": Seen(
        "bedrock-invoke", "complete", "stop_sequence", TEXT, "4659117800c6", 256,
        {"inputTokenCount": 16, "outputTokenCount": 63},
    ),
    "har-polly-bedrock-agent-base64.har": Seen("bedrock-agent", "unknown", None, TEXT, "f69f4eaf75e2", 234),
    "dashscope-native-incremental.sse": Seen(
        "dashscope", "complete", "stop", TEXT, "a18438bd4099", 28,
        {"input_tokens": 15, "output_tokens": 15, "total_tokens": 30},
    ),
    "tgi-generate-stream.sse": Seen(
        "hugging-face-tgi", "complete", "length", TEXT, "b77a943bd7fd", 825, {"generated_tokens": 150}
    ),
    "watsonx-text-stream.sse": Seen(
        "watsonx", "complete", "eos_token", TEXT, "a770573e5ec0", 45,
        {"generated_token_count": 11, "input_token_count": 8},
    ),
    "writer-completions-value.sse": Seen("writer-completions", "unknown", None, TEXT, "5a8757883ea3", 264),
    "cody-completion-cumulative.sse": Seen("cody", "complete", "end_turn", TEXT, "9c2920d500b8", 352),
    "baidu-qianfan-v1.sse": Seen("baidu", "complete", None, TEXT, "ecde115cdca9", 3, {"total_tokens": 5}),
    "replicate-output.sse": Seen("replicate", "complete", "succeeded", TEXT, "ebe2cba072e3", 241),
    "curl-i-replicate.txt": Seen("replicate", "complete", "succeeded", TEXT, "ebe2cba072e3", 241),
    "chatgpt-web-legacy-cumulative.sse": Seen(
        "chatgpt-web", "complete", "finished_successfully", TEXT, "c0535e4be2b7", 12
    ),
}  # fmt: skip


def assembled(path: Path) -> Message:
    """What a capture adds up to."""
    problems: list[object] = []
    assembler = Assembler()
    assembler.feed([*read(path, control=True, report=problems.append)])
    assembler.finish()
    return assembler.snapshot()


@pytest.mark.parametrize("name", REVIEWED)
def test_a_capture_adds_up_to_what_was_read_off_it(name: str, captures: Path) -> None:
    seen, message = REVIEWED[name], assembled(captures / name)
    choice = message.choice()
    usage: dict[str, Any] = message.usage or {}
    assert (
        Seen(
            message.protocol,
            message.verdict.stream,
            choice.reason,
            dict(Counter(part.type for part in choice.parts)),
            sha256(choice.text.encode()).hexdigest()[:12],
            len(choice.text),
            {key: usage[key] for key in seen.usage},
        )
        == seen
    )


def test_tool_calls_of_captures_have_their_arguments(captures: Path) -> None:
    calls = {
        name: [(part.name, part.id, part.arguments) for part in assembled(captures / name).choice().parts if part.name]
        for name in (
            "cohere-v2-tools.sse",
            "gemini-stream-function-call-args.chunks.txt",
            "ollama-chat-structured-tools.ndjson",
        )
    }
    assert calls == {
        "cohere-v2-tools.sse": [
            ("get_time", "get_time_dg5wwc00d8v5", {"location": "Tokyo"}),
            ("get_weather", "get_weather_bc8241gkqss5", {"location": "Tokyo"}),
        ],
        "gemini-stream-function-call-args.chunks.txt": [
            ("getWeather", None, {"location": "Boston"}),
            ("getWeather", None, {"location": "San Francisco"}),
        ],
        "ollama-chat-structured-tools.ndjson": [("get_weather", "call_REDACTED_1", {"city": "Tokyo"})],
    }
