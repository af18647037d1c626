"""Chat completions: what each of those who speak the protocol sends, from their documents, adds up to one answer."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from streamconv import Record, assemble
from streamconv.protocols.event import Event
from streamconv.protocols.message import Part
from streamconv.protocols.openai_chat import OpenAIChat
from streamconv.protocols.sign import Call, Delta, End, Error, Finish, Start, Usage
from tests.conftest import FIXTURES
from tests.protocols.telling import sse

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
DONE = "[DONE]"


def chunk(delta: Any, finish: str | None = None, index: int = 0, **members: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {**HEAD, "choices": [choice], **members}


def call(index: int | None, arguments: Any = None, id: str | None = None, name: str | None = None) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    members = {"index": index, "id": id, "function": function}
    return {"tool_calls": [{key: value for key, value in members.items() if value is not None}]}


def message(*payloads: Any) -> dict[str, Any]:
    """The message of the first choice."""
    said: dict[str, Any] = sse(*payloads).native["choices"][0]["message"]
    return said


def test_an_answer_is_what_the_same_call_without_streaming_returns() -> None:
    saying = sse(
        chunk({"role": "assistant", "content": ""}, usage=None, obfuscation="x9", p="ab"),
        chunk({"content": "Hel"}, usage=None),
        chunk({"content": "lo"}, usage=None),
        chunk({}, "stop", usage=None),
        {**HEAD, "choices": [], "usage": {"total_tokens": 3}},
        DONE,
    )
    assert saying.native == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "usage": {"total_tokens": 3},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    }
    assert saying.message.usage == {"total_tokens": 3}
    assert (saying.message.id, saying.message.model) == ("chatcmpl-1", "m")
    assert saying.parts == (Part("text", "Hello"),)
    assert saying.message.verdict.complete
    assert saying.signs == [
        Start("chatcmpl-1"),
        Delta("0.text", "text", "Hel"),
        Delta("0.text", "text", "lo"),
        Finish("stop"),
        Usage(),
        End("[DONE]"),
    ]


@pytest.mark.parametrize(
    ("payload", "evidence"),
    [
        (chunk({}), "an object chat.completion.chunk"),
        ({"object": "chat.completion.chunk", "choices": []}, "an object chat.completion.chunk"),
        ({"choices": [{"delta": {}}]}, "a choice that has a delta"),
        ({"choices": [], "prompt_filter_results": []}, "the prompt's filter results before any choice"),
        ({"final_result": {"choices": [{"delta": {}}]}}, "a choice that has a delta"),
        ({"choices": []}, ""),
        ({"choices": {"delta": {}}}, ""),
        ({"choices": [{"delta": "x"}, 3]}, ""),
        ({"object": "chat.completion.chunk"}, ""),
        ({"level": "info", "choices": ["a", "b"]}, ""),
    ],
)
def test_recognised_by(payload: dict[str, Any], evidence: str) -> None:
    assert OpenAIChat.recognises(Event(Record("event"), payload)) == (evidence or None)


def test_choices_are_interleaved_and_stand_by_their_index() -> None:
    saying = sse(
        chunk({"role": "assistant", "content": "a"}, index=1),
        chunk({"role": "assistant", "content": "b"}),
        chunk({"content": "A"}, "length", index=1),
        chunk({"content": "B"}, "stop"),
        DONE,
    )
    first, second = saying.message.choices
    assert (first.index, first.text, first.reason, first.finish) == (0, "bB", "stop", "stop")
    assert (second.index, second.text, second.reason, second.finish) == (1, "aA", "length", "length")
    assert [choice["index"] for choice in saying.native["choices"]] == [0, 1]
    assert saying.of(Finish) == [Finish("length", 1), Finish("stop")]
    assert saying.message.verdict.finish == "stop"


def test_parallel_tool_calls_belong_to_their_index_whatever_the_order() -> None:
    """Gateways to Anthropic count from 1, where OpenAI's own client fails: the index is a name, not a place."""
    saying = sse(
        chunk({"role": "assistant", "content": None}),
        chunk(call(2, "", "call_b", "time")),
        chunk(call(1, '{"a":', "call_a", "weather")),
        chunk(call(2, '{"z"')),
        chunk(call(1, "1}")),
        chunk(call(2, ":2}")),
        chunk({}, "tool_calls"),
        DONE,
    )
    calls = saying.native["choices"][0]["message"]["tool_calls"]
    assert calls == [
        {"id": "call_a", "function": {"name": "weather", "arguments": '{"a":1}'}},
        {"id": "call_b", "function": {"name": "time", "arguments": '{"z":2}'}},
    ]
    assert saying.parts == (
        Part("tool_call", '{"a":1}', "call_a", "weather", {"a": 1}),
        Part("tool_call", '{"z":2}', "call_b", "time", {"z": 2}),
    )
    assert saying.of(Call)[:2] == [
        Call("0.call.0", 2, "call_b", "time"),
        Call("0.call.1", 1, "call_a", "weather"),
    ]
    assert saying.of(Delta)[0] == Delta("0.call.1", "arguments", '{"a":')


def test_ids_roles_and_names_that_are_sent_again_are_not_doubled() -> None:
    """DashScope sends the id again, then empty names and ids; Zhipu and OpenRouter the role in every chunk."""
    first = call(0, "", "call_1", "search")
    first["tool_calls"][0]["type"] = "function"
    assert message(
        chunk({"role": "assistant", "content": "", **first}),
        chunk({"role": "assistant", **call(0, '{"q":1}', "call_1", "search")}),
        chunk({"role": None, **call(0, "", "", "")}),
        chunk({"role": "", **call(0, "", "call_1", "")}, "tool_calls"),
        DONE,
    ) == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "search", "arguments": '{"q":1}'}}],
    }


def test_a_name_may_come_in_pieces() -> None:
    said = message(chunk(call(0, "", "c", "get_")), chunk(call(0, "", None, "weather")), chunk({}, "stop"), DONE)
    assert said["tool_calls"][0]["function"]["name"] == "get_weather"


def test_several_calls_of_index_0_are_told_apart_by_id_and_name() -> None:
    """Some number each call 0, or none: what names another tool under another id is another call."""
    saying = sse(
        chunk(call(0, "{}", "a", "one")),
        chunk(call(0, "{", "b", "two")),
        chunk(call(0, "}", "b")),
        chunk(call(None, "{}", "c", "three")),
        chunk({}, "tool_calls"),
        DONE,
    )
    assert [(part.id, part.name, part.text) for part in saying.parts] == [
        ("a", "one", "{}"),
        ("b", "two", "{}"),
        ("c", "three", "{}"),
    ]
    assert [one.part for one in saying.of(Call) if isinstance(one, Call)] == [
        "0.call.0",
        "0.call.1",
        "0.call.1",
        "0.call.2",
    ]


def test_calls_of_index_0_without_ids_are_told_apart_by_a_name_after_whole_arguments() -> None:
    saying = sse(
        chunk(call(0, '{"x":', "", "a")),
        chunk(call(0, "1}", "", "a")),
        chunk(call(0, "", "", "a")),
        chunk(call(0, "{}", "", "b")),
        chunk({}, "tool_calls"),
        DONE,
    )
    assert [(part.name, part.text) for part in saying.parts] == [("a", '{"x":1}'), ("b", "{}")]
    assert [one.part for one in saying.of(Delta) if isinstance(one, Delta)] == ["0.call.0", "0.call.0", "0.call.1"]
    named = sse(chunk(call(0, "{}", "", "a")), chunk(call(0, "", "c", "a")), chunk(call(0, " ", "c", "a")))
    assert [(part.id, part.name, part.text) for part in named.parts] == [("c", "a", "{} ")]


@pytest.mark.parametrize(
    ("text", "finish", "arguments"),
    [
        ('{"a": 1}', "tool_calls", {"a": 1}),
        ('{"a": 1}', "length", {"a": 1}),
        ("", "tool_calls", {}),
        ("", "length", None),
        ("12", "length", None),
        ("", "content_filter", None),
        ("12", "tool_calls", 12),
        ('{"a": ', "tool_calls", None),
        ('{"a": {}', "length", None),
        ('{"a": 1}', None, None),
    ],
)
def test_a_call_is_whole_once_its_choice_has_finished_and_its_arguments_are_json(
    text: str, finish: str | None, arguments: Any
) -> None:
    (part,) = sse(chunk(call(0, text, "c", "n")), chunk({}, finish), DONE).parts
    assert (part.text, part.arguments, part.partial) == (text, arguments, arguments is None)


def test_a_custom_call_that_ran_out_of_tokens_is_partial_whatever_its_text() -> None:
    custom = {"tool_calls": [{"index": 0, "id": "c", "type": "custom", "custom": {"name": "n", "input": "f() {}"}}]}
    assert sse(chunk(custom), chunk({}, "length"), DONE).parts == (Part("tool_call", "f() {}", "c", "n", partial=True),)
    assert sse(chunk(custom), chunk({}, "stop"), DONE).parts == (Part("tool_call", "f() {}", "c", "n", "f() {}"),)


def test_calls_in_other_shapes() -> None:
    """TGI sent one call without a list; arguments come parsed from some; custom tools take text; legacy functions."""
    parts = sse(
        chunk({"tool_calls": {"index": 0, "id": "t", "function": {"name": "f", "arguments": {"a": 1}}}}),
        chunk({"tool_calls": [{"index": 1, "id": "u", "type": "custom", "custom": {"name": "sql", "input": "SELE"}}]}),
        chunk({"tool_calls": [{"index": 1, "custom": {"input": "CT 1"}}]}),
        chunk({"tool_calls": [7, {"index": 2, "type": "odd", "odd": {"x": 1}}]}),
        chunk({"function_call": {"name": "old", "arguments": "{"}}),
        chunk({"function_call": {"arguments": '"b":2}', "more": 1}}, "function_call"),
        DONE,
    ).parts
    assert parts == (
        Part("tool_call", '{"a": 1}', "t", "f", {"a": 1}),
        Part("tool_call", "SELECT 1", "u", "sql", "SELECT 1"),
        Part("data", value={"tool_calls": [{"type": "odd", "odd": {"x": 1}}]}),
        Part("tool_call", '{"b":2}', None, "old", {"b": 2}, value={"more": 1}),
    )


def test_reasoning_is_said_once_however_many_members_have_it() -> None:
    details = [{"type": "reasoning.text", "text": "Hm", "format": "f1", "index": 0}]
    signed = [{"type": "reasoning.text", "signature": "Sig", "format": "f1", "index": 0}]
    saying = sse(
        chunk({"content": "", "reasoning": "Hm", "reasoning_details": details}),
        chunk({"content": "", "reasoning": ".", "reasoning_details": [{"text": ".", "index": 0}]}),
        chunk({"reasoning_details": signed}),
        chunk({"content": "Yes"}, "stop"),
        DONE,
    )
    whole = {"type": "reasoning.text", "text": "Hm.", "format": "f1", "index": 0, "signature": "Sig"}
    assert saying.parts == (Part("reasoning", "Hm.", value={"reasoning_details": [whole]}), Part("text", "Yes"))
    assert saying.of(Delta) == [
        Delta("0.reasoning", "reasoning", "Hm"),
        Delta("0.reasoning", "reasoning", "."),
        Delta("0.text", "text", "Yes"),
    ]
    assert saying.native["choices"][0]["message"] == {
        "role": None,
        "content": "Yes",
        "reasoning": "Hm.",
        "reasoning_details": [whole],
    }


def test_reasoning_of_deepseek_and_of_summaries() -> None:
    first = sse(chunk({"reasoning_content": "A", "content": None}), chunk({"reasoning_content": "B"}), DONE)
    assert first.parts == (Part("reasoning", "AB"),)
    both = sse(chunk({"reasoning": "A", "reasoning_content": "A"}), DONE)
    assert both.parts == (Part("reasoning", "A"),)
    summary = sse(chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "S"}, 3]}), DONE)
    assert [(part.type, part.text) for part in summary.parts] == [("reasoning", "S")]


def test_content_of_mistral_is_a_list_of_pieces_to_which_texts_add() -> None:
    saying = sse(
        chunk({"content": "a"}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "T"}]}]}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "U"}, 1], "closed": True}]}),
        chunk({"content": "b"}),
        chunk({"content": ""}),
        chunk({"content": [{"type": "text", "text": "c"}, {"type": "reference", "reference_ids": [1]}, "odd", 5]}),
        chunk({}, "stop"),
        DONE,
    )
    assert saying.native["choices"][0]["message"]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "thinking", "thinking": [{"type": "text", "text": "TU"}, 1], "closed": True},
        {"type": "text", "text": "bc"},
        {"type": "reference", "reference_ids": [1]},
        "odd",
        5,
    ]
    assert saying.parts == (
        Part("text", "a"),
        Part("reasoning", "TU", value={"closed": True}),
        Part("text", "bc"),
        Part("data", value={"type": "reference", "reference_ids": [1]}),
        Part("text", "odd"),
        Part("data", value=5),
    )
    assert [sign.text for sign in saying.of(Delta) if isinstance(sign, Delta)] == ["a", "T", "U", "b", "c"]
    texts = [{"type": "thinking", "thinking": thinking} for thinking in ("T", [{"type": "text", "text": "U"}])]
    assert message(*(chunk({"content": [text]}) for text in texts), DONE)["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "TU"}]}
    ]
    assert message(chunk({"content": [{"type": "text", "text": 1}]}), DONE)["content"] == [{"type": "text", "text": 1}]


def test_azure_tells_of_the_prompt_first_and_of_the_filters_in_every_choice() -> None:
    safe, found = {"hate": {"filtered": False}}, [{"prompt_index": 0}]
    first = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": found}
    one = chunk({"content": "Hi"})
    one["choices"][0]["content_filter_results"] = safe
    last = chunk({}, "content_filter")
    last["choices"][0]["content_filter_results"] = {}
    saying = sse(first, one, last, DONE)
    assert saying.native == {
        "choices": [
            {
                "index": 0,
                "message": {"role": None, "content": "Hi"},
                "finish_reason": "content_filter",
                "content_filter_results": safe,
            }
        ],
        "created": 1,
        "id": "chatcmpl-1",
        "model": "m",
        "object": "chat.completion",
        "prompt_filter_results": found,
    }
    assert saying.signs[0] == Start("chatcmpl-1")
    assert saying.choice.finish == "content_filter"


def test_usage_wherever_it_stands() -> None:
    every = sse(chunk({"content": "a"}, usage={"n": 1}), chunk({}, "stop", usage={"n": 2}), DONE)
    assert (every.message.usage, len(every.of(Usage))) == ({"n": 2}, 2)
    groq = sse(chunk({"content": "a"}, x_groq={"id": "r"}), chunk({}, "stop", x_groq={"usage": {"n": 3}}), DONE)
    assert groq.message.usage == {"n": 3}
    assert groq.message.native["x_groq"] == {"id": "r", "usage": {"n": 3}}
    last = chunk({}, "stop")
    last["choices"][0]["usage"] = {"n": 4}
    assert sse(last, DONE).message.usage == {"n": 4}


def test_openrouter_sends_the_last_chunk_twice() -> None:
    saying = sse(chunk({"content": "a"}), chunk({}, "stop"), chunk({"content": ""}, "stop", usage={"cost": 1}), DONE)
    assert saying.of(Finish) == [Finish("stop")]
    assert saying.message.usage == {"cost": 1}


def test_perplexity_repeats_the_message_beside_each_delta() -> None:
    found = [{"title": "T", "url": "https://a.example/"}]

    def one(delta: str, whole: str, object: str, finish: str | None = None) -> dict[str, Any]:
        message = {"role": "assistant", "content": whole, "steps": [len(whole)]}
        choice = {"index": 0, "delta": {"role": "assistant", "content": delta}, "message": message}
        return {**HEAD, "object": object, "choices": [{**choice, "finish_reason": finish}], "search_results": found}

    saying = sse(
        one("po", "po", "chat.completion.chunk"),
        one("ng", "pong", "chat.completion.chunk"),
        one("", "pong", "chat.completion.done", "stop"),
    )
    assert saying.choice.text == "pong"
    assert saying.parts[1:] == (
        Part("data", value={"steps": [4]}),
        Part("source", "https://a.example/", value=found[0]),
    )
    assert saying.native["search_results"] == found
    assert saying.message.verdict.evidence == "chat.completion.done"
    assert saying.message.verdict.complete
    cited = sse(chunk({"content": "a"}, citations=["https://b.example/", 3]), DONE)
    assert cited.parts[1:] == (Part("source", "https://b.example/"), Part("source", value=3))


def test_a_message_without_deltas_is_the_answer_so_far() -> None:
    """An answer that was not streamed, and gateways that send the whole text again and again."""

    def whole(content: Any) -> dict[str, Any]:
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": None}
        return {**HEAD, "object": "chat.completion", "choices": [choice]}

    saying = sse(whole("Hel"), whole("Hello"), whole(None), whole("Hello!"))
    assert saying.choice.text == "Hello!"
    assert saying.choice.role == "assistant"
    assert [sign.text for sign in saying.of(Delta) if isinstance(sign, Delta)] == ["Hel", "lo", "!"]


def test_what_else_a_choice_has_is_kept() -> None:
    """Logprobs and vLLM's token ids are lists of which each chunk has some; of other members the last counts."""
    first, second = chunk({"content": "a", "images": [{"n": 1}], "channel": "c"}), chunk({"channel": "c"}, "stop")
    first["choices"][0] |= {"logprobs": {"content": [{"token": "a"}], "refusal": None}, "token_ids": [1]}
    second["choices"][0] |= {"logprobs": {"content": [{"token": "b"}]}, "token_ids": [2], "stop_reason": None}
    saying = sse({**first, "provider": "P"}, {**second, "provider": None, "moderation": {"x": 1}}, DONE)
    (choice,) = saying.native["choices"]
    assert choice["logprobs"] == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}
    assert choice["token_ids"] == [1, 2]
    assert choice["stop_reason"] is None
    assert saying.native["provider"] == "P"
    assert saying.native["moderation"] == {"x": 1}
    assert saying.parts[1:] == (Part("data", value={"images": [{"n": 1}], "channel": "c"}),)


def test_a_refusal_and_annotations_are_parts() -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "https://c.example/", "title": "C"}}
    saying = sse(
        chunk({"role": "assistant", "content": None, "refusal": ""}),
        chunk({"refusal": "I "}),
        chunk({"refusal": "won't", "annotations": [citation]}),
        chunk({"audio": {"id": "audio_1", "transcript": "Hi "}}),
        chunk({"audio": {"transcript": "you", "data": "AA"}}, "refusal"),
        DONE,
    )
    assert saying.parts == (
        Part("refusal", "I won't"),
        Part("source", "https://c.example/", value=citation),
        Part("data", value={"audio": {"id": "audio_1", "transcript": "Hi you", "data": "AA"}}),
    )
    assert saying.of(Delta) == [Delta("0.refusal", "refusal", "I "), Delta("0.refusal", "refusal", "won't")]
    assert saying.choice.finish == "refusal"


def test_sap_wraps_the_chunk() -> None:
    def wrapped(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {"request_id": "r", "intermediate_results": {"n": 1}, "final_result": chunk(delta, finish)}

    saying = sse(wrapped({"role": "assistant", "content": "Hi"}), wrapped({}, "stop"), DONE)
    assert saying.choice.text == "Hi"
    assert saying.native["request_id"] == "r"
    assert saying.native["final_result"]["choices"][0]["message"]["content"] == "Hi"
    assert saying.message.verdict.complete


def test_a_second_completion_begins_anew() -> None:
    """Captures of two requests in one file; not so where a gateway makes up a new id for every chunk."""
    other = {"id": "chatcmpl-2"}
    saying = sse(
        chunk({"content": "one"}, usage={"n": 1}),
        chunk({}, "stop"),
        chunk({"role": "assistant"}, **other),
        chunk({"content": "two"}, **other),
    )
    assert saying.of(Start) == [Start("chatcmpl-1"), Start("chatcmpl-2")]
    assert (saying.choice.text, saying.message.id, saying.message.usage) == ("two", "chatcmpl-2", None)
    assert saying.message.verdict.stream == "no-terminator"
    same = sse(
        chunk({"content": "a"}, id="x1"),
        chunk({"content": "b"}, "stop", id="x2"),
        chunk({}, id="x3"),
        chunk({"content": ""}, "stop", id="x4"),
        chunk({"content": "c"}, index=1, id="x5"),
        DONE,
    )
    assert (same.message.id, [choice.text for choice in same.message.choices]) == ("x1", ["ab", "c"])


@pytest.mark.parametrize(
    ("error", "found", "sign"),
    [
        (
            {"error": {"message": "gone", "type": "server_error", "code": None}},
            {"message": "gone", "type": "server_error", "code": None},
            Error("gone", "server_error"),
        ),
        (
            {"object": "error", "message": "old vLLM", "code": 400},
            {"object": "error", "message": "old vLLM", "code": 400},
            Error("old vLLM", "400"),
        ),
        ({"error": "plain"}, "plain", Error("plain")),
    ],
)
def test_an_error_in_the_stream(error: dict[str, Any], found: Any, sign: Error) -> None:
    saying = sse(chunk({"content": "a"}), error, DONE)
    assert saying.message.error == found
    assert saying.of(Error) == [sign]
    assert saying.message.verdict.stream == "in-band-error"
    assert saying.choice.text == "a"
    assert "error" not in saying.native


def test_an_error_of_openrouter_stands_beside_the_finish() -> None:
    saying = sse(chunk({"content": "a"}), chunk({"content": ""}, "error", error={"code": 502, "message": "bad"}), DONE)
    assert (saying.choice.reason, saying.choice.finish) == ("error", "error")
    assert saying.message.error == {"code": 502, "message": "bad"}
    assert "error" not in saying.native


def test_the_fixture_of_two_choices_and_two_calls() -> None:
    message = assemble(FIXTURES / "protocols" / "openai-chat-tools.sse")
    first, second = message.choices
    assert [(part.type, part.name, part.arguments) for part in first.parts] == [
        ("text", None, None),
        ("tool_call", "get_weather", {"city": "Zürich"}),
        ("tool_call", "get_time", {"zone": "Europe/Zurich"}),
    ]
    assert first.text == "Let me look: 今天."
    assert (second.text, second.finish) == ("Which city?", "stop")
    assert message.usage["total_tokens"] == 103
    assert message.verdict.complete


# What was read in the stream itself: parts by type, the text or the start of its SHA-256, reason, tokens, the state.
CAPTURES = {
    "vllm-error-midstream.sse": ([], "", None, None, "in-band-error"),
    "writer-no-done.sse": (["tool_call"], "", "tool_calls", 216, "no-terminator"),
    "perplexity-citations-cumulative.sse": (["text", *["source"] * 20], "pong", "stop", 8, "complete"),
    "har-polly-together-tools.har": (["tool_call"] * 2, "", "tool_calls", None, "complete"),
    "har-polly-openai-chat-logprobs.har": (["text"], "0c5a8864ae686a0b", "stop", None, "complete"),
    "curl-i-raw-chunked-openai.txt": (["tool_call"], "", "tool_calls", 100, "complete"),
    "har-playwright-minimal.har": (["tool_call"], "", "tool_calls", 100, "complete"),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_says_what_was_read_in_it(captures: Path, name: str) -> None:
    message = assemble(captures / name)
    choice = message.choice()
    types, text, *rest = CAPTURES[name]
    assert [part.type for part in choice.parts] == types
    assert text in (choice.text, hashlib.sha256(choice.text.encode()).hexdigest()[:16])
    assert [choice.reason, (message.usage or {}).get("total_tokens"), message.verdict.stream] == rest
