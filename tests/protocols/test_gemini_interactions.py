"""Gemini's Interactions API: steps that are started, added to and stopped."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Start, Usage
from tests.protocols.telling import sse


def event(type: str, **members: Any) -> tuple[str, dict[str, Any]]:
    return type, {"event_type": type, **members}


def start(index: int, type: str, **members: Any) -> tuple[str, dict[str, Any]]:
    return event("step.start", index=index, step={"type": type, **members})


def delta(index: int, type: str, **members: Any) -> tuple[str, dict[str, Any]]:
    return event("step.delta", index=index, delta={"type": type, **members})


def stop(index: int) -> tuple[str, dict[str, Any]]:
    return event("step.stop", index=index)


CREATED = event("interaction.created", interaction={"id": "i1", "model": "g-3", "status": "in_progress"})
COMPLETED = event(
    "interaction.completed", interaction={"id": "i1", "status": "completed", "usage": {"total_tokens": 9}}
)
DONE = ("done", "[DONE]")


def test_an_interaction_is_its_members_and_its_steps() -> None:
    told = sse(
        CREATED,
        start(0, "thought"),
        delta(0, "thought_summary", content={"type": "text", "text": "Hm"}),
        delta(0, "thought_signature", signature="s"),
        stop(0),
        start(1, "model_output"),
        delta(1, "text", text="Hel"),
        delta(1, "text", text="lo"),
        stop(1),
        COMPLETED,
        DONE,
    )
    assert told.native == {
        "id": "i1",
        "model": "g-3",
        "status": "completed",
        "usage": {"total_tokens": 9},
        "steps": [
            {"type": "thought", "summary": [{"type": "text", "text": "Hm"}], "signature": "s"},
            {"type": "model_output", "content": [{"type": "text", "text": "Hello"}]},
        ],
    }
    summary = {"summary": [{"type": "text", "text": "Hm"}], "signature": "s"}
    assert told.parts == (Part("reasoning", "Hm", value=summary), Part("text", "Hello"))
    assert (told.message.id, told.message.model, told.message.usage) == ("i1", "g-3", {"total_tokens": 9})
    assert (told.stream, told.choice.reason, told.choice.finish) == ("complete", "completed", "stop")
    assert told.signs[:4] == [Start("i1"), Open("0"), Delta("0", "reasoning", "Hm"), Close("0")]
    assert told.signs[4:9] == [
        Open("1"),
        Delta("1", "text", "Hel"),
        Delta("1", "text", "lo"),
        Close("1"),
        Usage(),
    ]


def test_the_arguments_of_a_call_are_parsed_once_its_step_has_stopped() -> None:
    pieces = (delta(0, "arguments_delta", arguments='{"city":'), delta(0, "arguments_delta", arguments='"Tokyo"}'))
    call = start(0, "function_call", id="c1", name="weather")
    cut = sse(CREATED, call, *pieces)
    rest = {"type": "function_call"}
    assert cut.parts == (Part("tool_call", '{"city":"Tokyo"}', "c1", "weather", partial=True, value=rest),)
    assert cut.native["steps"][0]["arguments"] == '{"city":"Tokyo"}'
    whole = sse(CREATED, call, *pieces, stop(0))
    assert whole.parts == (Part("tool_call", '{"city":"Tokyo"}', "c1", "weather", {"city": "Tokyo"}, value=rest),)
    assert whole.native["steps"][0]["arguments"] == {"city": "Tokyo"}
    assert whole.of(Call) == [Call("0", None, "c1", "weather")]
    half = sse(CREATED, call, pieces[0], stop(0))
    assert half.native["steps"][0]["arguments"] == '{"city":'
    assert half.parts[0].partial


def test_the_tools_of_google_are_calls_and_results() -> None:
    told = sse(
        CREATED,
        start(0, "google_search_call", id="c1"),
        delta(0, "google_search_call", arguments={"queries": ["q"]}),
        stop(0),
        start(1, "google_search_result", call_id="c1"),
        delta(1, "google_search_result", result=[{"url": "u"}]),
        stop(1),
        start(2, "function_result", call_id="c2", name="f", result="42"),
        stop(2),
        start(3, "code_execution_call", id="c3"),
    )
    call, found, result, running = told.parts
    assert (call.name, call.arguments, call.partial) == ("google_search_call", {"queries": ["q"]}, False)
    assert (found.type, found.id, found.text) == ("tool_result", "c1", '[{"url": "u"}]')
    assert (result.id, result.name, result.text) == ("c2", "f", "42")
    assert (running.name, running.partial) == ("code_execution_call", True)


def test_annotations_files_and_what_is_not_known_are_kept() -> None:
    told = sse(
        CREATED,
        start(0, "model_output"),
        delta(0, "text", text="Hi"),
        delta(0, "text_annotation_delta", annotations=[{"url": "u"}]),
        delta(0, "image", data="aGk=", mime_type="image/png"),
        stop(0),
        start(1, "poem", lines=2),
        delta(1, "rhyme", scheme="ab"),
        delta(2, "text_annotation_delta", annotations=[{"url": "v"}]),
        delta(3, "thought_summary", content={"type": "image"}),
    )
    assert told.parts == (
        Part("text", "Hi", value={"annotations": [{"url": "u"}]}),
        Part("file", value={"type": "image", "data": "aGk=", "mime_type": "image/png"}),
        Part("data", partial=True, value={"type": "poem", "lines": 2, "scheme": "ab"}),
    )
    assert told.native["steps"][2:] == [{"annotations": [{"url": "v"}]}, {"summary": [{"type": "image"}]}]


def test_a_status_tells_how_it_ended() -> None:
    failed = event("interaction.status_update", interaction_id="i1", status="requires_action")
    told = sse(CREATED, failed, DONE)
    assert (told.native["status"], told.choice.finish) == ("requires_action", "tool_calls")
    assert told.of(Finish) == [Finish("requires_action")]
    assert sse(CREATED, COMPLETED).stream == "no-terminator"


def test_an_error_ends_it() -> None:
    told = sse(CREATED, event("error", error={"code": "overloaded", "message": "later"}))
    assert told.message.verdict.evidence == "an error in the stream: later (overloaded)"


def test_steps_without_an_index_are_passed_over() -> None:
    told = sse(CREATED, ("", {"event_type": "step.start", "index": "0", "step": {}}))
    assert (told.native["steps"], told.parts) == ([], ())
    assert sse({"event_type": "stepping"}).message.protocol is None
