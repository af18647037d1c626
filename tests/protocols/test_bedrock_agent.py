"""Bedrock's InvokeAgent: the answer in chunks, and what the agent did for it."""

from __future__ import annotations

import base64
import json
from typing import Any

from streamconv.protocols.message import Part
from tests.aws_messages import event, message, string
from tests.protocols.telling import Told, ndjson, read

TRACE = {"agentId": "A1", "sessionId": "s", "trace": {"preProcessingTrace": {}}}


def chunk(text: str, **more: Any) -> bytes:
    return event("chunk", json.dumps({"bytes": base64.b64encode(text.encode()).decode(), **more}).encode())


def named(name: str, value: dict[str, Any]) -> bytes:
    return event(name, json.dumps(value).encode())


def agent(*messages: bytes) -> Told:
    return read(b"".join(messages), "aws-eventstream")


def test_the_answer_is_the_text_of_the_chunks() -> None:
    told = agent(named("trace", TRACE), chunk("The sum "), chunk("is 7."))
    assert told.native == {"completion": "The sum is 7.", "traces": [TRACE]}
    assert (told.choice.role, told.parts) == ("assistant", (Part("text", "The sum is 7."),))


def test_nothing_tells_where_it_ends() -> None:
    assert agent(chunk("Hi")).stream == "unknown"


def test_an_attribution_names_the_sources() -> None:
    told = agent(chunk("今天", attribution={"citations": [{"uri": "u"}]}))
    assert told.parts == (Part("text", "今天"), Part("source", value={"uri": "u"}))
    assert told.native == {"completion": "今天", "citations": [{"uri": "u"}]}


def test_bytes_that_are_no_text_are_shown_as_they_came() -> None:
    broken = {"bytes": "%%", "attribution": {}}
    assert agent(named("chunk", broken)).message.text == "%%"
    binary = {"bytes": base64.b64encode(b"\xff").decode(), "attribution": {}}
    assert agent(named("chunk", binary)).message.text == binary["bytes"]


def test_files_and_what_the_caller_shall_do_are_kept() -> None:
    files, control = {"files": [{"name": "a.png"}]}, {"invocationId": "i"}
    told = agent(named("returnControl", control), named("files", files), chunk("Hi"))
    assert told.parts == (
        Part("text", "Hi"),
        Part("data", value={"type": "returnControl", **control}),
        Part("file", value={"type": "files", **files}),
    )
    assert told.native["events"] == [{"type": "returnControl", **control}, {"type": "files", **files}]


def test_an_exception_ends_the_stream() -> None:
    kind = string(":message-type", "exception") + string(":exception-type", "throttlingException")
    told = agent(named("trace", TRACE), message(kind, b'{"message":"slow down"}'))
    assert told.message.verdict.evidence == "an error in the stream: slow down (throttlingException)"


def test_other_events_of_these_names_are_not_recognised() -> None:
    assert agent(named("trace", {"id": 1})).message.protocol is None
    assert agent(named("chunk", {"a": 1})).message.protocol is None
    assert ndjson(TRACE).message.protocol is None
