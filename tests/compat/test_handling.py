"""What the SDKs do with events before their caller sees any."""

from __future__ import annotations

import pytest

from streamconv.compat import ClientEvent, find
from streamconv.compat.handling import handle

# SDK, data, type, what becomes of the event, why, and whether the reading is over
HANDLED = [
    ("openai", "{}", "message", "passed on", None, False),
    ("openai", "[DONE] ", "message", "kept", "after-the-end-marker", True),
    ("openai", "", "message", "raised", "not-json", True),
    ("openai", "[" * 100_000, "message", "raised", "not-json", True),
    ("openai", '{"error":"no"}', "message", "raised", "error-member", True),
    ("openai", '{"error":null}', "message", "passed on", None, False),
    ("openai", '["error"]', "message", "passed on", None, False),
    ("openai", '{"error":"no"}', "thread.run", "passed on", None, False),
    ("anthropic", "{}", "message", "dropped", "unnamed", False),
    ("anthropic", "nonsense", "ping", "kept", None, False),
    ("anthropic", "", "message_stop", "dropped", "empty", False),
    ("anthropic", "nonsense", "message_stop", "raised", "not-json", True),
    ("anthropic", "{}", "error", "raised", "error-event", True),
    ("anthropic", '{"error":"no"}', "message_stop", "passed on", None, False),
    ("naive", "nonsense", "message", "passed on", None, False),
    ("naive", "[DONE]", "message", "kept", "after-the-end-marker", True),
]


@pytest.mark.parametrize(("name", "data", "type", "outcome", "departure", "over"), HANDLED)
def test_an_sdk_handles_an_event(
    name: str, data: str, type: str, outcome: str, departure: str | None, over: bool
) -> None:
    handling = find(name).handling
    assert handling is not None
    event = ClientEvent(data, type, named=type != "message")
    assert handle(event, handling) == (outcome, departure, over)


def test_a_caller_has_what_was_said_if_only_as_an_exception() -> None:
    handling = find("openai").handling
    assert handling is not None
    assert handle(ClientEvent('{"error":"no"}'), handling).reaches_caller
    assert handle(ClientEvent("[DONE]"), handling).reaches_caller
    assert not handle(ClientEvent("nonsense"), handling).reaches_caller
