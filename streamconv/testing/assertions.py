"""Assertions on streams. What a failure says is the point: what was expected, the events, and the place among them."""

from __future__ import annotations

from itertools import islice, pairwise
from types import EllipsisType
from typing import Any, Final, NoReturn

from streamconv.captures import chain_of
from streamconv.captures.sources import Source
from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.record import Record
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted
from streamconv.testing.event_list import event_list
from streamconv.testing.partial import differences
from streamconv.testing.pattern import mismatch
from streamconv.testing.payload import payload_of
from streamconv.testing.received import Asked, Received, areceive, receive

_SPELLED_OUT: Final = 5  # problems, or differences


def assert_stream(
    source: Source,
    format: str | None = None,
    *,
    content_type: str = "",
    entry: int | str | None = None,
    protocol: str | None = None,
) -> StreamAssertions:
    """Read a source to its end, to make assertions on, which chain.

    `source`, `format`, `content_type` and `entry` are as for `streamconv.read`; `protocol` names that of the payloads,
    where it is not to be recognised. Raises as `read`, but for invalid records, which `well_formed` is for.

        assert_stream(response).events("start", ..., "end").data(0).matches({"n": 1})
    """
    return StreamAssertions(receive(source, _asked(format, content_type, entry, protocol)))


async def assert_stream_async(
    source: Source,
    format: str | None = None,
    *,
    content_type: str = "",
    entry: int | str | None = None,
    protocol: str | None = None,
) -> StreamAssertions:
    """`assert_stream` for a source that must be awaited.

    (await assert_stream_async(response)).events("start", ..., "end")
    """
    return StreamAssertions(await areceive(source, _asked(format, content_type, entry, protocol)))


def _asked(format: str | None, content_type: str, entry: int | str | None, protocol: str | None) -> Asked:
    return Asked(chain=chain_of(format), content_type=content_type, entry=entry, protocol=protocol)


class StreamAssertions:
    """What can be asserted of a stream. Each method raises AssertionError, or returns this again.

    Events count from 0, and negative numbers from the end, as in Python. `[DONE]` is one of them.
    """

    def __init__(self, received: Received) -> None:
        self._received = received

    @property
    def records(self) -> list[Record]:
        """All records, of every kind."""
        return self._received.records

    def events(self, *types: str | EllipsisType) -> StreamAssertions:
        """The types of all events are exactly these; `...` stands for any run of events, also none."""
        __tracebackhide__ = True
        found = mismatch([event.type for event in self._received.events], types)
        if found is not None:
            shown = ", ".join("..." if one is ... else repr(one) for one in types)
            self._fail(f"events({shown})", [found.at], f"expected {found.expected}")
        return self

    def ends_with(self, type: str) -> StreamAssertions:
        """The last event is of this type."""
        __tracebackhide__ = True
        events = self._received.events
        if not events or events[-1].type != type:
            self._fail(f"ends_with({type!r})", [max(0, len(events) - 1)], f"expected {type!r}")
        return self

    def count(self, type: str, n: int) -> StreamAssertions:
        """So many events are of this type."""
        __tracebackhide__ = True
        places = [at for at, event in enumerate(self._received.events) if event.type == type]
        if len(places) != n:
            self._fail(f"count({type!r}, {n}): there are {len(places)}", places)
        return self

    def data(self, i: int) -> DataAssertions:
        """The payload of event `i`, to make assertions on."""
        __tracebackhide__ = True
        events = self._received.events
        if not -len(events) <= i < len(events):
            self._fail(f"data({i}): no such event", [len(events)])
        return DataAssertions(self, i % len(events), f"data({i})")

    def well_formed(self, severity: Severity = "error") -> StreamAssertions:
        """`streamconv.check` finds no problem of at least this severity."""
        __tracebackhide__ = True
        at_least = SEVERITIES[SEVERITIES.index(severity) :]
        found = [problem for problem in self._received.problems() if problem.severity in at_least]
        if found:
            shown = "" if severity == "error" else repr(severity)
            self._fail_for(f"well_formed({shown}): {counted(len(found), 'problem')}", found)
        return self

    def complete(self) -> StreamAssertions:
        """The whole message is there, as its protocol says: the terminator came, and no error."""
        __tracebackhide__ = True
        received = self._received
        message = received.message()
        verdict = message.verdict
        if message.protocol is None and verdict.stream == "unknown":
            says = f"complete(): {verdict.evidence}, and without one nothing says where a stream ends"
            self._fail(f"{says} (assert_stream(…, protocol=…) names one)", [])
        if not verdict.complete:
            here = (at for at, event in enumerate(received.events) if event.line == verdict.line)
            self._fail(f"complete(): {verdict.stream}", [next(here, len(received.events))], verdict.evidence)
        return self

    def within(self, seconds: float) -> StreamAssertions:
        """The last byte came at most so many seconds after the reading began, or as the capture's times say."""
        __tracebackhide__ = True
        received = self._received
        if received.took is None:
            self._fail(f"within({seconds:g}): {_no_times(received)}", [])
        elif received.took > seconds:
            wait, at = _longest_wait(received.events, received.took)
            self._fail(f"within({seconds:g}): it took {received.took:.3f} s", [at], f"after {wait:.3f} s")
        return self

    def incremental(self) -> StreamAssertions:
        """The first event came before the end of the stream: nothing on the way held it back."""
        __tracebackhide__ = True
        received = self._received
        first = next((event.time for event in received.events), None)
        if not received.events:
            self._fail("incremental(): there are no events", [])
        elif received.took is None or first is None:
            self._fail(f"incremental(): {_no_times(received)}", [])
        elif received.pieces == 1:
            self._fail(f"incremental(): {_ONE_PIECE}", [])
        elif first >= received.took:
            self._fail("incremental(): the first event came with the last bytes", [0], "the end came with it")
        return self

    def _fail(self, said: str, places: list[int], note: str = "") -> NoReturn:
        __tracebackhide__ = True
        received = self._received
        head = f"{said}\n{printable(received.name)}: {counted(len(received.events), 'event')}"
        raise AssertionError(f"{head}\n{event_list(received.events, places, note)}".rstrip())

    def _fail_for(self, said: str, problems: list[Problem]) -> NoReturn:
        __tracebackhide__ = True
        from streamconv.reports.problem_forms import Text  # which imports rich

        name = self._received.name
        shown = "".join(Text().problem(name, problem) for problem in problems[:_SPELLED_OUT])
        more = f"and {len(problems) - _SPELLED_OUT} more" if len(problems) > _SPELLED_OUT else ""
        raise AssertionError(f"{said}\n\n{shown}{more}".rstrip())


class DataAssertions:
    """What can be asserted of a payload; then the stream's assertions go on."""

    def __init__(self, stream: StreamAssertions, at: int, said: str) -> None:
        self._stream = stream
        self._at = at
        self._said = said

    def matches(self, expected: Any) -> StreamAssertions:
        """The payload has at least what is expected: dicts may have more members, and `...` is anything.

        The payload is the parsed value where it is JSON, else a str. Lists have the same length, and `true` is not 1.
        """
        __tracebackhide__ = True
        stream = self._stream
        payload = payload_of(stream._received.events[self._at])
        found = [*islice(differences(payload, expected), _SPELLED_OUT)]
        if found:
            said = "".join(f"\n  {one}" for one in found)
            stream._fail(f"{self._said}.matches(…):{said}", [self._at])
        return stream


_ONE_PIECE: Final = (
    "it came in one piece, so something held it back. httpx's ASGITransport always does; a real server "
    "does not, nor does Starlette's TestClient with client.stream(…)"
)


def _no_times(received: Received) -> str:
    """Why there are no times to look at, and what has some."""
    if received.kind == "httpx.Response":
        return "the response was read whole before: use client.stream(…), which gives it as it arrives"
    return (
        f"a {received.kind} has no times of arrival: give the response itself, "
        f"or a capture with times (streamconv convert --to timed)"
    )


def _longest_wait(events: list[Record], took: float) -> tuple[float, int]:
    """The longest time without an event, and the event that ended it; one past the last for the end."""
    times = [0.0, *(event.time or 0.0 for event in events), took]
    return max((later - earlier, at) for at, (earlier, later) in enumerate(pairwise(times)))
