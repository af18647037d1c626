"""Every stream of every capture is recognised as what its index says it is, and nothing else is recognised at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from streamconv import assemble
from streamconv.protocols.event import event_of
from streamconv.protocols.registry import PROTOCOLS, recognise
from tests.protocols.streams import assembled, streams
from tests.reading import decode

# Protocol -> the streams, each as its file and, in a container, its number there.
_STREAMS: Final = {
    "a2a": """
        a2a-v03-jsonrpc.sse
    """,
    "ag-ui": """
        ag-ui-error.sse
        ag-ui-mixed.txt
        ag-ui-run.sse
    """,
    "anthropic-messages": """
        anthropic-code-execution.sse
        anthropic-compaction.sse
        anthropic-duplicate-message-start.chunks.txt
        anthropic-error-overloaded.sse
        anthropic-gateway-with-done.sse
        anthropic-mcp.sse
        anthropic-pause-turn.sse
        anthropic-refusal.chunks.txt
        anthropic-schema-tool-gzip-decoded.sse
        anthropic-thinking-signature.sse
        anthropic-vertex-claude.sse
        anthropic-web-search-citations.sse
        bedrock-invoke-claude-tool-call.eventstream
        bedrock-invoke-claude3.eventstream
        har-mitmproxy.har[3]
        har-playwright-embed.har[3]
        har-playwright-embed.har[4]
        har-polly-anthropic-stream.har[1]
        mitmproxy-flows.flow[3]
    """,
    "assistant-transport": """
        assistant-transport.sse
    """,
    "baidu": """
        baidu-qianfan-v1.sse
    """,
    "bedrock-agent": """
        har-polly-bedrock-agent-base64.har[1]
    """,
    "bedrock-converse": """
        bedrock-converse-nova.eventstream
        bedrock-converse-reasoning.chunks.txt
        bedrock-converse-redacted-thinking.eventstream
        bedrock-error.eventstream
        bedrock-exception.eventstream
        bedrock-stream-error.eventstream
        bedrock-truncated.eventstream
        har-mitmproxy.har[5]
        har-playwright-attach.har.zip[3]
        har-playwright-embed.har[8]
        mitmproxy-flows.flow[5]
    """,
    "bedrock-invoke": """
        har-polly-bedrock-anthropic-base64.har[1]
    """,
    "chatgpt-web": """
        chatgpt-web-legacy-cumulative.sse
    """,
    "cody": """
        cody-completion-cumulative.sse
    """,
    "cohere-v1": """
        cohere-v1-chat.stream.json
        har-playwright-embed.har[7]
        har-polly-cohere-chat-streamjson.har[1]
        har-polly-cohere-generate-streamjson.har[1]
    """,
    "cohere-v2": """
        cohere-v2-chat.sse
        cohere-v2-tools.sse
    """,
    "dashscope": """
        dashscope-native-incremental.sse
    """,
    "dify": """
        dify-chatflow.sse
    """,
    "gemini": """
        gemini-json-array-multi.json
        gemini-sse-citations.txt
        gemini-sse-crlf-web-search.sse
        gemini-sse-error-mid-stream.txt
        gemini-sse-prompt-blocked.txt
        gemini-stream-function-call-args.chunks.txt
        har-mitmproxy.har[2]
        har-playwright-embed.har[5]
        mitmproxy-flows.flow[2]
        vertex-gemini-sse.sse
    """,
    "gemini-interactions": """
        gemini-interactions.sse
    """,
    "hugging-face-tgi": """
        tgi-generate-stream.sse
    """,
    "json-rpc": """
        mcp-streamable-http-initialize.sse
    """,
    "langchain": """
        langgraph-platform.sse
        langserve-stream.sse
    """,
    "langgraph-agent": """
        langgraph-protocol-reasoning.sse
    """,
    "ollama": """
        curl-v-ollama.txt
        har-mitmproxy.har[4]
        har-playwright-embed.har[6]
        mitmproxy-flows.flow[4]
        ollama-chat-structured-tools.ndjson
        ollama-error-midstream.ndjson
        ollama-generate.ndjson
    """,
    "openai-assistants": """
        openai-assistants-run.sse
    """,
    "openai-chat": """
        azure-openai-content-filter.sse
        cerebras-structured-tools.chunks.txt
        copilot-chat-text.sse
        copilot-nes-proxy.txt
        crusoe-chat.sse
        curl-i-raw-chunked-openai.txt
        dashscope-openai-compat-tools.sse
        deepseek-cumulative-usage.sse
        gpustack-llamacpp-no-done.sse
        groq-error-mid-stream.sse
        groq-x_groq.sse
        har-mitmproxy.har[1]
        har-playwright-attach.har.zip[2]
        har-playwright-embed.har[2]
        har-playwright-minimal.har[2]
        har-polly-openai-chat-logprobs.har[1]
        har-polly-together-tools.har[1]
        mistral-chat.sse
        mistral-incremental-tool-call.chunks.txt
        mitmproxy-flows.flow[1]
        moonshot-kimi.chunks.txt
        openai-chat-litellm-proxy-n2.sse
        openai-chat-logprobs.sse
        openai-chat-multi-choice-usage.sse
        openai-chat-n3.sse
        openai-chat-obfuscation.sse
        openai-chat-refusal-logprobs.sse
        openai-chat-tool-call.sse
        openai-chat-usage-last-chunk.sse
        openai-chat-vllm.sse
        openrouter-comments-advisor.sse
        openrouter-reasoning-details-tools.sse
        perplexity-citations-cumulative.sse
        sap-orchestration-error.txt
        snowflake-cortex-thinking.sse
        vllm-error-midstream.sse
        writer-no-done.sse
        zhipu-zai-thinking.sse
    """,
    "openai-completions": """
        copilot-inline-completions.txt
        har-polly-openai-completions.har[1]
        openai-completions-vllm.sse
    """,
    "openai-responses": """
        bedrock-mantle-responses-event-after-data.sse
        deepseek-responses.sse
        har-polly-ai-sdk-responses.har[1]
        openai-responses-custom-tool.chunks.txt
        openai-responses-error.chunks.txt
        openai-responses-function-call.sse
        openai-responses-incomplete.sse
        openai-responses-logprobs.sse
        openai-responses-mcp-list-tools.sse
        openai-responses-web-search.sse
        openrouter-responses-raw-cot.sse
    """,
    "openai-transcription": """
        openai-transcription-crlf.sse
    """,
    "replicate": """
        cdp-network-eventsource.jsonl[2]
        curl-i-replicate.txt
        har-chrome-eventsourcemessages.synthetic.har[1]
        har-mitmproxy.har[6]
        mitmproxy-flows.flow[6]
        replicate-output.sse
    """,
    "vercel-data": """
        vercel-ai-v4-data-annotations-error.data-stream.txt
        vercel-ai-v4-error.data-stream.txt
        vercel-ai-v4-text.data-stream.txt
        vercel-ai-v4-tools.data-stream.txt
    """,
    "vercel-ui": """
        curl-trace-ascii-vercel-ui.txt
        har-playwright-embed.har[9]
        httpie-vercel-ui.txt
        vercel-ai-v5-error.ui-message-stream.sse
        vercel-ai-v5-text.ui-message-stream.sse
        vercel-ai-v5-thinking.ui-message-stream.sse
        vercel-ai-v6-thinking.ui-message-stream.sse
        vercel-ai-v6-tools.ui-message-stream.sse
        vercel-ai-v7-web-search-sources.ui-message-stream.sse
    """,
    "watsonx": """
        watsonx-text-stream.sse
    """,
    "writer-completions": """
        writer-completions-value.sse
    """,
}
# The replies in one recording of Cody: the others hold an error and nothing else.
_CODY: Final = "har-polly-cody-errors.har.yaml"
_CODY_ANSWERS: Final = range(19, 28)
# Protocols inside others, which are looked for first.
_INSIDE: Final = [["a2a", "json-rpc"]]
# Feeds that carry no model's message, and what is framed so wrongly that nothing is left of it.
_NONE: Final = """
    docker-push-error.ndjson
    elasticsearch-bulk.ndjson
    kubernetes-watch-bookmark-error.ndjson
    kubernetes-watch.ndjson
    mastodon-user-update.sse
    twitter-v1-track.json
    twitter-v1-user.json
    twitter-v2-filtered.ndjson
    vercel-ai-v4-text-stream.txt
    wikimedia-recentchange.sse
    zhipu-v3-sse-invoke.sse
"""


def test_every_stream_of_every_capture_has_its_protocol(captures: Path) -> None:
    found = streams(captures)
    told = {stream.name: assembled(stream.records())[1].protocol for stream in found}
    expected: dict[str, str | None] = dict.fromkeys(_NONE.split())
    expected |= {name: protocol for protocol, names in _STREAMS.items() for name in names.split()}
    expected |= {f"{_CODY}[{number}]": "cody" if number in _CODY_ANSWERS else None for number in range(10, 37)}
    assert told == expected
    print(f"{len(told)} streams, {len({*told.values()} - {None})} protocols")


def test_no_protocol_takes_the_first_event_of_another(captures: Path) -> None:
    """So the order of the registry matters only to a protocol inside another."""
    for stream in streams(captures):
        for record in stream.records():
            event = event_of(record)
            if record.kind == "event" and recognise(event) is not None:
                names = [protocol.name for protocol in PROTOCOLS if protocol.recognises(event)]
                assert len(names) == 1 or names in _INSIDE, (stream.name, names)
                break


@pytest.mark.parametrize(
    "data",
    [
        b'{"level":"info","msg":"start","time":1}\n',
        b'{"level":"error","error":"connection refused","type":"start"}\n{"level":"info","message":"done"}\n',
        b'{"type":"event","event":"click","data":{"text":"a"},"id":1}\n',
        b'{"id":1,"name":"Ann","role":"admin","text":"hi"}\n',
        b'{"@timestamp":"2024-01-01","log":{"level":"warn"},"message":"text","event":{"kind":"event"}}\n',
        b'{"type":"finish","id":3}\n{"type":"start"}\n{"status":"success","output":"x"}\n',
        b'{"model":"T","year":1908,"done":true}\n',
        b'{"stream":"stdout","log":"message_start"}\n',
        b'{"jsonrpc":2}\n{"choices":["a","b"]}\n{"candidates":[1]}\n{"token":"abc"}\n',
        b'[1,2]\n"text"\n7\nnull\n',
        "今天\n".encode(),
    ],
)
def test_logs_and_text_are_of_no_protocol(data: bytes) -> None:
    assert assembled(decode("ndjson", [data * 3]))[1].protocol is None
    assert (
        assembled(decode("sse", [b"".join(b"data: %b\n\n" % line for line in data.splitlines())]))[1].protocol is None
    )


def test_a_protocol_may_be_asked_for() -> None:
    assert assemble(b'data: {"a":1}\n\n', protocol="gemini").protocol == "gemini"
    with pytest.raises(ValueError, match="did you mean 'openai-chat'"):
        assemble(b"", protocol="openai-chut")
    with pytest.raises(ValueError, match=r"no protocol is named 'z'; there are .*anthropic-messages, "):
        assemble(b"", protocol="z")
