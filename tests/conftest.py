"""What all tests share: where the data is, and the command as a subprocess."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"

# Many properties are asked of every pair of formats, so each asks little; `--hypothesis-profile=long` asks for hours.
settings.register_profile(
    "short", max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("short"), max_examples=5000, derandomize=False)
settings.load_profile("short")

Completed = subprocess.CompletedProcess[bytes]


@pytest.fixture
def streamconv(tmp_path: Path) -> Callable[..., Completed]:
    """Run the command in an empty folder; `input` is what stands on its stdin."""

    def run(*args: object, input: bytes = b"", env: dict[str, str] | None = None, **options: object) -> Completed:
        return subprocess.run(
            [sys.executable, "-m", "streamconv", *map(str, args)],
            input=input,
            capture_output=True,
            check=False,
            timeout=60,
            **{"cwd": tmp_path, "env": {**os.environ, **(env or {})}, **options},  # type: ignore[call-overload]
        )

    return run


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """For tests that only repeat: line coverage, which makes them slow, is not taken meanwhile."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.stop()
    yield
    if measuring is not None:
        measuring.start()


def needs(tool: str) -> str:
    """The path of a program to compare with. The tests need no more than Python, so where it is missing they are
    skipped, and say so; with STREAMCONV_TOOLS=all in the environment that is a failure.
    """
    path = shutil.which(tool)
    if path is None and os.environ.get("STREAMCONV_TOOLS") == "all":
        pytest.fail(f"this machine has no {tool}")
    return path or pytest.skip(f"this machine has no {tool}")


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of real captures, where the environment names it."""
    folder = os.environ.get("STREAMCONV_CAPTURES")
    if not folder:
        pytest.skip("STREAMCONV_CAPTURES names no folder of captures")  # they are other people's, and not ours to keep
    return Path(folder)
