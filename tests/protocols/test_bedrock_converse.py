"""Bedrock's ConverseStream, in its envelopes and as payloads alone."""

from __future__ import annotations

import json
from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, End, Finish, Open, Start, Usage
from tests.aws_messages import event, message, string
from tests.protocols.telling import Told, ndjson, read, sse

STOP = {"messageStop": {"stopReason": "end_turn"}}
USAGE = {"inputTokens": 8, "outputTokens": 10, "totalTokens": 18}
METADATA = {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 613}, "p": "abc"}}
ASSISTANT = {"messageStart": {"role": "assistant", "p": "ab"}}


def start(index: int, **started: Any) -> dict[str, Any]:
    return {"contentBlockStart": {"contentBlockIndex": index, "start": started}}


def delta(index: int, **added: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": added}}


def stop(index: int) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def enveloped(*payloads: dict[str, Any], after: bytes = b"") -> Told:
    messages = (event(name, json.dumps(value).encode()) for one in payloads for name, value in one.items())
    return read(b"".join(messages) + after, "aws-eventstream")


WHOLE = (ASSISTANT, delta(0, text="Su"), delta(0, text="re"), stop(0), STOP, METADATA)


def test_a_text_is_the_response_of_converse() -> None:
    told = enveloped(*WHOLE)
    assert told.native == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Sure"}]}},
        "stopReason": "end_turn",
        "usage": USAGE,
        "metrics": {"latencyMs": 613},
    }
    assert told.parts == (Part("text", "Sure"),)
    assert (told.choice.role, told.choice.reason, told.choice.finish) == ("assistant", "end_turn", "stop")
    assert (told.message.usage, told.stream, told.message.verdict.evidence) == (USAGE, "complete", "messageStop")
    assert told.signs == [
        Start(),
        Open("0"),
        Delta("0", "text", "Su"),
        Delta("0", "text", "re"),
        Close("0"),
        Finish("end_turn"),
        End(),
        Usage(),
    ]


def test_payloads_alone_and_chunks_of_nova_say_the_same() -> None:
    whole = enveloped(*WHOLE).meaning
    assert ndjson(*WHOLE).meaning == whole
    chunks = (event("chunk", json.dumps(payload).encode()) for payload in WHOLE)
    assert read(b"".join(chunks), "aws-eventstream").meaning == whole
    assert sse(*((name, value) for payload in WHOLE for name, value in payload.items())).meaning == whole


def test_the_input_of_a_tool_is_parsed_once_its_block_has_stopped() -> None:
    tool = start(0, toolUse={"toolUseId": "t1", "name": "weather", "type": "server_tool_use"})
    pieces = (delta(0, toolUse={"input": '{"city":'}), delta(0, toolUse={"input": '"Tokyo"}'}))
    cut = ndjson(ASSISTANT, tool, *pieces)
    assert cut.native["output"]["message"]["content"] == [
        {"toolUse": {"toolUseId": "t1", "name": "weather", "type": "server_tool_use", "input": '{"city":"Tokyo"}'}}
    ]
    kind = {"type": "server_tool_use"}
    assert cut.parts == (Part("tool_call", '{"city":"Tokyo"}', "t1", "weather", partial=True, value=kind),)
    whole = ndjson(ASSISTANT, tool, *pieces, stop(0))
    assert whole.native["output"]["message"]["content"][0]["toolUse"]["input"] == {"city": "Tokyo"}
    assert whole.parts == (Part("tool_call", '{"city":"Tokyo"}', "t1", "weather", {"city": "Tokyo"}, value=kind),)
    assert whole.of(Call) == [Call("0", None, "t1", "weather")]


def test_a_tool_without_input_has_none_and_half_an_input_stays_text() -> None:
    tool = start(0, toolUse={"toolUseId": "t1", "name": "now"})
    assert ndjson(ASSISTANT, tool, stop(0)).parts == (Part("tool_call", "", "t1", "now", {}),)
    half = ndjson(ASSISTANT, tool, delta(0, toolUse={"input": '{"a'}), stop(0))
    assert half.parts == (Part("tool_call", '{"a', "t1", "now", partial=True),)
    assert half.native["output"]["message"]["content"][0]["toolUse"]["input"] == '{"a'


def test_reasoning_has_its_text_its_signature_or_what_is_redacted() -> None:
    told = ndjson(
        ASSISTANT,
        delta(0, reasoningContent={"text": "H"}),
        delta(0, reasoningContent={"text": "m"}),
        delta(0, reasoningContent={"signature": "s"}),
        stop(0),
        delta(1, reasoningContent={"redactedContent": "cmVk"}),
        stop(1),
    )
    assert told.native["output"]["message"]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "s"}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
    ]
    assert told.parts == (
        Part("reasoning", "Hm", value={"signature": "s"}),
        Part("reasoning", value={"redactedContent": "cmVk"}),
    )


def test_text_with_citations_is_a_block_of_cited_content() -> None:
    told = ndjson(ASSISTANT, delta(0, text="Hi"), delta(0, citation={"title": "T"}), stop(0))
    assert told.native["output"]["message"]["content"] == [
        {"citationsContent": {"content": [{"text": "Hi"}], "citations": [{"title": "T"}]}}
    ]
    assert told.parts == (Part("text", "Hi", value={"citations": [{"title": "T"}]}),)


def test_a_call_that_ran_out_of_tokens_is_partial() -> None:
    tool, end = start(0, toolUse={"toolUseId": "t1", "name": "now"}), {"messageStop": {"stopReason": "max_tokens"}}
    assert ndjson(ASSISTANT, tool, stop(0), end).parts == (Part("tool_call", "", "t1", "now", partial=True),)


def test_results_images_and_what_is_not_known_are_kept() -> None:
    told = ndjson(
        ASSISTANT,
        start(0, toolResult={"toolUseId": "t1", "status": "success"}),
        delta(0, toolResult=[{"text": "4"}, {"json": {}}]),
        delta(0, toolResult=[{"text": "2"}]),
        stop(0),
        start(1, image={"format": "png"}),
        delta(1, image={"source": {"bytes": "aGk="}}),
        delta(2, poem={"line": 1}),
    )
    content = [{"text": "4"}, {"json": {}}, {"text": "2"}]
    assert told.parts == (
        Part("tool_result", "42", "t1", value={"status": "success", "content": content}),
        Part("file", partial=True, value={"image": {"format": "png", "source": {"bytes": "aGk="}}}),
        Part("data", partial=True, value={"deltas": [{"poem": {"line": 1}}]}),
    )


def test_exceptions_and_errors_end_the_stream() -> None:
    kind = string(":message-type", "exception") + string(":exception-type", "throttlingException")
    told = enveloped(ASSISTANT, delta(0, text="A"), after=message(kind, b'{"message":"Too many requests"}'))
    evidence = "an error in the stream: Too many requests (throttlingException)"
    assert (told.stream, told.message.verdict.evidence) == ("in-band-error", evidence)
    assert told.message.error == {"message": "Too many requests"}
    failed = string(":message-type", "error") + string(":error-code", "InternalFailure")
    told = enveloped(ASSISTANT, after=message(failed + string(":error-message", "boom")))
    assert told.message.verdict.evidence == "an error in the stream: boom (InternalFailure)"
    told = ndjson(ASSISTANT, {"modelStreamErrorException": {"message": "no"}})
    assert told.message.verdict.evidence == "an error in the stream: no (modelStreamErrorException)"


def test_a_stream_without_its_stop_is_cut() -> None:
    told = enveloped(ASSISTANT, delta(0, text="A"))
    assert told.parts == (Part("text", "A", partial=True),)
    assert told.message.verdict.evidence.startswith("no messageStop")


def test_members_of_the_wrong_type_are_passed_over() -> None:
    told = ndjson(
        ASSISTANT,
        start(0, toolUse="t", text="A"),
        delta(0, toolUse={"input": "{}"}, text=7, image="i", toolResult={}, reasoningContent=[]),
        delta(1, toolUse={"input": 1}),
        {"contentBlockStop": {"contentBlockIndex": "0"}},
        {"contentBlockDelta": {"contentBlockIndex": None}},
        {"messageStop": {"stopReason": 5}},
        {"metadata": 5},
    )
    assert told.stream == "complete"
    assert [part.type for part in told.parts] == ["tool_call", "tool_call"]
    assert told.of(Finish) == []


def test_what_is_added_to_a_member_that_is_no_list_makes_it_one() -> None:
    told = ndjson(ASSISTANT, start(0, citations=1, deltas="s"), delta(0, citation={"title": "T"}, poem=1))
    assert told.native["output"]["message"]["content"] == [
        {"citationsContent": {"content": [{"text": ""}], "citations": [{"title": "T"}]}, "deltas": [{"poem": 1}]}
    ]


def test_objects_that_only_look_like_it_are_not_recognised() -> None:
    assert ndjson({"messageStart": 1}).message.protocol is None
    assert ndjson({"a": {}, "messageStart": {}}).message.protocol == "bedrock-converse"
    assert sse(("messageStart", {"a": 1})).message.protocol is None
    assert ndjson({"metadata": {}}).message.protocol is None
