"""DashScope's own API: the whole text so far in each event, or what is new in it."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Call, Delta, Finish, Usage
from tests.protocols.telling import Told, read, sse

USAGE = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}


def event(message: dict[str, Any], reason: str = "null", **more: Any) -> tuple[str, dict[str, Any]]:
    choice = {"message": {"role": "assistant", **message}, "finish_reason": reason}
    return "result", {"output": {"choices": [choice], **more}, "usage": USAGE, "request_id": "r1"}


def test_a_text_that_each_event_repeats_is_not_appended_twice() -> None:
    told = sse(event({"content": "你"}), event({"content": "你好"}), event({"content": "你好！"}, "stop"))
    assert told.native == {
        "output": {"choices": [{"message": {"role": "assistant", "content": "你好！"}, "finish_reason": "stop"}]},
        "usage": USAGE,
        "request_id": "r1",
    }
    assert (told.choice.role, told.parts) == ("assistant", (Part("text", "你好！"),))
    assert (told.message.id, told.message.usage, told.stream) == ("r1", USAGE, "complete")
    assert told.signs == [
        Usage(),
        Delta("choices[0].content", "text", "你"),
        Usage(),
        Delta("choices[0].content", "text", "好"),
        Usage(),
        Delta("choices[0].content", "text", "！"),
        Finish("stop"),
    ]


def test_a_text_of_which_each_event_has_what_is_new_is_appended() -> None:
    told = sse(
        event({"content": "Sure"}), event({"content": ", "}), event({"content": "go"}), event({"content": ""}, "stop")
    )
    assert told.message.text == "Sure, go"
    assert (told.choice.reason, told.choice.finish) == ("stop", "stop")


def test_pieces_that_happen_to_repeat_are_told_as_soon_as_that_is_clear() -> None:
    told = sse(
        event({"content": "ha"}), event({"content": "ha"}), event({"content": "!"}), event({"content": ""}, "stop")
    )
    assert told.message.text == "haha!"
    assert [sign.text for sign in told.of(Delta) if isinstance(sign, Delta)] == ["ha", "ha", "!"]
    late = sse(event({"content": "a"}), event({"content": "ab"}), event({"content": "c"}))
    assert late.message.text == "aabc"


def deltas(told: Told) -> list[str]:
    return [sign.text for sign in told.of(Delta) if isinstance(sign, Delta)]


def test_a_whole_text_that_is_corrected_is_what_it_was_corrected_to() -> None:
    fox = "The quick brown fox"
    growing = [event({"content": fox[:size]}) for size in range(1, len(fox) + 1)]
    told = sse(*growing, event({"content": fox + " "}), event({"content": fox}, "stop"))
    assert (told.message.text, "".join(deltas(told))) == (fox, fox + " ")
    told = sse(*growing, event({"content": "The quick brown cat"}), event({"content": "The quick brown cats"}, "stop"))
    assert (told.message.text, deltas(told)[-2:]) == ("The quick brown cats", ["cat", "s"])


def test_a_short_piece_after_whole_ones_is_added_to_them() -> None:
    told = sse(*(event({"content": "abcdef"[:size]}) for size in range(3, 7)), event({"content": "!"}, "stop"))
    assert told.message.text == "abcabcdabcdeabcdef!"


def test_the_same_again_and_again_is_new_each_time_unless_it_is_the_last() -> None:
    one = event({"content": "1"})
    told = sse(one, one, one, event({"content": ""}, "stop"))
    assert (told.message.text, deltas(told)) == ("111", ["1", "1", "1"])
    again = sse(one, event({"content": "1"}, "stop"))
    assert (again.message.text, deltas(again)) == ("1", ["1"])
    grown = sse(one, event({"content": "12"}), event({"content": "12"}), event({"content": "12"}, "stop"))
    assert (grown.message.text, deltas(grown)) == ("12", ["1", "2"])


def test_an_empty_last_event_does_not_make_snapshots_deltas() -> None:
    told = sse(event({"content": "a"}), event({"content": "ab"}), event({"content": ""}, "stop"))
    assert told.message.text == "ab"


def test_the_text_may_stand_in_the_output_itself() -> None:
    def output(text: str, reason: str = "null") -> dict[str, Any]:
        return {"output": {"text": text, "finish_reason": reason}, "usage": USAGE, "request_id": "r1"}

    told = sse(output("He"), output("Hey", "length"))
    assert told.native == {"output": {"text": "Hey", "finish_reason": "length"}, "usage": USAGE, "request_id": "r1"}
    assert (told.message.text, told.choice.finish) == ("Hey", "length")
    assert sse(output("He")).stream == "no-terminator"


def test_reasoning_and_search_come_beside_the_text() -> None:
    told = sse(
        event({"reasoning_content": "H", "content": ""}, search_info={"search_results": [1]}),
        event({"reasoning_content": "Hm", "content": ""}),
        event({"reasoning_content": "Hm", "content": "Hi"}, "stop"),
    )
    assert told.parts == (Part("reasoning", "Hm"), Part("text", "Hi"))
    assert told.native["output"]["search_info"] == {"search_results": [1]}
    message = told.native["output"]["choices"][0]["message"]
    assert message == {"role": "assistant", "reasoning_content": "Hm", "content": "Hi"}


def call(arguments: str, id: str = "", name: str = "", **more: Any) -> dict[str, Any]:
    return {"index": 0, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


def test_calls_that_grow_and_calls_in_pieces_are_the_same_call() -> None:
    grown = sse(
        event({"content": "", "tool_calls": [call('{"city"', "c1", "weather")]}),
        event({"content": "", "tool_calls": [call('{"city": "Tokyo"}', "c1", "weather")]}, "tool_calls"),
    )
    pieces = sse(
        event({"content": "", "tool_calls": [call('{"city"', "c1", "weather")]}),
        event({"content": "", "tool_calls": [call(': "Tokyo"}')]}),
        event({"content": ""}, "tool_calls"),
    )
    assert grown.native == pieces.native
    assert grown.native["output"]["choices"][0]["message"]["tool_calls"] == [call('{"city": "Tokyo"}', "c1", "weather")]
    part = Part("tool_call", '{"city": "Tokyo"}', "c1", "weather", {"city": "Tokyo"})
    assert grown.parts == pieces.parts == (part,)
    for told in (grown, pieces):
        assert told.of(Call) == [Call("choices[0].tool_calls[0]", 0, "c1", "weather")]


def test_a_call_is_partial_until_its_choice_has_finished() -> None:
    told = sse(event({"content": "", "tool_calls": [call("{}", "c1", "now")]}))
    assert told.parts == (Part("tool_call", "{}", "c1", "now", partial=True),)


def test_a_call_that_ran_out_of_tokens_is_partial() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": ""}}
    assert sse(event({"tool_calls": [call]}, "length")).parts == (Part("tool_call", "", "c", "f", partial=True),)
    assert sse(event({"tool_calls": [call]}, "tool_calls")).parts == (Part("tool_call", "", "c", "f", {}),)


def test_models_that_read_images_have_contents() -> None:
    told = sse(
        event({"content": [{"text": "a"}]}), event({"content": [{"text": "ab"}, {"image": "https://x/y.png"}]}, "stop")
    )
    assert told.parts == (Part("text", "ab"), Part("file", value={"image": "https://x/y.png"}))
    message = told.native["output"]["choices"][0]["message"]
    assert message["content"] == [{"text": "ab"}, {"image": "https://x/y.png"}]


def test_several_choices_are_told_apart_by_position() -> None:
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in "ab"]
    told = sse({"output": {"choices": choices}, "request_id": "r1"})
    assert [(one.index, one.text, one.finish) for one in told.message.choices] == [(0, "a", "stop"), (1, "b", "stop")]
    assert [choice["message"]["content"] for choice in told.native["output"]["choices"]] == ["a", "b"]


def test_errors_are_named_events_or_a_code_with_a_message() -> None:
    error = {"code": "Throttling", "message": "slow down", "request_id": "r1"}
    data = (
        b'id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"slow down","request_id":"r1"}\n\n'
    )
    told = read(data)
    assert (told.message.protocol, told.message.error) == ("dashscope", error)
    assert told.message.verdict.evidence == "an error in the stream: slow down (Throttling)"
    assert sse(event({"content": "a"}), error).message.error == error


def test_outputs_that_only_look_like_it_are_not_recognised() -> None:
    assert sse({"output": {"text": "a"}}).message.protocol is None
    assert sse({"output": "a", "request_id": "r"}).message.protocol is None
