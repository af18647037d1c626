"""LangServe and the LangGraph Platform: messages, whether they come in chunks or whole again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Delta, End, Finish, Start, Usage
from tests.protocols.events import Event, assembled, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams

META: Event = ("metadata", {"run_id": "r", "attempt": 1})
END: Event = ("end", "null")


def piece(content: Any, id: str = "a", type: str = "AIMessageChunk", **members: Any) -> Event:
    """A chunk in the mode messages-tuple."""
    return "messages", [{"type": type, "id": id, "content": content, **members}, {"langgraph_node": "agent"}]


def test_chunks_of_messages_add_up() -> None:
    chunks = [
        META,
        piece("", additional_kwargs={"reasoning_content": "hm "}),
        piece("It ", tool_call_chunks=[{"name": "weather", "args": '{"a"', "id": "c", "index": 0}]),
        piece("rains.", tool_call_chunks=[{"name": None, "args": ": 1}", "id": None, "index": 0}]),
        piece("", response_metadata={"finish_reason": "tool_calls", "model_name": "m"}, usage_metadata={"total": 3}),
        piece("sunny", id="t", type="tool", tool_call_id="c", name="weather", status="success"),
        piece("No", id="b", response_metadata={"model_name": "m"}),
        piece(".", id="b", response_metadata={"finish_reason": "stop"}),
        END,
    ]
    message = assembled(*chunks)
    assert [(part.type, part.text, part.partial) for part in message.choice().parts] == [
        ("reasoning", "hm ", False),
        ("text", "It rains.", False),
        ("tool_call", '{"a": 1}', False),
        ("tool_result", "sunny", False),
        ("text", "No.", False),
    ]
    assert parts(message, "tool_call")[0].arguments == {"a": 1}
    assert (message.id, message.model, message.usage) == ("r", "m", {"total": 3})
    assert (message.verdict.stream, message.verdict.finish) == ("complete", "stop")
    assert message.native["messages"][0] == {
        "type": "ai",
        "id": "a",
        "content": "It rains.",
        "additional_kwargs": {"reasoning_content": "hm "},
        "response_metadata": {"finish_reason": "tool_calls", "model_name": "m"},
        "usage_metadata": {"total": 3},
        "tool_calls": [{"id": "c", "name": "weather", "args": {"a": 1}}],
    }
    assert message.native["messages"][1]["content"] == "sunny"
    assert signs(*chunks) == [
        Start("r"),
        Delta("message a", "reasoning", "hm "),
        Delta("message a", "text", "It "),
        Call("message a call 0", 0, "c", "weather"),
        Delta("message a call 0", "arguments", '{"a"'),
        Delta("message a", "text", "rains."),
        Delta("message a call 0", "arguments", ": 1}"),
        Usage(),
        Delta("message b", "text", "No"),
        Delta("message b", "text", "."),
        Finish("stop"),
        End(),
    ]


@pytest.mark.parametrize(("args", "whole"), [("", False), ("12", False), ('{"a"', False), ('{"a":1}', True)])
def test_a_call_that_the_finish_cut_is_whole_only_where_its_text_shows_it(args: str, whole: bool) -> None:
    call = piece("", tool_call_chunks=[{"name": "f", "args": args, "id": "c", "index": 0}])
    message = assembled(META, call, piece("", response_metadata={"finish_reason": "length"}), END)
    (part,) = parts(message, "tool_call")
    assert (part.partial, part.arguments) == (not whole, {"a": 1} if whole else None)


def test_messages_that_come_whole_again_and_again_are_not_doubled() -> None:
    def partial(text: str, **members: Any) -> Event:
        return "messages/partial", [{"type": "ai", "id": "a", "content": text, **members}]

    call = {"name": "weather", "args": {"a": 1}, "id": "c"}
    events = [META, partial("It"), partial("It rains."), partial("It rains.", tool_calls=[call, 7]), END]
    message = assembled(*events)
    assert message.choice().parts == (
        Part("text", "It rains."),
        Part("tool_call", '{"a": 1}', "c", "weather", {"a": 1}),
    )
    assert [sign.text for sign in signs(*events) if isinstance(sign, Delta)] == ["It", " rains."]
    anew = assembled(META, partial("It rains."), ("messages/complete", [{"type": "ai", "id": "a", "content": "No"}]))
    assert anew.text == "No"


def test_content_in_blocks() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "index": 0},
        {"type": "text", "text": "Hi ", "index": 1},
        "there",
        {"type": "tool_use", "id": "c"},  # said as tool_call_chunks, too
        {"type": "image_url", "image_url": "x"},
        {"type": "refusal", "refusal": "no"},
        7,
    ]
    message = assembled(META, piece(blocks))
    assert [(part.type, part.text) for part in message.choice().parts] == [
        ("reasoning", "hm"),
        ("text", "Hi there"),
        ("refusal", "no"),
        ("data", ""),
        ("data", ""),
    ]
    native = message.native["messages"][0]["content"]
    assert native == [{"type": "text", "text": "Hi there"}, {"type": "image_url", "image_url": "x"}, 7]
    whole = ("messages/partial", [{"type": "ai", "id": "a", "content": blocks}])
    assert kinds(assembled(META, whole, whole)) == ["reasoning", "text", "refusal", "data", "data"]


def test_a_call_that_was_cut_never_looks_complete() -> None:
    begun = piece("", tool_call_chunks=[{"name": "weather", "args": '{"a": 1}', "id": "c"}, 7])
    assert parts(assembled(META, begun), "tool_call")[0].partial
    more = piece("", tool_call_chunks=[{"args": "}"}])
    (broken,) = parts(assembled(META, begun, more, END), "tool_call")
    assert (broken.partial, broken.text, broken.arguments) == (True, '{"a": 1}}', None)


def test_a_tool_may_answer_with_more_than_text() -> None:
    message = assembled(META, piece([{"type": "image"}], id="t", type="tool", tool_call_id=7, artifact={"n": 1}))
    assert message.choice().parts == (
        Part("tool_result", value={"content": [{"type": "image"}], "artifact": {"n": 1}}),
    )


def test_the_last_state_is_what_the_run_answers() -> None:
    asked = [{"type": "ai", "content": "old"}, {"type": "human", "content": "?"}]
    answered = [*asked, {"type": "ai", "content": "No.", "tool_calls": []}]
    message = assembled(META, ("values", {"messages": asked}), ("values", {"messages": answered}), ("values|sub", 7))
    assert message.native == {"messages": answered}
    assert [(part.type, part.text) for part in message.choice().parts] == [("text", "No."), ("data", ""), ("data", "")]
    assert assembled(META, ("values", "text"), END).native == {"messages": []}
    assert assembled(META, END).verdict.stream == "complete"


def test_lang_serve() -> None:
    run: Event = ("metadata", {"run_id": "r"})
    message = assembled(run, ("data", '"Hel"'), ("data", '"lo"'), tail=b"event: end\n\n")  # an end without data
    assert message.native == {"output": "Hello", "metadata": {"run_id": "r"}}
    assert (message.text, message.verdict.stream) == ("Hello", "complete")
    other = assembled(run, ("data", {"a": 1}), ("data", {"a": 2}), ("data", "not JSON"), END)
    assert (other.native["output"], kinds(other)) == ("not JSON", ["text", "data", "data"])
    chunks = assembled(run, ("data", {"type": "AIMessageChunk", "content": "Hi", "id": "x"}), END)
    assert (chunks.native["output"]["content"], chunks.text) == ("Hi", "Hi")
    assert assembled(run, ("data", "7"), END).native["output"] == 7


def test_lang_serve_logs_and_events() -> None:
    first = {"op": "replace", "path": "", "value": {"streamed_output": [], "final_output": None}}
    adds = [{"op": "add", "path": "/streamed_output/-", "value": text} for text in ("Hel", "lo")]
    misfit = [{"op": "remove", "path": "/nothing"}]
    log = assembled(META, ("data", {"ops": [first]}), ("data", {"ops": adds}), ("data", misfit), END)
    assert log.text == "Hello"
    assert log.native["log"] == {"streamed_output": ["Hel", "lo"], "final_output": None}
    assert parts(log, "data")[0].value == misfit
    said = {"event": "on_chat_model_stream", "data": {"chunk": {"type": "AIMessageChunk", "content": "Hi"}}}
    began = {"event": "on_chain_start", "data": {}}
    events = assembled(META, ("data", began), ("data", said), END)
    assert (events.text, parts(events, "data")[0].value) == ("Hi", began)


def test_errors() -> None:
    found = assembled(META, piece("a"), ("error", {"error": "GraphRecursionError", "message": "limit"}))
    assert found.verdict.evidence == "an error in the stream: limit (GraphRecursionError)"
    served = assembled(META, ("error", {"status_code": 500, "message": "Internal Server Error"}), ("error", "x"))
    assert served.error == {"status_code": 500, "message": "Internal Server Error"}


def test_what_nobody_knows_is_kept() -> None:
    message = assembled(
        META, ("updates|sub:1", {"a": 1}), ("messages", []), piece("typed", type="human"), ("metadata", 7)
    )
    assert [part.value for part in parts(message, "data")] == [
        {"event": "updates|sub:1", "data": {"a": 1}},
        None,
        {"type": "human", "id": "a", "content": "typed"},
        {"event": "metadata", "data": None},
    ]
    assert assembled(("metadata", {"run_id": "r"}), ("metadata", {"run_id": 7})).id == "r"


@pytest.mark.parametrize(
    "event",
    [("metadata", {"n": 1}), ("messages", [7]), ("messages", [{"type": "log"}]), ("data", {"a": 1}), ("values", {})],
)
def test_it_is_not_recognised_by_less(event: Event) -> None:
    assert assembled(event).protocol is None


def test_it_is_recognised_without_its_metadata() -> None:
    assert assembled(piece("a")).protocol == "langchain"


def test_captures_add_up_to_what_was_read_in_them(captures: Path) -> None:
    found = {stream.name: added(stream.records())[1] for stream in streams(captures) if stream.name.startswith("lang")}
    served, platform = found["langserve-stream.sse"], found["langgraph-platform.sse"]
    assert (served.text, served.verdict.stream, served.verdict.finish) == ("Hello", "complete", None)
    assert (platform.text, platform.verdict.stream, kinds(platform)) == ("Hello", "in-band-error", ["text", "data"])
