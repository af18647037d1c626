"""Real captures are recognised as the index of their folder says: the layers round each stream, and its framing.

The index is other people's words about other people's files: read in place, never copied.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamconv.captures import CaptureError, open_bytes, open_streams
from streamconv.detect import UnrecognisedError, detect

# What the index says of a bare stream's framing -> our name of it.
_FRAMINGS = (
    (r"SSE", "sse"),
    (r"NDJSON|payloads only", "ndjson"),
    (r"application/stream\+json|concatenated JSON", "stream+json"),
    (r"pretty-printed JSON array", "json"),
    (r"(?:application/)?vnd\.amazon\.eventstream", "aws-eventstream"),
    (r"line protocol CODE:JSON", "vercel-data-stream"),
)

# The chains of what is wrapped, in order; of a container, one for each stream.
_WRAPPED = {
    "curl-i-raw-chunked-openai.txt": ["http/1.1,chunked,sse"],
    "curl-i-replicate.txt": ["http/1.1,sse"],
    "curl-trace-ascii-vercel-ui.txt": ["curl-trace,http/1.1,chunked,dots,sse"],
    "curl-v-ollama.txt": ["curl-v,http/1.1,ndjson"],
    "httpie-vercel-ui.txt": ["http/1.1,sse"],
    "cdp-network-eventsource.jsonl": ["cdp,sse"],
    "har-chrome-eventsourcemessages.synthetic.har": ["har,sse"],
    "har-mitmproxy.har": ["har,sse", "har,sse", "har,sse", "har,ndjson", "har,aws-eventstream", "har,sse"],
    "har-playwright-attach.har.zip": ["zip,har,sse", "zip,har,aws-eventstream"],
    "har-playwright-embed.har": [
        *["har,sse"] * 4,
        "har,ndjson",
        "har,stream+json",
        "har,aws-eventstream",
        "har,sse",
    ],
    "har-playwright-minimal.har": ["har,sse"],
    "har-polly-ai-sdk-responses.har": ["har,sse"],
    "har-polly-anthropic-stream.har": ["har,sse"],
    "har-polly-bedrock-agent-base64.har": ["har,aws-eventstream"],
    "har-polly-bedrock-anthropic-base64.har": ["har,aws-eventstream"],
    "har-polly-cody-errors.har.yaml": ["har-yaml,sse"] * 27,
    "har-polly-cohere-chat-streamjson.har": ["har,stream+json"],
    "har-polly-cohere-generate-streamjson.har": ["har,stream+json"],
    "har-polly-openai-chat-logprobs.har": ["har,sse"],
    "har-polly-openai-completions.har": ["har,sse"],
    "har-polly-together-tools.har": ["har,sse"],
    "mitmproxy-flows.flow": [
        *["mitmproxy,sse"] * 2,
        "mitmproxy,gzip,sse",
        "mitmproxy,ndjson",
        "mitmproxy,aws-eventstream",
        "mitmproxy,sse",
    ],
}
# Containers without a stream that can be read: what is said instead.
_NO_STREAM = {
    "har-charles.har": r"^no stream in it$",  # an ordinary page
    "har-chrome-devtools.har": r"no stream in it; of its 3 replies.*304",
    "har-chrome-eventsourcemessages-sanitized.synthetic.har": r"Chrome's sanitized export leaves out",
    "har-playwright-eventsource.har": r"no body in the HAR: the stream was still open",
    "cdp-network-fetch.jsonl": r"the sizes of its chunks, not their bytes",
}
_EXCEPTIONS = {
    "vercel-ai-v4-text-stream.txt": "ndjson",  # text without any framing, which happens to be a JSON string
}


def _index(folder: Path) -> dict[str, str]:
    rows = [line.split(" | ") for line in (folder / "INDEX.md").read_text().splitlines() if line.startswith("| `")]
    return {row[0].strip("| `").rpartition("/")[2]: row[4] for row in rows}


def _expected(name: str, framing: str) -> list[str]:
    if name in _WRAPPED:
        return _WRAPPED[name]
    if name in _EXCEPTIONS:
        return [_EXCEPTIONS[name]]
    return [next(format for pattern, format in _FRAMINGS if re.match(pattern, framing))]


def _chains(path: Path) -> list[str]:
    chains: list[str] = []
    for capture in open_streams(open_bytes(path)):
        try:
            detection = detect(capture)
        except UnrecognisedError as error:
            chains.append(str(error).partition(";")[0])
        else:
            assert detection.choice.confidence != "asked for"
            chains.append(",".join([*(layer.name for layer in detection.layers), detection.choice.format]))
    return chains


def test_every_capture_is_recognised_as_the_index_says(captures: Path) -> None:
    index = _index(captures)
    assert len(index) == 145
    told = {}
    for name in index:
        if name in _NO_STREAM:
            continue
        told[name] = _chains(captures / name)
    assert told == {name: _expected(name, framing) for name, framing in index.items() if name not in _NO_STREAM}
    print(f"{len(told)} captures, {sum(map(len, told.values()))} streams")


def test_a_container_without_a_stream_says_why(captures: Path) -> None:
    for name, said in _NO_STREAM.items():
        with pytest.raises(CaptureError, match=re.compile(said, re.DOTALL)):
            [*open_streams(open_bytes(captures / name))]
    print(f"{len(_NO_STREAM)} captures")


def test_what_tools_kept_of_one_stream_is_the_stream_itself(captures: Path) -> None:
    """Different tools recorded the same replies; the bare files are what the server sent."""
    embed, mitmproxy, flows = (
        [b"".join(capture.chunks) for capture in open_streams(open_bytes(captures / name))]
        for name in ("har-playwright-embed.har", "har-mitmproxy.har", "mitmproxy-flows.flow")
    )
    openai = (captures / "openai-chat-tool-call.sse").read_bytes()
    replicate = (captures / "replicate-output.sse").read_bytes()
    assert mitmproxy == flows
    assert openai == embed[0] == mitmproxy[0]
    assert replicate == mitmproxy[5]
    assert (captures / "anthropic-thinking-signature.sse").read_bytes() == embed[1]
    assert embed[2] == mitmproxy[2]
    assert embed[3] == mitmproxy[1]  # windows-1252 mojibake in the one, base64 in the other
    assert embed[4] == mitmproxy[3]
    assert (captures / "cohere-v1-chat.stream.json").read_bytes() == embed[5]
    assert embed[6] == mitmproxy[4]  # base64 in the one, Latin-1 in the other
    for name, body in (("curl-i-raw-chunked-openai.txt", openai), ("curl-i-replicate.txt", replicate)):
        (capture,) = open_streams(open_bytes(captures / name))
        assert b"".join(capture.chunks) == body
    for name in ("curl-trace-ascii-vercel-ui.txt", "httpie-vercel-ui.txt"):
        (capture,) = open_streams(open_bytes(captures / name))
        assert b"".join(capture.chunks).rstrip(b"\n") == embed[7].rstrip(b"\n"), name
    (capture,) = open_streams(open_bytes(captures / "curl-v-ollama.txt"))
    assert b"".join(capture.chunks) == embed[4]
