"""What the official client libraries make of real captures, ours makes of them too, field by field.

The captures and what the libraries said of them are other people's work and stay where they are. A client library fills
in null for what a stream leaves out, so null and absent count as the same here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from streamconv import read
from streamconv.protocols import Assembler, Message

_FOLDER: Final = os.environ.get("STREAMCONV_CAPTURES", "")
_FILES: Final = sorted(path.stem for path in Path(_FOLDER, "expected").glob("*.json")) if _FOLDER else []

_BETA = "the library's model of this API has no such member; the stream has it"
_INPUT = "an mcp_tool_use is a tool use of the beta API: this accumulator adds no input_json_delta to it"
_ADDED = "the usage of message_delta, of which the library takes the counts that it knows"

# {file: {path: why ours is right and the library's is not}}, each reason held against the stream.
DIFFERENCES: Final[dict[str, dict[str, str]]] = {
    "anthropic-compaction.sse": {
        "snapshot.content[0].content": "a compaction_delta of the beta API, which this accumulator passes over",
        "snapshot.context_management": _BETA,
        "snapshot.usage.iterations": _ADDED,
    },
    "anthropic-gateway-with-done.sse": {
        "snapshot.usage.cache_creation": _ADDED,
        "snapshot.usage.cost": _ADDED,
        "snapshot.usage.cost_details": _ADDED,
        "snapshot.usage.is_byok": _ADDED,
    },
    "anthropic-mcp.sse": {
        "snapshot.content[1].input.question": _INPUT,
        "snapshot.content[1].input.repoName": _INPUT,
    },
}

# What each member of an expectation is called in ours.
_OURS: Final[dict[str, Callable[[Message], Any]]] = {
    "snapshot": lambda message: message.native,
    "message": lambda message: message.native,
    "last_usage": lambda message: message.usage,
    "error": lambda message: message.error,
}


def assembled(path: Path) -> Message:
    """What a capture adds up to."""
    problems: list[object] = []
    assembler = Assembler()
    assembler.feed([*read(path, control=True, report=problems.append)])
    assembler.finish()
    return assembler.snapshot()


def _differing(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """The paths at which two values differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _differing(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differing(one, other, f"{path}[{at}]")
    elif ours != theirs:
        yield path


@pytest.mark.parametrize("name", _FILES)
def test_a_capture_adds_up_to_what_the_client_library_makes_of_it(name: str) -> None:
    expected = json.loads(Path(_FOLDER, "expected", f"{name}.json").read_bytes())
    del expected["sdk"]
    message = assembled(Path(_FOLDER, name))
    ours = {key: json.loads(json.dumps(_OURS[key](message))) for key in expected}
    differing = {path for key in expected for path in _differing(ours[key], expected[key], key)}
    assert differing == DIFFERENCES.get(name, {}).keys()


def test_all_expectations_were_compared(captures: Path) -> None:
    assert len(_FILES) == 47
    assert DIFFERENCES.keys() <= set(_FILES)
    assert all(path.with_suffix("").name in _FILES for path in (captures / "expected").iterdir())
    print(f"{len(_FILES)} expectations")
