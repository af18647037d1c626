"""Cohere's second chat API: parts that are started, added to and ended."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Start, Usage
from tests.protocols.telling import Told, sse


def event(type: str, message: Any = None, **members: Any) -> tuple[str, dict[str, Any]]:
    delta = {} if message is None else {"delta": {"message": message}}
    return type, {"type": type, **members, **delta}


START = event(
    "message-start", {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}, id="m1"
)
USAGE = {"billed_units": {"input_tokens": 7, "output_tokens": 2}}
END = ("message-end", {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": USAGE}})


def content(kind: str, *pieces: str, index: int = 0) -> list[tuple[str, dict[str, Any]]]:
    member = "thinking" if kind == "thinking" else "text"
    return [
        event("content-start", {"content": {"type": kind, member: ""}}, index=index),
        *(event("content-delta", {"content": {member: piece}}, index=index) for piece in pieces),
        event("content-end", index=index),
    ]


def call(index: int, name: str, *pieces: str) -> list[tuple[str, dict[str, Any]]]:
    start = {"id": f"{name}_1", "type": "function", "function": {"name": name, "arguments": ""}}
    return [
        event("tool-call-start", {"tool_calls": start}, index=index),
        *(
            event("tool-call-delta", {"tool_calls": {"function": {"arguments": piece}}}, index=index)
            for piece in pieces
        ),
        event("tool-call-end", index=index),
    ]


def test_a_text_is_the_response_that_comes_without_streaming() -> None:
    told = sse(START, *content("text", "Ar", "rr"), END, "[DONE]")
    assert told.native == {
        "id": "m1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Arrr"}]},
        "usage": USAGE,
    }
    assert told.parts == (Part("text", "Arrr"),)
    assert (told.choice.role, told.choice.reason, told.choice.finish) == ("assistant", "COMPLETE", "stop")
    assert (told.message.id, told.message.usage, told.stream) == ("m1", USAGE, "complete")
    assert told.signs[:-1] == [
        Start("m1"),
        Open("content[0]"),
        Delta("content[0]", "text", "Ar"),
        Delta("content[0]", "text", "rr"),
        Close("content[0]"),
        Usage(),
        Finish("COMPLETE"),
    ]


def test_the_plan_for_the_tools_is_reasoning_and_calls_are_known_by_index() -> None:
    plan = [event("tool-plan-delta", {"tool_plan": piece}) for piece in ("I will", " look")]
    told = sse(START, *plan, *call(0, "time", '{"in":', '"Tokyo"}'), *call(1, "weather"))
    assert told.native["message"] == {
        "role": "assistant",
        "tool_plan": "I will look",
        "tool_calls": [
            {"id": "time_1", "type": "function", "function": {"name": "time", "arguments": '{"in":"Tokyo"}'}},
            {"id": "weather_1", "type": "function", "function": {"name": "weather", "arguments": ""}},
        ],
    }
    assert told.parts == (
        Part("reasoning", "I will look"),
        Part("tool_call", '{"in":"Tokyo"}', "time_1", "time", {"in": "Tokyo"}),
        Part("tool_call", "", "weather_1", "weather", {}),
    )
    assert told.of(Call) == [
        Call("tool_calls[0]", 0, "time_1", "time"),
        Call("tool_calls[1]", 1, "weather_1", "weather"),
    ]


def test_a_call_that_was_not_ended_is_partial_whatever_its_text() -> None:
    told = sse(START, *call(0, "time", "{}")[:-1])
    assert told.parts == (Part("tool_call", "{}", "time_1", "time", partial=True),)
    assert told.message.verdict.evidence.endswith("in a tool call's arguments (time)")


def test_the_last_call_of_a_message_that_ran_out_of_tokens_is_partial() -> None:
    end = ("message-end", {"type": "message-end", "delta": {"finish_reason": "MAX_TOKENS"}})
    assert sse(START, *call(0, "now"), *call(1, "time"), end).parts == (
        Part("tool_call", "", "now_1", "now", {}),
        Part("tool_call", "", "time_1", "time", partial=True),
    )


def test_a_plan_is_partial_until_something_follows_it() -> None:
    plan = event("tool-plan-delta", {"tool_plan": "I"})
    assert sse(START, plan).parts == (Part("reasoning", "I", partial=True),)
    assert sse(START, plan, END).parts == (Part("reasoning", "I"),)


def test_a_plan_that_is_no_text_is_none() -> None:
    for odd in (event("tool-plan-delta", {}), event("tool-plan-delta", {"tool_plan": 7}), event("tool-plan-delta")):
        told = sse(START, odd, *content("text", "A"), END)
        assert told.native["message"] == {"role": "assistant", "content": [{"type": "text", "text": "A"}]}
        assert told.parts == (Part("text", "A"),)


def test_thinking_is_reasoning_and_citations_are_sources() -> None:
    citation = {"start": 0, "end": 2, "text": "Ar", "sources": [{"type": "document", "id": "d1"}]}
    told = sse(
        START,
        *content("thinking", "Hm"),
        *content("text", "Ar", index=1),
        event("citation-start", {"citations": citation}, index=0),
        event("citation-end", index=0),
        END,
    )
    assert told.parts == (Part("reasoning", "Hm"), Part("text", "Ar"), Part("source", value=citation))
    assert told.native["message"]["citations"] == [citation]


def test_what_is_not_known_is_kept() -> None:
    told = sse(START, *content("poem", "Ar"), event("debug", prompt="p"), event("weather", {"sun": 1}), END)
    assert told.parts == (Part("data", value={"type": "poem", "text": "Ar"}),)
    assert [one["type"] for one in told.native["debug"]] == ["debug", "weather"]


def test_a_message_that_starts_with_parts_has_them() -> None:
    start = event("message-start", {"role": "assistant", "content": [{"type": "text", "text": "A"}], "tool_plan": "P"})
    told = sse(start, event("content-delta", {"content": {"text": "B"}}, index=0))
    assert [(part.type, part.text) for part in told.parts] == [("text", "AB"), ("reasoning", "P")]


def test_an_error_is_said_in_the_end_of_the_message() -> None:
    ending = ("message-end", {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "overloaded"}})
    told = sse(START, *content("text", "Ar"), ending, "[DONE]")
    assert (told.stream, told.message.error, told.choice.finish) == ("in-band-error", "overloaded", "error")
    told = sse(START, ("error", {"message": "no"}))
    assert (told.stream, told.message.error) == ("in-band-error", {"message": "no"})


def test_members_of_the_wrong_type_are_passed_over() -> None:
    odd: list[Told] = [
        sse(START, event("tool-call-start", {"tool_calls": {"function": "f"}}, index=0), *call(0, "f", "{}")[1:]),
        sse(START, event("content-start", "text", index="0"), event("content-delta", {"content": ["x"]})),
        sse(START, event("content-start"), ("message-end", {"type": "message-end", "delta": {"finish_reason": 1}})),
    ]
    assert [told.choice.finish for told in odd] == [None] * 3
    assert [part.type for told in odd for part in told.parts] == ["tool_call", "text", "text"]


def test_events_that_only_look_like_it_are_not_recognised() -> None:
    assert sse(event("content-delta", index=0)).message.protocol is None
    assert sse(("message-end", {"type": "message-end", "delta": {}})).message.protocol is None
    assert sse(END).message.protocol == "cohere-v2"
