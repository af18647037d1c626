"""The forms in which problems are written: for people, for programs, for code scanners, for GitHub's annotations."""

from __future__ import annotations

from typing import Any, Final, Protocol, Self

import orjson

from streamconv.problem import Problem, Severity
from streamconv.reports.colours import COLOURS, coloured
from streamconv.reports.excerpt import excerpt
from streamconv.reports.findings import Tally
from streamconv.reports.printable import printable
from streamconv.rules import RULES, Rule

_LEVELS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}


class Form(Protocol):
    """How problems are written: text for each as it is found, and for the end."""

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """A problem in what is called `name`: the file, or a stream inside `file`."""

    def file_end(self, name: str, tally: Tally) -> str:
        """The end of a file that was checked."""

    def end(self, tally: Tally) -> str:
        """The end of all."""

    def add(self, other: Self) -> None:
        """Let what another one keeps for the end follow."""


class Text:
    """For people: place, severity, message and rule, the source line with a caret, and what to do."""

    def __init__(self, *, columns: int = 80, colour: bool = False) -> None:
        self._columns = columns
        self._colour = colour

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """Several lines, the last one empty."""
        place = f"{printable(name)}:{problem.place}" if problem.place else printable(name)
        severity = self._painted(problem.severity, COLOURS[problem.severity])
        lines = [f"{self._painted(place, '1')}: {severity}: {printable(problem.message)} [{problem.rule}]"]
        number = str(problem.line or "")
        gutter = " " * (len(number) + 1) + "|"
        found = excerpt(problem, self._columns - len(gutter) - 1)
        if found is not None:
            caret = self._painted("^" * found.width, COLOURS[problem.severity])
            lines += [f"{number} | {found.text}", f"{gutter} {' ' * found.indent}{caret}"]
        if problem.hint:
            lines.append(f"{' ' * (len(number) + 1)}= help: {problem.hint}")
        return "\n".join(lines) + "\n\n"

    def file_end(self, name: str, tally: Tally) -> str:
        """How many were not spelled out."""
        return "".join(f"{printable(name)}: and {count} more [{rule}]\n\n" for rule, count in tally.more().items())

    def end(self, tally: Tally) -> str:
        """Nothing: the summary is the command's."""
        return ""

    def add(self, other: Text) -> None:
        """Nothing is kept."""

    def _painted(self, text: str, colour: str) -> str:
        return coloured(text, colour) if self._colour else text


def _in_unicode(name: str) -> str:
    """A file name whose bytes may be no UTF-8, as JSON can hold it."""
    return name.encode("utf-8", "backslashreplace").decode()


def as_object(name: str, problem: Problem, file: str = "") -> dict[str, Any]:
    """A problem as programs read it; what is not known is null."""
    return {
        "file": _in_unicode(file or name),
        "stream": _in_unicode(name) if file and name != file else None,
        "rule": problem.rule,
        "severity": problem.severity,
        "message": problem.message,
        "line": problem.line,
        "column": problem.column,
        "offset": problem.offset,
        "length": problem.length,
        "record": problem.record.number if problem.record is not None else None,
        "help": problem.hint,
    }


class JSONLines:
    """One object a line, as they are found."""

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """Its line."""
        return orjson.dumps(as_object(name, problem, file), option=orjson.OPT_APPEND_NEWLINE).decode()

    def file_end(self, name: str, tally: Tally) -> str:
        """Nothing."""
        return ""

    def end(self, tally: Tally) -> str:
        """Nothing: every line is a problem."""
        return ""

    def add(self, other: JSONLines) -> None:
        """Nothing is kept."""


class JSON:
    """One document: the problems, how many were left out, and the counts."""

    def __init__(self) -> None:
        self._problems: list[dict[str, Any]] = []
        self._more: list[dict[str, Any]] = []

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """Kept for the end."""
        self._problems.append(as_object(name, problem, file))
        return ""

    def file_end(self, name: str, tally: Tally) -> str:
        """Kept for the end."""
        file = _in_unicode(name)
        self._more += ({"file": file, "rule": rule, "count": count} for rule, count in tally.more().items())
        return ""

    def end(self, tally: Tally) -> str:
        """The document."""
        counts = {severity: tally.severities[severity] for severity in _LEVELS}
        document = {
            "problems": self._problems,
            "more": self._more,
            "files": tally.files,
            "streams": tally.streams,
            "events": tally.events,
            "counts": counts,
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()

    def add(self, other: JSON) -> None:
        """Its problems follow."""
        self._problems += other._problems
        self._more += other._more


class SARIF:
    """SARIF 2.1.0 (OASIS), which code scanners read; `version` is that of the tool."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._results: list[dict[str, Any]] = []
        self._rules: dict[str, int] = {}

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """Kept for the end."""
        from urllib.parse import quote  # which is slow to import

        place: dict[str, Any] = {"artifactLocation": {"uri": quote(file or name, errors="surrogateescape")}}
        inside = bool(file) and name != file
        if not inside and problem.offset is not None:  # a place in a stream inside is none in the file
            place["region"] = self._region(problem)
        location: dict[str, Any] = {"physicalLocation": place}
        if inside:
            location["logicalLocations"] = [{"fullyQualifiedName": f"{_in_unicode(name)}:{problem.place}"}]
        index = self._rules.setdefault(problem.rule, len(self._rules))
        self._results.append(
            {
                "ruleId": problem.rule,
                "ruleIndex": index,
                "level": _LEVELS[problem.severity],
                "message": {"text": printable(problem.message)},
                "locations": [location],
            }
        )
        return ""

    def _region(self, problem: Problem) -> dict[str, Any]:
        region: dict[str, Any] = {"byteOffset": problem.offset, "byteLength": problem.length}
        if problem.line is not None:
            region["startLine"] = problem.line
            if problem.column is not None:
                region["startColumn"] = problem.column
        return region

    def file_end(self, name: str, tally: Tally) -> str:
        """Nothing."""
        return ""

    def end(self, tally: Tally) -> str:
        """The log."""
        by_name = {rule.name: rule for rule in RULES}
        driver = {
            "name": "streamconv",
            "version": self._version,
            "rules": [_sarif_rule(by_name[name]) for name in self._rules],
        }
        log = {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": self._results}],
        }
        return orjson.dumps(log, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()

    def add(self, other: SARIF) -> None:
        """Its results follow; rules are numbered as they come up."""
        for result in other._results:
            index = self._rules.setdefault(result["ruleId"], len(self._rules))
            self._results.append({**result, "ruleIndex": index})


def _sarif_rule(rule: type[Rule]) -> dict[str, Any]:
    summary, _, rest = rule.page().partition("\n\n")
    return {
        "id": rule.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": rest or summary},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


class GitHub:
    """Workflow commands, which GitHub shows as annotations in the files."""

    def problem(self, name: str, problem: Problem, file: str = "") -> str:
        """One command."""
        place = f"file={_property(file or name)}"
        inside = bool(file) and name != file
        if problem.line is not None and not inside:
            place += f",line={problem.line}" + (f",col={problem.column}" if problem.column is not None else "")
        where = f"{printable(name)}:{problem.place}: " if inside else ""
        message = where + printable(problem.message) + (f"\n{problem.hint}" if problem.hint else "")
        return f"::{_GITHUB[problem.severity]} {place},title={problem.rule}::{_escaped(message)}\n"

    def file_end(self, name: str, tally: Tally) -> str:
        """How many were not spelled out."""
        return "".join(
            f"::notice file={_property(name)},title={rule}::and {count} more\n" for rule, count in tally.more().items()
        )

    def end(self, tally: Tally) -> str:
        """Nothing: every line is an annotation."""
        return ""

    def add(self, other: GitHub) -> None:
        """Nothing is kept."""


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(printable(text)).replace(":", "%3A").replace(",", "%2C")
