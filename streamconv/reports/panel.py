"""The panel: a record a line, in columns that fit the terminal, its problems below it.

Columns that the first rows do not fill are left out; what turns up there later is written before the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from streamconv.captures.places import Place
from streamconv.examine import Row
from streamconv.formats import BINARY
from streamconv.problem import Problem, Severity
from streamconv.record import Record
from streamconv.reports.cells import broken, fit, width
from streamconv.reports.colours import COLOURS, coloured
from streamconv.reports.payloads import Span, in_one_line, painted, shortened
from streamconv.reports.printable import printable
from streamconv.reports.quantities import duration, seconds, size

_MARKS: Final[dict[Severity, str]] = {"error": "✗", "warning": "!", "info": " "}
_WIDEST: Final = 26  # columns of a type, at most
_WIDE: Final = 100  # columns from which on types and ids get more room
_NARROWEST: Final = 20  # columns; with less the lines are as long all the same
_LEAST_DATA: Final = 16  # columns of data
# What gives way where there are fewer, in this order, and the columns it keeps.
_GIVES_WAY: Final = (("Δt", 0), ("id", 0), ("type", 6), ("size", 0), ("time", 0), ("type", 0))
_NAMELESS: Final = frozenset({"message", "framing", "blank"})  # labels that say no more than the row does
_BELOW: Final = "       └ "  # before a problem, which is of the record above
_DIM: Final = "2"


class Column(NamedTuple):
    """One column before the data."""

    title: str
    width: int
    right: bool = False  # what it holds stands at its right end

    def narrowed(self, missing: int, least: int) -> Column:
        """Less wide by as much, but not below `least`; 0: not there at all."""
        return self._replace(width=min(self.width, max(self.width - missing, least)) if least else 0)


class Layout(NamedTuple):
    """Which columns there are, told from the first rows."""

    time: int  # columns of a time; 0 for no such column, here and below
    types: int  # columns of the longest, or of what may come
    ids: int

    @classmethod
    def of(cls, rows: Sequence[Row], *, live: bool, clock: bool = False) -> Layout:
        """`live`: more is to come, and nobody knows what, so that there is room for it. `clock`: times are of day."""
        plain = all(row.label in _NAMELESS for row in rows)
        labels = [] if plain else [width(printable(row.label)) for row in rows]
        ids = [width(printable(row.record.id)) for row in rows if row.record.id is not None]
        return cls(
            (12 if clock else 8) if any(row.record.time is not None for row in rows) else 0,
            _WIDEST if live else max(labels, default=0),
            0 if not ids else _WIDEST if live else max(ids),
        )

    def columns(self, total: int) -> tuple[Column, ...]:
        """For a terminal of so many columns. What leaves too few of them to the data is narrowed, then left out."""
        columns = self._wanted(wide=total >= _WIDE)
        for title, least in _GIVES_WAY:
            missing = _LEAST_DATA - _left(columns, total)
            if missing > 0:
                columns = [one.narrowed(missing, least) if one.title == title else one for one in columns]
                columns = [one for one in columns if one.width]
        return tuple(columns)

    def _wanted(self, *, wide: bool) -> list[Column]:
        columns = [Column("#", 5, right=True)]
        if self.time:
            columns += [Column("time", self.time, right=True), Column("Δt", 6, right=True)]
        if self.types:
            columns.append(Column("type", min(max(self.types, 4), _WIDEST if wide else 14)))
        if self.ids:
            columns.append(Column("id", min(max(self.ids, 2), 16 if wide else 8)))
        return [*columns, Column("size", 6, right=True)]


class Panel:
    """Writes rows as lines. `place` says where a record begins in its file; `clock` writes its time another way."""

    def __init__(
        self,
        layout: Layout,
        *,
        place: Callable[[Record], Place],
        clock: Callable[[float], str] | None = None,
        colour: bool = False,
    ) -> None:
        self._layout = layout
        self._place = place
        self._clock = clock or seconds
        self.colour = colour
        self._total = 0
        self._columns: tuple[Column, ...] = ()
        self._room = 0

    def _fit(self, total: int) -> None:
        """A terminal may change its width at any time."""
        if total != self._total:
            self._total = total
            self._columns = self._layout.columns(max(total, _NARROWEST))
            self._room = _left(self._columns, max(total, _NARROWEST))

    def header(self, total: int) -> str:
        """The titles."""
        self._fit(total)
        titles = (_in(column, column.title) for column in self._columns)
        return self._paint(f" {' '.join(titles)} data", _DIM) + "\n"

    def row(self, row: Row, total: int, found: Sequence[Span] | None = None) -> str:
        """The line of a record; `found` is what is shown in the place of its data."""
        self._fit(total)
        record = row.record
        severity = row.severity
        mark = _MARKS[severity] if severity else " "
        cells = {
            "#": self._name(record),
            "time": "" if record.time is None else self._clock(record.time),
            "Δt": "" if row.gap is None else duration(row.gap),
            "type": row.label,
            "id": record.id or "",
            "size": size(row.size),
        }
        shown: list[str] = []
        over = 0  # columns that cells took which must not be cut
        for column in self._columns:
            text = printable(cells[column.title])
            text = text if column.right else fit(text, column.width)
            over += max(0, width(text) - column.width)
            shown.append(_in(column, text))
        room = self._room - over
        data = in_one_line(record, room, plain=not self.colour) if found is None else found
        unseen = [*self._unseen(row, cells)]
        if unseen or found:
            data = shortened([*unseen, *data], room)
        left = self._paint(" ".join(shown), "" if record.kind == "event" else _DIM)
        line = f"{self._paint(mark, COLOURS[severity or 'info'])}{left} {painted(data, colour=self.colour)}"
        return line.rstrip() + "\n"

    def _name(self, record: Record) -> str:
        """What names a record on the command line: its number, else its line or its first byte."""
        if record.number is not None:
            return str(record.number)
        place = self._place(record)
        return f"@{place.offset}" if record.format in BINARY else f":{place.line}"

    def _unseen(self, row: Row, cells: dict[str, str]) -> Iterable[Span]:
        """What has no column, because the first rows had none of it."""
        if not self._layout.types and row.label not in _NAMELESS:
            yield Span("aside", f"[{printable(cells['type'])}] ")
        if not self._layout.ids and row.record.id is not None:
            yield Span("aside", f"id={printable(cells['id'])} ")

    def problem(self, problem: Problem, total: int) -> str:
        """The line of a problem, below its record, or two of them; the end of a longer message is cut, not the rule."""
        room = max(total, _NARROWEST) - len(_BELOW)
        said = problem.severity + (f" at {problem.place}" if problem.place else "") + f": {printable(problem.message)}"
        rule = f"[{problem.rule}]"
        lines = [f"{said} {rule}"]
        if fit(lines[0], room) != lines[0]:
            start, rest = broken(said, room)
            lines = [start, fit(f"{fit(rest, room - len(rule) - 1)} {rule}" if rest else rule, room)]
        lines[0] = lines[0].replace(problem.severity, self._paint(problem.severity, COLOURS[problem.severity]), 1)
        return f"{_BELOW}{lines[0]}\n" + "".join(f"{' ' * len(_BELOW)}{line}\n" for line in lines[1:])

    def _paint(self, text: str, colour: str) -> str:
        return coloured(text, colour) if self.colour and colour and text.strip() else text


def _in(column: Column, text: str) -> str:
    space = " " * (column.width - width(text))
    return space + text if column.right else text + space


def _left(columns: Iterable[Column], total: int) -> int:
    """How many columns of a terminal are left to the data: a mark is at the start, a space before each."""
    return total - 1 - sum(column.width + 1 for column in columns)
