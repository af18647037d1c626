"""Transcripts: what a person reads of a message."""

from __future__ import annotations

from typing import Any

import pytest

from streamconv.protocols.message import Choice, Message, Part, Verdict
from streamconv.reports.printable import printable_text
from streamconv.reports.transcript import summary, transcript


def written(*parts: Part) -> str:
    return transcript(Choice(parts=parts))


def test_text_is_as_it_is() -> None:
    assert written(Part("text", "a\n\n  b\t\x1b[1m")) == "a\n\n  b\t\x1b[1m\n"
    assert written(Part("text", "a\n")) == "a\n"
    assert written(Part("text", "a"), Part("text", "b")) == "ab\n"
    assert written() == ""
    assert written(Part("text", ""), Part("data", value={"type": "ping"})) == ""


def test_all_else_has_a_heading() -> None:
    assert written(Part("reasoning", "hm"), Part("text", "a"), Part("refusal", "no")) == (
        "[reasoning]\nhm\n\na\n\n[refusal]\nno\n"
    )
    assert written(Part("reasoning", value={"data": "c2VjcmV0"})) == "[reasoning]\n"


def test_arguments_are_indented_and_their_tokens_untouched() -> None:
    call = Part("tool_call", '{"n":1.0,"big":12345678901234567890123,"n":1e400,"s":"\\u00e9"}', "t1", "f", {"n": 1.0})
    assert written(call) == (
        '[tool call f t1]\n{\n  "n": 1.0,\n  "big": 12345678901234567890123,\n  "n": 1e400,\n  "s": "\\u00e9"\n}\n'
    )


def test_a_partial_call_is_marked_and_shown_as_it_came() -> None:
    assert written(Part("tool_call", '{"city": "Pa', "t1", "f", partial=True)) == (
        '[tool call f t1, partial]\n{"city": "Pa\n'
    )
    assert written(Part("tool_call", '{"a":1}', None, "f", partial=True)) == '[tool call f, partial]\n{"a":1}\n'
    assert written(Part("tool_call", "", partial=True)) == "[tool call, partial]\n"
    assert written(Part("tool_call", "free text", None, "f", "free text")) == "[tool call f]\nfree text\n"
    assert written(Part("tool_call", "", None, "f", {})) == "[tool call f]\n{}\n"


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (Part("source", value={"url": "https://a/", "title": "A"}), "[sources]\nhttps://a/  A\n"),
        (Part("source", value={"web": {"uri": "https://a/"}}), "[sources]\nhttps://a/\n"),
        (Part("source", value={"document": 7}), '[sources]\n{"document":7}\n'),
        (Part("source", "a book"), "[sources]\na book\n"),
        (Part("file", value=["x" * 300]), '[file]\n["' + "x" * 198 + "…\n"),
        (Part("tool_result", "21 °C", "t1"), "[tool result t1]\n21 °C\n"),
        (Part("tool_result", id="t1", name="f\x1b"), "[tool result f\\x1b t1]\n"),
    ],
)
def test_values(part: Part, shown: str) -> None:
    assert written(part) == shown


def test_sources_are_a_list() -> None:
    assert written(Part("text", "a"), Part("source", "b"), Part("source", "c")) == "a\n\n[sources]\nb\nc\n"


def test_a_value_nested_past_the_stack() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert written(Part("file", value=deep)) == "[file]\n(nested too deep to be written as JSON)\n"


def test_on_a_terminal_nothing_is_obeyed() -> None:
    parts = (Part("reasoning", "a\x1b[2J"), Part("text", "b\n\t\x07"))
    shown = transcript(Choice(parts=parts), printable_text, colour=True)
    assert shown == "\x1b[2m[reasoning]\na\\x1b[2J\x1b[0m\n\nb\n\t\\x07\n"


def test_how_it_ended() -> None:
    verdict = Verdict("complete", "stop", "[DONE]", 3, 5)
    usage = {"input": 3, "output": 0, "cost": 0.5, "cached": True, "details": {"x": 1, "deeper": {"y": 2}}, "n": None}
    message = Message("openai-chat", None, "m", (Choice(0, "assistant", (), "stop", "stop"),), usage, None, verdict)
    assert [*summary(message)] == [
        ("protocol", "OpenAI chat completions, m"),
        ("finish", "stop"),
        ("usage", "input 3, cost 0.5, details.x 1"),
        ("verdict", "complete: [DONE], line 5"),
    ]
    own = (Choice(0, None, (Part("data"), Part("text", "a"))),)
    assert ("not shown", "1 part of a kind of its own (--json has all)") in [*summary(Message("a2a", choices=own))]
    assert [*summary(Message(protocol=None))] == [("verdict", "unknown: nothing was read")]


def test_the_finish_of_each_choice() -> None:
    choices = (Choice(0, None, (), "end_turn", "stop"), Choice(1))
    assert (
        dict(summary(Message("one-asked-for", choices=choices)))["finish"]
        == "choice 0: stop (end_turn), choice 1: none"
    )
    assert dict(summary(Message("gemini", choices=(Choice(),))))["finish"] == "none"
