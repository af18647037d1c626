"""Event streams in pieces: all cases, our fixtures, streams made of pieces of fields, and real captures."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.conftest import FIXTURES
from tests.reading import SSE_PIECES, bytewise, cut
from tests.test_conformance import CASES

RANDOM_STREAMS: Final = 3000


def streams(chosen: int = RANDOM_STREAMS) -> Iterator[tuple[str, list[bytes]]]:
    """Streams in pieces, each with what it is called; so many of them are made by chance, the same ones every time."""
    for case in CASES:
        if case["format"] == "sse":
            data = base64.b64decode(case["input_b64"])
            yield case["id"], [data]
            yield f"{case['id']} at its cuts", [*cut(data, case.get("chunks", []))]
            yield f"{case['id']} byte by byte", [*bytewise(data)]
    for path in sorted(FIXTURES.rglob("*.sse")):
        yield path.name, [path.read_bytes()]
        yield f"{path.name} byte by byte", [*bytewise(path.read_bytes())]
    # Pieces of fields in any order, cut anywhere: what no case has thought of.
    chance = random.Random(7)
    for number in range(chosen):
        data = b"".join(chance.choices(SSE_PIECES, k=chance.randrange(1, 40)))
        cuts = chance.choices(range(len(data) + 1), k=chance.randrange(6))
        yield f"random {number}: {data!r} at {cuts}", [*cut(data, cuts)]
    folder = os.environ.get("STREAMCONV_CAPTURES")
    for path in sorted(Path(folder).rglob("*")) if folder else ():
        if path.is_file():  # of whatever kind: to these clients all is an event stream
            yield path.name, [path.read_bytes()]
            yield f"{path.name} in pieces", [*cut(path.read_bytes(), range(0, path.stat().st_size, 37))]
