"""Anthropic's own client, reading our fixtures from a server on loopback, ends with what we make of them.

Run by `.ci/interop`, which installs the client; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_streamconv import StreamServer
from streamconv import assemble
from tests.conftest import FIXTURES
from tests.interop.asking import asking, serving

anthropic = pytest.importorskip("anthropic", reason="run by .ci/interop")


def _said(value: Any) -> Any:
    """Without the members that are null: the client has one for all that its API knows."""
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items() if one is not None}
    return [_said(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "path", [FIXTURES / "anthropic.sse", FIXTURES / "protocols" / "anthropic-tools.sse"], ids=lambda path: path.name
)
def test_a_message(path: Path, stream_server: StreamServer) -> None:
    with (
        anthropic.Anthropic(**asking(serving(stream_server, path))) as client,
        client.messages.stream(model="any", max_tokens=99, messages=[{"role": "user", "content": "?"}]) as stream,
    ):
        theirs = stream.get_final_message().model_dump(mode="json", warnings=False)
    message = assemble(path)
    assert _said(theirs) == _said(message.native)
    assert message.verdict.complete
