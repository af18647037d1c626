"""Values whose shape nobody promises, as text; the errors and calls that are made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamconv import jsontext
from streamconv.protocols.message import Message, Verdict
from streamconv.protocols.protocol import error_sign
from streamconv.protocols.shape import words, written
from streamconv.protocols.sign import Error
from streamconv.reports.transcript import summary
from tests.protocols.telling import read

LONG = "1" + "0" * 5000


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def test_a_value_is_written_whatever_its_size_and_depth() -> None:
    assert words("a") == "a"
    assert written("a") == '"a"'
    assert words({"é": [1, None]}) == '{"é": [1, null]}'
    assert written(jsontext.loads(LONG)) == LONG
    assert written(jsontext.loads("[1e999, -1e999]")) == "[1e999, -1e999]"
    assert written(deep(100_000)) == ""


@pytest.mark.parametrize(
    ("found", "sign"),
    [
        ({"message": jsontext.loads(LONG), "code": jsontext.loads(LONG)}, Error(LONG, LONG)),
        ({"message": deep(100_000), "code": deep(100_000)}, Error("", "")),
        ({"message": ["no"], "code": 7}, Error('["no"]', "7")),
        (["no"], Error('["no"]')),
        (deep(100_000), Error("")),
    ],
)
def test_an_error_is_said_whatever_its_members_are(found: Any, sign: Error) -> None:
    assert error_sign(found) == sign


def test_a_call_whose_arguments_hold_a_long_integer_is_whole() -> None:
    call = {"function": {"name": "f", "arguments": {"n": 0}}}
    answer = {"model": "m", "created_at": "t", "message": {"role": "assistant", "tool_calls": [call]}, "done": True}
    text = json.dumps(answer).replace('"n": 0', f'"n": {LONG}')
    (part,) = read(text.encode() + b"\n", "ndjson").parts
    assert (part.text, part.partial) == (f'{{"n": {LONG}}}', False)


def test_counts_of_any_size_are_shown() -> None:
    usage = jsontext.loads(f'{{"a": {LONG}, "b": 1e999, "c": 2, "d": 0.5}}')
    rows = dict(summary(Message(None, usage=usage, verdict=Verdict("unknown", None, "nothing"))))
    assert rows["usage"] == f"a {LONG}, b 1e999, c 2, d 0.5"
