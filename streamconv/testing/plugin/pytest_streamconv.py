"""The plugin of pytest: fixtures for tests of code that reads or writes streams.

It is installed beside the package, because pytest imports it at every start, and the package only where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from streamconv.live.server import Server


@pytest.fixture
def stream_capture(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Find a capture by its name, in the folder of the test: `stream_capture("chat.sse")`, a Path.

    That is what `assert_stream`, `stream_server` and `streamconv.read` take. Raises FileNotFoundError, which suggests
    the near name.
    """

    def find(name: str) -> Path:
        folder = request.path.parent
        path = folder / name
        if not path.is_file():
            from difflib import get_close_matches

            there = [one.relative_to(folder).as_posix() for one in path.parent.glob("*") if one.is_file()]
            near = get_close_matches(name, there, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise FileNotFoundError(f"no capture {name!r} in {folder}{hint}")
        return path

    return find


class StreamServer(Protocol):
    """What the fixture `stream_server` is."""

    def __call__(
        self,
        source: Any,
        format: str | None = None,
        *,
        entry: int | str | None = None,
        faults: Sequence[str] = (),
        seed: int = 0,
        speed: float = 1.0,
        delay: float | None = None,
        headers: Mapping[str, str] = {},
    ) -> Server:
        """Replay a source, which is as for `streamconv.read`; see the fixture."""


@pytest.fixture
def stream_server() -> Iterator[StreamServer]:
    """Start a server on loopback that replays a capture to every request: `stream_server("chat.sse").url`.

    Chunks are those of the source where it has any (a list of bytes, a timed capture), and come when they came; else
    each record is one. `delay` makes each record a chunk, so many seconds after the one before; `speed=2` halves all
    waits, `speed=float("inf")` leaves them out. `headers` are the response's. `faults` are written as for `streamconv
    serve --fault`: `faults=["cut-record=3"]`; `seed` chooses the places they leave open. What clients asked for is in
    `.requests`. Servers stop with the test.
    """
    with ExitStack() as running:

        def serve(source: Any, format: str | None = None, *, entry: int | str | None = None, **how: Any) -> Server:
            from streamconv.live.answers import Replaying
            from streamconv.live.faults import parse_fault
            from streamconv.live.recording import record_source
            from streamconv.live.server import serving

            faults = [parse_fault(fault) for fault in how.pop("faults", ())]
            headers = [*how.pop("headers", {}).items()]
            recording = record_source(source, format, entry=entry)
            return running.enter_context(serving(recording, Replaying(**how, headers=headers, faults=faults)))

        yield serve
