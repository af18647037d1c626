"""Event streams: what is said of each kind of line and block, and what is not."""

from __future__ import annotations

import pytest

from streamconv.rules import Rule, Stream, selected
from streamconv.rules.limits import EventTooLarge
from streamconv.rules.passage import Passage
from tests.reading import decode
from tests.rules.judging import judge, names

Said = list[tuple[str, int | None, str]]  # rule, column, the start of the message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"retry: 0", [("sse-retry-odd", 8, "an odd time to wait: 0 ms")]),
        (b"retry: 000", [("sse-retry-odd", 8, "an odd time to wait: 0 ms")]),
        (b"retry:0500", [("sse-retry-odd", 7, "an odd time to wait: a leading zero")]),
        (b"retry: 86400001", [("sse-retry-odd", 8, "an odd time to wait: more than a day")]),
        (b"retry: " + b"9" * 5000, [("sse-retry-odd", 8, "an odd time to wait: more than a day")]),
        (b"retry: 86400000", []),
        (b"retry: -1", [("sse-retry-invalid", 8, "the value of retry is not made of ASCII digits")]),
        (b"retry:", [("sse-retry-invalid", 7, "the value of retry is not made of ASCII digits")]),
        (b"retry:  5", [("sse-retry-invalid", 8, "the value of retry is not made of ASCII digits")]),
        ("retry: \u0661".encode(), [("sse-retry-invalid", 8, "the value of retry is not made of ASCII digits")]),
        (b"id: 5 ", [("sse-trailing-space", 6, "white space at the end of id")]),
        (b"id:  5", [("sse-extra-leading-space", 5, "white space before the value of id")]),
        (b"event: \tx\t ", [("sse-extra-leading-space", 8, "white"), ("sse-trailing-space", 10, "white")]),
        (b"id:   ", [("sse-extra-leading-space", 5, "white space before the value of id")]),
        (b"id: a\0b\0", [("sse-id-nul", 6, "the id holds U+0000 and is ignored")]),
        (b"id", [("sse-no-colon", 1, "'id' without a colon: its value is empty")]),
        (b"id:", []),
        (b"event", [("sse-no-colon", 1, "'event' without a colon: its value is empty")]),
        (b"event:", [("sse-empty-event-type", 1, "an empty event type: the event is a plain message")]),
        (b"event: open", [("sse-reserved-event", 1, "the type 'open' is also fired by the connection itself")]),
        (b"Id: 5", [("sse-field-case", 1, "'Id' is not a known field: ignored")]),
        (b" Id : 5", [("sse-field-case", 1, "' Id ' is not a known field: ignored")]),
        (b"\tid: 5", [("sse-field-space", 1, "white space belongs to the name of the field")]),
        (b"id : 5", [("sse-field-space", 1, "white space belongs to the name of the field")]),
        ("\u00a0id: 5".encode(), [("sse-field-space", 1, "white space belongs to the name of the field")]),
        (b"identity: 5", [("sse-unknown-field", 1, "the field 'identity' is ignored: only data, event, id and retry")]),
        (b"hello", [("sse-unknown-field", 1, "the text 'hello' is ignored: only data, event, id and retry")]),
        (b" ", [("sse-unknown-field", 1, "white space is ignored: only data, event, id and retry are known")]),
        (b"x" * 100, [("sse-unknown-field", 1, f"the text '{'x' * 40}' is ignored")]),
        (b"[1]", [("sse-stray-json", 1, "JSON where a field was expected: the line is ignored")]),
        (b"HTTP/1.1 200 OK", [("sse-joined-captures", 1, "another HTTP response begins here")]),
        (b": a\0b", [("sse-nul", 4, "U+0000 in the line")]),
        (b": \xff \xff", [("sse-invalid-utf8", 3, "not UTF-8 (FF): read as U+FFFD")]),
        (b": \xe2\x80\xa8", []),
        (b"id: a\x1eb", [("sse-linesep-in-value", 6, "RS in a value: it ends no line here")]),
        ("id: \u0085".encode(), [("sse-linesep-in-value", 5, "NEL in a value: it ends no line here")]),
        ("id: \u2029".encode(), [("sse-linesep-in-value", 5, "U+2029 in a value: it ends no line here")]),
    ],
)  # fmt: skip
def test_a_line(line: bytes, said: Said) -> None:
    """After an ordinary event, in an ordinary event."""
    problems = judge("sse", [b"data: x\n\n" + line + b"\ndata: x\n\n"])
    assert [(problem.rule, problem.column, problem.line) for problem in problems] == [
        (rule, column, 3) for rule, column, _ in said
    ]
    for problem, (_, _, message) in zip(problems, said, strict=True):
        assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("blocks", "rules"),
    [
        (b"event: x\n\n", ["sse-event-without-data"]),
        (b"id: 5\n\n", ["sse-block-without-data"]),
        (b"retry: 5\nid: 5\n\n", ["sse-block-without-data"]),
        (b"id: 5\nid: 6\ndata: x\n\n", ["sse-repeated-field"]),
        (b"retry: 5\nevent: y\nretry: 6\nevent: x\ndata: x\n\n", ["sse-repeated-field"] * 2),
        (b"data: x\ndata: x\n\n", []),
        (b"\n\n\n", ["sse-extra-blank"]),
        (b"\n: c\n\n\n", ["sse-extra-blank", "sse-extra-blank"]),
        (b"id: 5\ndata: x\n\nid: 5\ndata: x\n\nid: 5\ndata: x\n\n", ["sse-id-repeated"]),
        (b"id: 5\ndata: x\n\nid: 4\ndata: x\n\nid: 3\ndata: x\n\n", ["sse-id-order"] * 2),
        (b"id: b\ndata: x\n\nid: a\ndata: x\n\n", []),
        (b"id: 9\ndata: x\n\nid:\ndata: x\n\nid: 8\ndata: x\n\n", ["sse-id-order"]),
        (b"data:y\n\ndata:y\n\n", ["sse-inconsistent-space"]),
        (b"data:\n\n", []),
        (b"data: x\r\n\r\ndata: x\r\n\r\n", ["sse-mixed-eol"]),
        (b"data: x\r\rdata: x\r\r", ["sse-mixed-eol", "sse-bare-cr"]),
        (b"\xef\xbb\xbfdata: x\n\n", ["sse-bom-inside"]),
        (b'data: {"a":1}\ndata: {"b":1}\n\n', ["data-json-invalid"]),
        (b'data: {"a":1,\n\n', ["data-json-truncated"]),
        (b'data: {"a":\ndata: 1}\n\n', ["data-json-multiline"]),
        (b"data: [hello\n\ndata: {today}\n\n", []),  # a stream of text
        (b"event: x\ndata: y", ["sse-unterminated-event", "sse-unterminated-line"]),
        (b"id: 5\n", ["sse-unterminated-event"]),
        (b": pin", ["sse-unterminated-line"]),
        (b"retry: 5", ["sse-unterminated-line"]),
    ],
)
def test_blocks(blocks: bytes, rules: list[str]) -> None:
    """After an ordinary event of a stream of text."""
    assert sorted(names("sse", b"data: x\n\n" + blocks)) == sorted(rules)


def test_the_fields_of_a_second_http_head_are_not_said_one_by_one() -> None:
    stream = b"data: 1\n\nHTTP/1.1 200 OK\r\ncontent-type: x\r\nx-a: b\r\n\r\ndata: 1\n\n"
    assert names("sse", stream, rules=selected(["sse-joined-captures", "sse-unknown-field"])) == ["sse-joined-captures"]


def test_a_large_event_of_short_lines_has_no_long_line() -> None:
    assert isinstance(EventTooLarge.bad, bytes)
    assert names("sse", EventTooLarge.bad) == ["event-too-large"]


def test_a_rule_without_a_judgement_has_none() -> None:
    """Of records; most have one only of those, some only of the end."""
    record = decode("sse", [b"data: x\n\n"])[0]
    stream = Stream("sse")
    rule = Rule()
    assert [*rule.begin(stream), *rule.check(Passage(record, 1, 1, 0), stream), *rule.finish(stream)] == []
