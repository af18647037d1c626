"""What models stream inside InvokeModelWithResponseStream in forms of their own."""

from __future__ import annotations

import base64
import json
from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import End, Finish, Usage
from tests.aws_messages import event, message, string
from tests.protocols.telling import Told, ndjson, read

METRICS = {"inputTokenCount": 8, "outputTokenCount": 2, "invocationLatency": 9, "firstByteLatency": 3}
LAST = {"amazon-bedrock-invocationMetrics": METRICS}


def chunks(*payloads: dict[str, Any], after: bytes = b"") -> Told:
    wrapped = (base64.b64encode(json.dumps(payload).encode()).decode() for payload in payloads)
    messages = (event("chunk", json.dumps({"bytes": one, "p": "ab"}).encode()) for one in wrapped)
    return read(b"".join(messages) + after, "aws-eventstream")


def titan(text: str, reason: str | None = None, tokens: int | None = None, **more: Any) -> dict[str, Any]:
    shape = {"outputText": text, "index": 0, "totalOutputTextTokenCount": tokens, "completionReason": reason}
    return {**shape, "inputTextTokenCount": 8, **more}


def test_titan_is_the_response_of_invoke_model() -> None:
    told = chunks(titan("He"), titan("y", "FINISH", 2, **LAST))
    assert told.native == {
        "inputTextTokenCount": 8,
        "results": [{"tokenCount": 2, "outputText": "Hey", "completionReason": "FINISH"}],
    }
    assert told.parts == (Part("text", "Hey"),)
    assert (told.choice.reason, told.choice.finish) == ("FINISH", "stop")
    assert told.message.usage == METRICS
    assert told.message.verdict.evidence == "amazon-bedrock-invocationMetrics"
    assert told.signs[-3:] == [Finish("FINISH"), Usage(), End()]


def test_llama_keeps_the_counts_that_later_payloads_leave_out() -> None:
    first = {"generation": "He", "prompt_token_count": 8, "generation_token_count": 1, "stop_reason": None}
    last = {"generation": "y", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "length"}
    told = chunks(first, {**last, **LAST})
    assert told.native == {
        "generation": "Hey",
        "prompt_token_count": 8,
        "generation_token_count": 2,
        "stop_reason": "length",
    }
    assert told.choice.finish == "length"
    assert ndjson(first, {**last, **LAST}).meaning == told.meaning


def test_mistral_has_a_list_of_outputs() -> None:
    told = chunks(
        {"outputs": [{"text": "He", "stop_reason": None}]},
        {"outputs": [{"text": "y", "stop_reason": "stop"}], **LAST},
    )
    assert told.native == {"outputs": [{"text": "Hey", "stop_reason": "stop"}]}
    assert (told.message.text, told.choice.finish) == ("Hey", "stop")


def test_claude_2_has_a_completion() -> None:
    told = chunks(
        {"completion": " He", "stop_reason": None, "stop": None},
        {"completion": "y", "stop_reason": "stop_sequence", "stop": "\n\nHuman:", **LAST},
    )
    assert told.native == {"completion": " Hey", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}
    assert (told.message.text, told.choice.finish) == (" Hey", "stop")


def test_without_the_metrics_the_stream_is_cut() -> None:
    told = chunks(titan("He"))
    assert told.parts == (Part("text", "He", partial=True),)
    assert told.message.verdict.evidence.startswith("no amazon-bedrock-invocationMetrics")


def test_a_payload_without_text_says_nothing() -> None:
    told = chunks(titan("He"), {"unknown": 1, **LAST})
    assert told.message.text == "He"
    assert told.native["unknown"] == 1


def test_an_exception_ends_the_stream() -> None:
    kind = string(":message-type", "exception") + string(":exception-type", "modelTimeoutException")
    told = chunks(titan("He"), after=message(kind, b'{"message":"slow"}'))
    assert told.message.verdict.evidence == "an error in the stream: slow (modelTimeoutException)"


def test_members_that_others_have_too_count_only_in_a_chunk_of_aws() -> None:
    assert ndjson({"completion": "a", "stop_reason": None}).message.protocol is None
    assert ndjson({"outputs": [{"text": "a"}]}).message.protocol is None
    assert chunks({"outputs": [{}], "completion": 1}).message.protocol is None
    assert ndjson({"generation": "a"}).message.protocol is None
