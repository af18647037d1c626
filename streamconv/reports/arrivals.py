"""When the records of a stream arrived: the gaps between them, stalls, bursts, keep-alives, and what they suggest.

A chunk is no token, and a record neither: only the times of records are spoken of.
"""

from __future__ import annotations

import re
from heapq import heappush, heapreplace
from typing import Any, Final

import msgspec

from streamconv.examine import Row
from streamconv.record import Record
from streamconv.reports.distribution import Distribution, Timeline

STALL: Final = 1.0  # seconds, at least, without a record …
_STALL_RATIO: Final = 10  # … and so many times the median gap
_LISTED: Final = 5  # stalls that are named
_QUIET: Final = 0.1  # seconds, at least, before a burst
_TOGETHER: Final = 0.001  # seconds, at most, between two events of one
_BURST: Final = 5  # events, at least
_MICROSECONDS: Final = 1_000_000  # in a second

_PINGS: Final = frozenset({"ping", "heartbeat", "keepalive", "keep-alive", "keep_alive"})
# Members that hold what a model says, in the APIs of OpenAI, Anthropic, Google, Cohere, Ollama, Mistral, AWS.
_CONTENT = re.compile(
    r'"(?:content|text|delta|response|completion|thinking|reasoning|reasoning_content|partial_json|arguments'
    r'|generated_text|output_text|refusal)"[ \t\r\n]*+:[ \t\r\n]*+"[^"]'
)


class Burst(msgspec.Struct, frozen=True):
    """Events that arrived together after a silence."""

    events: int
    first: int | None  # the number of the first
    within: float  # seconds
    after: float  # seconds of silence


class Arrivals:
    """The times of the rows that were added. `known` is false while no record had one; `number` is the last event's."""

    def __init__(self) -> None:
        self.known = False
        self.number = 0  # of the last event
        self.duration = 0.0  # seconds, from the start of the capture to the last record
        self.first_record: float | None = None
        self.first_event: float | None = None
        self.first_content: float | None = None
        self.gaps = Distribution()  # microseconds, between records
        self.keepalives = Distribution()  # microseconds, between two comments or pings
        self.timeline = Timeline()
        self.bursts = 0
        self.burst_events = 0
        self.largest: Burst | None = None
        self._events = 0
        self._longest: list[tuple[int, int, int]] = []  # gaps, their position, number of the event after
        self._position = 0
        self._keepalive: float | None = None  # the time of the last one
        self._run = 0  # events that arrived together, so far
        self._run_first: int | None = None
        self._run_began = self._run_ended = 0.0
        self._run_silence = 0.0  # seconds before it
        self._silence = 0.0  # the longest since the last event

    def add(self, row: Row) -> None:
        """One more row."""
        record, time = row.record, row.record.time
        before, self.number = self.number, record.number or self.number
        if time is None:
            return
        if not self.known:
            self.known = True
            self.first_record = time
        self.duration = max(self.duration, time)
        gap = time if row.gap is None else row.gap  # what was waited for the first one is silence, too
        self._silence = max(self._silence, gap)
        if row.gap is not None:
            self._add_gap(_microseconds(row.gap), before + 1)
        if record.comments or row.label in _PINGS:
            if self._keepalive is not None:
                self.keepalives.add(_microseconds(time - self._keepalive))
            self._keepalive = time
        if record.kind == "event":
            self._add_event(record, time)

    def pass_by(self, number: int | None) -> None:
        """Rows without times, up to the event of this number, if there was one."""
        self.number = number or self.number

    def _add_gap(self, gap: int, number: int) -> None:
        self.gaps.add(gap)
        self._position += 1
        if gap >= STALL * _MICROSECONDS:
            entry = (gap, -self._position, number)
            if len(self._longest) < _LISTED:
                heappush(self._longest, entry)
            elif entry > self._longest[0]:
                heapreplace(self._longest, entry)

    def _add_event(self, record: Record, time: float) -> None:
        self._events += 1
        self.timeline.add(time)
        if self.first_event is None:
            self.first_event = time
        if self.first_content is None and _has_content(record):
            self.first_content = time
        if self._run and time - self._run_ended <= _TOGETHER:
            self._run += 1
        else:
            self._end_run()
            self._run, self._run_first, self._run_began, self._run_silence = 1, record.number, time, self._silence
        self._run_ended = time
        self._silence = 0.0

    def _end_run(self) -> None:
        if self._run < _BURST or self._run_silence < _QUIET:
            return
        self.bursts += 1
        self.burst_events += self._run
        if self.largest is None or self._run > self.largest.events:
            self.largest = Burst(self._run, self._run_first, self._run_ended - self._run_began, self._run_silence)

    def finish(self) -> None:
        """No row follows."""
        self._end_run()
        self._run = 0

    @property
    def buffered(self) -> bool:
        """True where at least half of the events came in bursts: something on the way holds them back."""
        return self.bursts > 0 and 2 * self.burst_events >= self._events

    @property
    def stalls(self) -> int:
        """Gaps of at least a second that are ten times the median, or more."""
        return self.gaps.count_from(self._stall()) if self.gaps.count else 0

    def _stall(self) -> int:
        return max(round(STALL * _MICROSECONDS), _STALL_RATIO * (self.gaps.quantile(0.5) or 0))

    def longest_stalls(self) -> list[tuple[float, int | None]]:
        """The longest stalls first, at most five: seconds, and the number of the next event, where there is one."""
        least = self._stall()
        longest = sorted(self._longest, key=lambda entry: entry[:2], reverse=True)
        return [
            (gap / _MICROSECONDS, number if number <= self.number else None)
            for gap, _, number in longest
            if gap >= least
        ]

    def facts(self) -> dict[str, Any] | None:
        """For programs, in seconds; None where no time is known."""
        if not self.known:
            return None
        longest = [{"seconds": gap, "before": number} for gap, number in self.longest_stalls()]
        return {
            "duration": self.duration,
            "first_record": self.first_record,
            "first_event": self.first_event,
            "first_content": self.first_content,
            "gaps": self.gaps.facts(_MICROSECONDS),
            "stalls": {"count": self.stalls, "longest": longest},
            "bursts": {
                "count": self.bursts,
                "events": self.burst_events,
                "largest": None if self.largest is None else msgspec.structs.asdict(self.largest),
                "buffered": self.buffered,
            },
            "keepalives": self.keepalives.facts(_MICROSECONDS),
        }


def _microseconds(gap: float) -> int:
    """A clock that went back makes no gap."""
    return max(0, round(gap * _MICROSECONDS))


def _has_content(record: Record) -> bool:
    """True where the payload is likely to hold what a model says: text, or a member named so that is not empty."""
    if not record.data or record.is_end:
        return False
    return record.carries != "json" or _CONTENT.search(record.data) is not None
