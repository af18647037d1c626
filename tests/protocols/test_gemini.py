"""Gemini: each chunk a response, with the next parts of its candidates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamconv.protocols.gemini_arguments import Arguments
from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Close, Delta, Finish, Open, Start, Usage
from tests.protocols.telling import Told, read, sse


def chunk(*parts: Any, index: int | None = None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    candidate = {
        "content": {"parts": [*parts], "role": "model"},
        **({} if index is None else {"index": index}),
        **({} if reason is None else {"finishReason": reason}),
        **more,
    }
    return {"candidates": [candidate]}


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, **more}


USAGE = {"promptTokenCount": 6, "totalTokenCount": 6}
LAST = {
    "usageMetadata": {"promptTokenCount": 6, "candidatesTokenCount": 2, "totalTokenCount": 8},
    "modelVersion": "g-3",
    "responseId": "r1",
}


def test_a_text_is_the_response_of_generate_content() -> None:
    told = sse({**chunk(said("Hel")), "usageMetadata": USAGE}, {**chunk(said("lo"), reason="STOP"), **LAST})
    usage = {"promptTokenCount": 6, "totalTokenCount": 8, "candidatesTokenCount": 2}  # the last, which is complete
    assert told.native == {
        "candidates": [{"content": {"parts": [{"text": "Hello"}], "role": "model"}, "finishReason": "STOP"}],
        "usageMetadata": usage,
        "modelVersion": "g-3",
        "responseId": "r1",
    }
    assert (told.choice.role, told.parts) == ("assistant", (Part("text", "Hello"),))
    assert (told.message.id, told.message.model, told.message.usage) == ("r1", "g-3", usage)
    assert (told.stream, told.choice.finish) == ("complete", "stop")
    assert told.signs == [
        Start(),
        Delta("candidates[0].parts[0]", "text", "Hel"),
        Usage(),
        Delta("candidates[0].parts[0]", "text", "lo"),
        Finish("STOP"),
        Usage(),
    ]


def test_a_json_array_says_the_same_as_an_event_stream() -> None:
    chunks = [chunk(said("Hel")), {**chunk(said("lo"), reason="STOP"), **LAST}]
    assert read(json.dumps(chunks, indent=2).encode(), "json").meaning == sse(*chunks).meaning
    cut = read(json.dumps(chunks).encode()[:-1], "json")
    assert (cut.message.text, cut.stream) == ("Hello", "cut-in-json")


def test_neighbouring_texts_are_one_part_but_for_thoughts_and_signatures() -> None:
    thought = said("Hm", thought=True)
    told = sse(
        chunk(thought, said("m", thought=True)),
        chunk(said("A")),
        chunk(said("B")),
        chunk(said("", thoughtSignature="s")),
    )
    assert told.native["candidates"][0]["content"]["parts"] == [
        {"text": "Hmm", "thought": True},
        {"text": "AB"},
        {"text": "", "thoughtSignature": "s"},
    ]
    assert told.parts == (
        Part("reasoning", "Hmm"),
        Part("text", "AB"),
        Part("text", "", partial=True, value={"thoughtSignature": "s"}),
    )
    assert (told.message.text, told.stream) == ("AB", "no-terminator")


def test_candidates_are_told_apart_by_index() -> None:
    told = sse(chunk(said("a"), index=0), chunk(said("b"), index=1), chunk(said("c"), index=0, reason="MAX_TOKENS"))
    assert [(one.index, one.text, one.finish) for one in told.message.choices] == [(0, "ac", "length"), (1, "b", None)]
    assert told.stream == "no-terminator"
    assert sse(chunk(index=1, reason="STOP"), chunk(said("a"), index=0, reason="SAFETY")).stream == "complete"


def test_a_reason_that_every_chunk_repeats_is_said_once() -> None:
    told = sse(chunk(said("a"), reason="STOP"), chunk(said("b"), reason="STOP"))
    assert told.of(Finish) == [Finish("STOP")]
    unfinished = sse(chunk(said("a"), reason="FINISH_REASON_UNSPECIFIED"))
    assert (unfinished.of(Finish), unfinished.choice.reason) == ([], None)


def test_a_blocked_prompt_has_no_candidates() -> None:
    told = sse({"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": []}})
    assert told.native == {"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": []}}
    assert (told.choice.reason, told.choice.finish, told.parts) == ("SAFETY", "content_filter", ())
    assert (told.stream, told.message.verdict.finish) == ("complete", "content_filter")


def test_feedback_that_blocks_nothing_is_no_answer() -> None:
    told = sse({"promptFeedback": {"safetyRatings": []}})
    assert (told.message.choices, told.stream) == ((), "no-terminator")


def test_a_whole_call_has_its_arguments() -> None:
    call = {"name": "weather", "args": {"city": "東京"}, "id": "c1"}
    told = sse(chunk({"functionCall": call, "thoughtSignature": "s"}), chunk({"functionCall": {"name": "now"}}))
    assert told.native["candidates"][0]["content"]["parts"] == [
        {"functionCall": call, "thoughtSignature": "s"},
        {"functionCall": {"name": "now"}},
    ]
    assert told.parts == (
        Part("tool_call", '{"city": "東京"}', "c1", "weather", {"city": "東京"}, value={"thoughtSignature": "s"}),
        Part("tool_call", "{}", None, "now", {}),
    )
    assert told.of(Call) == [
        Call("candidates[0].parts[0]", 0, "c1", "weather"),
        Call("candidates[0].parts[1]", 1, None, "now"),
    ]


def piece(path: str, goes_on: bool = True, **value: Any) -> dict[str, Any]:
    arg = {"jsonPath": path, **value}
    return {"functionCall": {"partialArgs": [arg], **({"willContinue": True} if goes_on else {})}}


BEGUN = {"functionCall": {"name": "weather", "willContinue": True}, "thoughtSignature": "s"}


def test_streamed_arguments_are_put_together_at_their_paths() -> None:
    told = sse(
        chunk(BEGUN),
        chunk(piece("$.city", stringValue="San ", willContinue=True)),
        chunk(piece("$.city", stringValue="Francisco")),
        chunk(piece("$.days[0].n", numberValue=3), piece("$.days[1]['a b']", boolValue=True)),
        chunk(piece("$.unit", nullValue="NULL_VALUE")),
        chunk({"functionCall": {}}, reason="STOP"),
    )
    arguments = {"city": "San Francisco", "days": [{"n": 3}, {"a b": True}], "unit": None}
    assert told.native["candidates"][0]["content"]["parts"] == [
        {"functionCall": {"name": "weather", "args": arguments}, "thoughtSignature": "s"}
    ]
    (part,) = told.parts
    assert (part.arguments, part.partial, json.loads(part.text)) == (arguments, False, arguments)
    named = "candidates[0].parts[0]"
    assert told.of(Open, Call, Close) == [Open(named), Call(named, 0, None, "weather"), Close(named)]
    assert [sign.text for sign in told.of(Delta) if isinstance(sign, Delta)] == [
        "San ",
        "Francisco",
        "3",
        "true",
        "null",
    ]


def test_a_call_that_continues_is_partial_and_its_object_not_closed() -> None:
    told = sse(chunk(BEGUN), chunk(piece("$.city", stringValue="San", willContinue=True)))
    assert told.parts == (
        Part(
            "tool_call",
            '{"city": "San"',
            None,
            "weather",
            partial=True,
            value={"thoughtSignature": "s", "willContinue": True},
        ),
    )
    assert told.native["candidates"][0]["content"]["parts"][0]["functionCall"] == {
        "name": "weather",
        "args": {"city": "San"},
        "willContinue": True,
    }
    assert told.message.verdict.evidence.endswith("in a tool call's arguments (weather)")


def test_arguments_and_the_name_may_come_together() -> None:
    call = {"name": "f", "partialArgs": [{"jsonPath": "$.a", "numberValue": 1}]}
    assert sse(chunk({"functionCall": call})).parts == (Part("tool_call", '{"a": 1}', None, "f", {"a": 1}),)


def test_a_value_without_a_place_leaves_the_call_partial() -> None:
    told = sse(chunk(BEGUN), chunk(piece("$..city", False, stringValue="x")))
    (part,) = told.parts
    assert (part.partial, part.arguments) == (True, None)
    assert part.value["partialArgs"] == [{"jsonPath": "$..city", "stringValue": "x"}]


@pytest.mark.parametrize(
    "partial",
    [
        7,
        {},
        {"jsonPath": "$.a"},
        {"jsonPath": "$", "numberValue": 1},
        {"jsonPath": "a", "numberValue": 1},
        {"jsonPath": "$.b[2]", "numberValue": 1},
        {"jsonPath": "$.b[999999999999]", "numberValue": 1},
        {"jsonPath": "$.b.c", "numberValue": 1},
        {"jsonPath": "$[0]", "numberValue": 1},
        {"jsonPath": "$.n.m.o", "numberValue": 1},
        {"jsonPath": "$" + ".a" * 25, "numberValue": 1},
    ],
)
def test_what_has_no_place_is_kept_aside(partial: Any) -> None:
    arguments = Arguments()
    arguments.add({"jsonPath": "$.b[0]", "numberValue": 1})
    arguments.add({"jsonPath": '$["n"]', "stringValue": "x"})
    assert arguments.add(partial) == ""
    assert arguments.unplaced == [partial]
    assert arguments.value() == {"b": [1], "n": "x"}


def test_code_its_result_and_data_are_parts_of_their_own() -> None:
    code, result = {"language": "PYTHON", "code": "6*7"}, {"outcome": "OUTCOME_OK", "output": "42"}
    answer = {"id": "c1", "name": "f", "response": {"a": 1}}
    data = {"mimeType": "image/png", "data": "aGk="}
    told = sse(
        chunk(
            {"executableCode": code},
            {"codeExecutionResult": result},
            {"functionResponse": answer},
            {"inlineData": data},
            {"poem": 1},
            {"text": 5},
        )
    )
    assert told.parts == (
        Part("tool_call", '{"language": "PYTHON", "code": "6*7"}', None, "code_execution", code),
        Part("tool_result", "42", value={"codeExecutionResult": result}),
        Part("tool_result", "", "c1", "f", value={"functionResponse": answer}),
        Part("file", value={"inlineData": data}),
        Part("data", value={"poem": 1}),
        Part("data", value={"text": 5}),
    )


def metadata(*said: dict[str, Any]) -> Told:
    return sse(*(chunk(**one) for one in said))


def test_citations_of_each_chunk_are_added_and_named_as_sources() -> None:
    told = metadata(
        {"citationMetadata": {"citationSources": [{"uri": "a"}]}},
        {"citationMetadata": {"citationSources": [{"uri": "b"}]}},
    )
    assert told.native["candidates"][0]["citationMetadata"] == {"citationSources": [{"uri": "a"}, {"uri": "b"}]}
    assert told.parts == (Part("source", value={"uri": "a"}), Part("source", value={"uri": "b"}))


def test_grounding_that_grows_is_not_doubled() -> None:
    told = metadata(
        {"groundingMetadata": {}},
        {"groundingMetadata": {"groundingChunks": [{"web": 1}], "webSearchQueries": ["q"]}},
        {"groundingMetadata": {"groundingChunks": [{"web": 1}, {"web": 2}], "webSearchQueries": ["q"]}},
    )
    assert told.native["candidates"][0]["groundingMetadata"] == {
        "groundingChunks": [{"web": 1}, {"web": 2}],
        "webSearchQueries": ["q"],
    }
    assert [part.value for part in told.parts] == [{"web": 1}, {"web": 2}]


def test_log_probabilities_are_added_even_where_they_are_the_same() -> None:
    token = {"token": "ha", "logProbability": -0.1}
    told = metadata(
        {"logprobsResult": {"chosenCandidates": [token]}}, {"logprobsResult": {"chosenCandidates": [token]}}
    )
    assert told.native["candidates"][0]["logprobsResult"] == {"chosenCandidates": [token, token]}


def test_safety_ratings_and_numbers_are_what_was_said_last() -> None:
    told = metadata({"safetyRatings": [{"a": 1}], "avgLogprobs": -1}, {"safetyRatings": [{"a": 2}], "avgLogprobs": -2})
    (candidate,) = told.native["candidates"]
    assert (candidate["safetyRatings"], candidate["avgLogprobs"]) == ([{"a": 2}], -2)


def test_lists_nested_deeper_than_can_be_compared_are_no_obstacle() -> None:
    nested = '{"candidates":[{"content":{},"x":[' + "[" * 990 + "]" * 990 + "]}]}"
    assert len(sse(nested, nested).native["candidates"][0]["x"]) == 1


def test_errors_come_framed_bare_and_as_an_element() -> None:
    error = {"code": 499, "message": "The operation was cancelled.", "status": "CANCELLED"}
    evidence = "an error in the stream: The operation was cancelled. (499)"
    framed = sse(chunk(said("First")), {"error": error})
    assert (framed.stream, framed.message.verdict.evidence, framed.message.error) == ("in-band-error", evidence, error)
    bare = (
        b"data: "
        + json.dumps(chunk(said("First"))).encode()
        + b"\n\n"
        + json.dumps({"error": error}, indent=1).encode()
    )
    assert read(bare).message.verdict.evidence == evidence
    element = read(json.dumps([chunk(said("First")), {"error": error}]).encode(), "json")
    assert (element.message.text, element.message.verdict.evidence) == ("First", evidence)


def test_candidates_that_only_look_like_it_are_not_recognised() -> None:
    assert sse({"candidates": [{"name": "x"}]}).message.protocol is None
    assert sse({"candidates": {"content": {}}}).message.protocol is None
    assert sse({"promptFeedback": 1}).message.protocol is None
    assert sse({"usageMetadata": {}, "modelVersion": "m"}).message.protocol == "gemini"


def test_a_candidate_without_content_has_only_what_is_said_of_it() -> None:
    told = sse({"candidates": [{"finishReason": "RECITATION", "index": 0}]})
    assert told.native == {"candidates": [{"finishReason": "RECITATION", "index": 0}]}
    assert (told.choice.finish, told.stream) == ("content_filter", "complete")


def test_what_code_assist_wraps_is_unwrapped() -> None:
    plain = [chunk(said("Hel")), chunk(said("lo"), reason="STOP")]
    wrapped = sse(*({"response": one, "traceId": "t1"} for one in plain))
    assert wrapped.native == {"response": sse(*plain).native, "traceId": "t1"}
    assert wrapped.message.choices == sse(*plain).message.choices
    assert sse({"response": {"a": 1}}).message.protocol is None
