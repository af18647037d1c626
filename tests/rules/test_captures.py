"""What is found in real captures, read in place: each finding was looked at once, and is kept here with its reason.

They are other people's work and stay where they are; STREAMCONV_CAPTURES names the folder. Layers that are taken off
are told as info by every one that has some, and left out here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from streamconv import CaptureError, check

Findings = dict[str, tuple[int, str]]  # rule -> how often, and why that is right

_NO_LF: Findings = {"ndjson-missing-final-newline": (1, "the file ends after the last brace")}
_FAILED: Findings = {"llm-error-event": (1, "the server says in the stream that it failed")}
_ERROR_EVENT: Findings = {"sse-reserved-event": (1, "event: error")}
FOUND: dict[str, Findings] = {
    "ag-ui-mixed.txt": {
        "sse-unknown-field": (8, "headings `## …` between the streams"),
        "data-json-multiline": (1, "a state snapshot on four data lines, meant so"),
        "data-json-truncated": (1, 'data: {"incomplete": under the heading of malformed examples'),
        "sse-extra-blank": (3, "under the heading of empty lines"),
        "sse-unterminated-event": (1, "the last line has no end"),
        "sse-unterminated-line": (1, "the same"),
    },
    "ag-ui-error.sse": _FAILED,
    "anthropic-duplicate-message-start.chunks.txt": {
        "llm-start-twice": (1, "message_start stands there twice, with one id"),
    },
    "anthropic-error-overloaded.sse": {**_ERROR_EVENT, **_FAILED},
    "bedrock-error.eventstream": _FAILED,
    "bedrock-exception.eventstream": _FAILED,
    "bedrock-converse-reasoning.chunks.txt": _NO_LF,
    "bedrock-truncated.eventstream": {
        "aws-truncated": (1, "the fourth message was cut after 40 bytes"),
        "llm-no-finish-reason": (1, "which would be in messageStop"),
        "llm-no-stop": (1, "messageStop would come after it"),
    },
    "cdp-network-eventsource.jsonl": {"capture-no-body": (1, "one of the streams was open and said nothing")},
    "cerebras-structured-tools.chunks.txt": _NO_LF,
    "copilot-nes-proxy.txt": {
        "sse-unterminated-event": (1, "ends right after the line of [DONE]"),
        "llm-done-missing": (1, "which is therefore not dispatched"),
    },
    "curl-trace-ascii-vercel-ui.txt": {"capture-curl-trace": (1, "--trace-ascii loses bytes, and that is said")},
    "dify-chatflow.sse": {"sse-event-without-data": (1, "event: ping, and no data")},
    "docker-push-error.ndjson": {
        "ndjson-multi-line-value": (1, "the first record is on three lines"),
        "ndjson-missing-final-newline": (1, "the file ends after the last brace"),
    },
    "gemini-sse-error-mid-stream.txt": {
        "sse-stray-json": (1, "the error is a bare JSON object, after two events"),
        "llm-error-event": (1, "and says that it is one"),
        "sse-unterminated-event": (1, "no empty line follows it"),
    },
    "gemini-sse-prompt-blocked.txt": {
        "sse-unterminated-event": (1, "one data line, and no empty line"),
        "sse-no-events": (1, "so nothing is dispatched"),
    },
    "gemini-stream-function-call-args.chunks.txt": _NO_LF,
    "gpustack-llamacpp-no-done.sse": {"llm-done-missing": (1, "GPUStack drops it")},
    "groq-error-mid-stream.sse": {**_ERROR_EVENT, **_FAILED},
    "har-polly-cody-errors.har.yaml": {
        "llm-error-event": (18, "and each says why"),
        "sse-reserved-event": (18, "event: error in that many of the replies"),
    },
    "langgraph-platform.sse": {**_ERROR_EVENT, **_FAILED},
    "langgraph-protocol-reasoning.sse": {
        "llm-sum-differs": (2, "an excerpt: its ids go from 8 to 100, and from 201 to 323"),
        "sse-unterminated-event": (1, "the file ends after the last data line"),
    },
    "langserve-stream.sse": {"sse-event-without-data": (1, "event: end, and no data")},
    "ollama-error-midstream.ndjson": _FAILED,
    "openai-chat-litellm-proxy-n2.sse": {
        "llm-no-finish-reason": (1, "the second choice has none: LiteLLM sent one for both"),
    },
    "openai-responses-error.chunks.txt": {**_NO_LF, **_FAILED},
    "openai-responses-mcp-list-tools.sse": {
        "llm-unclosed-block": (2, "three lists of tools are added to the output, and one of them is done"),
    },
    "sap-orchestration-error.txt": {
        "sse-unterminated-event": (1, "data lines without one empty line"),
        "sse-no-events": (1, "so nothing is dispatched"),
    },
    "snowflake-cortex-thinking.sse": {"llm-no-finish-reason": (1, "no chunk has the member")},
    "twitter-v1-track.json": {
        "json-int-beyond-2^53": (2, "ids of tweets, which is why they have id_str"),
        "ndjson-blank-line": (1, "a line of LF at the end"),
        "ndjson-crlf": (1, "tweets end with CRLF"),
        "ndjson-mixed-eol": (1, "the blank line ends with LF"),
    },
    "twitter-v1-user.json": {
        "json-int-beyond-2^53": (3, "ids of tweets and events"),
        "ndjson-crlf": (1, "records end with CRLF"),
    },
    "twitter-v2-filtered.ndjson": {
        "ndjson-blank-line": (4, "keep-alives: that is how this API sends them"),
        "ndjson-crlf": (1, "records end with CRLF"),
    },
    "vercel-ai-v4-data-annotations-error.data-stream.txt": _FAILED,
    "vercel-ai-v4-error.data-stream.txt": _FAILED,
    "vercel-ai-v4-text-stream.txt": _NO_LF,
    "vercel-ai-v5-error.ui-message-stream.sse": _FAILED,
    "vllm-error-midstream.sse": _FAILED,
    "wikimedia-recentchange.sse": {
        "sse-id-repeated": (1, "the ids are offsets in Kafka, two changes at one"),
        "sse-unterminated-event": (1, "the file ends inside the last data line"),
        "sse-unterminated-line": (1, "the same"),
    },
    "writer-no-done.sse": {"llm-done-missing": (1, "Writer never sends it")},
    "zhipu-v3-sse-invoke.sse": {
        "sse-id-repeated": (1, "every event has the id of the request"),
        "sse-unknown-field": (1, "meta:, which this API added"),
    },
}
# Containers without a stream that could be read.
UNREADABLE = {
    "cdp-network-fetch.jsonl": "for fetch() the protocol logs lengths only",
    "har-charles.har": "an ordinary page",
    "har-chrome-devtools.har": "an ordinary page",
    "har-chrome-eventsourcemessages-sanitized.synthetic.har": "a sanitized HAR has no data",
    "har-playwright-eventsource.har": "the streams were still open, so their bodies are missing",
}


def test_every_finding_is_one_that_was_looked_at(captures: Path) -> None:
    files = sorted(path for path in captures.iterdir() if path.is_file() and path.name != "INDEX.md")
    found: dict[str, dict[str, int]] = {}
    unreadable = set()
    for path in files:
        try:
            problems = [*check(path)]
        except CaptureError:
            unreadable.add(path.name)
            continue
        counts = Counter(
            one.rule for one in problems if not (one.rule.startswith("capture-") and one.severity == "info")
        )
        if counts:
            found[path.name] = dict(counts)
    print(f"{len(files)} captures, {sum(sum(counts.values()) for counts in found.values())} findings")
    assert unreadable == UNREADABLE.keys()
    assert found == {name: {rule: count for rule, (count, _) in findings.items()} for name, findings in FOUND.items()}
    assert len(files) >= 145
