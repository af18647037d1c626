"""OpenAI's and Anthropic's clients read what we read, and stand the faults of a server as they say they do.

Run by `.ci/interop`, which installs the clients; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

import streamconv
from pytest_streamconv import StreamServer
from tests.interop.asking import asking, serving
from tests.interop.well_formed import WELL_FORMED

for _package in ("openai", "anthropic"):
    pytest.importorskip(_package, reason="run by .ci/interop")
from tests.interop.sdks import SDKS, Outcome  # noqa: E402  which imports them

both_worlds = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
every_sdk = pytest.mark.parametrize("sdk", SDKS)


def expected(sdk: str, path: Path) -> Outcome:
    """Our payloads, as far as the client takes them: all must be JSON, and all it does is told here.

    OpenAI's ends at [DONE] and puts the events of Assistants in an envelope. Anthropic's passes over pings and events
    without a name. A byte order mark is part of the first field for both, which is lost with what it says.
    """
    found: list[Any] = []
    for record in streamconv.read(path):
        if path.name == "bom.sse" and record.number == 1:
            continue
        if sdk == "openai" and record.is_end:
            break
        if sdk == "anthropic" and record.event in (None, "ping"):
            continue
        if record.carries == "text" or record.is_end:
            return Outcome(found, "JSONDecodeError")
        payload = record.json()
        enveloped = sdk == "openai" and record.type.startswith("thread.")
        found.append({"event": record.type, "data": payload} if enveloped else payload)
    return Outcome(found)


@both_worlds
@pytest.mark.parametrize("path", WELL_FORMED, ids=lambda path: path.name)
@every_sdk
def test_a_client_reads_what_we_read(sdk: str, path: Path, asynchronous: bool, stream_server: StreamServer) -> None:
    server = serving(stream_server, path)
    assert SDKS[sdk].read(asynchronous, **asking(server)) == expected(sdk, path)
    (request,) = server.requests
    assert (request.method, request.headers["accept"]) == ("POST", "application/json")


# fault -> for each client how many payloads it gives, and what it raises then. Less come where the fault takes some; a
# stream without its end is one with it, to both: only what adds it up can tell.
FAULTS: Final[dict[str, dict[str, tuple[int, str]]]] = {
    "cut-record=3": {"openai": (3, "APIConnectionError"), "anthropic": (2, "RemoteProtocolError")},
    "cut-byte=0": {"openai": (0, "APIConnectionError"), "anthropic": (0, "RemoteProtocolError")},
    "status=503": {"openai": (0, "InternalServerError"), "anthropic": (0, "ServiceUnavailableError")},
    "status=429": {"openai": (0, "RateLimitError"), "anthropic": (0, "RateLimitError")},
    "drop-end": {"openai": (7, ""), "anthropic": (8, "")},
    "duplicate=2": {"openai": (8, ""), "anthropic": (10, "")},
    "bom": {"openai": (6, ""), "anthropic": (8, "")},
    "crlf": {"openai": (7, ""), "anthropic": (9, "")},
    "split-utf8": {"openai": (7, ""), "anthropic": (9, "")},
}


@both_worlds
@pytest.mark.parametrize("fault", FAULTS)
@every_sdk
def test_what_a_fault_does(sdk: str, fault: str, asynchronous: bool, stream_server: StreamServer) -> None:
    server = stream_server(SDKS[sdk].fixture, faults=[fault])
    payloads, raised = SDKS[sdk].chat(asynchronous, **asking(server))
    assert (len(payloads), raised) == FAULTS[fault][sdk]


@both_worlds
@every_sdk
def test_a_client_with_a_timeout_leaves_a_server_that_stalls(
    sdk: str, asynchronous: bool, stream_server: StreamServer
) -> None:
    server = stream_server(SDKS[sdk].fixture, faults=["stall=2"])
    payloads, raised = SDKS[sdk].chat(asynchronous, **asking(server, timeout=2))
    assert (len(payloads), raised) == (2, {"openai": "APITimeoutError", "anthropic": "ReadTimeout"}[sdk])


@both_worlds
@every_sdk
def test_a_client_asks_again_where_the_status_says_so(
    sdk: str, asynchronous: bool, stream_server: StreamServer
) -> None:
    server = stream_server(SDKS[sdk].fixture, faults=["status=529:2"], headers={"retry-after-ms": "1"})
    payloads, raised = SDKS[sdk].chat(asynchronous, **asking(server, max_retries=2))
    assert (len(payloads), raised) == FAULTS["crlf"][sdk]
    assert [request.headers["x-stainless-retry-count"] for request in server.requests] == ["0", "1", "2"]


@both_worlds
@every_sdk
def test_a_client_does_not_ask_again_for_what_broke_off(
    sdk: str, asynchronous: bool, stream_server: StreamServer
) -> None:
    server = stream_server(SDKS[sdk].fixture, faults=["cut-record=1"])
    assert SDKS[sdk].chat(asynchronous, **asking(server, max_retries=2)).raised
    assert len(server.requests) == 1
