"""Statistics for people: a block of lines for one stream, a line each for several."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from streamconv.problem import SEVERITIES
from streamconv.reports.arrivals import Arrivals, Burst
from streamconv.reports.cells import fit, suffix, width
from streamconv.reports.distribution import Distribution
from streamconv.reports.printable import printable
from streamconv.reports.quantities import counted, duration, size, size_in_words
from streamconv.reports.statistics import Statistics

_MICROSECONDS: Final = 1_000_000  # in a second
_TITLE: Final = 12  # columns
_LONGEST_ID: Final = 24  # columns
_LONGEST_TYPE: Final = 40  # columns
_NARROWEST: Final = 16  # columns of a name


def block(found: Statistics, columns: int, *, live: bool) -> Iterator[str]:
    """Lines of at most so many columns. `live`: the bytes came through a pipe, which may hold them back itself."""
    for title, text in _lines(found, columns - _TITLE - 2):
        yield f"  {title:<{_TITLE}}{fit(text, columns - _TITLE - 2)}"
    suggestion = _suggestion(found, live=live)
    if suggestion:
        yield ""
        yield from textwrap.wrap(suggestion, columns)


def _lines(found: Statistics, room: int) -> Iterator[tuple[str, str]]:
    of = "" if found.records == found.events else f" of {counted(found.records, 'record')}"
    yield "events", f"{found.events}{of}, {size_in_words(found.size)}"
    unreadable = [f"{found.kinds[kind]} {kind}" for kind in ("invalid", "incomplete") if found.kinds[kind]]
    if unreadable:
        yield "unreadable", ", ".join(unreadable)
    if found.types and [*found.types] != ["message"]:
        yield "types", _types(found, room)
    payloads = {"json": "JSON", "text": "text", "end": "[DONE]"}
    if found.events:
        yield "payloads", ", ".join(f"{found.payloads[one]} {payloads[one]}" for one in payloads if found.payloads[one])
        yield "sizes", _quantiles(found.sizes, size)
        yield from _histogram(found.sizes, size)
    if found.first_id is not None and found.last_id is not None:
        first, last = (fit(printable(id), _LONGEST_ID) for id in (found.first_id, found.last_id))
        yield "ids", f"{found.ids}, from {first} to {last}" if found.ids > 1 else f"1: {first}"
    if found.comments:
        yield "comments", str(found.comments)
    if found.retry is not None:
        yield "retry", f"{found.retry} ms"
    yield "problems", problems(found) or "none"
    yield from _times(found.arrivals)


def _types(found: Statistics, room: int) -> str:
    """As many as there is room for, the most frequent first; one at least."""
    names = shown = ""
    for count, (name, times) in enumerate(found.types.most_common(), 1):
        names += f"{', ' if names else ''}{fit(printable(name), _LONGEST_TYPE)} {times}"
        if shown and width(names) > room:
            break
        more = len(found.types) - count
        text = f"{names}, and {more} more" if more else names
        shown = text if not shown or width(text) <= room else shown
    return shown


def problems(found: Statistics) -> str:
    """`1 error: capture-empty; 2 warnings: …`, the most frequent rules first; "" where there are none.

    What is no more than information is left out.
    """
    counts = [(severity, found.severities[severity]) for severity in reversed(SEVERITIES) if severity != "info"]
    return "; ".join(
        f"{counted(count, severity)}: {', '.join(rule for rule, _ in found.rules_of[severity].most_common())}"
        for severity, count in counts
        if count
    )


def _quantiles(values: Distribution, shown: Callable[[int], str]) -> str:
    """`min 2, median 35, p95 94, max 120`, and whether that is exact."""
    about = "" if values.exact else "about "
    found = [
        ("min", values.least),
        ("median", values.quantile(0.5)),
        ("p95", values.quantile(0.95)),
        ("max", values.most),
    ]
    return ", ".join(
        f"{name} {about if name in ('median', 'p95') else ''}{shown(value)}"
        for name, value in found
        if value is not None
    )


def _histogram(values: Distribution, shown: Callable[[int], str]) -> Iterator[tuple[str, str]]:
    bars = values.bars()
    if bars and values.least is not None and values.most is not None:
        yield "", f"{shown(values.least)} {bars} {shown(values.most)}"


def _microseconds(value: int) -> str:
    return duration(value / _MICROSECONDS)


def _times(arrivals: Arrivals) -> Iterator[tuple[str, str]]:
    if not arrivals.known:
        return
    yield "time", duration(arrivals.duration)
    firsts = {"record": arrivals.first_record, "event": arrivals.first_event, "content": arrivals.first_content}
    if firsts["record"] == firsts["event"]:
        del firsts["record"]
    yield "first", ", ".join(f"{what} after {duration(at)}" for what, at in firsts.items() if at is not None)
    if arrivals.gaps.count:
        yield "gaps", _quantiles(arrivals.gaps, _microseconds)
        yield from _histogram(arrivals.gaps, _microseconds)
    if arrivals.timeline.steps > 1:
        yield "arrivals", f"0 {arrivals.timeline.bars()} {duration(arrivals.duration)}"
    if arrivals.stalls:
        longest, number = arrivals.longest_stalls()[0]
        before = "" if number is None else f" before #{number}"
        yield "stalls", f"{arrivals.stalls}, the longest {duration(longest)}{before}"
    if arrivals.largest is not None:
        first = "" if arrivals.largest.first is None else f" from #{arrivals.largest.first}"
        largest = f"the largest {arrivals.largest.events}{first} {_when(arrivals.largest)}"
        yield "bursts", f"{arrivals.bursts} with {arrivals.burst_events} events; {largest}"
    if arrivals.keepalives.count > 1:
        period = _microseconds(arrivals.keepalives.quantile(0.5) or 0)
        yield "keep-alive", f"every {period} ({arrivals.keepalives.count + 1} comments or pings)"


def _suggestion(found: Statistics, *, live: bool) -> str:
    """What the bursts suggest, in one sentence; "" where they suggest nothing."""
    largest = found.arrivals.largest
    if largest is None or not found.arrivals.buffered:
        return ""
    came = f"{'all ' if largest.events == found.events else ''}{largest.events} events arrived {_when(largest)}"
    return f"{came}: something buffers" + ("; curl without -N does, too" if live else "")


def _when(burst: Burst) -> str:
    """`within 35µs after 515ms`; a chunk that held them all gave them one time."""
    span = duration(burst.within)
    return ("at once" if span == "0" else f"within {span}") + f" after {duration(burst.after)}"


def table(rows: Sequence[tuple[str, Statistics]], columns: int) -> Iterator[str]:
    """A line for each stream, its name at the end; times where any has them."""
    timed = any(found.arrivals.known for _, found in rows)
    titles = ["events", "bytes", "median", "p95", "max", *(["time", "first", "gap p95"] if timed else []), "problems"]
    cells = [[_cells(found, timed=timed), name] for name, found in rows]
    widths = [max(len(title), *(len(row[0][at]) for row in cells)) for at, title in enumerate(titles)]
    for texts, name in [[titles, "name"], *cells]:
        line = " ".join(f"{text:>{wide}}" for text, wide in zip(texts, widths, strict=True))
        yield f"{line}  {_name(str(name), max(_NARROWEST, columns - len(line) - 2))}"


def _cells(found: Statistics, *, timed: bool) -> list[str]:
    sizes, arrivals = found.sizes, found.arrivals
    values = (sizes.quantile(0.5), sizes.quantile(0.95), sizes.most)
    cells = [str(found.events), size(found.size), *("-" if value is None else size(value) for value in values)]
    if timed:
        p95 = arrivals.gaps.quantile(0.95)
        cells.append(duration(arrivals.duration) if arrivals.known else "-")
        cells.append("-" if arrivals.first_event is None else duration(arrivals.first_event))
        cells.append("-" if p95 is None else _microseconds(p95))
    return [*cells, " ".join(_short(found)) or "-"]


def _short(found: Statistics) -> Iterator[str]:
    """`2E 1W`: errors, warnings."""
    for severity in ("error", "warning"):
        if found.severities[severity]:
            yield f"{found.severities[severity]}{severity[0].upper()}"


def _name(name: str, columns: int) -> str:
    """The end of a name says more than its start."""
    shown = printable(name)
    return shown if width(shown) <= columns else "…" + suffix(shown, columns - 1)
