"""chatgpt.com: delta-encoded since 2024, before that the message so far in each event."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamconv.protocols import chatgpt_web
from streamconv.protocols.delta_encoding import DeltaEncoding
from streamconv.protocols.growing import settled
from streamconv.protocols.message import Part
from streamconv.protocols.shape import besides
from streamconv.protocols.sign import Delta, End, Finish, Start
from tests.conftest import FIXTURES
from tests.protocols.telling import Told, read, sse

ENCODING = ("delta_encoding", '"v1"')
TYPE_ONLY = {"type": "message_stream_complete", "conversation_id": "c1"}


def message(id: str = "m1", text: Any = "", **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    said = {"id": id, "author": {"role": "assistant", "name": None}, "content": content, "status": "in_progress"}
    return {**said, "end_turn": None, "metadata": {"model_slug": "gpt-5"}, "recipient": "all", **more}


def delta(**members: Any) -> tuple[str, dict[str, Any]]:
    return "delta", members


def added(said: dict[str, Any], c: int = 0) -> tuple[str, dict[str, Any]]:
    return delta(p="", o="add", v={"message": said, "conversation_id": "c1", "error": None}, c=c)


FINISHED = delta(
    p="",
    o="patch",
    v=[
        {"p": "/message/content/parts/0", "o": "append", "v": "!"},
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
        {"p": "/message/end_turn", "o": "replace", "v": True},
        {"p": "/message/metadata", "o": "append", "v": {"finish_details": {"type": "stop"}}},
    ],
)


def test_what_a_delta_leaves_out_is_as_in_the_one_before() -> None:
    told = sse(
        ENCODING,
        added(message()),
        delta(p="/message/content/parts/0", o="append", v="Hi"),
        delta(v=" there"),
        FINISHED,
        TYPE_ONLY,
        "[DONE]",
    )
    finished = message(text="Hi there!", status="finished_successfully", end_turn=True)
    finished["metadata"] = {"model_slug": "gpt-5", "finish_details": {"type": "stop"}}
    assert told.native == {"conversation_id": "c1", "messages": [finished], "events": [TYPE_ONLY]}
    assert (told.choice.role, told.parts) == ("assistant", (Part("text", "Hi there!"),))
    assert (told.message.id, told.message.model) == ("c1", "gpt-5")
    assert (told.stream, told.choice.reason, told.choice.finish) == ("complete", "stop", "stop")
    assert told.signs == [
        Start("c1"),
        Delta("m1", "text", "Hi"),
        Delta("m1", "text", " there"),
        Delta("m1", "text", "!"),
        Finish("stop"),
        End("[DONE]"),
    ]


def test_snapshots_of_a_message_are_not_appended_to_each_other() -> None:
    def so_far(text: str, **more: Any) -> dict[str, Any]:
        return {"message": message(text=text, **more), "conversation_id": "c1", "error": None}

    ping = ("ping", "2023-05-07 10:00:00.000000")
    told = sse(
        so_far(""), so_far("Hel"), so_far("Hello"), so_far("Hello!", status="finished_successfully"), ping, "[DONE]"
    )
    assert told.parts == (Part("text", "Hello!"),)
    assert len(told.native["messages"]) == 1
    assert told.of(Delta, Finish) == [
        Delta("m1", "text", "Hel"),
        Delta("m1", "text", "lo"),
        Delta("m1", "text", "!"),
        Finish("finished_successfully"),
    ]
    assert told.choice.finish == "stop"


def answer(*messages: dict[str, Any]) -> Told:
    return sse(ENCODING, *(added(one, at) for at, one in enumerate(messages)))


def test_messages_of_several_authors_are_the_parts_of_one_answer() -> None:
    done = {"status": "finished_successfully"}
    user = message("m0", "Sum?", author={"role": "user"}, **done)
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "Hm"}]}
    call = message("m2", recipient="python", content={"content_type": "code", "text": "6*7"}, **done)
    search = message("m3", '{"q": "x"}', recipient="web.run", **done)
    result = message("m4", "42", author={"role": "tool", "name": "python"}, **done)
    image = message("m6", content={"content_type": "multimodal_text", "parts": [{"asset_pointer": "f"}]}, **done)
    sources = {"content_references": [{"type": "webpage"}]}
    told = answer(
        user,
        message("m1", content=thoughts, **done),
        call,
        search,
        result,
        message("m5", "It is 42.", metadata=sources, **done),
        image,
    )
    assert told.parts == (
        Part("reasoning", "Hm"),
        Part("tool_call", "6*7", "m2", "python", "6*7"),
        Part("tool_call", '{"q": "x"}', "m3", "web.run", {"q": "x"}),
        Part("tool_result", "42", "m4", "python"),
        Part("text", "It is 42."),
        Part("source", value={"type": "webpage"}),
        Part("file", value={"asset_pointer": "f"}),
    )
    assert told.message.text == "It is 42."
    assert len(told.native["messages"]) == 7
    channels = [(sign.part, sign.channel) for sign in told.of(Delta) if isinstance(sign, Delta)]
    assert channels == [
        ("m0", "other"),
        ("m1", "reasoning"),
        ("m2", "input"),
        ("m3", "input"),
        ("m4", "other"),
        ("m5", "text"),
    ]


def test_what_is_not_finished_is_partial() -> None:
    told = answer(
        message("m1", '{"q": ', recipient="web.run"), message("m2", "Hm", channel="analysis"), message("m3", "It")
    )
    assert told.parts == (
        Part("tool_call", '{"q": ', "m1", "web.run", partial=True),
        Part("reasoning", "Hm", partial=True),
        Part("text", "It", partial=True),
    )
    assert (told.stream, told.choice.finish) == ("no-terminator", None)


def test_a_message_after_which_others_come_does_not_finish_the_answer() -> None:
    done = {"status": "finished_successfully", "end_turn": False}
    assert answer(message("m1", "Let me look.", **done)).of(Finish) == []
    stopped = message(
        "m1", "Hm", status="finished_partial_completion", metadata={"finish_details": {"type": "max_tokens"}}
    )
    assert answer(stopped).choice.finish == "length"


def test_a_bare_message_after_an_added_one_is_added_too() -> None:
    told = sse(
        ENCODING, added(message("m1", "A")), ("", {"v": {"message": message("m2", "B")}, "c": 1}), delta(v={"x": 1})
    )
    assert [one["id"] for one in told.native["messages"]] == ["m1", "m2"]
    assert told.message.text == "AB"


def test_a_part_that_is_added_is_said_and_a_new_message_too() -> None:
    told = sse(
        ENCODING,
        added(message(text="A")),
        delta(p="/message/content/parts/1", o="add", v="B"),
        delta(p="/message", o="replace", v=message("m2", "C")),
        delta(p="/conversation_id", v="c2"),
        delta(p="/message/content/parts/0", o="replace", v="D"),
    )
    assert [sign.text for sign in told.of(Delta) if isinstance(sign, Delta)] == ["A", "B", "C"]
    assert told.message.text == "ABD"
    assert told.native["conversation_id"] == "c2"


def test_an_append_to_the_document_costs_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []

    def counted(value: dict[str, Any], *names: str) -> dict[str, Any]:
        copied.append(len(value))
        return besides(value, *names)

    monkeypatch.setattr(chatgpt_web, "besides", counted)
    many = {f"m{number}": number for number in range(100)}
    told = sse(ENCODING, delta(p="", o="add", v=many), *[delta(p="", o="append", v={"last": 1})] * 3, delta(v={}))
    assert copied == [100, 1, 1, 1, 0]
    assert told.native == {**many, "last": 1, "messages": []}


def test_a_member_that_grows_is_a_text() -> None:
    told = sse(ENCODING, delta(p="", o="add", v={"title": "Ra"}), delta(p="/title", o="append", v="in"))
    assert told.native == {"title": "Rain", "messages": []}


def test_errors_stand_beside_the_message() -> None:
    legacy = sse(
        {"message": message(text="A"), "conversation_id": "c1"}, {"message": None, "error": "too many requests"}
    )
    assert (legacy.message.error, legacy.stream, legacy.message.text) == ("too many requests", "in-band-error", "A")
    encoded = sse(ENCODING, delta(p="", o="add", v={"message": None, "error": {"code": "busy", "message": "later"}}))
    assert encoded.message.verdict.evidence == "an error in the stream: later (busy)"


def test_the_stream_of_the_conformance_case_is_recognised_and_complete() -> None:
    cases = json.loads((FIXTURES / "conformance.json").read_bytes())
    cases = cases if isinstance(cases, list) else cases["cases"]
    (case,) = (one for one in cases if one["id"] == "sse-llm-chatgpt-web")
    told = read(base64.b64decode(case["input_b64"]))
    assert (told.message.protocol, told.stream) == ("chatgpt-web", "complete")
    assert told.native == {"c": 1, "messages": [], "events": [{"type": "message_stream_complete"}]}
    assert told.parts == ()


def test_objects_that_only_look_like_it_are_not_recognised() -> None:
    assert sse({"v": 1, "c": 0}).message.protocol is None
    assert sse({"v": "x"}).message.protocol is None
    assert sse({"p": "/a", "o": "append", "v": 1, "x": 1}).message.protocol is None
    assert sse({"message": message()}).message.protocol is None
    assert sse({"p": "/a", "o": "append", "v": 1}).message.protocol == "chatgpt-web"
    assert sse({"v": {"message": message()}, "c": 0}).message.protocol == "chatgpt-web"


def applied(*deltas: dict[str, Any], document: Any = None) -> tuple[Any, int]:
    encoding = DeltaEncoding()
    began = {"text": "abc", "list": [1, 2], "object": {"a": 1}, "number": 1} if document is None else document
    done = [*encoding.apply({"p": "", "o": "add", "v": began})]
    for one in deltas:
        done += encoding.apply(one)
    return settled(encoding.document(0)), len(done) - 1


OPERATIONS: list[tuple[dict[str, Any], str, Any]] = [
    ({"p": "/text", "o": "append", "v": "d"}, "text", "abcd"),
    ({"p": "/text", "o": "truncate", "v": 1}, "text", "a"),
    ({"p": "/text", "o": "truncate", "v": -1}, "text", ""),
    ({"p": "/text", "o": "append", "v": 7}, "text", 7),
    ({"p": "/text", "o": "replace", "v": None}, "text", None),
    ({"p": "/list", "o": "append", "v": [3]}, "list", [1, 2, 3]),
    ({"p": "/list", "o": "append", "v": 3}, "list", [1, 2, 3]),
    ({"p": "/list", "o": "truncate", "v": 1}, "list", [1]),
    ({"p": "/list/0", "o": "add", "v": 0}, "list", [0, 1, 2]),
    ({"p": "/list/-", "o": "add", "v": 3}, "list", [1, 2, 3]),
    ({"p": "/list/2", "o": "replace", "v": 3}, "list", [1, 2, 3]),
    ({"p": "/list/1", "o": "remove"}, "list", [1]),
    ({"p": "/object", "o": "append", "v": {"b": 2}}, "object", {"a": 1, "b": 2}),
    ({"p": "/object/b", "o": "append", "v": "x"}, "object", {"a": 1, "b": "x"}),
    ({"p": "/object/a~1b~0", "o": "add", "v": 2}, "object", {"a": 1, "a/b~": 2}),
    ({"p": "/object/a", "o": "remove"}, "object", {}),
    ({"p": "/object", "o": "patch", "v": [{"p": "/a", "v": 2}, 5]}, "object", {"a": 2}),
]


@pytest.mark.parametrize(("one", "member", "value"), OPERATIONS)
def test_an_operation_changes_its_place(one: dict[str, Any], member: str, value: Any) -> None:
    document, done = applied(one)
    assert document[member] == value
    assert done == 1


IMPOSSIBLE: list[dict[str, Any]] = [
    {"p": "/text", "o": "jump", "v": 1},
    {"p": "/none/a", "o": "add", "v": 1},
    {"p": "/text/0", "o": "add", "v": 1},
    {"p": "/text/0/a", "o": "add", "v": 1},
    {"p": "/list/9", "o": "add", "v": 1},
    {"p": "/list/9/a", "o": "add", "v": 1},
    {"p": "/list/2", "o": "remove"},
    {"p": "/list/x", "o": "add", "v": 1},
    {"p": "/list/" + "1" * 5000, "o": "add", "v": 1},
    {"p": "/object/z", "o": "remove"},
    {"p": "/object/z", "o": "truncate", "v": 1},
    {"p": "/text", "o": "truncate", "v": "1"},
    {"p": "/number", "o": "truncate", "v": 1},
    {"p": "/a" * 17, "o": "add", "v": 1},
    {"p": "", "o": "patch", "v": "x"},
    {"p": "", "o": "patch", "v": [{"o": "patch", "v": [{"o": "patch", "v": [{"o": "patch", "v": [{"o": "patch"}]}]}]}]},
]


@pytest.mark.parametrize("one", IMPOSSIBLE)
def test_what_cannot_be_done_is_passed_over(one: dict[str, Any]) -> None:
    document, done = applied(one)
    assert document == {"text": "abc", "list": [1, 2], "object": {"a": 1}, "number": 1}
    assert done == 0


def test_channels_have_documents_of_their_own() -> None:
    encoding = DeltaEncoding()
    for one in ({"o": "add", "v": {"t": "a"}, "c": 0}, {"v": {"t": "b"}, "c": 1}, {"p": "/t", "o": "append", "v": "!"}):
        assert len([*encoding.apply(one)]) == 1
    assert [settled(encoding.document(channel)) for channel in (0, 1, 2)] == [{"t": "a"}, {"t": "b!"}, None]
