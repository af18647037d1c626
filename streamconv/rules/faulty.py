"""Rules about records that cannot be read: the fault of the record names the rule, for converting as for checking."""

from __future__ import annotations

from collections.abc import Iterable

from streamconv.problem import Problem
from streamconv.rules.passage import Passage
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream


class Faulty(Rule):
    """A rule that an unreadable record breaks, as `formats.faults.fault` found."""

    def check(self, passage: Passage, stream: Stream) -> Iterable[Problem]:
        """The fault of the record, which is of this rule: no other is asked."""
        found = passage.unreadable
        assert found is not None  # the checker has looked
        assert found.offset is not None  # a fault of a record has a place
        place = (found.line, found.column, found.offset)
        if found.line is not None and found.column is None and passage.record.data is not None:
            place = passage.place(found.offset)  # a record inside a line does not know its column
        return (self.at(*place, found.message, passage.record, found.length),)
