"""What was found in all files of a run: the counts, and which problems are spelled out."""

from __future__ import annotations

from collections import Counter

from streamconv.problem import SEVERITIES, Problem, Severity
from streamconv.reports.quantities import counted


class Tally:
    """Counts problems; `spells_out` says which of them are shown.

    Those below `shown_from` are only counted, and so are those past `most` of one rule and file (0: no limit).
    """

    def __init__(self, shown_from: Severity, most: int) -> None:
        self._shown_from = SEVERITIES.index(shown_from)
        self._most = most
        self.severities: Counter[Severity] = Counter()
        self.rules: Counter[tuple[str, Severity]] = Counter()
        self.files = 0  # that could be checked
        self.streams = 0  # in them
        self.events = 0
        self.faulty_files = 0  # with a problem that is shown
        self.hidden: Counter[Severity] = Counter()
        self._of_file: Counter[str] = Counter()
        self._faulty = False
        self._counted = False

    def begin_file(self) -> None:
        """The problems that follow are of another file."""
        self._counted = False
        self._of_file.clear()
        self._faulty = False

    def begin_stream(self) -> None:
        """The problems that follow are of another stream of the file."""
        self.streams += 1
        self.files += not self._counted
        self._counted = True

    def spells_out(self, problem: Problem) -> bool:
        """Count a problem; True where it is to be shown."""
        self.severities[problem.severity] += 1
        self.rules[problem.rule, problem.severity] += 1
        if SEVERITIES.index(problem.severity) < self._shown_from:
            self.hidden[problem.severity] += 1
            return False
        self.faulty_files += not self._faulty
        self._faulty = True
        self._of_file[problem.rule] += 1
        return not self._most or self._of_file[problem.rule] <= self._most

    def add(self, other: Tally) -> None:
        """Count what another one has counted, of files that follow."""
        self.severities.update(other.severities)
        self.rules.update(other.rules)
        self.files += other.files
        self.streams += other.streams
        self.events += other.events
        self.faulty_files += other.faulty_files
        self.hidden.update(other.hidden)

    def more(self) -> dict[str, int]:
        """Of the file at hand: rule -> how many problems were not spelled out because there were so many."""
        return {rule: count - self._most for rule, count in self._of_file.items() if self._most and count > self._most}

    def table(self) -> str:
        """How often each rule was broken, the most frequent first."""
        return "".join(f"{count:>8}  {severity:<7}  {rule}\n" for (rule, severity), count in self.rules.most_common())

    def summary(self) -> str:
        """One line: "checked 12 files, 340 events: 2 errors, 1 warning in 2 files (14 infos hidden)"."""
        if not self.files:
            return "checked 0 files"
        streams = f" ({counted(self.streams, 'stream')})" if self.streams != self.files else ""
        checked = f"checked {counted(self.files, 'file')}{streams}, {counted(self.events, 'event')}"
        return f"{checked}: {self.found()}"

    def found(self) -> str:
        """The counts: "2 errors, 1 warning in 2 files (14 infos hidden)"."""
        shown = [
            counted(self.severities[severity], severity)
            for severity in reversed(SEVERITIES)
            if self.severities[severity] > self.hidden[severity]
        ]
        hidden = [
            counted(self.hidden[severity], severity) for severity in reversed(SEVERITIES) if self.hidden[severity]
        ]
        place = f" in {counted(self.faulty_files, 'file')}" if shown and self.files > 1 else ""
        found = (", ".join(shown) if shown else "no problems") + place
        return found + (f" ({', '.join(hidden)} hidden)" if hidden else "")
