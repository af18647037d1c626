"""Which format a client gets."""

from __future__ import annotations

import pytest

from streamconv.live.negotiation import negotiate


@pytest.mark.parametrize(
    ("accept", "own", "served"),
    [
        ("", "sse", "sse"),
        ("*/*", "ndjson", "ndjson"),
        ("text/event-stream", "sse", "sse"),
        ("text/event-stream", "ndjson", "sse"),
        ("Application/X-NDJSON; charset=utf-8", "sse", "ndjson"),
        # the SDKs of OpenAI and Anthropic, and fetch-event-source with a fallback
        ("application/json", "sse", "sse"),
        ("text/event-stream, */*", "ndjson", "ndjson"),
        ("application/x-ndjson, application/json", "sse", "sse"),
        ("application/x-ndjson, */*;q=0", "sse", "ndjson"),
        # browsers
        ("text/html,application/xhtml+xml,image/webp", "sse", "sse"),
        # weights
        ("text/event-stream;q=0.5, application/json-seq;q=0.9", "ndjson", "json-seq"),
        ("application/x-ndjson;q=0.5, text/event-stream;q=0.5", "json", "ndjson"),
        ("application/x-ndjson;q=0", "sse", "sse"),
        ("application/x-ndjson;q=x", "sse", "sse"),
        # what is only read
        ("application/vnd.amazon.eventstream", "sse", "sse"),
        ("application/vnd.amazon.eventstream", "aws-eventstream", "aws-eventstream"),
        ("text/event-stream", "aws-eventstream", "sse"),
        ("application/x-streamconv-timed", "sse", "sse"),
    ],
)
def test_the_own_format_unless_another_stream_is_asked_for(accept: str, own: str, served: str) -> None:
    assert negotiate(accept, own) == served
