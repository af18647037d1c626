"""The payload of an event as the value that a test compares."""

from __future__ import annotations

from typing import Any

from streamconv.formats.payload import json_text
from streamconv.problem import Problem
from streamconv.record import Record


def payload_of(record: Record) -> Any:
    """The parsed payload where it is JSON, told as converting tells it; else its text, as of `[DONE]`."""
    text = json_text(record, "auto", _ignored)
    return record.data if text is None else Record(data=text.decode(), line=record.line).json()


def _ignored(problem: Problem) -> None:
    """Broken JSON is compared as the text that it is."""
