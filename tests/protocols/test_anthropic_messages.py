"""Anthropic Messages: what its API reference says of streams, and what hostile ones do."""

from __future__ import annotations

from typing import Any

from streamconv import Message, assemble
from streamconv.protocols.message import Part
from streamconv.protocols.sign import Close, Delta, Finish, Open
from tests.protocols.streams import assembled
from tests.protocols.test_ending import ARGUMENTS, BLOCK, MESSAGE, sse
from tests.reading import decode


def message(*events: dict[str, Any]) -> Message:
    return assemble(sse(MESSAGE, *events))


def start(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int = 0, **members: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": members}


def stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def test_blocks_are_what_was_started_and_added() -> None:
    found = message(
        start({"type": "thinking", "thinking": "", "signature": ""}),
        delta(type="thinking_delta", thinking="hm"),
        delta(type="signature_delta", signature="c2ln"),
        stop(),
        start({"type": "text", "text": "a", "citations": None}, 1),
        delta(1, type="text_delta", text="b"),
        delta(1, type="citations_delta", citation={"url": "u"}),
        delta(1, type="citations_delta", citation={"url": "v"}),
        stop(1),
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )
    assert found.native["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        {"type": "text", "text": "ab", "citations": [{"url": "u"}, {"url": "v"}]},
    ]
    assert found.choice().parts == (
        Part("reasoning", "hm", value={"signature": "c2ln"}),
        Part("text", "ab", value={"citations": [{"url": "u"}, {"url": "v"}]}),
    )
    assert (found.choice().finish, found.choice().role) == ("length", "assistant")
    assert found.usage == {"output_tokens": 2}


def test_usage_counts_are_totals_of_which_some_are_said_again() -> None:
    begun = {**MESSAGE, "message": {**MESSAGE["message"], "usage": {"input_tokens": 3, "output_tokens": 1}}}
    end = {"type": "message_delta", "delta": {}, "usage": {"input_tokens": None, "output_tokens": 9}, "extra": 1}
    found = assemble(sse(begun, end))
    assert found.native["usage"] == found.usage == {"input_tokens": 3, "output_tokens": 9}
    assert found.native["extra"] == 1


def test_the_input_of_a_tool_is_parsed_once_its_block_has_stopped() -> None:
    rest = delta(type="input_json_delta", partial_json='is"}')
    assert message(BLOCK, ARGUMENTS).native["content"][0]["partial_json"] == '{"city": "Par'
    whole = message(BLOCK, ARGUMENTS, rest, stop())
    assert whole.native["content"] == [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Paris"}}]
    assert whole.choice().parts == (Part("tool_call", '{"city": "Paris"}', "t1", "weather", {"city": "Paris"}),)
    broken = message(BLOCK, ARGUMENTS, stop()).choice().parts[0]
    assert (broken.partial, broken.arguments, broken.text) == (True, None, '{"city": "Par')


def test_a_tool_without_arguments_has_those_of_its_start() -> None:
    assert message(BLOCK).choice().parts == (Part("tool_call", "", "t1", "weather", partial=True),)
    assert message(BLOCK, stop()).choice().parts == (Part("tool_call", "", "t1", "weather", {}),)


def test_a_call_that_ran_out_of_tokens_is_partial() -> None:
    empty = delta(type="input_json_delta", partial_json="")
    end = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}
    cut = Part("tool_call", "", "t1", "weather", partial=True)
    assert message(BLOCK, empty, stop(), end).choice().parts == (cut,)
    whole = delta(type="input_json_delta", partial_json="{}")
    assert message(BLOCK, whole, stop(), end).choice().parts == (Part("tool_call", "{}", "t1", "weather", {}),)
    text = start({"type": "text", "text": "So"}, 1)
    assert message(BLOCK, empty, stop(), text, stop(1), end).choice().parts[0] == Part(
        "tool_call", "", "t1", "weather", {}
    )
    held = start({"type": "tool_use", "id": "t1", "name": "weather", "input": {"a": 1}})
    assert message(held, stop(), end).choice().parts == (Part("tool_call", '{"a": 1}', "t1", "weather", {"a": 1}),)


def test_results_and_what_is_not_known_are_kept() -> None:
    result = {"type": "web_search_tool_result", "tool_use_id": "t1", "content": []}
    found = message(start(result), stop(), start({"type": "new", "a": 1}, 1), delta(1, type="new_delta", b=2), stop(1))
    assert found.choice().parts == (
        Part("tool_result", id="t1", value=result),
        Part("data", value={"type": "new", "a": 1, "deltas": [{"type": "new_delta", "b": 2}]}),
    )


def test_a_compaction_grows() -> None:
    found = message(start({"type": "compaction", "content": None}), delta(type="compaction_delta", content="so far"))
    assert found.native["content"] == [{"type": "compaction", "content": "so far"}]


def test_a_second_start_begins_anew() -> None:
    twice = message(start({"type": "text", "text": "a"}), stop(), MESSAGE)
    assert twice.native["content"] == []
    held = {**MESSAGE, "message": {**MESSAGE["message"], "content": [{"type": "text", "text": "kept"}, 7]}}
    assert assemble(sse(held, delta(type="text_delta", text="!"))).text == "kept!"


def test_what_it_says() -> None:
    said, _ = assembled(decode("sse", [sse(MESSAGE, BLOCK, ARGUMENTS, stop())]))
    signs = [sign for _, sign in said]
    assert Open("0") in signs
    assert Delta("0", "arguments", '{"city": "Par') in signs
    assert signs[-1] == Close("0")
    end = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}}
    assert assembled(decode("sse", [sse(MESSAGE, end)]))[0][-1][1] == Finish("tool_use")


def test_a_stream_whose_start_is_missing_is_recognised() -> None:
    found = assemble(sse(delta(type="text_delta", text="a")))
    assert (found.protocol, found.text) == ("anthropic-messages", "a")


def test_members_of_the_wrong_type_are_passed_over() -> None:
    found = message(
        {"type": "message_start", "message": 7},
        start({"type": "text"}, index="0"),  # type: ignore[arg-type]
        delta(index=None, type="text_delta", text="no"),  # type: ignore[arg-type]
        {"type": "content_block_stop", "index": []},
        {"type": "content_block_start", "index": 0, "content_block": None},
        delta(type="text_delta", text=7),
        delta(type="text_delta", text="a"),
        delta(type="citations_delta", citation=1),
        {"type": "message_delta", "delta": 7, "usage": []},
    )
    assert found.text == "a"
    assert found.native["content"] == [{"type": "text", "text": "a", "citations": [1]}]
    assert not found.verdict.complete


def test_what_is_added_to_a_member_that_is_no_list_makes_it_one() -> None:
    found = message(start({"type": "x", "deltas": "s", "citations": 1}), delta(type="n", a=1), delta(type="n", a=2))
    assert found.native["content"][0]["deltas"] == [{"type": "n", "a": 1}, {"type": "n", "a": 2}]


def test_an_error_has_its_code() -> None:
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "r"}
    found = message(failed)
    assert found.error == failed["error"]
    assert found.verdict.evidence == "an error in the stream: Overloaded (overloaded_error)"
