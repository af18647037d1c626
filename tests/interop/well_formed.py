"""The event streams among our fixtures in which nothing is an error: what every client should read alike."""

from __future__ import annotations

from typing import Final

import streamconv
from tests.conftest import FIXTURES

WELL_FORMED: Final = [
    path
    for path in sorted(FIXTURES.rglob("*.sse"))
    if not any(problem.severity == "error" for problem in streamconv.check(path))
]
