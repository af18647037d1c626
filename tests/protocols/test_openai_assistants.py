"""Assistants: a run, its steps and its messages, each the object of the API, and deltas of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from streamconv import Record, assemble
from streamconv.protocols.event import Event
from streamconv.protocols.message import Part
from streamconv.protocols.openai_assistants import OpenAIAssistants
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Open, Start, Usage, Whole
from tests.conftest import FIXTURES
from tests.protocols.telling import sse

RUN = {"id": "run_1", "object": "thread.run", "status": "in_progress", "model": "m", "usage": None}
MESSAGE = {"id": "msg_1", "object": "thread.message", "status": "in_progress", "role": "assistant", "content": []}
STEP = {
    "id": "step_1",
    "object": "thread.run.step",
    "status": "in_progress",
    "step_details": {"type": "tool_calls", "tool_calls": []},
}
DONE = ("done", "[DONE]")


def run(status: str, **members: Any) -> dict[str, Any]:
    return {**RUN, "status": status, **members}


def said(*content: Any) -> dict[str, Any]:
    return {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": [*content]}}


def text(value: str, index: int = 0) -> dict[str, Any]:
    return {"index": index, "type": "text", "text": {"value": value}}


def called(*calls: Any) -> dict[str, Any]:
    details = {"type": "tool_calls", "tool_calls": [*calls]}
    return {"id": "step_1", "object": "thread.run.step.delta", "delta": {"step_details": details}}


def test_the_fixture_is_the_run_with_its_steps_and_messages() -> None:
    message = assemble(FIXTURES / "protocols" / "openai-assistants.sse")
    native = message.native
    assert (native["run"]["status"], native["run"]["usage"]["total_tokens"]) == ("completed", 56)
    assert native["steps"][0]["step_details"]["tool_calls"][0]["code_interpreter"] == {
        "input": "(14 - 11) / 3",
        "outputs": [{"type": "logs", "logs": "1.0"}],
    }
    assert native["messages"][0]["content"] == [{"type": "text", "text": {"value": "x = 1", "annotations": []}}]
    assert "thread" not in native
    assert [(part.type, part.name, part.text, part.partial) for part in message.choices[0].parts] == [
        ("tool_call", "code_interpreter", "(14 - 11) / 3", False),
        ("text", None, "x = 1", False),
    ]
    assert (message.id, message.model, message.usage["total_tokens"]) == ("run_1", "gpt-4o", 56)
    assert (message.choices[0].role, message.verdict.finish) == ("assistant", "stop")
    assert message.verdict.complete


def test_every_event_says_what_it_does() -> None:
    whole = {**MESSAGE, "status": "completed", "content": [{"type": "text", "text": {"value": "ab"}}]}
    saying = sse(
        {"id": "thread_1", "object": "thread"},
        RUN,
        STEP,
        called({"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}),
        called({"index": 0, "type": "function", "function": {"arguments": "{}"}}),
        MESSAGE,
        said(text("a")),
        said(text("b")),
        whole,
        run("completed", usage={"total_tokens": 3}),
        DONE,
    )
    assert saying.signs == [
        Start("run_1"),
        Open("step_1"),
        Call("step_1.0", 0, "call_1", "f"),
        Delta("step_1.0", "arguments", ""),
        Call("step_1.0", 0, None, None),
        Delta("step_1.0", "arguments", "{}"),
        Open("msg_1"),
        Delta("msg_1.0", "text", "a"),
        Delta("msg_1.0", "text", "b"),
        Whole("msg_1.0", "text", "ab"),
        Close("msg_1"),
        Usage(),
        Finish("completed"),
        End("[DONE]"),
    ]
    assert saying.native["thread"] == {"id": "thread_1", "object": "thread"}


def test_before_its_end_the_deltas_add_up() -> None:
    saying = sse(
        RUN,
        STEP,
        called({"index": 1, "id": "b", "type": "code_interpreter", "code_interpreter": {"input": "1+"}}),
        called({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x"'}}),
        called({"index": 1, "type": "code_interpreter", "code_interpreter": {"input": "1"}}),
        called({"index": 2, "id": "c", "type": "file_search", "file_search": {"ranking_options": {"n": 1}}}),
        called({"index": 3, "id": "d", "type": "new"}),
        said(text("Hel"), text("two", 1)),
        said(text("lo")),
        said({"index": 2, "type": "refusal", "refusal": "No"}),
        said({"index": 3, "type": "image_file", "image_file": {"file_id": "f"}}),
        said({"index": 4, "type": "new"}),
    )
    assert saying.parts == (
        Part("tool_call", "1+1", "b", "code_interpreter", partial=True),
        Part("tool_call", '{"x"', "a", "f", partial=True),
        Part("tool_call", id="c", name="file_search", partial=True, value={"ranking_options": {"n": 1}}),
        Part("data", partial=True, value={"index": 3, "id": "d", "type": "new"}),
        Part("text", "Hello", "msg_1", partial=True),
        Part("text", "two", "msg_1", partial=True),
        Part("refusal", "No", "msg_1", partial=True),
        Part(
            "file",
            id="msg_1",
            partial=True,
            value={"index": 3, "type": "image_file", "image_file": {"file_id": "f"}},
        ),
        Part("data", id="msg_1", partial=True, value={"index": 4, "type": "new"}),
    )
    assert saying.of(Delta)[-1] == Delta("msg_1.2", "refusal", "No")
    assert saying.stream == "no-terminator"


def test_a_text_that_no_delta_had_is_news_when_it_is_said_whole() -> None:
    cited = {"type": "file_citation", "text": "[1]"}
    whole = {**MESSAGE, "status": "completed", "content": [{"text": {"value": "ab", "annotations": [cited]}}]}
    saying = sse(RUN, whole, run("completed"), DONE)
    assert saying.of(Delta) == [Delta("msg_1.0", "text", "ab")]
    assert saying.parts == (Part("text", "ab", "msg_1"), Part("source", value=cited))


def test_calls_that_wait_for_their_results_are_whole() -> None:
    function = {"name": "f", "arguments": '{"a":1}', "output": None}
    saying = sse(
        RUN,
        STEP,
        called({"index": 0, "id": "a", "type": "function", "function": function}),
        run("requires_action", required_action={"type": "submit_tool_outputs"}),
        DONE,
    )
    assert saying.parts == (Part("tool_call", '{"a":1}', "a", "f", {"a": 1}),)
    assert saying.message.verdict.finish == "tool_calls"


@pytest.mark.parametrize(
    ("status", "members", "finish"),
    [
        ("cancelled", {}, "cancelled"),
        ("expired", {}, "error"),
        ("incomplete", {"incomplete_details": {"reason": "max_completion_tokens"}}, "length"),
        ("incomplete", {"incomplete_details": None}, "other"),
    ],
)
def test_the_run_says_how_it_finished(status: str, members: dict[str, Any], finish: str) -> None:
    saying = sse(RUN, run(status, **members), DONE)
    assert (saying.choice.finish, saying.stream) == (finish, "complete")


def test_errors() -> None:
    failed = sse(RUN, run("failed", last_error={"code": "rate_limit_exceeded", "message": "slow"}), DONE)
    assert failed.of(Error) == [Error("slow", "rate_limit_exceeded")]
    assert (failed.message.error["message"], failed.choice.finish) == ("slow", "error")
    named = sse(RUN, ("error", {"message": "gone", "code": "x"}), DONE)
    assert (named.message.error, named.stream) == ({"message": "gone", "code": "x"}, "in-band-error")


@pytest.mark.parametrize(
    ("payload", "evidence"),
    [
        (RUN, "an object thread.run"),
        (said(), "an object thread.message.delta"),
        ({"object": "thread"}, None),
        ({"object": ["thread.run"]}, None),
    ],
)
def test_recognised_by(payload: Any, evidence: str | None) -> None:
    assert OpenAIAssistants.recognises(Event(Record("event"), payload)) == evidence


@pytest.mark.parametrize(
    "odd",
    [
        {"object": "thread.message.delta", "id": "msg_1", "delta": "x"},
        {"object": "thread.message.delta", "id": 5, "delta": {}},
        {"object": "thread.run.step", "id": None},
        {"object": "thread.run", "status": 3},
        said(3, {"index": "x", "text": {"value": 5}}),
        called("x", {"type": 5}),
    ],
)
def test_what_does_not_fit_is_passed_over(odd: Any) -> None:
    assert sse(RUN, MESSAGE, said(text("a")), odd, said(text("b")), DONE).choice.text == "ab"


def test_a_capture_says_what_was_read_in_it(captures: Path) -> None:
    message = assemble(captures / "openai-assistants-run.sse")
    code, answer = message.choices[0].parts
    assert (code.name, code.arguments, code.value) == ("code_interpreter", code.text, None)
    assert hashlib.sha256(code.text.encode()).hexdigest().startswith("5f067e17a652fe6e")
    assert answer.text == "The solution to the equation \\(3x + 11 = 14\\) is \\(x = 1\\)."
    assert (message.usage["total_tokens"], message.verdict.finish, message.verdict.stream) == (469, "stop", "complete")
