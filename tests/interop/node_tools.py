"""Scripts for Node, run beside the packages that they import, which `.ci/interop` has installed."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

FOLDER: Final = os.environ.get("STREAMCONV_NODE", "")  # has node_modules
SCRIPTS: Final = Path(__file__).parent / "node"
needs_node = pytest.mark.skipif(not FOLDER, reason="run by .ci/interop, which names a folder in STREAMCONV_NODE")


def printed(script: str, *args: str, input: bytes = b"") -> str:
    """What a script prints."""
    command = ["node", _placed() / script, *args]
    done = subprocess.run(command, input=input, cwd=FOLDER, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def made_of(reader: str, package: str, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one of the readers, with a package, makes of each request."""
    made: list[dict[str, Any]] = json.loads(printed("run.mjs", reader, package, json.dumps(requests)))
    return made


@contextmanager
def serving(script: str) -> Iterator[str]:
    """The address of a server, a script that prints its port once it listens."""
    with subprocess.Popen(["node", _placed() / script], cwd=FOLDER, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None  # it is a pipe
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


@cache
def _placed() -> Path:
    """The scripts in a folder of their own where the packages are: that is where Node looks for them."""
    folder = tempfile.mkdtemp(dir=FOLDER)
    atexit.register(shutil.rmtree, folder)
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    return Path(folder)
