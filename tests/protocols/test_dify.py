"""Dify: the events of chat, agent and workflow apps add up to their blocking answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, End, Finish, Start, Usage, Whole
from tests.protocols.events import Event, assembled, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def event(name: str, **members: Any) -> dict[str, Any]:
    return {"event": name, "task_id": "t", **members}


def said(answer: Any, name: str = "message") -> dict[str, Any]:
    return event(name, message_id="m", conversation_id="c", answer=answer)


STARTED = event("workflow_started", workflow_run_id="r", data={"id": "r"})
FINISHED = event("workflow_finished", workflow_run_id="r", data={"status": "succeeded", "outputs": {"text": "hi"}})
END = event("message_end", message_id="m", metadata={"usage": {"total_tokens": 3}})


def test_a_chat_adds_up_to_its_blocking_answer() -> None:
    message = assembled(said("你"), said("好"), END)
    assert message.native == {
        "event": "message",
        "task_id": "t",
        "message_id": "m",
        "conversation_id": "c",
        "answer": "你好",
        "metadata": {"usage": {"total_tokens": 3}},
    }
    assert (message.verdict.stream, message.verdict.finish) == ("complete", "stop")
    assert (message.text, message.id, message.usage) == ("你好", "m", {"total_tokens": 3})
    assert signs(said("你"), said("好"), END) == [
        Start(),
        Delta("answer", "text", "你"),
        Delta("answer", "text", "好"),
        Usage(),
        Finish("message_end"),
        End(),
    ]


def test_before_its_end_a_chat_is_not_complete() -> None:
    assert assembled(said("a")).verdict.stream == "no-terminator"
    assert assembled(STARTED, said("a"), FINISHED).verdict.stream == "no-terminator"
    assert assembled(said("a")).choice().parts == (Part("text", "a", partial=True),)


@pytest.mark.parametrize("order", [[FINISHED, END], [END, FINISHED]])
def test_a_chatflow_ends_twice(order: list[Event]) -> None:
    message = assembled(STARTED, said("hi"), *order)
    assert (message.verdict.stream, message.verdict.finish, message.text) == ("complete", "stop", "hi")
    assert sum(isinstance(sign, Finish) for sign in signs(STARTED, said("hi"), *order)) == 1


def test_a_workflow_adds_up_to_its_run() -> None:
    chunk = event("text_chunk", workflow_run_id="r", data={"text": "hi"})
    node = event("node_started", workflow_run_id="r", data={"title": "LLM"})
    message = assembled(STARTED, node, chunk, event("text_chunk", workflow_run_id="r", data=7), FINISHED)
    assert message.native == {
        "task_id": "t",
        "workflow_run_id": "r",
        "data": {"status": "succeeded", "outputs": {"text": "hi"}},
        "text": "hi",
    }
    assert (message.verdict.stream, message.verdict.evidence) == ("complete", "workflow_finished")
    assert kinds(message) == ["text", "data", "data"]


@pytest.mark.parametrize(
    ("data", "finish"),
    [({"status": "failed"}, "error"), ({"status": "stopped"}, "cancelled"), ({"status": 7}, None), (7, None)],
)
def test_how_a_workflow_ended(data: Any, finish: str | None) -> None:
    message = assembled(STARTED, event("workflow_finished", workflow_run_id="r", data=data))
    assert (message.verdict.stream, message.verdict.finish) == ("complete", finish)


def test_a_workflow_that_failed_and_one_that_waits() -> None:
    failed = event("workflow_finished", workflow_run_id="r", data={"status": "failed", "error": "no quota"})
    assert assembled(STARTED, failed).verdict.evidence == "an error in the stream: no quota"
    waits = assembled(STARTED, said("a"), event("workflow_paused", workflow_run_id="r", data={}))
    assert (waits.verdict.stream, waits.verdict.finish) == ("complete", "pause")
    late = assembled(said("a"), END, failed)
    assert (late.verdict.finish, late.error) == ("error", "no quota")


def test_an_agent_thinks_calls_and_answers() -> None:
    def thought(**members: Any) -> dict[str, Any]:
        return event("agent_thought", id="1", message_id="m", **members)

    events: list[Event] = [
        thought(thought="I must"),
        thought(thought="I must look.", tool="search", tool_input='{"q": "x"}'),
        thought(observation="found"),
        event("agent_thought", id="2", message_id="m", thought="The answer", tool="shout", tool_input="loud"),
        event("agent_thought", id="2", message_id="m", thought="The answer", observation=[1]),
        event("message_file", id="f", message_id="m", url="https://example.com/a.png"),
        said("The ", "agent_message"),
        said("answer", "agent_message"),
        said("The answer"),  # the whole once more
        END,
    ]
    message = assembled(*events)
    assert message.text == "The answer"
    assert [(part.type, part.text, part.name, part.arguments) for part in message.choice().parts] == [
        ("reasoning", "I must look.", None, None),
        ("tool_call", '{"q": "x"}', "search", {"q": "x"}),
        ("tool_result", "found", "search", None),
        ("tool_call", "loud", "shout", "loud"),
        ("tool_result", "", "shout", None),
        ("text", "The answer", None, None),
        ("file", "", None, None),
    ]
    assert Whole("answer", "text", "The answer") in signs(*events)
    assert [sign.text for sign in signs(*events) if isinstance(sign, Delta) and sign.channel == "reasoning"] == [
        "I must",
        " look.",
        "The answer",
    ]


def test_an_answer_may_be_replaced() -> None:
    """What a moderation does, after the text has been sent."""
    message = assembled(said("bad"), event("message_replace", message_id="m", answer="I cannot"), END)
    assert message.text == "I cannot"
    assert assembled(said("bad"), event("message_replace", message_id="m", answer=7), END).text == ""


def test_errors() -> None:
    error = event("error", message_id="m", status=400, code="quota", message="out of tokens")
    message = assembled(said("a"), error, error)
    assert message.verdict.evidence == "an error in the stream: out of tokens (quota)"
    assert message.error == error
    assert assembled(said("a"), {"error": "gateway"}).error == "gateway"


def test_pings_say_nothing_and_the_unknown_is_kept() -> None:
    log = event("agent_log", data={})
    message = assembled(said("a"), event("ping"), log, event("tts_message", audio="aGk="), said(7), "text", END)
    assert [part.value for part in parts(message, "data")] == [log]
    assert [part.value["audio"] for part in parts(message, "file")] == ["aGk="]
    assert message.text == "a"


@pytest.mark.parametrize("one", [{"event": "message", "answer": "x"}, {"event": "ping", "task_id": "t"}, {"event": 7}])
def test_it_is_not_recognised_by_less(one: Event) -> None:
    assert assembled(one).protocol is None


def test_a_capture_adds_up_to_what_was_read_in_it(captures: Path) -> None:
    (stream,) = (one for one in streams(captures) if one.name == "dify-chatflow.sse")
    _, message = added(stream.records())
    assert (message.verdict.stream, message.verdict.finish, message.text) == ("complete", "stop", "你好，Dify")
    assert kinds(message) == ["text", "data", "data", "data"]  # two of nodes, and the workflow
