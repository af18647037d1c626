"""LangGraph's agent streaming: content blocks of runs in namespaces, the life of the graph and its last state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Open, Start, Usage, Whole
from tests.protocols.events import Event, assembled, digest, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def event(method: str, data: Any, *namespace: str) -> dict[str, Any]:
    return {"type": "event", "seq": 1, "method": method, "params": {"namespace": [*namespace], "data": data}}


def said(name: str, index: Any = 0, run: str = "r", **members: Any) -> dict[str, Any]:
    return event("messages", {"event": name, "index": index, "run_id": run, **members}, "agent")


def start(**content: Any) -> dict[str, Any]:
    return said("content-block-start", content=content)


def delta(type: str, **members: Any) -> dict[str, Any]:
    return said("content-block-delta", delta={"type": type, **members})


RUNNING = event("lifecycle", {"event": "running"})
COMPLETED = event("lifecycle", {"event": "completed"})
MESSAGE: list[Event] = [
    RUNNING,
    said("message-start", id="m", metadata={"model": "gpt"}),
    start(type="text", text="It "),
    delta("text-delta", text="rains."),
    said("content-block-finish", content={"type": "text", "text": "It rains."}),
    said("content-block-start", 1, content={"type": "tool_call_chunk", "id": "c", "name": "weather", "args": ""}),
    said("content-block-delta", 1, delta={"type": "tool-call-delta", "args": '{"a"'}),
    said(
        "content-block-delta",
        1,
        delta={"type": "block-delta", "fields": {"type": "tool_call_chunk", "args": '{"a": 1'}},
    ),
    said("content-block-delta", 1, delta={"type": "tool-call-delta", "args": "}"}),
    said("content-block-finish", 1, content={"type": "tool_call", "id": "c", "name": "weather", "args": {"a": 1}}),
    said("message-finish", reason="tool_use", usage={"total_tokens": 3}),
]


def test_blocks_add_up() -> None:
    message = assembled(*MESSAGE)
    assert message.choice().parts == (
        Part("text", "It rains."),
        Part("tool_call", '{"a": 1}', "c", "weather", {"a": 1}),
    )
    assert (message.id, message.model, message.usage) == ("m", "gpt", {"total_tokens": 3})
    assert (message.verdict.stream, message.verdict.finish) == ("complete", "tool_calls")
    assert message.native == {
        "messages": [
            {
                "type": "ai",
                "content": [
                    {"type": "text", "text": "It rains."},
                    {"type": "tool_call", "id": "c", "name": "weather", "args": {"a": 1}},
                ],
            }
        ]
    }


def test_the_signs_of_a_message() -> None:
    text, call = "['agent'] r block 0 text", "['agent'] r block 1 tool_call"
    assert signs(*MESSAGE, COMPLETED) == [
        Start("m"),
        Open(text),
        Delta(text, "text", "It "),
        Delta(text, "text", "rains."),
        Whole(text, "text", "It rains."),
        Close(text),
        Open(call),
        Call(call, None, "c", "weather"),
        Delta(call, "arguments", '{"a"'),
        Delta(call, "arguments", ": 1"),
        Delta(call, "arguments", "}"),
        Close(call),
        Usage(),
        Finish("tool_use"),
        End("lifecycle completed"),
    ]


@pytest.mark.parametrize("size", range(1, len(MESSAGE)))
def test_before_its_end_a_message_is_not_complete(size: int) -> None:
    assert assembled(*MESSAGE[:size]).verdict.stream == "no-terminator"


def test_a_message_after_a_message_has_its_own_end() -> None:
    again = said("message-start", run="s", id="n")
    more = said("content-block-delta", run="s", delta={"type": "text-delta", "text": "!"})
    assert not assembled(*MESSAGE, again, more).verdict.complete
    assert assembled(*MESSAGE, again, more, said("message-finish", run="s")).verdict.finish == "stop"


def test_a_call_that_was_cut_never_looks_complete() -> None:
    (call,) = parts(assembled(*MESSAGE[:9]), "tool_call")
    assert (call.partial, call.arguments, call.text) == (True, None, '{"a": 1}')
    invalid = said(
        "content-block-finish", 1, content={"type": "invalid_tool_call", "id": "c", "name": "w", "args": "{"}
    )
    (call,) = parts(assembled(*MESSAGE[:9], invalid), "tool_call")
    assert (call.partial, call.text) == (True, "{")


def test_kinds_of_one_index_are_blocks_of_their_own() -> None:
    """Servers count blocks of each kind from 0, and a subscription may lack where they start."""
    message = assembled(
        start(type="reasoning", reasoning="hm", index=0),
        delta("text-delta", text="Hi"),
        delta("reasoning-delta", reasoning=" yes"),
        delta("block-delta", fields={"type": "text", "annotations": [1]}),
        said("content-block-finish", content={"type": "reasoning", "reasoning": "hm, yes", "index": 0}),
    )
    assert message.choice().parts == (
        Part("reasoning", "hm, yes"),
        Part("text", "Hi", partial=True, value={"annotations": [1]}),
    )


def test_arguments_that_are_replaced() -> None:
    fields = [{"type": "tool_call_chunk", "args": text} for text in ('{"a"', '{"b": 1}')]
    message = assembled(start(type="tool_call_chunk", name="w"), *(delta("block-delta", fields=one) for one in fields))
    assert parts(message, "tool_call")[0].text == '{"b": 1}'


def test_files_and_results_of_server_tools() -> None:
    message = assembled(
        start(type="image", base64="aG", mime_type="image/png"),
        delta("data-delta", data="k="),
        said("content-block-start", 1, content={"type": "server_tool_result", "tool_call_id": "c", "output": "found"}),
        said("content-block-start", 2, content={"type": "non_standard", "value": {"n": 1}}),
    )
    file, result, other = message.choice().parts
    assert (file.type, file.value["base64"]) == ("file", "aGk=")
    assert (result.type, result.id, result.text) == ("tool_result", "c", "found")
    assert other == Part("data", value={"type": "non_standard", "value": {"n": 1}})


def test_the_last_state_of_the_root_is_what_the_run_answers() -> None:
    state = {"messages": [{"type": "ai", "content": "Hi"}]}
    message = assembled(*MESSAGE, event("values", {"old": 1}), event("values", state), event("values", {"x": 1}, "sub"))
    assert message.native == state
    assert [part.value["method"] for part in parts(message, "data")] == ["values", "values"]


@pytest.mark.parametrize(
    ("stage", "stream", "finish"),
    [("completed", "complete", None), ("interrupted", "complete", "pause"), ("failed", "in-band-error", "error")],
)
def test_the_life_of_the_graph(stage: str, stream: str, finish: str | None) -> None:
    message = assembled(RUNNING, event("lifecycle", {"event": stage, "error": "boom"}))
    assert (message.verdict.stream, message.verdict.finish) == (stream, finish)
    assert assembled(RUNNING, event("lifecycle", {"event": stage}, "sub")).verdict.stream == "no-terminator"


def test_errors() -> None:
    error = said("error", message="overloaded", code="503")
    message = assembled(*MESSAGE[:4], error, error)
    assert message.verdict.evidence == "an error in the stream: overloaded (503)"
    assert Error("limit", "unknown_error") in signs(RUNNING, ("error", {"message": "limit", "code": "unknown_error"}))
    assert assembled(RUNNING, {"type": "error", "id": 1, "error": "no"}).error == "no"


def test_what_nobody_knows_is_kept() -> None:
    tool = event("tools", {"event": "tool-started", "tool_call_id": "c"})
    odd = said("content-block-delta", delta={"type": "new-delta"})
    message = assembled(
        RUNNING, tool, odd, said("message-new"), {"type": "event"}, said("content-block-start", content=7)
    )
    assert [part.value for part in parts(message, "data")] == [
        {"type": "None"},
        tool,
        odd["params"]["data"],
        said("message-new")["params"]["data"],
        {"type": "event"},
    ]


@pytest.mark.parametrize(
    "one", [{"type": "event", "method": "log", "params": {"namespace": []}}, {"type": "event", "method": "values"}]
)
def test_it_is_not_recognised_by_less(one: Event) -> None:
    assert assembled(one).protocol is None


def test_a_capture_adds_up_to_what_was_read_in_it(captures: Path) -> None:
    (stream,) = (one for one in streams(captures) if one.name == "langgraph-protocol-reasoning.sse")
    _, message = added(stream.records())
    assert kinds(message) == ["reasoning", "reasoning", "text", "data"]
    assert digest(message.text) == "607b40e45b64"
    # The fixture ends without the empty line after its last event.
    assert (message.verdict.stream, message.verdict.finish) == ("cut-in-event", "stop")
    assert message.usage["total_tokens"] == 562
