"""Ollama: a JSON object a line, the last one done."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Delta, End, Finish, Usage
from tests.protocols.telling import ndjson


def chat(done: bool = False, message: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "", **(message or {})}
    return {"model": "llama3", "created_at": "2026-01-01T00:00:00Z", "message": said, "done": done, **more}


DONE = chat(True, done_reason="stop", eval_count=7, total_duration=9)


def test_a_chat_is_the_object_that_it_returns_without_streaming() -> None:
    told = ndjson(chat(message={"content": "Hel"}), chat(message={"content": "lo"}), DONE)
    assert told.native == {
        "model": "llama3",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": "Hello"},
        "done": True,
        "done_reason": "stop",
        "eval_count": 7,
        "total_duration": 9,
    }
    assert told.choice.role == "assistant"
    assert told.parts == (Part("text", "Hello"),)
    assert told.message.usage == {"eval_count": 7, "total_duration": 9}
    assert told.message.model == "llama3"
    assert told.message.verdict.evidence == "done: true"
    assert told.signs == [
        Delta("content", "text", "Hel"),
        Delta("content", "text", "lo"),
        Usage(),
        Finish("stop"),
        End(),
    ]


def test_a_generation_has_a_response_instead_of_a_message() -> None:
    start = {"model": "llama3", "created_at": "a", "done": False}
    told = ndjson(
        {**start, "response": "", "thinking": "Hm"},
        {**start, "response": "Hi"},
        {**start, "response": "", "done": True, "done_reason": "length", "context": [1, 2]},
    )
    assert told.native == {
        "model": "llama3",
        "created_at": "a",
        "response": "Hi",
        "thinking": "Hm",
        "done": True,
        "done_reason": "length",
        "context": [1, 2],
    }
    assert told.parts == (Part("reasoning", "Hm"), Part("text", "Hi"))
    assert (told.choice.role, told.choice.finish) == (None, "length")
    assert told.message.usage is None


def test_an_empty_generation_has_an_empty_response() -> None:
    told = ndjson({"model": "llama3", "created_at": "a", "response": "", "done": True, "done_reason": "load"})
    assert told.native["response"] == ""
    assert (told.choice.reason, told.choice.finish, told.parts) == ("load", "other", ())


def test_tool_calls_come_whole_and_are_appended() -> None:
    first = {"id": "call_1", "function": {"index": 0, "name": "weather", "arguments": {"city": "東京"}}}
    second = {"function": {"name": "time", "arguments": {}}}
    told = ndjson(chat(message={"tool_calls": [first]}), chat(message={"tool_calls": [second]}), DONE)
    assert told.native["message"] == {"role": "assistant", "content": "", "tool_calls": [first, second]}
    assert told.parts == (
        Part("tool_call", '{"city": "東京"}', "call_1", "weather", {"city": "東京"}, value={"index": 0}),
        Part("tool_call", "{}", None, "time", {}),
    )
    assert told.of(Call) == [
        Call("tool_calls[0]", 0, "call_1", "weather"),
        Call("tool_calls[1]", 1, None, "time"),
    ]


def test_images_and_log_probabilities_are_kept() -> None:
    told = ndjson(chat(message={"images": ["aGk="]}, logprobs=[{"token": "a"}]), chat(logprobs=[{"token": "b"}]), DONE)
    assert told.native["logprobs"] == [{"token": "a"}, {"token": "b"}]
    assert told.native["message"]["images"] == ["aGk="]
    assert told.parts == (Part("file", value="aGk="),)


def test_without_the_last_object_nothing_is_complete() -> None:
    told = ndjson(chat(message={"content": "Hel"}))
    assert told.parts == (Part("text", "Hel", partial=True),)
    assert told.native["done"] is False
    assert told.stream == "no-terminator"
    assert told.message.verdict.evidence.startswith("no done: true: the stream ends after event 1")


def test_a_server_that_says_no_reason_is_complete_all_the_same() -> None:
    told = ndjson(chat(message={"content": "Hi"}), chat(True))
    assert (told.stream, told.choice.reason) == ("complete", None)


def test_an_error_comes_as_a_line_of_its_own() -> None:
    told = ndjson(chat(message={"content": "Hi"}), {"error": "unexpected EOF"})
    assert told.stream == "in-band-error"
    assert told.message.error == "unexpected EOF"
    assert told.message.text == "Hi"


def test_other_lines_that_say_done_are_not_of_it() -> None:
    assert ndjson({"done": True, "message": {}}).message.protocol is None
    assert ndjson({"model": "m", "done": True, "status": "success"}).message.protocol is None
    assert ndjson({"model": "m", "done": "yes", "response": ""}).message.protocol is None
