"""What is legal and seldom: who converts event streams must get these right, however fast it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.benchmarks.timing import Contender, run, show


class Edge(NamedTuple):
    """A stream of JSON payloads, and what they are (WHATWG HTML, 9.2.6)."""

    name: str
    stream: bytes
    payloads: list[Any]


EDGES: Final = (
    Edge("plain", b'data: {"n":1}\n\ndata: {"n":2}\n\n', [{"n": 1}, {"n": 2}]),
    Edge("CRLF", b'data: {"n":1}\r\n\r\ndata: {"n":2}\r\n\r\n', [{"n": 1}, {"n": 2}]),
    Edge("two data lines", b'data: {"n":\ndata: 1}\n\n', [{"n": 1}]),
    Edge("no space", b'data:{"n":1}\n\ndata: {"n":2}\n\n', [{"n": 1}, {"n": 2}]),
    Edge("BOM", b'\xef\xbb\xbfdata: {"n":1}\n\ndata: {"n":2}\n\n', [{"n": 1}, {"n": 2}]),
)


def misread_by_converters(
    make: Callable[[str], Mapping[str, Contender]], missing: tuple[str, ...]
) -> dict[str, list[str]]:
    """The edges that each converter gets wrong, by its name: what it writes are not the payloads, or it fails.

    `make` gives the converters of a file's event stream.
    """
    return _misread(make, missing, lambda out, edge: _lines(out) == edge.payloads)


def misread_by_readers(
    make: Callable[[str], Mapping[str, Contender]], missing: tuple[str, ...]
) -> dict[str, list[str]]:
    """The same of readers: the payloads that they found are others."""

    def make_telling(path: str) -> dict[str, Contender]:
        return {name: one._replace(command=(*one.command, "payloads")) for name, one in make(path).items()}

    return _misread(make_telling, missing, lambda out, edge: _payloads(out) == edge.payloads)


def _misread(
    make: Callable[[str], Mapping[str, Contender]], missing: tuple[str, ...], right: Callable[[bytes, Edge], bool]
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for edge in EDGES:
            path = Path(folder) / "edge.sse"
            path.write_bytes(edge.stream)
            for name, contender in make(str(path)).items():
                if not {*contender.needs} & {*missing}:
                    show(f"{edge.name}: {name}")
                    edges = wrong.setdefault(name, [])
                    edges += [] if _is_right(name, contender, edge, right) else [edge.name]
    show("")
    return wrong


def _lines(out: bytes) -> list[Any]:
    """The JSON texts of lines that end with LF; ValueError where one is none, or holds a CR that was no part of it."""
    if b"\r" in out:
        raise ValueError
    return [json.loads(line) for line in out.split(b"\n")[:-1]]


def _payloads(out: bytes) -> list[Any]:
    return [json.loads(payload) for payload in json.loads(out)["payloads"]]


def _is_right(name: str, contender: Contender, edge: Edge, right: Callable[[bytes, Edge], bool]) -> bool:
    with tempfile.TemporaryFile() as out:
        try:
            run(name, contender, out.fileno())
            out.seek(0)
            return right(out.read(), edge)
        except (RuntimeError, ValueError):
            return False
