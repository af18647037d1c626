"""A2A: the updates of a task add up to the task, as `tasks/get` would give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Close, Delta, End, Finish, Open, Start
from tests.protocols.events import Event, assembled, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def result(kind: str, **members: Any) -> dict[str, Any]:
    """An event of 0.3."""
    return {"jsonrpc": "2.0", "id": "q", "result": {"kind": kind, **members}}


def status(state: str, final: bool | None = None, **more: Any) -> dict[str, Any]:
    ends = {} if final is None else {"final": final}
    return result("status-update", taskId="t", contextId="c", status={"state": state, **more}, **ends)


def artifact(text: str, append: bool, last: bool) -> dict[str, Any]:
    made = {"artifactId": "a", "name": "Report", "parts": [{"kind": "text", "text": text}]}
    return result("artifact-update", taskId="t", artifact=made, append=append, lastChunk=last)


TASK = result("task", id="t", contextId="c", status={"state": "submitted"}, history=[{"messageId": "q"}])
RUN: list[Event] = [
    TASK,
    status("working", False, message={"messageId": "w", "parts": [{"kind": "text", "text": "wait"}]}),
    artifact("# Rep", False, False),
    artifact("ort", True, True),
    status("completed", True),
]


def test_the_updates_of_a_task_add_up_to_it() -> None:
    message = assembled(*RUN)
    assert message.native == {
        "kind": "task",
        "id": "t",
        "contextId": "c",
        "status": {"state": "completed"},
        "artifacts": [
            {
                "artifactId": "a",
                "name": "Report",
                "parts": [{"kind": "text", "text": "# Rep"}, {"kind": "text", "text": "ort"}],
            }
        ],
        "history": [{"messageId": "q"}, {"messageId": "w", "parts": [{"kind": "text", "text": "wait"}]}],
    }
    assert (message.text, message.id) == ("# Report", "t")
    assert (message.verdict.stream, message.verdict.finish) == ("complete", "stop")
    assert kinds(message) == ["text", "data"]  # what it said while it worked is not the answer


def test_the_signs_of_a_task() -> None:
    assert signs(*RUN) == [
        Start("t"),
        Open("artifact a"),
        Delta("artifact a", "text", "# Rep"),
        Delta("artifact a", "text", "ort"),
        Close("artifact a"),
        Finish("completed"),
        End(),
    ]


@pytest.mark.parametrize("size", range(1, len(RUN)))
def test_before_its_final_status_it_is_not_complete(size: int) -> None:
    assert assembled(*RUN[:size]).verdict.stream == "no-terminator"


def test_a_status_that_is_not_final_does_not_end_it() -> None:
    assert not assembled(TASK, status("completed", False)).verdict.complete
    assert assembled(TASK, status("completed")).verdict.complete  # 1.0 has no `final`


@pytest.mark.parametrize(
    ("state", "finish"),
    [
        ("TASK_STATE_COMPLETED", "stop"),
        ("TASK_STATE_INPUT_REQUIRED", "pause"),
        ("TASK_STATE_REJECTED", "refusal"),
        ("TASK_STATE_CANCELED", "cancelled"),
        ("TASK_STATE_FAILED", "error"),
    ],
)
def test_one_point_zero_without_json_rpc(state: str, finish: str) -> None:
    question = {"messageId": "m", "parts": [{"text": "Which "}, {"text": "city?"}, {"data": {"n": 1}}, {"url": "x"}, 7]}
    message = assembled(
        {"task": {"id": "t", "status": {"state": "TASK_STATE_WORKING"}}},
        {"artifactUpdate": {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"raw": "aGk="}]}}},
        {"statusUpdate": {"taskId": "t", "status": {"state": state, "message": question}, "metadata": {"m": 1}}},
    )
    assert (message.verdict.stream, message.verdict.finish) == ("complete", finish)
    assert [(part.type, part.text) for part in message.choice().parts] == [
        ("file", ""),
        ("text", "Which city?"),
        ("data", ""),
        ("file", ""),
        ("data", ""),
    ]
    assert message.native["metadata"] == {"m": 1}


def test_a_task_that_comes_whole() -> None:
    made = {"artifactId": "a", "parts": [{"kind": "text", "text": "done"}]}
    whole = result("task", id="t", status={"state": "completed"}, artifacts=[made, 7])
    message = assembled(whole)
    assert (message.text, message.verdict.stream, kinds(message)) == ("done", "complete", ["text", "data"])
    assert message.native["artifacts"] == [made]


def test_an_agent_may_answer_with_a_message_alone() -> None:
    answer = {"messageId": "m", "role": "agent", "parts": [{"kind": "text", "text": "Hi"}]}
    message = assembled(result("message", **answer))
    assert message.native == {"kind": "message", **answer}
    assert (message.text, message.verdict.stream, message.verdict.finish) == ("Hi", "complete", "stop")


def test_an_artifact_sent_again_replaces_what_it_was_and_one_without_an_end_is_partial() -> None:
    message = assembled(TASK, artifact("old", False, False), artifact("new", False, False))
    assert message.choice().parts == (Part("text", "new", partial=True),)
    ended = assembled(TASK, artifact("a", True, False), status("completed", True))
    assert ended.choice().parts == (Part("text", "a"),)
    assert Close("artifact a") in signs(TASK, artifact("a", True, False), status("completed", True))


def test_metadata_are_gathered() -> None:
    noted = result("status-update", taskId="t", status={"state": "working"}, metadata={"a": 1})
    more = result("status-update", taskId="t", status=7, metadata={"b": 2})
    assert assembled(noted, more).native == {"id": "t", "status": 7, "metadata": {"a": 1, "b": 2}}


def test_errors_and_what_nobody_knows() -> None:
    failed = {"jsonrpc": "2.0", "id": "q", "error": {"code": -32001, "message": "Task not found"}}
    message = assembled(TASK, failed, failed)
    assert message.verdict.evidence == "an error in the stream: Task not found (-32001)"
    assert message.error["code"] == -32001
    assert assembled(TASK, ("error", "gone")).error == "gone"
    odd = assembled(
        TASK,
        result("new", a=1),
        {"jsonrpc": "2.0", "id": 1.5, "result": 7},
        artifact("x", False, False) | {"result": {"kind": "artifact-update", "artifact": 7}},
    )
    assert len(parts(odd, "data")) == 3


@pytest.mark.parametrize(
    "event",
    [
        {"task": {"taskId": "mcp", "status": "working"}},  # MCP has tasks, too
        {"jsonrpc": "2.0", "id": 1, "result": {"task": {"taskId": "t", "status": "working"}}},
        {"kind": "message", "text": "log"},
        {"message": {"messageId": "x"}},
        {"task": {"status": {}}},
    ],
)
def test_it_is_not_recognised_by_less(event: Event) -> None:
    assert assembled(event).protocol != "a2a"


def test_a_capture_adds_up_to_what_was_read_in_it(captures: Path) -> None:
    (stream,) = (one for one in streams(captures) if one.name == "a2a-v03-jsonrpc.sse")
    _, message = added(stream.records())
    assert (message.protocol, message.verdict.stream, message.verdict.finish) == ("a2a", "complete", "stop")
    assert (message.text, kinds(message)) == ("# Report\npart two", ["text"])  # written by hand, not captured
