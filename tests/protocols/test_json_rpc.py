"""JSON-RPC: the message is the response; requests wait for theirs, notifications and tool results are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Close, Delta, End, Error, Finish, Open, Request, Response, Start
from tests.protocols.events import Event, assembled, digest, kinds, parts, signs
from tests.protocols.streams import assembled as added
from tests.protocols.streams import streams


def message(**members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", **members}


PROGRESS = message(method="notifications/progress", params={"progressToken": 1, "progress": 50})
TOOL = message(id=1, result={"content": [{"type": "text", "text": "rain"}]})


def test_the_response_is_what_the_request_would_have_got_at_once() -> None:
    found = assembled(PROGRESS, TOOL)
    assert found.native == TOOL
    assert (found.text, found.id, found.verdict.stream, found.verdict.finish) == ("rain", "1", "complete", "stop")
    assert kinds(found) == ["data", "text"]
    assert parts(found, "data")[0].value == PROGRESS
    assert signs(PROGRESS, TOOL) == [
        Response(1),
        Open("content 1"),
        Delta("content 1", "text", "rain"),
        Close("content 1"),
        Finish("result"),
        End(),
    ]


def test_without_the_response_it_is_not_complete() -> None:
    assert assembled(PROGRESS).verdict.evidence == "no response: the stream ends after event 1"
    assert assembled(TOOL, PROGRESS).verdict.complete  # a server may go on with its own messages


def test_all_content_of_a_tool_has_its_part() -> None:
    image = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
    link = {"type": "resource_link", "uri": "file:///a"}
    noted = {"type": "text", "text": "a", "annotations": {"priority": 1}}
    result = {"content": [noted, image, link, {"type": "new"}, 7], "structuredContent": {"n": 1}, "isError": True}
    found = assembled(message(id="x", result=result))
    assert [(part.type, part.text, part.value) for part in found.choice().parts] == [
        ("text", "a", {"annotations": {"priority": 1}}),
        ("file", "", image),
        ("source", "", link),
        ("data", "", {"type": "new"}),
        ("data", "", 7),
        ("data", "", {"structuredContent": {"n": 1}}),
    ]
    # The tool failed, and that is said; the stream is whole.
    assert (found.verdict.stream, found.verdict.finish, found.error) == ("complete", "error", None)


def test_an_error_is_the_response() -> None:
    failure = {"code": -32601, "message": "Method not found", "data": 1}
    found = assembled(message(id=1, error=failure))
    assert found.verdict.evidence == "an error in the stream: Method not found (-32601)"
    assert (found.error, found.verdict.finish, found.native) == (failure, "error", message(id=1, error=failure))
    assert Error("Method not found", "-32601") in signs(message(id=None, error=failure))
    assert assembled(message(id=1, error=failure), message(id=2, error={"code": 1})).error == failure


def test_in_a_whole_session_every_request_waits_for_its_response() -> None:
    first, second = message(id=1, method="tools/list"), message(id="b", method="tools/call", params={})
    listed = message(id=1, result={"tools": []})
    answered = message(id="b", result=None)
    assert not assembled(first, second, listed).verdict.complete
    found = assembled(first, second, listed, answered)
    assert found.verdict.complete
    assert found.native == [listed, answered]
    assert not assembled(first, second, listed, answered, first).verdict.complete
    assert signs(first, second, answered, listed) == [
        Start("1"),
        Request(1),
        Request("b"),
        Response("b"),
        Finish("result"),
        Response(1),
        Finish("result"),
        End(),
    ]


def test_a_batch_is_answered_by_a_batch() -> None:
    batch = [TOOL, message(id=2, result={"n": 1})]
    found = assembled(batch)
    assert found.native == batch
    assert found.choice().parts == (Part("text", "rain"), Part("data", value={"n": 1}))
    assert assembled(PROGRESS).native == []


def test_what_is_no_message_is_kept_and_an_error_round_it_said() -> None:
    found = assembled(TOOL, {"what": 1}, [7], ("error", {"message": "gone"}))
    assert parts(found, "data")[0].value == {"what": 1}
    assert (found.error, found.verdict.stream) == ({"message": "gone"}, "in-band-error")


@pytest.mark.parametrize("event", [{"jsonrpc": "1.0", "id": 1}, {"id": 1, "result": 2}, [], ["2.0"]])
def test_it_is_not_recognised_by_less(event: Event) -> None:
    assert assembled(event).protocol is None


def test_a_capture_adds_up_to_what_was_read_in_it(captures: Path) -> None:
    (stream,) = (one for one in streams(captures) if one.name == "mcp-streamable-http-initialize.sse")
    _, found = added(stream.records())
    assert (found.protocol, found.verdict.stream, kinds(found)) == ("json-rpc", "complete", ["data"])
    assert found.native["result"]["serverInfo"] == {"name": "DeepWiki", "version": "2.14.3"}
    assert digest(found.text) == digest("")
