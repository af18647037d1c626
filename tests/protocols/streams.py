"""The streams in the folder of captures, each with its layers taken off."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streamconv import Record, UnrecognisedError
from streamconv.captures import CaptureError, open_bytes, open_streams
from streamconv.detect import Chooser, choose
from streamconv.protocols.assembler import Assembler, Said
from streamconv.protocols.message import Message
from tests.reading import decode


class Stream(NamedTuple):
    """One stream: the file it is in, and its number there, from 1, where there are several."""

    name: str
    format: str
    data: bytes

    def records(self, size: int | None = None) -> list[Record]:
        """The records of its first bytes, or of all."""
        return decode(self.format, [self.data[:size]])


@cache
def streams(folder: Path) -> tuple[Stream, ...]:
    """All streams of all captures, in the order of their names."""
    found: list[Stream] = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != "INDEX.md":
            found += _streams(path)
    return tuple(found)


def _streams(path: Path) -> Iterator[Stream]:
    try:
        for capture in open_streams(open_bytes(path)):
            name = path.name if capture.entry is None else f"{path.name}[{capture.entry.number}]"
            chooser = Chooser(None, capture.content_type, capture.file, capture.layers)
            try:
                choice, chunks = choose(capture.chunks, chooser)
            except UnrecognisedError:
                continue
            yield Stream(name, choice.format, b"".join(chunks))
    except CaptureError:  # a container without a stream that can be read
        return


def assembled(records: list[Record], size: int | None = None) -> tuple[list[Said], Message]:
    """What the records say, handed over in batches of a size, and what they add up to."""
    assembler = Assembler()
    said: list[Said] = []
    for at in range(0, len(records), size or len(records) or 1):
        said += assembler.feed(records[at : at + (size or len(records))])
    said += assembler.finish()
    return said, assembler.snapshot()
