"""Rules `data-…`: what the payloads of an event stream look like, and are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streamconv.formats.faults import payload_fault
from streamconv.jsontext import END
from streamconv.problem import Problem
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream


class DataJsonInvalid(Rule):
    """The data begin as JSON does, and are not JSON.

    Two JSON texts in one event mean that the empty line between two events was forgotten. Clients that parse the data
    raise here, and most of them lose the rest of the stream. Streams whose payloads are text are left alone.
    """

    name = "data-json-invalid"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = ("sse",)
    hint = "send one JSON text in each event, and an empty line after each"
    bad = b'data: {"n":1}\ndata: {"n":2}\n\n'
    good = b'data: {"n":1}\n\ndata: {"n":2}\n\n'

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the first bad byte; of two texts in one event, the event."""
        found = passage.fault
        if found is None or found.truncated:
            return
        message = payload_fault(passage.record).message
        if found.expected == END:
            yield self.in_text(passage, 0, len(passage.record.raw), f"more than one JSON text in an event: {message}")
        else:
            yield self.in_text(passage, found.position, 1, message)


class DataJsonTruncated(Rule):
    """The data begin as JSON does, and end inside it.

    The event is complete, its payload is not: the writer cut it (a size limit, a buffer, a timeout), or it was meant to
    go on in the next event. A tool call cut so must not be taken for a whole one.
    """

    name = "data-json-truncated"
    severity = "error"
    clause = "RFC 8259, section 2"
    formats = ("sse",)
    hint = "look at what wrote it: the event ends well, the JSON does not"
    bad = b'data: {"n":1}\n\ndata: {"name":"cut he\n\n'
    good = b'data: {"n":1}\n\ndata: {"name":"cut here"}\n\n'

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the end of the payload."""
        if passage.fault is not None and passage.fault.truncated:
            message = payload_fault(passage.record).message
            yield self.in_text(passage, passage.fault.position, 0, message)


class DataJsonMultiline(Rule):
    """One JSON text is spread over several data lines.

    Clients join the lines with LF, which is white space in JSON. Readers that take each line by itself fail.
    """

    name = "data-json-multiline"
    severity = "info"
    clause = "WHATWG HTML 9.2.6 (append a single U+000A LINE FEED character to the data buffer)"
    formats = ("sse",)
    hint = "write JSON on one line"
    bad = b'data: {\ndata: "n":1}\n\n'
    good = b'data: {"n":1}\n\n'

    def check(self, passage: Passage, stream: Stream) -> Iterator[Problem]:
        """At the first data line."""
        if passage.payload is not None and b"\n" in passage.payload and passage.fault is None:
            count = passage.payload.count(b"\n") + 1
            line = next(line for line in passage.lines if line.name == b"data")
            yield self.whole_line(passage, line, f"one JSON text on {count} data lines")


RULES: Final[tuple[type[Rule], ...]] = (DataJsonInvalid, DataJsonTruncated, DataJsonMultiline)
