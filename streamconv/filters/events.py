"""Events by their type."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase

from streamconv.pipeline import Filter
from streamconv.record import Record


class Events(Filter[list[Record], list[Record]]):
    """The events whose type matches: `Events("message", "response.*")`, or all but some: `Events("!ping")`.

    Patterns are shell globs, case-sensitive. An event passes when it matches one of the patterns (or there is none
    but excluding ones) and no excluding one. `seen` counts the types that came by, `passed` those let through.
    """

    def __init__(self, *patterns: str) -> None:
        self._wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
        self._excluded = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
        self._verdicts: dict[str, bool] = {}
        self.seen: Counter[str] = Counter()
        self.passed = 0

    def feed(self, item: list[Record], /) -> list[Record]:
        """The matching events of this batch."""
        events = [record for record in item if record.kind == "event"]
        self.seen.update([record.type for record in events])
        chosen = [record for record in events if self._matches(record.type)]
        self.passed += len(chosen)
        return chosen

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []

    def _matches(self, name: str) -> bool:
        verdict = self._verdicts.get(name)
        if verdict is None:
            wanted = not self._wanted or any(fnmatchcase(name, pattern) for pattern in self._wanted)
            verdict = wanted and not any(fnmatchcase(name, pattern) for pattern in self._excluded)
            self._verdicts[name] = verdict
        return verdict
