"""Baidu Qianfan's first API."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Delta, End, Start, Usage
from tests.protocols.telling import ndjson, sse


def event(result: str, number: int = 0, end: bool = False, **more: Any) -> dict[str, Any]:
    told = {"id": "as-1", "object": "chat.completion", "created": 17, "sentence_id": number, "is_end": end}
    return {**told, "is_truncated": False, "result": result, "need_clear_history": False, **more}


def test_the_deltas_are_the_result_of_one_call() -> None:
    usage = {"total_tokens": 5}
    told = sse(event("你好"), event("！", 1, True, usage=usage, finish_reason="normal"))
    assert told.native == {
        "id": "as-1",
        "object": "chat.completion",
        "created": 17,
        "is_truncated": False,
        "need_clear_history": False,
        "usage": usage,
        "finish_reason": "normal",
        "result": "你好！",
    }
    assert (told.choice.role, told.parts) == ("assistant", (Part("text", "你好！"),))
    assert (told.message.id, told.message.usage, told.stream, told.choice.finish) == ("as-1", usage, "complete", "stop")
    assert told.of(Start, Delta, Usage, End) == [
        Start("as-1"),
        Delta("0", "text", "你好"),
        Delta("0", "text", "！"),
        Usage(),
        End(),
    ]


def test_an_answer_that_is_truncated_ran_out_of_length() -> None:
    assert sse(event("a", end=True, is_truncated=True)).choice.finish == "length"
    assert sse(event("a", end=True)).choice.finish is None
    assert sse(event("a")).message.verdict.evidence.startswith("no is_end: true")


def test_a_function_call_is_a_part() -> None:
    call = {"name": "weather", "arguments": '{"city":"北京"}', "thoughts": "Hm"}
    told = sse(event("", end=True, function_call=call, finish_reason="function_call"))
    arguments = {"city": "北京"}
    assert told.parts == (Part("tool_call", '{"city":"北京"}', None, "weather", arguments, value={"thoughts": "Hm"}),)
    assert told.of(Call) == [Call("function_call", 0, None, "weather")]
    assert told.choice.finish == "tool_calls"
    assert sse(event("", end=True, function_call={"name": "now"})).parts == (Part("tool_call", "", None, "now", {}),)


def test_an_error_comes_bare() -> None:
    error = {"error_code": 17, "error_msg": "Open api daily request limit reached", "id": "as-1"}
    told = ndjson(error)
    assert (told.message.protocol, told.message.error) == ("baidu", error)
    assert told.message.verdict.evidence == "an error in the stream: Open api daily request limit reached (17)"
    assert sse(event("a"), {"error": "no"}).message.error == "no"
