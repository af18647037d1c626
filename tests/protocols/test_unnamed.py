"""Events without names, as `convert --to sse` looks for them."""

from __future__ import annotations

from streamconv.formats import decoder
from streamconv.problem import Problem
from streamconv.protocols import unnamed
from streamconv.protocols.registry import PROTOCOLS

CHUNK = b'{"object":"chat.completion.chunk","choices":[]}\n'
DELTA = b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}\n'


def told(stream: bytes) -> list[tuple[int | None, str]]:
    """The lines and rules of what is said, whether the records come together or one by one."""
    problems: list[Problem] = []
    records = decoder("ndjson").feed(stream)
    together, each = unnamed.Unnamed(problems.append), unnamed.Unnamed(problems.append)
    assert together.feed(records) == records
    for record in records:
        each.feed([record])
    assert together.finish() == each.finish() == []
    found = [(problem.line, problem.rule) for problem in problems]
    assert found[::2] == found[1::2]
    return found[::2]


def test_the_protocols_by_name_are_those_that_say_so() -> None:
    assert [protocol for protocol in PROTOCOLS if protocol.by_name] == [*unnamed._BY_NAME]


def test_the_first_event_of_such_a_protocol_is_told_once() -> None:
    assert told(b"{}\n" + DELTA + DELTA) == [(2, "llm-unnamed-events")]


def test_the_stream_is_of_the_protocol_that_its_first_events_show() -> None:
    assert told(CHUNK + DELTA) == []
    assert told(b"{}\n" * 32 + DELTA) == []
