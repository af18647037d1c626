"""A server in a process of its own, and what it costs there: memory, descriptors, tasks, as Linux says in /proc."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

import httpx

from streamconv.live.answers import Replaying
from streamconv.live.faults import parse_fault
from streamconv.live.recording import record_source
from streamconv.live.server import Exchange, serving

SPAWN: Final = get_context("spawn")
_PROC: Final = Path("/proc/self")


class Cost(NamedTuple):
    """What a process holds."""

    resident: float  # MiB
    peak: float  # MiB, since it was measured before
    descriptors: int
    tasks: int


class MeasuredServer:
    """The server under way at `url`, seen from outside its process."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.url = url
        self._connection = connection

    def ends(self, exchanges: int) -> set[str]:
        """How the next so many exchanges end, once they have."""
        return set(self._asked("ends", exchanges))

    def cost(self) -> Cost:
        """What it holds now. All that its clients closed before this was asked is closed there, too."""
        address = httpx.URL(self.url)
        with socket.create_connection((address.host, address.port)) as probe:
            probe.sendall(b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            while probe.recv(4096):  # to the end: after all that had happened, and of this connection itself
                pass
        assert self.ends(1) == {"whole"}
        return Cost(*self._asked("cost"))

    def _asked(self, *what: object) -> Any:
        self._connection.send(what)
        return self._connection.recv()


@contextmanager
def measured(streams: Mapping[str, bytes], faults: Sequence[str] = ()) -> Iterator[MeasuredServer]:
    """A server of streams by their paths, with faults, while this is entered."""
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=_serve, args=(there, dict(streams), [*faults]))
    process.start()
    try:
        yield MeasuredServer(here.recv(), here)
    finally:
        here.send(("stop",))
        process.join()


def _serve(connection: Connection, streams: dict[str, bytes], faults: list[str]) -> None:
    recordings = {path: record_source(data) for path, data in streams.items()}
    streams.clear()
    over: SimpleQueue[Exchange] = SimpleQueue()
    how = Replaying(faults=[*map(parse_fault, faults)])
    with serving(recordings, how, say=over.put) as server:
        connection.send(server.url)
        while True:
            match connection.recv():
                case ("ends", count):
                    connection.send([over.get().end for _ in range(count)])
                case ("cost",):
                    connection.send(_cost())
                case _:
                    return


def _cost() -> Cost:
    gc.collect()
    tasks = sum(isinstance(one, asyncio.Task) and not one.done() for one in gc.get_objects())
    status = (_PROC / "status").read_text()
    resident, peak = (int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) for name in ("VmRSS", "VmHWM"))  # type: ignore[index]
    (_PROC / "clear_refs").write_text("5")  # the peak begins anew: proc(5)
    return Cost(resident / 1024, peak / 1024, len(os.listdir(_PROC / "fd")), tasks)
