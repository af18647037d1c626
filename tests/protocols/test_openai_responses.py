"""Responses: items, pieces and texts add up; the last event has the whole response, which then counts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from streamconv import Record, assemble, read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.event import Event
from streamconv.protocols.message import Part
from streamconv.protocols.openai_responses import OpenAIResponses
from streamconv.protocols.sign import Call, Close, Delta, End, Error, Finish, Number, Open, Start, Usage, Whole
from tests.conftest import FIXTURES
from tests.protocols.telling import sse

LIVE = {"id": "resp_1", "object": "response", "status": "in_progress", "model": "m", "output": [], "usage": None}


def event(type: str, **members: Any) -> dict[str, Any]:
    return {"type": f"response.{type}", **members}


def added(index: int, **item: Any) -> dict[str, Any]:
    return event("output_item.added", output_index=index, item=item)


def done(index: int, **item: Any) -> dict[str, Any]:
    return event("output_item.done", output_index=index, item=item)


def text(delta: str, index: int = 0, content: int = 0, **members: Any) -> dict[str, Any]:
    return event("output_text.delta", output_index=index, content_index=content, delta=delta, **members)


def over(verb: str = "completed", **members: Any) -> dict[str, Any]:
    return event(verb, response={**LIVE, "status": verb, **members})


CREATED = event("created", response=LIVE, sequence_number=0)


def test_the_fixture_is_the_response_of_its_last_event() -> None:
    message = assemble(FIXTURES / "protocols" / "openai-responses.sse")
    assert [(part.type, part.id, part.text) for part in message.choices[0].parts] == [
        ("reasoning", "rs_1", "**Look it up**"),
        ("text", "msg_1", "Moment… 🌤"),
        ("tool_call", "call_a1", '{"city":"Zürich"}'),
    ]
    assert message.choices[0].parts[2].arguments == {"city": "Zürich"}
    assert (message.id, message.model) == ("resp_67cc", "o4-mini-2025-04-16")
    assert message.usage["total_tokens"] == 88
    assert message.native["status"] == "completed"
    assert message.verdict.evidence == "response.completed"
    assert (message.choices[0].role, message.choices[0].reason) == ("assistant", "completed")
    assert message.verdict.finish == "tool_calls"


def test_before_its_last_event_the_others_add_up_to_the_same_output() -> None:
    body = (FIXTURES / "protocols" / "openai-responses.sse").read_bytes()
    cut = assemble(body[: body.rindex(b"event: ")])
    assert cut.native["output"] == assemble(body).native["output"]
    assert cut.native["status"] == "in_progress"
    assert [part.partial for part in cut.choices[0].parts] == [False, False, False]
    assert (cut.verdict.stream, cut.verdict.finish) == ("no-terminator", None)


def test_every_event_says_what_it_does() -> None:
    said = sse(
        CREATED,
        added(0, type="message", id="msg", role="assistant", content=[]),
        event("content_part.added", output_index=0, content_index=0, part={"type": "output_text", "text": ""}),
        text("Hel", sequence_number=1),
        text("lo"),
        event("output_text.done", output_index=0, content_index=0, text="Hello"),
        event("content_part.done", output_index=0, content_index=0, part={"type": "output_text", "text": "Hello"}),
        done(0, type="message", content=[{"type": "output_text", "text": "Hello"}]),
        added(1, type="function_call", id="fc", call_id="call", name="f", arguments=""),
        event("function_call_arguments.delta", output_index=1, delta="{}"),
        event("function_call_arguments.done", output_index=1, arguments="{}"),
        over(usage={"total_tokens": 2}),
        "[DONE]",
    )
    whole = Whole("0.content.0", "text", "Hello")
    assert said.signs == [
        Number(0),
        Start("resp_1"),
        Open("0"),
        Open("0.content.0"),
        Number(1),
        Delta("0.content.0", "text", "Hel"),
        Delta("0.content.0", "text", "lo"),
        whole,
        whole,
        Close("0.content.0"),
        whole,
        Close("0"),
        Open("1"),
        Call("1", 1, "call", "f"),
        Delta("1", "arguments", "{}"),
        Whole("1", "arguments", "{}"),
        Usage(),
        Finish("completed"),
        End("response.completed"),
    ]


def test_deltas_belong_to_the_place_in_the_output_whatever_the_ids() -> None:
    """Copilot encrypts the id of an item anew in every event."""
    said = sse(
        CREATED,
        added(0, type="message", id="a", role="assistant", content=[]),
        text("one", item_id="b"),
        added(1, type="function_call", id="c", call_id="call", name="f", arguments=""),
        event("function_call_arguments.delta", output_index=1, delta='{"x":', item_id="d"),
        text(" two", item_id="e"),
        event("function_call_arguments.delta", output_index=1, delta="1}", item_id="f"),
    )
    assert said.choice.text == "one two"
    assert said.parts[1] == Part("tool_call", '{"x":1}', "call", "f", partial=True)


def test_a_call_is_whole_at_the_done_of_its_arguments_or_of_its_item() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}
    arguments = event("function_call_arguments.done", output_index=0, arguments='{"a":1}')
    assert sse(CREATED, added(0, **call), arguments).parts == (Part("tool_call", '{"a":1}', "c", "f", {"a": 1}),)
    whole = done(0, **{**call, "arguments": "[]"})
    assert sse(CREATED, added(0, **call), whole).parts == (Part("tool_call", "[]", "c", "f", []),)
    broken = done(0, **{**call, "arguments": '{"a":'})
    assert sse(CREATED, added(0, **call), broken).parts == (Part("tool_call", '{"a":', "c", "f", partial=True),)
    cut = over("incomplete", output=[{**call, "arguments": "{}", "status": "incomplete"}])
    assert sse(CREATED, added(0, **call), cut).parts[0].partial


def test_a_call_that_was_cut_is_partial_whatever_its_text() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    item = done(0, **call, status="incomplete")
    partial = Part("tool_call", "{}", "c", "f", partial=True, value={"status": "incomplete"})
    assert sse(CREATED, item).parts == sse(CREATED, item, over("incomplete")).parts == (partial,)
    custom = done(0, type="custom_tool_call", call_id="c", name="f", input="x = {}")
    assert not sse(CREATED, custom, over()).parts[0].partial
    for details in (None, {"reason": "max_output_tokens"}, {"reason": "content_filter"}):
        assert sse(CREATED, custom, over("incomplete", incomplete_details=details)).parts[0].partial


@pytest.mark.parametrize(
    ("subject", "item", "part"),
    [
        ("output_text", "message", Part("text", "ab")),
        ("refusal", "message", Part("refusal", "ab")),
        ("reasoning_text", "reasoning", Part("reasoning", "ab")),
        ("reasoning_summary_text", "reasoning", Part("reasoning", "ab")),
        ("function_call_arguments", "function_call", Part("tool_call", "ab", None, "function")),
        ("mcp_call_arguments", "mcp_call", Part("tool_call", "ab", None, "mcp")),
        ("mcp_call.arguments", "mcp_call", Part("tool_call", "ab", None, "mcp")),
        ("custom_tool_call_input", "custom_tool_call", Part("tool_call", "ab", None, "custom_tool")),
        ("code_interpreter_call_code", "code_interpreter_call", Part("tool_call", "ab", None, "code_interpreter")),
    ],
)
def test_deltas_are_understood_where_the_stream_is_joined_in_its_middle(subject: str, item: str, part: Part) -> None:
    said = sse(*(event(f"{subject}.delta", output_index=3, delta=delta) for delta in "ab"))
    (found,) = said.parts
    assert (found.type, found.text, found.name, found.partial) == (part.type, part.text, part.name, True)
    assert said.native["output"][0]["type"] == item


def test_a_text_that_no_delta_had_is_news_when_it_is_said_whole() -> None:
    """So that the text as it arrives lacks nothing: pieces, items and responses that come all at once."""
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
    want = [Delta("0.content.0", "text", "Hi")]
    assert sse(CREATED, added(0, **message), done(0, **message)).of(Delta) == want
    assert sse(CREATED, done(0, **message), over(output=[message])).of(Delta) == want
    assert sse(CREATED, over(output=[message])).of(Delta) == want
    part = event("content_part.added", output_index=0, content_index=0, part=message["content"][0])
    assert sse(CREATED, part).of(Delta) == want
    last = event("output_text.done", output_index=0, content_index=0, text="Hi")
    assert sse(CREATED, last).of(Delta) == want


def test_the_output_of_the_last_event_counts_unless_it_has_none() -> None:
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "mine"}]}
    theirs = {"type": "message", "content": [{"type": "output_text", "text": "theirs"}]}
    assert sse(CREATED, done(0, **item), over(output=[theirs])).choice.text == "theirs"
    assert sse(CREATED, done(0, **item), over(output=[])).choice.text == "mine"
    assert sse(CREATED, done(0, **item), over(output=None)).choice.text == "mine"
    assert len(sse(CREATED, done(0, **item), over(output=[item, theirs])).parts) == 2
    # What is said whole in an output of other items is not held against the deltas.
    assert sse(CREATED, text("a"), over(output=[{"type": "reasoning", "summary": []}, theirs])).of(Whole) == []


@pytest.mark.parametrize(
    ("verb", "members", "reason", "finish"),
    [
        ("completed", {}, "completed", "stop"),
        ("completed", {"output": [{"type": "custom_tool_call", "input": ""}]}, "completed", "tool_calls"),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "max_output_tokens", "length"),
        ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, "content_filter", "content_filter"),
        ("incomplete", {"incomplete_details": None}, "incomplete", "other"),
        ("cancelled", {}, "cancelled", "cancelled"),
        ("failed", {"error": {"code": "server_error", "message": "gone"}}, "failed", "error"),
    ],
)
def test_the_last_event_says_how_it_finished(verb: str, members: dict[str, Any], reason: str, finish: str) -> None:
    said = sse(CREATED, over(verb, **members))
    assert (said.choice.reason, said.choice.finish) == (reason, finish)
    assert said.of(End) == [End(f"response.{verb}")]
    assert said.message.verdict.finish == finish
    assert said.stream == ("in-band-error" if verb == "failed" else "complete")


@pytest.mark.parametrize(
    ("error", "found", "sign"),
    [
        ({"type": "error", "code": "x", "message": "no", "param": None}, "no", Error("no", "x")),
        ({"type": "error", "error": {"code": "y", "message": "nested"}}, "nested", Error("nested", "y")),
        ({"error": {"type": "z", "message": "bare"}}, "bare", Error("bare", "z")),
        (("error", {"message": "named"}), "named", Error("named", None)),
        (("error", "text"), None, Error("text", None)),
    ],
)
def test_errors(error: Any, found: str | None, sign: Error) -> None:
    said = sse(CREATED, error, over("failed", error={"code": "later", "message": "later"}))
    assert said.of(Error) == [sign, Error("later", "later")]
    assert said.message.error == "text" if found is None else said.message.error["message"] == found
    assert said.stream == "in-band-error"


def test_a_failure_without_an_error_is_one() -> None:
    said = sse(CREATED, over("failed"))
    assert said.of(Error) == [Error("", "response.failed")]
    assert said.message.error is None


def test_the_tools_of_the_provider() -> None:
    """Each as a call of what it was asked, with all that came of it; progress is a status where the item has one."""
    search = {"type": "web_search_call", "id": "ws", "status": "in_progress"}
    said = sse(
        CREATED,
        added(0, **search),
        event("web_search_call.searching", output_index=0, item_id="ws"),
        added(1, type="image_generation_call", id="ig"),
        event("image_generation_call.partial_image", output_index=1, partial_image_index=0, partial_image_b64="AA"),
        added(2, type="mcp_list_tools", id="mcpl", tools=[]),
        event("mcp_list_tools.completed", output_index=2),
        event("shell_call_command.added", output_index=3, command_index=0, command="ls"),
        event("shell_call_output_content.delta", output_index=4, delta={"stdout": "a"}),
        event("shell_call_output_content.delta", output_index=4, delta={"stdout": "b"}),
    )
    assert said.native["output"] == [
        {"type": "web_search_call", "id": "ws", "status": "searching"},
        {"type": "image_generation_call", "id": "ig", "partial_image_index": 0, "partial_image_b64": "AA"},
        {"type": "mcp_list_tools", "id": "mcpl", "tools": []},
        {"command_index": 0, "command": "ls"},
        {"shell_call_output_content": {"stdout": "ab"}},
    ]
    assert [(part.type, part.id, part.name, part.partial) for part in said.parts] == [
        ("tool_call", "ws", "web_search", True),
        ("file", "ig", None, True),
        ("data", None, None, True),
        ("data", None, None, True),
        ("data", None, None, True),
    ]
    action = {"type": "search", "query": "q"}
    ended = sse(CREATED, done(0, **{**search, "status": "completed", "action": action}))
    assert ended.parts == (
        Part(
            "tool_call",
            '{"type": "search", "query": "q"}',
            "ws",
            "web_search",
            action,
            value={"status": "completed"},
        ),
    )
    results = [{"type": "function_call_output", "call_id": "c", "output": "42"}, {"type": "x_output", "output": [1]}]
    assert sse(CREATED, over(output=results)).parts == (
        Part("tool_result", "42", "c", value={"type": "function_call_output"}),
        Part("tool_result", "[1]", value={"type": "x_output"}),
    )


def test_a_refusal_is_said_in_the_place_of_a_text() -> None:
    place = {"output_index": 0, "content_index": 0}
    whole = {"type": "refusal", "refusal": "I can't"}
    said = sse(
        CREATED,
        added(0, type="message", role="assistant", content=[]),
        event("content_part.added", part={"type": "refusal", "refusal": ""}, **place),
        event("refusal.delta", delta="I ", **place),
        event("refusal.delta", delta="can't", **place),
        event("refusal.done", refusal="I can't", **place),
        done(0, type="message", role="assistant", content=[whole]),
        over(output=[{"type": "message", "role": "assistant", "content": [whole]}]),
    )
    assert said.parts == (Part("refusal", "I can't"),)
    assert said.of(Delta, Whole) == [
        Delta("0.content.0", "refusal", "I "),
        Delta("0.content.0", "refusal", "can't"),
        *[Whole("0.content.0", "refusal", "I can't")] * 3,
    ]


def test_annotations_and_logprobs_are_collected() -> None:
    cited = {"type": "url_citation", "url": "https://a.example/", "title": "A"}
    place = {"output_index": 0, "content_index": 0}
    said = sse(
        CREATED,
        added(0, type="message", role="assistant", content=[{"type": "output_text", "text": "", "annotations": []}]),
        text("a", logprobs=[{"token": "a"}]),
        text("b", logprobs=[{"token": "b"}]),
        event("output_text.annotation.added", annotation=cited, annotation_index=0, **place),
    )
    assert said.parts == (
        Part("text", "ab", partial=True, value={"logprobs": [{"token": "a"}, {"token": "b"}]}),
        Part("source", "https://a.example/", value=cited),
    )


def test_reasoning_of_every_kind() -> None:
    both = {"type": "reasoning", "id": "r", "content": [{"text": "T"}], "summary": [{"text": "S"}, {"text": "T"}]}
    sealed = {"type": "reasoning", "id": "e", "encrypted_content": "AA", "summary": [], "status": "completed"}
    odd = {"type": "reasoning", "summary": ["plain", {"type": "new", "text": {"a": 1}}]}
    assert sse(CREATED, over(output=[both, sealed, odd])).parts == (
        Part("reasoning", "T", "r"),
        Part("reasoning", "S", "r"),
        Part("reasoning", "", "e", value={"encrypted_content": "AA"}),
        Part("reasoning", "plain", value={"summary": [{"type": "new", "text": {"a": 1}}]}),
    )


def test_audio_stands_beside_the_output() -> None:
    said = sse(
        CREATED,
        event("audio.delta", delta="AA"),
        event("audio.delta", delta="BB"),
        event("audio.transcript.delta", delta="Hi"),
        event("audio.done"),
    )
    assert said.native["audio"] == {"data": "AABB", "transcript": "Hi"}
    assert said.parts == (Part("file", "Hi", partial=True, value={"data": "AABB", "transcript": "Hi"}),)


def test_what_is_not_known_is_kept() -> None:
    limits = {"type": "codex.rate_limits", "plan": "x"}
    said = sse(event("steer.accepted", sequence_number=5), CREATED, limits, event("novel.delta", delta="a"))
    assert said.parts == (
        Part("data", value=event("steer.accepted", sequence_number=5)),
        Part("data", value=limits),
        Part("data", value=event("novel.delta", delta="a")),
    )
    later = sse(
        CREATED, added(0, type="new_item", x=1), event("novel.delta", delta="a"), event("novel.delta", delta="b")
    )
    assert later.native["output"] == [{"type": "new_item", "x": 1, "novel": "ab"}]
    assert later.of(Delta)[0] == Delta("0", "other", "a")
    odd = sse(CREATED, over(output=["text", {"type": "message", "content": ["x", {"type": "new"}], "role": 5}]))
    assert odd.parts == (
        Part("data", value="text"),
        Part("data", value="x"),
        Part("data", value={"type": "new"}),
    )
    assert sse(CREATED, "[1]", "7").parts == ()


def test_items_and_pieces_without_themselves_are_passed_over() -> None:
    broken = (event("output_item.added", output_index=0), event("content_part.added", output_index=0, part="x"))
    assert sse(CREATED, *broken, event("created")).parts == ()
    mixed = sse(
        CREATED, added(0, type="message", content=["odd", {"type": "output_text", "text": "a"}]), text("b", 0, 1)
    )
    assert mixed.native["output"][0]["content"] == ["odd", {"type": "output_text", "text": "ab"}]


def test_a_second_response_begins_anew() -> None:
    second = event("created", response={**LIVE, "id": "resp_2"})
    said = sse(CREATED, text("one"), second, text("two"))
    assert (said.choice.text, said.message.id) == ("two", "resp_2")
    assert said.of(Start) == [Start("resp_1"), Start("resp_2")]


def test_a_response_that_was_not_streamed_is_one() -> None:
    answer = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}]
    said = sse({**LIVE, "status": "completed", "output": answer})
    assert (said.choice.text, said.stream, said.of(Delta)) == ("Hi", "complete", [Delta("0.content.0", "text", "Hi")])


@pytest.mark.parametrize(
    ("payload", "evidence"),
    [
        (CREATED, "a response.created event"),
        (text("a"), "a response.output_text.delta event"),
        (event("queued", sequence_number=1), "a response.queued event"),
        ({"object": "response", "output": []}, "an object response"),
        ({"type": "response.time", "ms": 3}, None),
        ({"type": "responses", "output_index": 1}, None),
        ({"object": "response"}, None),
        (["response."], None),
    ],
)
def test_recognised_by(payload: Any, evidence: str | None) -> None:
    assert OpenAIResponses.recognises(Event(Record("event"), payload)) == evidence


# What was read in the stream itself: parts by type, the text's SHA-256 (its first half), reason, tokens, the state.
CAPTURES = {
    "bedrock-mantle-responses-event-after-data.sse": (["tool_call"], "", "completed", 102, "complete"),
    "deepseek-responses.sse": (["reasoning", "tool_call"], "", "completed", 425, "complete"),
    "har-polly-ai-sdk-responses.har": (["text"], "6881919c665da3ff", "completed", 117, "complete"),
    "openai-responses-custom-tool.chunks.txt": (["tool_call"], "", "completed", 70, "complete"),
    "openai-responses-error.chunks.txt": ([], "", "failed", None, "in-band-error"),
    "openai-responses-function-call.sse": (["tool_call"], "", "completed", 98, "complete"),
    "openai-responses-incomplete.sse": (["text"], "cbdb30656f8b103b", "max_output_tokens", None, "complete"),
    "openai-responses-logprobs.sse": (["text"], "dad920a4c2eeea1c", "completed", 35, "complete"),
    "openai-responses-mcp-list-tools.sse": (["data"] * 3 + ["text"], "2e91ad68993b10cd", "completed", 1302, "complete"),
    "openai-responses-web-search.sse": (
        ["reasoning", "tool_call", "reasoning", "text"],
        "acf51a4fa1977f1c",
        "completed",
        10045,
        "complete",
    ),
    "openrouter-responses-raw-cot.sse": (["reasoning", "text"], "4b227777d4dd1fc6", "completed", 115, "complete"),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_says_what_was_read_in_it(captures: Path, name: str) -> None:
    message = assemble(captures / name)
    choice = message.choice()
    digest = hashlib.sha256(choice.text.encode()).hexdigest()[:16] if choice.text else ""
    tokens = (message.usage or {}).get("total_tokens") or None
    said = ([part.type for part in choice.parts], digest, choice.reason, tokens, message.verdict.stream)
    assert said == CAPTURES[name]


@pytest.mark.parametrize("name", CAPTURES)
def test_the_events_of_a_capture_add_up_to_its_last_one(captures: Path, name: str) -> None:
    """Text by text, what came before the last event is what that says."""
    *before, last = [record for record in read(captures / name) if not record.is_end]
    assembler = Assembler()
    assembler.feed(before)
    cut = [(part.type, part.text) for part in assembler.snapshot().choice().parts]
    assert assembler.snapshot().verdict.stream != "complete"
    assembler.feed([last])
    assert [(part.type, part.text) for part in assembler.snapshot().choice().parts] == cut
