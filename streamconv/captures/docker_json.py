"""What Docker keeps of a container's output: its logging driver json-file, one JSON object a line.

`log` is a line, with its end; one longer than 16 KiB stands in several. `time` becomes the time of the line. stdout and
stderr are put together again as `docker logs` shows them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamconv.captures.layer import MORE, Known, Peel, begins_stream, timed_as
from streamconv.captures.log_prefix import seconds
from streamconv.formats.ndjson import NDJSONDecoder
from streamconv.pipeline import TimedBytes
from streamconv.problem import Report
from streamconv.record import Record

_OPENING: Final = b'{"log":"'


class _Line(msgspec.Struct):
    """One line; keys that are not known are passed over."""

    stream: str
    time: str
    log: str = ""


_decode = msgspec.json.Decoder(_Line).decode


class DockerJSON(Peel):
    """Puts the lines of the output together again. A line of another shape is said and left out."""

    name = "docker-json"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self._lines = NDJSONDecoder()
        self._first: float | None = None

    def feed(self, item: bytes, /) -> list[bytes]:
        """What these lines of the log hold of the output."""
        return [timed_as(item, piece) for piece in self._output(self._lines.feed(item))]

    def finish(self) -> list[bytes]:
        """What the last line holds, where it has no end."""
        return self._output(self._lines.finish())

    def _output(self, records: list[Record]) -> list[bytes]:
        pieces: list[bytes] = []
        for record in records:
            if record.kind == "control":  # an empty line
                continue
            try:
                pieces.append(self._timed(_decode(record.raw)))
            except ValueError:
                self.say("capture-docker-json", f"line {record.line} is no line of a Docker log; the others are read")
        return pieces

    def _timed(self, line: _Line) -> bytes:
        data, time = line.log.encode(), seconds(line.time.encode())
        if time is None:
            return data
        self._first = time if self._first is None else self._first
        return TimedBytes(data, round(time - self._first, 6))


def is_docker_json(start: bytes, known: Known) -> str | None:
    """A first line of such a log, which holds what a stream begins with."""
    if not start.startswith(_OPENING):
        return MORE if _OPENING.startswith(start) else None
    line, end, _ = start.partition(b"\n")
    try:
        found = _decode(line)
    except ValueError:
        return None if end else MORE
    return "a line of output, its stream and its time, as Docker logs it" if begins_stream(found.log.encode()) else None
