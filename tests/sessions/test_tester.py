"""A session of somebody who writes tests: what they type first works, and what cannot work says what to type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from streamconv import Record, check, decoder, payloads, read, run
from streamconv.testing import assert_stream, torture
from tests.sessions.folder import FIXTURES, served


def sdk(name: str) -> Any:
    """A client library, which the tests do not need; with STREAMCONV_SDKS=all in the environment it must be there."""
    return import_module(name) if os.environ.get("STREAMCONV_SDKS") == "all" else pytest.importorskip(name)


@pytest.fixture
def resp() -> Iterator[httpx.Response]:
    """A streamed reply."""
    with served() as server, httpx.stream("GET", f"{server}/openai-chat.sse") as reply:
        yield reply


def test_for_r_in_read_resp(resp: httpx.Response) -> None:
    said = ""
    for r in read(resp):
        if not r.is_end:
            said += "".join(choice["delta"].get("content", "") for choice in r.json()["choices"])
    assert said == "Hello, world!"


def test_payloads_resp(resp: httpx.Response) -> None:
    assert [p["object"] for p in payloads(resp)] == ["chat.completion.chunk"] * 7


def test_read_generator() -> None:
    def generator() -> Iterator[str]:
        yield "data: x\n"
        yield "\n"

    assert [r.data for r in read(generator())] == ["x"]


def test_read_text_says_to_pass_bytes() -> None:
    with pytest.raises(ValueError, match="pass bytes for content"):
        next(read("data: x\n\n"))


def test_assert_not_list_check_resp(resp: httpx.Response) -> None:
    assert not list(check(resp))


def test_assert_stream(resp: httpx.Response) -> None:
    assert_stream(resp).well_formed().ends_with("message").count("message", 8).complete()


def test_a_broken_stream_fails_and_shows_where() -> None:
    with pytest.raises(AssertionError, match="sse-unterminated-event"):
        assert_stream(b"data: x\n\ndata: y").well_formed()


def test_stream_server_with_the_openai_sdk(stream_server: Callable[..., Any]) -> None:
    openai = sdk("openai")
    server = stream_server(FIXTURES / "openai-chat.sse")
    with openai.OpenAI(base_url=server.url, api_key="none") as client:
        chunks = client.chat.completions.create(model="m", messages=[], stream=True)
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == "Hello, world!"
    assert [request.method for request in server.requests] == ["POST"]


def test_named_events_are_read_by_anthropics_sdk(stream_server: Callable[..., Any], tmp_path: Path) -> None:
    anthropic = sdk("anthropic")
    lines = [f"{json.dumps(payload)}\n" for payload in payloads(FIXTURES / "anthropic.sse")]
    (tmp_path / "x.ndjson").write_text("".join(lines))
    command = "convert x.ndjson --to sse --event-from type -o x.sse"
    subprocess.run([sys.executable, "-m", "streamconv", *command.split()], check=True, cwd=tmp_path)
    server = stream_server(tmp_path / "x.sse")
    with (
        anthropic.Anthropic(base_url=server.url, api_key="none") as client,
        client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}]) as stream,
    ):
        assert stream.get_final_text() == "Hello, world!"


def test_torture_parser_data() -> None:
    def parser(chunks: Iterator[bytes]) -> list[Record]:
        return list(run(chunks, decoder("sse")))

    data = "event: greeting\r\ndata: 今天\r\n\r\n".encode()
    torture(parser, data)

    def naive(chunks: Iterator[bytes]) -> list[str]:
        return [
            line[6:]
            for chunk in chunks
            for line in chunk.decode(errors="replace").split("\r\n")
            if line[:6] == "data: "
        ]

    with pytest.raises(AssertionError):
        torture(naive, data)
