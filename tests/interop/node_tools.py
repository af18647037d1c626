"""Scripts for Node, run in the folder where `.ci/interop` has installed the packages that they import."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FOLDER: Final = os.environ.get("STREAMCONV_NODE", "")  # has node_modules
_SCRIPTS: Final = Path(__file__).parent / "node"


def printed(script: str, *args: str, input: bytes = b"") -> str:
    """What a script prints."""
    done = subprocess.run(
        ["node", _placed(script), *args], input=input, cwd=FOLDER, capture_output=True, check=True, timeout=120
    )
    return done.stdout.decode()


@contextmanager
def serving(script: str) -> Iterator[str]:
    """The address of a server, a script that prints its port once it listens."""
    with subprocess.Popen(["node", _placed(script)], cwd=FOLDER, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None  # it is a pipe
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def _placed(script: str) -> str:
    """A script finds packages beside itself, so it is copied to where they are."""
    return shutil.copy(_SCRIPTS / script, FOLDER)
