"""The client libraries of UI streams, reading ours from a server on loopback, end with what we make of them.

Run by `.ci/interop`, which installs Node's packages in the folder that STREAMCONV_NODE names; elsewhere these tests are
skipped, and say so.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from unittest.mock import ANY

from pytest_streamconv import StreamServer
from streamconv import assemble, read
from streamconv.protocols.assembler import Assembler
from tests.conftest import FIXTURES
from tests.interop.node_tools import needs_node, printed, serving
from tests.protocols import test_ag_ui, test_vercel_data
from tests.protocols.events import sse
from tests.reading import bytewise

pytestmark = needs_node
UI_MESSAGE = FIXTURES / "protocols" / "ui-message.sse"


def test_the_fixture_is_what_the_sdk_sends() -> None:
    with serving("ui-message-server.mjs") as address, urllib.request.urlopen(address, timeout=60) as response:
        sent = assemble(response.read(), format="sse")
    assert sent.native["parts"] == assemble(UI_MESSAGE).native["parts"]
    assert sent.verdict.complete


def test_a_chat_posts_a_question_and_shows_the_answer(stream_server: StreamServer) -> None:
    server = stream_server([*bytewise(UI_MESSAGE.read_bytes())], "sse")
    assert json.loads(printed("ui-message-chat.mjs", f"{server.url}api/chat", "天气？")) == assemble(UI_MESSAGE).native
    (asked,) = server.requests
    assert (asked.method, asked.path, asked.headers["authorization"]) == ("POST", "/api/chat", "Bearer none")
    posted = json.loads(asked.body)
    assert (posted["model"], posted["messages"][0]["parts"]) == ("test", [{"type": "text", "text": "天气？"}])


def test_a_ui_message_at_every_moment(stream_server: StreamServer) -> None:
    """After each chunk the SDK shows the message so far; it repairs the input of a tool that is still coming."""
    server = stream_server([*bytewise(UI_MESSAGE.read_bytes())], "sse")
    theirs = [json.loads(line) for line in printed("ui-message-reader.mjs", server.url).splitlines()]
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


def test_a_data_stream(stream_server: StreamServer) -> None:
    stream = test_vercel_data.TOOLS.removesuffix(b'0:"after the end"\n')  # to which the SDK reads on
    server = stream_server([*bytewise(stream)], "vercel-data-stream")
    theirs = json.loads(printed("data-stream-reader.mjs", server.url))
    message = test_vercel_data.assembled(stream)
    assert {**theirs["message"], "data": theirs["data"]} == {**message.native, "createdAt": ANY}
    assert theirs["finish"] == {"finishReason": message.choice().reason, "usage": {**message.usage, "totalTokens": 7}}


def test_an_ag_ui_run(stream_server: StreamServer) -> None:
    run = sse(test_ag_ui.RUN)
    server = stream_server([*bytewise(run)], "sse")
    theirs = json.loads(printed("ag-ui-reader.mjs", server.url))
    native = assemble(run).native
    assert {"messages": native["messages"], "state": native["state"]} == theirs
