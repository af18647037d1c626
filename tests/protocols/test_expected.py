"""What the official client libraries make of real captures, ours makes of them too, field by field.

The captures and what the libraries said of them are other people's work and stay where they are. A client library fills
in null for what a stream leaves out, so null and absent count as the same here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from streamconv import read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Message

_FOLDER: Final = os.environ.get("STREAMCONV_CAPTURES", "")
_FILES: Final = sorted(path.stem for path in Path(_FOLDER, "expected").glob("*.json")) if _FOLDER else []

_BETA = "the library's model of this API has no such member; the stream has it"
_INPUT = "an mcp_tool_use is a tool use of the beta API: this accumulator adds no input_json_delta to it"
_ADDED = "the usage of message_delta, of which the library takes the counts that it knows"

_AGAIN = "sent again in every chunk, and the library concatenates what is sent again"
_LATER = "the library keeps only what a choice's first chunk has of it; a later chunk says more"
_EMPTY = "empty in the first chunk, which tells of the prompt alone; the chunks of the answer have it"
_SECOND = "two completions in one file; the library runs them into one, ours begins anew"
_MADE_UP = "the library makes it up, in the browser"
_BESIDE = "`useChat` keeps it beside the message; ours has one object"
_THROWN = "the library throws at the error, and does not read what the stream says after it"
_PLACE = "the place in the stream's list: the answer without streaming has no such member"
_FILTERS = ("hate", "self_harm", "sexual", "violence")
_FILTERED = {f"snapshot.choices[0].content_filter_results.{name}": _LATER for name in _FILTERS}

# {file: {path: why ours is right and the library's is not}}, each reason held against the stream.
DIFFERENCES: Final[dict[str, dict[str, str]]] = {
    "anthropic-compaction.sse": {
        "snapshot.content[0].content": "a compaction_delta of the beta API, which this accumulator passes over",
        "snapshot.context_management": _BETA,
        "snapshot.usage.iterations": _ADDED,
    },
    "anthropic-gateway-with-done.sse": {
        "snapshot.usage.cache_creation": _ADDED,
        "snapshot.usage.cost": _ADDED,
        "snapshot.usage.cost_details": _ADDED,
        "snapshot.usage.is_byok": _ADDED,
    },
    "anthropic-mcp.sse": {
        "snapshot.content[1].input.question": _INPUT,
        "snapshot.content[1].input.repoName": _INPUT,
    },
    "azure-openai-content-filter.sse": {
        "snapshot.created": _EMPTY,
        "snapshot.id": _EMPTY,
        "snapshot.model": _EMPTY,
        **_FILTERED,
    },
    "cerebras-structured-tools.chunks.txt": {
        "snapshot.choices[0].message.reasoning": _SECOND,
        "snapshot.choices[0].message.role": _SECOND,
        "snapshot.choices[0].message.tool_calls[0].function.arguments": _SECOND,
        "snapshot.choices[0].message.tool_calls[0].function.name": _SECOND,
        "snapshot.choices[0].message.tool_calls[0].id": _SECOND,
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
        "snapshot.id": _SECOND,
        "snapshot.time_info": "in the last chunk; the library keeps the members of the first",
    },
    "copilot-chat-text.sse": {
        "snapshot.copilot_usage": "in the last chunk; the library keeps the members of the first",
        "snapshot.id": _EMPTY,
        **_FILTERED,
    },
    "copilot-nes-proxy.txt": {
        "snapshot.created": _EMPTY,
        "snapshot.id": _EMPTY,
        "snapshot.model": _EMPTY,
        **_FILTERED,
    },
    "dashscope-openai-compat-tools.sse": {
        "snapshot.choices[0].message.tool_calls[0].id": _AGAIN,
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
    },
    "groq-error-mid-stream.sse": {
        "snapshot.choices[0].message.channel": _AGAIN,
    },
    "groq-x_groq.sse": {
        "last_usage": "Groq says it in x_groq, where the library does not look",
        "snapshot.x_groq.usage": "in the last chunk; the library keeps the members of the first",
    },
    "mistral-incremental-tool-call.chunks.txt": {
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
    },
    "openai-chat-litellm-proxy-n2.sse": {
        "snapshot.usage": "in the last chunk but one; the library forgets it for the last, which has none",
    },
    "openai-chat-obfuscation.sse": {
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
    },
    "openai-chat-tool-call.sse": {
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
    },
    "openrouter-comments-advisor.sse": {
        "snapshot.choices[0].message.role": _AGAIN,
        "snapshot.choices[0].native_finish_reason": _LATER,
    },
    "openrouter-reasoning-details-tools.sse": {
        "snapshot.choices[0].message.reasoning_details[0].format": _AGAIN,
        "snapshot.choices[0].message.role": _AGAIN,
        "snapshot.choices[0].message.tool_calls[0].index": _PLACE,
        "snapshot.choices[0].native_finish_reason": _LATER,
    },
    "snowflake-cortex-thinking.sse": {
        "snapshot.choices[0].message.reasoning_details[0].format": _AGAIN,
        "snapshot.choices[0].message.reasoning_details[0].id": _AGAIN,
        "snapshot.choices[0].message.role": _AGAIN,
    },
    "vercel-ai-v4-data-annotations-error.data-stream.txt": {
        "message.data": _BESIDE,
        "message.id": _MADE_UP,
        "message.revisionId": _MADE_UP,
    },
    "vercel-ai-v4-error.data-stream.txt": {
        "finish": _THROWN,
        "message.revisionId": _MADE_UP,
    },
    "zhipu-zai-thinking.sse": {
        "snapshot.choices[0].message.role": _AGAIN,
    },
}

# What each member of an expectation is called in ours.
_OURS: Final[dict[str, Callable[[Message], Any]]] = {
    "snapshot": lambda message: message.native,
    "message": lambda message: message.native,
    "last_usage": lambda message: message.usage,
    "error": lambda message: f"Error: {message.error}" if isinstance(message.error, str) else message.error,
    "errors": lambda message: [f"Error: {message.error['errorText']}"] if message.error else [],
    "finish": lambda message: _finish(message),
    "data": lambda message: message.native.get("data", []),
}


def _finish(message: Message) -> Any:
    """What `useChat` tells of the end: the reason and the usage, whose total it adds up."""
    if message.choice().reason is None:
        return None
    total = sum(count or 0 for count in message.usage.values()) or None
    return {"finishReason": message.choice().reason, "usage": {**message.usage, "totalTokens": total}}


def assembled(path: Path) -> Message:
    """What a capture adds up to."""
    problems: list[object] = []
    assembler = Assembler()
    assembler.feed([*read(path, control=True, report=problems.append)])
    assembler.finish()
    return assembler.snapshot()


def _differing(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """The paths at which two values differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _differing(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differing(one, other, f"{path}[{at}]")
    elif ours != theirs:
        yield path


@pytest.mark.parametrize("name", _FILES)
def test_a_capture_adds_up_to_what_the_client_library_makes_of_it(name: str) -> None:
    expected = json.loads(Path(_FOLDER, "expected", f"{name}.json").read_bytes())
    del expected["sdk"]
    message = assembled(Path(_FOLDER, name))
    ours = {key: json.loads(json.dumps(_OURS[key](message))) for key in expected}
    differing = {path for key in expected for path in _differing(ours[key], expected[key], key)}
    assert differing == DIFFERENCES.get(name, {}).keys()


def test_all_expectations_were_compared(captures: Path) -> None:
    assert len(_FILES) == 47
    assert DIFFERENCES.keys() <= set(_FILES)
    assert all(path.with_suffix("").name in _FILES for path in (captures / "expected").iterdir())
    print(f"{len(_FILES)} expectations")
