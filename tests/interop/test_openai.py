"""OpenAI's own client, reading our fixtures from a server on loopback, ends with what we make of them.

Run by `.ci/interop`, which installs the client; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import assemble, read
from streamconv.protocols.assembler import Assembler
from tests.conftest import FIXTURES
from tests.interop.asking import asking, serving

openai = pytest.importorskip("openai", reason="run by .ci/interop")
PROTOCOLS = FIXTURES / "protocols"
Client = Callable[[Path], Any]
QUESTION: list[Any] = [{"role": "user", "content": "What is the weather?"}]


@pytest.fixture
def client(stream_server: StreamServer) -> Iterator[Client]:
    """Makes a client of a server that answers with a fixture, a byte at a time."""
    with ExitStack() as clients:
        yield lambda path: clients.enter_context(openai.OpenAI(**asking(serving(stream_server, path))))


def plain(value: Any, *added: str) -> Any:
    """What the client ended with, less what is null and the members that it adds itself."""
    if isinstance(value, dict):
        return {key: plain(one, *added) for key, one in value.items() if one is not None and key not in added}
    return [plain(one, *added) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "path", [FIXTURES / "openai-chat.sse", PROTOCOLS / "openai-chat-tools.sse"], ids=lambda p: p.name
)
def test_a_chat_completion(path: Path, client: Client) -> None:
    with client(path).chat.completions.stream(model="any", messages=QUESTION) as stream:
        theirs = stream.until_done().get_final_completion().model_dump(warnings=False)
    # The place of a call in the stream's list stays in what the client has of the call; the answer has none.
    for choice in theirs["choices"]:
        for call in choice["message"]["tool_calls"] or ():
            del call["index"]
    message = assemble(path)
    assert plain(theirs, "parsed", "parsed_arguments") == plain(message.native)
    assert message.verdict.complete


def test_a_response(client: Client) -> None:
    path = PROTOCOLS / "openai-responses.sse"
    with client(path).responses.stream(model="any", input=QUESTION) as stream:
        theirs = stream.until_done().get_final_response().model_dump(warnings=False)
    message = assemble(path)
    assert plain(theirs, "parsed", "parsed_arguments") == plain(message.native)
    assert message.verdict.complete


def test_a_response_at_every_moment(client: Client) -> None:
    """With each delta the client says what has come of that text; so do we."""
    path = PROTOCOLS / "openai-responses.sse"
    assembler, compared = Assembler(), 0
    with client(path).responses.stream(model="any", input=QUESTION) as stream:
        for record, event in zip(read(path), stream, strict=True):
            assembler.feed([record])
            part = {"response.output_text.delta": 1, "response.function_call_arguments.delta": 2}.get(event.type)
            if part is not None:
                assert assembler.snapshot().choices[0].parts[part].text == event.snapshot
                compared += 1
    assert compared == 6


def test_a_run_of_an_assistant(client: Client) -> None:
    path = PROTOCOLS / "openai-assistants.sse"
    with pytest.warns(DeprecationWarning, match="Assistants"):
        manager = client(path).beta.threads.runs.stream(thread_id="thread_1", assistant_id="asst_1")
    with manager as stream:
        stream.until_done()
        theirs = {
            "run": stream.current_run.to_dict(),
            # The client adds up the deltas of a step, and passes over its last event.
            "steps": [step.step_details.to_dict() for step in stream.get_final_run_steps()],
            "messages": [message.to_dict() for message in stream.get_final_messages()],
        }
    ours = assemble(path).native
    ours["steps"] = [step["step_details"] for step in ours["steps"]]
    assert plain(theirs, "index") == plain(ours)


def test_a_transcription(client: Client) -> None:
    path = PROTOCOLS / "openai-transcription.sse"
    asked = {"file": b"RIFF", "stream": True, "response_format": "json"}
    last = [event.to_dict() for event in client(path).audio.transcriptions.create(model="any", **asked)][-1]
    del last["type"]
    assert last == assemble(path).native


def test_completions_before_chat(client: Client) -> None:
    """The client only parses these; what it parsed, added up by hand."""
    path = PROTOCOLS / "openai-completions.sse"
    texts = {0: "", 1: ""}
    for chunk in client(path).completions.create(model="any", prompt="Count", n=2, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    assert texts == {choice.index: choice.text for choice in assemble(path).choices}
