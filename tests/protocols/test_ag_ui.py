"""AG-UI: the events of a run add up to the messages and the state of the client's agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Open, Start
from tests.protocols.events import Event, assembled, digest, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def event(type: str, **members: Any) -> dict[str, Any]:
    return {"type": type, **members}


START = event("RUN_STARTED", threadId="t", runId="r")
END = event("RUN_FINISHED", threadId="t", runId="r")
RUN: list[Event] = [
    event("RUN_STARTED", threadId="t", runId="run_1"),
    event("REASONING_START", messageId="r1"),
    event("REASONING_MESSAGE_START", messageId="r1", role="reasoning"),
    event("REASONING_MESSAGE_CONTENT", messageId="r1", delta="It is "),
    event("REASONING_MESSAGE_CONTENT", messageId="r1", delta="asked for."),
    event("REASONING_MESSAGE_END", messageId="r1"),
    event("REASONING_END", messageId="r1"),
    event("TEXT_MESSAGE_START", messageId="m1", role="assistant"),
    event("TEXT_MESSAGE_CONTENT", messageId="m1", delta="I look."),
    event("TEXT_MESSAGE_END", messageId="m1"),
    event("TOOL_CALL_START", toolCallId="c1", toolCallName="weather", parentMessageId="m1"),
    event("TOOL_CALL_ARGS", toolCallId="c1", delta='{"city": "北'),
    event("TOOL_CALL_ARGS", toolCallId="c1", delta='京"}'),
    event("TOOL_CALL_END", toolCallId="c1"),
    event("TEXT_MESSAGE_CHUNK", messageId="m2", delta="It "),
    event("TEXT_MESSAGE_CHUNK", delta="rains."),
    event("TOOL_CALL_RESULT", messageId="m3", toolCallId="c1", content='{"rain": true}'),
    event("STATE_SNAPSHOT", snapshot={"city": None, "steps": []}),
    event("STATE_DELTA", delta=[{"op": "add", "path": "/steps/-", "value": "weather"}]),
    event("RUN_FINISHED", threadId="t", runId="run_1"),
]


def test_a_run_adds_up_to_what_the_agent_holds() -> None:
    message = assembled(*RUN)
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "北京"}'}}
    assert message.native["messages"] == [
        {"id": "r1", "role": "reasoning", "content": "It is asked for."},
        {"id": "m1", "role": "assistant", "content": "I look.", "toolCalls": [call]},
        {"id": "m3", "toolCallId": "c1", "role": "tool", "content": '{"rain": true}'},  # beside its call, as the client
        {"id": "m2", "role": "assistant", "content": "It rains."},
    ]
    assert message.native["state"] == {"city": None, "steps": ["weather"]}
    assert (message.verdict.stream, message.verdict.finish, message.id) == ("complete", "stop", "run_1")
    assert message.text == "I look.It rains."
    assert kinds(message) == ["reasoning", "text", "tool_call", "tool_result", "text", "data"]
    assert parts(message, "tool_call") == [Part("tool_call", '{"city": "北京"}', "c1", "weather", {"city": "北京"})]


def test_the_signs_of_a_run() -> None:
    assert signs(*RUN) == [
        Start("run_1"),
        Open("message r1"),
        Delta("message r1", "reasoning", "It is "),
        Delta("message r1", "reasoning", "asked for."),
        Close("message r1"),
        Open("message m1"),
        Delta("message m1", "text", "I look."),
        Close("message m1"),
        Open("tool c1"),
        Call("tool c1", None, "c1", "weather"),
        Delta("tool c1", "arguments", '{"city": "北'),
        Delta("tool c1", "arguments", '京"}'),
        Close("tool c1"),
        Open("message m2"),
        Delta("message m2", "text", "It "),
        Delta("message m2", "text", "rains."),
        Close("message m2"),
        Finish("success"),
        End(),
    ]


@pytest.mark.parametrize("size", range(1, len(RUN)))
def test_before_its_end_a_run_is_not_complete(size: int) -> None:
    assert assembled(*RUN[:size]).verdict.stream == "no-terminator"


def test_a_second_run_is_judged_by_its_own_end() -> None:
    begun = event("TEXT_MESSAGE_START", messageId="m9")
    assert assembled(*RUN, START, begun).verdict.stream == "no-terminator"
    assert assembled(*RUN, START, begun, END).verdict.stream == "complete"
    unannounced = assembled(*RUN, begun, event("TEXT_MESSAGE_CONTENT", messageId="m9", delta="more"))
    assert unannounced.verdict.stream == "no-terminator"


@pytest.mark.parametrize(
    ("outcome", "finish"),
    [({"type": "interrupt"}, "pause"), ({"type": "cancelled"}, "cancelled"), ("success", "stop"), (7, "stop")],
)
def test_how_a_run_finished(outcome: Any, finish: str) -> None:
    message = assembled(START, {**END, "outcome": outcome, "result": 1})
    assert (message.verdict.finish, message.native["result"]) == (finish, 1)


def test_a_call_that_has_not_ended_is_partial() -> None:
    (call,) = parts(assembled(*RUN[:13]), "tool_call")
    assert (call.partial, call.arguments, call.text) == (True, None, '{"city": "北京"}')


def test_chunks_name_their_message_once() -> None:
    events = [
        START,
        event("TOOL_CALL_CHUNK", toolCallId="c1", toolCallName="a", delta='{"x"'),
        event("RAW", event={}),
        event("TOOL_CALL_CHUNK", delta=": 1}"),
        event("TOOL_CALL_CHUNK", toolCallId="c2", toolCallName="b", delta="{}"),
        event("REASONING_MESSAGE_CHUNK", messageId="r", delta="hm"),
        event("TEXT_MESSAGE_CHUNK", messageId="m", role="user", delta="typed"),
        event("TEXT_MESSAGE_CHUNK", subagentRunId="s", messageId="n", delta="beside"),
        event("TEXT_MESSAGE_CHUNK", delta=" on"),
        event("STEP_STARTED", stepName="s"),
        event("TEXT_MESSAGE_CHUNK", delta="whose?"),
        END,
    ]
    message = assembled(*events)
    assert [(call.id, call.arguments) for call in parts(message, "tool_call")] == [("c1", {"x": 1}), ("c2", {})]
    assert [(one["role"], one["content"]) for one in message.native["messages"] if "content" in one] == [
        ("reasoning", "hm"),
        ("user", "typed on"),
        ("assistant", "beside"),
    ]
    assert message.native["events"][-1] == event("TEXT_MESSAGE_CHUNK", delta="whose?")
    assert Delta("message m", "other", "typed") in signs(*events)  # what a user said is not the answer
    assert [part.value["content"] for part in parts(message, "data") if part.value.get("role") == "user"] == [
        "typed on"
    ]


def test_a_call_may_begin_twice_and_the_second_time_only_renames_it() -> None:
    """A run that is replayed after an interruption."""
    again = event("TOOL_CALL_START", toolCallId="c1", toolCallName="forecast", metadata={"a": 1})
    message = assembled(*RUN[:14], again, event("TOOL_CALL_END", toolCallId="c1", metadata={"b": 2}), END)
    (call,) = message.native["messages"][1]["toolCalls"]
    assert (call["function"]["name"], call["metadata"]) == ("forecast", {"a": 1, "b": 2})


def test_calls_find_their_message() -> None:
    reasoned = RUN[:7]
    message = assembled(
        *reasoned,
        event("TOOL_CALL_START", toolCallId="c1", toolCallName="a", parentMessageId="r1"),  # which is no assistant's
        event("TOOL_CALL_START", toolCallId="c2", toolCallName="b", parentMessageId="new"),
        event("TOOL_CALL_START", toolCallId="c3", toolCallName="c"),
        event("TOOL_CALL_ARGS", toolCallId="c4", delta="{"),
        event("TOOL_CALL_RESULT", messageId="x", toolCallId="nobody's", content=[{"type": "text"}]),
    )
    assert [one["id"] for one in message.native["messages"]] == ["r1", "c1", "new", "c3", "c4", "x"]
    (result,) = parts(message, "tool_result")
    assert (result.id, result.text, result.value) == ("nobody's", "", {"content": [{"type": "text"}]})


def test_metadata_and_secrets_go_to_what_they_are_of() -> None:
    message = assembled(
        *RUN[:14],
        event("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="r1", encryptedValue="x"),
        event("REASONING_ENCRYPTED_VALUE", subtype="tool-call", entityId="c1", encryptedValue="y"),
        event("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="nobody", encryptedValue="z"),
        event("TEXT_MESSAGE_START", messageId="m1", metadata={"a": 1}, subagentRunId="s"),
        event("TEXT_MESSAGE_END", messageId="m1", metadata={"a": 2}),
        event("TEXT_MESSAGE_END", messageId="nobody"),
    )
    reasoning, text = message.native["messages"]
    assert (reasoning["encryptedValue"], text["toolCalls"][0]["encryptedValue"]) == ("x", "y")
    assert text["metadata"] == {"a": 2}
    assert [one["type"] for one in message.native["events"]][-1] == "REASONING_ENCRYPTED_VALUE"


def test_older_servers_think_without_ids() -> None:
    message = assembled(
        START,
        event("THINKING_START", title="x"),
        event("THINKING_TEXT_MESSAGE_START"),
        event("THINKING_TEXT_MESSAGE_CONTENT", delta="one"),
        event("THINKING_TEXT_MESSAGE_END"),
        event("THINKING_TEXT_MESSAGE_START"),
        event("THINKING_TEXT_MESSAGE_CONTENT", delta="two"),
        event("THINKING_TEXT_MESSAGE_END"),
        event("THINKING_END"),
        END,
    )
    assert message.native["messages"] == [
        {"role": "reasoning", "content": "one"},
        {"role": "reasoning", "content": "two"},
    ]
    assert kinds(message) == ["reasoning", "reasoning"]


def test_a_snapshot_replaces_the_messages_but_those_that_servers_do_not_keep() -> None:
    question = {"id": "q", "role": "user", "content": "?"}
    call = {"id": "c7", "type": "function", "function": {"name": "a", "arguments": "{}"}}
    odd = {"id": "o", "role": "assistant", "toolCalls": ["x", {"id": "c8"}, {"id": ["c9"], "function": {}}]}
    snapshot = [question, {"id": "a1", "role": "assistant", "content": "Old and ", "toolCalls": [call]}, odd]
    message = assembled(
        *RUN[:14],
        event("ACTIVITY_SNAPSHOT", messageId="plan", activityType="PLAN", content={"steps": [1]}),
        event("MESSAGES_SNAPSHOT", messages=snapshot),
        event("TEXT_MESSAGE_CONTENT", messageId="a1", delta="new"),
        event("TOOL_CALL_ARGS", toolCallId="c7", delta=" "),
        event("TOOL_CALL_RESULT", messageId="res", toolCallId="c7", content="ok"),
        END,
    )
    assert [one["id"] for one in message.native["messages"]] == ["r1", "plan", "q", "a1", "res", "o"]
    assert message.text == "Old and new"
    assert [call.id for call in parts(message, "tool_call")] == ["c7", "c8", None]
    emptied = assembled(*RUN[:10], event("MESSAGES_SNAPSHOT", messages=[{"id": "z", "role": "reasoning"}]))
    assert [one["id"] for one in emptied.native["messages"]] == ["z"]
    assert assembled(*RUN[:10], event("MESSAGES_SNAPSHOT", messages=7)).native["messages"][0]["id"] == "r1"


def test_results_stay_beside_their_calls_through_a_snapshot() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    kept = [
        {"id": "m1", "role": "assistant", "toolCalls": [call]},
        {"id": "m2", "role": "assistant", "content": "It rains."},
        {"id": "m3", "role": "tool", "toolCallId": "c1", "content": "rain"},
    ]
    message = assembled(*RUN[:17], event("MESSAGES_SNAPSHOT", messages=kept))
    assert [one["id"] for one in message.native["messages"]] == ["r1", "m1", "m3", "m2"]
    without = assembled(*RUN[:17], event("MESSAGES_SNAPSHOT", messages=kept[1:]))
    assert [one["id"] for one in without.native["messages"]] == ["r1", "m2", "m3"]
    late = event("TOOL_CALL_RESULT", messageId="m4", toolCallId="c1", content="?")
    gone = assembled(*RUN[:17], event("MESSAGES_SNAPSHOT", messages=[]), late)
    assert [one["id"] for one in gone.native["messages"]] == ["r1", "m4"]


def test_the_history_that_a_run_began_with_is_not_said_by_it() -> None:
    history = [{"id": "q", "role": "user", "content": "?"}, {"id": "a", "role": "assistant", "content": "before"}]
    message = assembled({**START, "input": {"messages": history}}, *RUN[7:10], END)
    assert [one["id"] for one in message.native["messages"]] == ["q", "a", "m1"]
    assert message.text == "I look."


def test_activities_are_replaced_and_patched() -> None:
    shown = event("ACTIVITY_SNAPSHOT", messageId="p", activityType="PLAN", content={"steps": ["a"]}, metadata={"m": 1})
    more = event("ACTIVITY_DELTA", messageId="p", patch=[{"op": "add", "path": "/steps/-", "value": "b"}])
    misfit = event("ACTIVITY_DELTA", messageId="p", patch=[{"op": "remove", "path": "/nothing"}])
    kept = event("ACTIVITY_SNAPSHOT", messageId="p", content={}, replace=False)
    message = assembled(START, shown, more, misfit, kept, event("TEXT_MESSAGE_CONTENT", messageId="p", delta="x"))
    (activity,) = message.native["messages"]
    assert activity == {
        "id": "p",
        "role": "activity",
        "activityType": "PLAN",
        "content": {"steps": ["a", "b"]},
        "metadata": {"m": 1},
    }
    assert message.native["misfits"] == [misfit]
    assert parts(message, "data")[0].value == activity


def test_state_that_does_not_fit_is_kept_beside_it() -> None:
    misfit = event("STATE_DELTA", delta=[{"op": "remove", "path": "/nothing"}])
    message = assembled(START, event("STATE_DELTA", delta=[{"op": "add", "path": "/a", "value": 1}]), misfit)
    assert (message.native["state"], message.native["misfits"]) == ({"a": 1}, [misfit])


def test_errors() -> None:
    error = event("RUN_ERROR", message="Upstream timeout", code="TIMEOUT")
    message = assembled(*RUN[:9], error, event("RUN_ERROR"))
    assert message.verdict.evidence == "an error in the stream: Upstream timeout (TIMEOUT)"
    assert message.error == {"message": "Upstream timeout", "code": "TIMEOUT"}
    assert signs(START, event("RUN_ERROR", message=7))[-1] == Error("")
    assert assembled(START, {"error": {"message": "bad gateway"}}).error == {"message": "bad gateway"}


def test_what_nobody_opened_is_shown_all_the_same() -> None:
    message = assembled(
        START,
        event("TEXT_MESSAGE_CONTENT", messageId="m", delta="Hi"),
        event("REASONING_MESSAGE_CONTENT", messageId="r", delta="hm"),
    )
    assert [(part.type, part.text) for part in message.choice().parts] == [("text", "Hi"), ("reasoning", "hm")]


def test_what_nobody_knows_is_kept() -> None:
    odd = [event("CUSTOM", name="n", value=1), event("SUBAGENT_STARTED", runId="s"), {"no": "type"}]
    shapeless = [event("TEXT_MESSAGE_START"), event("TOOL_CALL_ARGS", delta="x")]
    quiet = [event("TEXT_MESSAGE_CONTENT", messageId="m"), event("TOOL_CALL_ARGS", toolCallId="c")]
    message = assembled(START, *odd, event("STEP_STARTED", stepName="s"), *shapeless, *quiet)
    assert message.native["events"] == [*odd, event("STEP_STARTED", stepName="s"), *shapeless]
    assert [part.value for part in parts(message, "data")] == [*odd, *shapeless]


@pytest.mark.parametrize("one", [event("RUN_STARTED", pid=1), event("CUSTOM", name="x"), event("ERROR"), "RUN_STARTED"])
def test_it_is_not_recognised_by_less(one: Event) -> None:
    assert assembled(one).protocol is None


# Read in the raw streams by eye: parts, the text's digest, verdict, finish.
SEEN = {
    "ag-ui-run.sse": (
        ["reasoning", "tool_call", "tool_result", "text", "data", "data"],
        "199a5fe1e188",
        "complete",
        "stop",
    ),
    "ag-ui-error.sse": (["text"], "c9d9d2c4be97", "in-band-error", None),
    "ag-ui-mixed.txt": (
        ["text", "tool_call", "text", "text", "text", "data", "data", "data"],
        "beac2d959eb1",
        "cut-in-event",
        "stop",
    ),
}


def test_captures_add_up_to_what_was_read_in_them(captures: Path) -> None:
    found = {stream.name: stream for stream in streams(captures)}
    for name, (types, text, state, finish) in SEEN.items():
        _, message = added(found[name].records())
        assert (kinds(message), message.verdict.stream, message.verdict.finish) == (types, state, finish), name
        assert digest(message.text) == text
