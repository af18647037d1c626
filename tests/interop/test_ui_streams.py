"""The client libraries of UI streams, reading ours from a server on loopback, end with what we make of them.

Run by `.ci/interop`, which installs Node's packages in the folder that STREAMCONV_NODE names; elsewhere these tests are
skipped, and say so.
"""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from streamconv import assemble, read
from streamconv.protocols import Assembler
from tests.conftest import FIXTURES
from tests.interop.node_tools import FOLDER, printed, serving
from tests.interop.replaying import replaying
from tests.protocols import test_ag_ui, test_vercel_data
from tests.protocols.events import sse

pytestmark = pytest.mark.skipif(not FOLDER, reason="run by .ci/interop, which names a folder in STREAMCONV_NODE")
UI_MESSAGE = FIXTURES / "protocols" / "ui-message.sse"


def test_the_fixture_is_what_the_sdk_sends() -> None:
    with serving("ui-message-server.mjs") as address, urllib.request.urlopen(address, timeout=60) as response:
        sent = assemble(response.read(), format="sse")
    assert sent.native["parts"] == assemble(UI_MESSAGE).native["parts"]
    assert sent.verdict.complete


def test_a_ui_message_at_every_moment() -> None:
    """After each chunk the SDK shows the message so far; it repairs the input of a tool that is still coming."""
    with replaying(UI_MESSAGE) as address:
        theirs = [json.loads(line) for line in printed("ui-message-reader.mjs", address).splitlines()]
    assembler = Assembler()
    steps = 0
    for record, message in zip(read(UI_MESSAGE), theirs, strict=False):  # the last record is [DONE]
        assembler.feed([record])
        native = assembler.snapshot().native
        if record.json()["type"] == "start-step":  # which it shows with what comes next
            native["parts"].pop()
            steps += 1
        assert native == _unrepaired(message)
    assert steps == 2
    assert assemble(UI_MESSAGE).native == theirs[-1]


def _unrepaired(message: Any) -> Any:
    for part in message["parts"]:
        if part.get("state") == "input-streaming":
            part.pop("input", None)
    return message


def test_a_data_stream(tmp_path: Path) -> None:
    stream = test_vercel_data.TOOLS.removesuffix(b'0:"after the end"\n')  # to which the SDK reads on
    path = tmp_path / "answer.data-stream.txt"
    path.write_bytes(stream)
    with replaying(path) as address:
        theirs = json.loads(printed("data-stream-reader.mjs", address))
    message = test_vercel_data.assembled(stream)
    assert {**theirs["message"], "data": theirs["data"]} == {**message.native, "createdAt": ANY}
    assert theirs["finish"] == {"finishReason": message.choice().reason, "usage": {**message.usage, "totalTokens": 7}}


def test_an_ag_ui_run(tmp_path: Path) -> None:
    path = tmp_path / "run.sse"
    path.write_bytes(sse(test_ag_ui.RUN))
    with replaying(path) as address:
        theirs = json.loads(printed("ag-ui-reader.mjs", address))
    native = assemble(path).native
    assert {"messages": native["messages"], "state": native["state"]} == theirs
