"""Any field of any stream: what a JMESPath finds in each event, joined."""

from __future__ import annotations

from typing import Any

import pytest

from streamconv import read
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.field import Field
from streamconv.protocols.message import Message, Part
from streamconv.protocols.sign import Delta
from tests.protocols.events import Event, records


def assembled(expression: str, *events: Event, tail: bytes = b"") -> Message:
    assembler = Assembler(Field(expression))
    assembler.feed(records(*events, tail=tail))
    assembler.finish()
    return assembler.snapshot()


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (["Hel", "lo"], "Hello"),
        (["a", None, "b"], "ab"),
        ([1, 2.5, True, "x"], "12.5truex"),
        ([["a", None, ["b"]], []], "ab"),
        ([{"n": 1}], '{"n": 1}'),
        (["It", "It rains", "It rains."], "It rains."),  # the whole so far, each time
        (["It", "It", " rains"], "ItIt rains"),
        ([], ""),
    ],
)
def test_what_is_found_is_joined(found: list[Any], text: str) -> None:
    message = assembled("data.text", *({"data": {"text": one}} for one in found), {"other": 1})
    assert (message.native, message.text) == (text, text)


def test_text_payloads_are_found_as_they_are() -> None:
    assert assembled("@", "Hel", "lo").text == "Hello"


def test_a_value_nested_past_the_stack_is_passed_over() -> None:
    assert assembled("a", '{"a":' + '{"a":' * 1010 + "1" + "}" * 1011).text == ""


def test_what_is_new_is_said_as_it_comes() -> None:
    assembler = Assembler(Field("t"))
    said = assembler.feed(records({"t": "a"}, {"t": "ab"}))
    assert [sign for _, sign in said] == [Delta("field", "text", "a"), Delta("field", "text", "b")]
    assert assembler.snapshot().choice().parts == (Part("text", "ab"),)


def test_its_verdict_claims_nothing() -> None:
    verdict = assembled("t", {"t": "a"}).verdict
    assert (verdict.stream, verdict.finish) == ("unknown", None)
    assert assembled("t", {"t": "a"}, "[DONE]").verdict.stream == "complete"
    assert assembled("t", {"t": "a"}, tail=b'data: {"t').verdict.stream == "cut-in-json"
    failed = assembled("t", {"t": "a"}, {"error": {"message": "gone"}}, {"error": "again"})
    assert (failed.verdict.stream, failed.error, failed.text) == ("in-band-error", {"message": "gone"}, "a")


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="not a JMESPath expression"):
        Field("a[")


def test_it_is_never_recognised() -> None:
    (record,) = read(b'data: {"t":1}\n\n')
    assert Field.recognises(record) is None  # type: ignore[arg-type, func-returns-value]
