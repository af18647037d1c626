"""Cohere's first API: a JSON object a line, the last repeating the whole answer."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Delta, Finish, Start, Usage, Whole
from tests.protocols.telling import ndjson


def event(type: str, **members: Any) -> dict[str, Any]:
    return {"is_finished": type == "stream-end", "event_type": type, **members}


START = event("stream-start", generation_id="g1")
META = {"billed_units": {"input_tokens": 7, "output_tokens": 2}}


def end(**response: Any) -> dict[str, Any]:
    return event("stream-end", finish_reason="COMPLETE", response={"generation_id": "g1", **response})


def test_the_last_object_is_the_answer_without_streaming() -> None:
    told = ndjson(
        START, event("text-generation", text="Ar"), event("text-generation", text="rr"), end(text="Arrr", meta=META)
    )
    assert told.native == {"generation_id": "g1", "text": "Arrr", "meta": META}
    assert told.parts == (Part("text", "Arrr"),)
    assert (told.choice.role, told.choice.reason, told.choice.finish) == ("assistant", "COMPLETE", "stop")
    assert (told.message.id, told.message.usage, told.stream) == ("g1", META, "complete")
    assert told.signs[:-1] == [
        Start("g1"),
        Delta("0", "text", "Ar"),
        Delta("0", "text", "rr"),
        Whole("0", "text", "Arrr"),
        Usage(),
        Finish("COMPLETE"),
    ]


def test_before_the_last_object_the_answer_is_added_up() -> None:
    told = ndjson(
        START,
        event("search-queries-generation", search_queries=[{"text": "q"}]),
        event("search-results", search_results=[{"connector": {}}], documents=[{"id": "d1"}]),
        event("text-generation", text="Ar"),
        event("citation-generation", citations=[{"start": 0}]),
        event("citation-generation", citations=[{"start": 1}]),
        event("debug", prompt="p"),
    )
    assert told.native == {
        "generation_id": "g1",
        "text": "Ar",
        "search_queries": [{"text": "q"}],
        "search_results": [{"connector": {}}],
        "documents": [{"id": "d1"}],
        "citations": [{"start": 0}, {"start": 1}],
        "prompt": "p",
    }
    assert told.parts == (
        Part("text", "Ar", partial=True),
        Part("source", value={"start": 0}),
        Part("source", value={"start": 1}),
    )
    assert told.message.verdict.evidence.startswith("no stream-end")


def test_a_generation_may_have_several_answers() -> None:
    told = ndjson(
        event("text-generation", text="a", index=0),
        event("text-generation", text="b", index=1),
        event(
            "stream-end",
            response={
                "id": "r1",
                "generations": [
                    {"text": "a", "finish_reason": "COMPLETE"},
                    {"text": "b", "finish_reason": "MAX_TOKENS"},
                ],
            },
        ),
    )
    assert [(one.text, one.finish) for one in told.message.choices] == [("a", "stop"), ("b", "length")]
    assert told.of(Whole) == [Whole("0", "text", "a"), Whole("1", "text", "b")]
    assert told.message.id == "r1"


def test_calls_come_in_pieces_and_then_whole() -> None:
    pieces = [
        event("tool-calls-chunk", text="I will"),
        event("tool-calls-chunk", tool_call_delta={"name": "time", "index": 0}),
        event("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": '{"in": '}),
        event("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": '"Tokyo"}'}),
    ]
    cut = ndjson(START, *pieces)
    assert cut.parts == (
        Part("reasoning", "I will", partial=True),
        Part("tool_call", '{"in": "Tokyo"}', None, "time", partial=True),
    )
    assert cut.native["tool_calls"] == [{"name": "time", "parameters": '{"in": "Tokyo"}'}]
    calls = [{"name": "time", "parameters": {"in": "Tokyo"}}]
    whole = ndjson(START, *pieces, event("tool-calls-generation", tool_calls=calls))
    assert whole.native["tool_calls"] == calls
    assert whole.parts[1] == Part("tool_call", '{"in": "Tokyo"}', None, "time", {"in": "Tokyo"})
    assert whole.of(Call) == [Call("tool_calls[0]", 0, None, "time")]
    alone = ndjson(START, event("tool-calls-generation", tool_calls=calls))
    assert (alone.of(Call), alone.parts[0]) == (whole.of(Call), whole.parts[1])
    ended = ndjson(START, *pieces, end(text="I will", tool_calls=calls, citations=[{"start": 2}]))
    assert [part.type for part in ended.parts] == ["reasoning", "tool_call", "source"]
    assert not any(part.partial for part in ended.parts)


def test_a_text_that_only_the_last_object_has_is_the_answer() -> None:
    told = ndjson(START, end(text="Hi"))
    assert told.message.text == "Hi"


def test_objects_of_before_the_types_are_read_too() -> None:
    told = ndjson({"text": "Hi", "is_finished": False}, {"is_finished": True, "finish_reason": "MAX_TOKENS"})
    assert (told.message.text, told.choice.finish, told.stream) == ("Hi", "length", "complete")


def test_errors_are_said() -> None:
    told = ndjson(START, event("stream-error", err="too long", finish_reason="ERROR"))
    assert told.stream == "in-band-error"
    assert told.message.verdict.evidence == "an error in the stream: too long"
    assert ndjson(START, {"error": {"message": "no"}}).message.error == {"message": "no"}


def test_objects_that_only_look_like_it_are_not_recognised() -> None:
    assert ndjson({"is_finished": False}).message.protocol is None
    assert ndjson({"is_finished": False, "event_type": "other", "text": "a"}).message.protocol is None
    assert ndjson({"is_finished": "no", "text": "a"}).message.protocol is None
