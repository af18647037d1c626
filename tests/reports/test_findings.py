"""What a run has found: the counts, the summary, and when it is too much to spell out."""

from __future__ import annotations

from streamconv import Problem
from streamconv.problem import Severity
from streamconv.reports.findings import Tally


def _problem(rule: str, severity: Severity = "error") -> Problem:
    return Problem(rule=rule, severity=severity, message="m")


def test_so_many_of_a_rule_and_file_are_spelled_out_and_the_rest_counted() -> None:
    tally = Tally("warning", 2)
    tally.begin_file()
    assert [tally.spells_out(_problem("a")) for _ in range(5)] == [True, True, False, False, False]
    assert tally.spells_out(_problem("b"))
    assert tally.more() == {"a": 3}
    tally.begin_file()
    assert tally.more() == {}
    assert tally.spells_out(_problem("a"))
    assert (tally.faulty_files, tally.severities["error"]) == (2, 7)


def test_no_limit_spells_out_all() -> None:
    tally = Tally("info", 0)
    tally.begin_file()
    assert all(tally.spells_out(_problem("a", "info")) for _ in range(100))
    assert tally.more() == {}


def test_what_is_below_the_severity_is_hidden_and_counted() -> None:
    tally = Tally("warning", 1)
    tally.begin_file()
    assert [tally.spells_out(_problem("a", severity)) for severity in ("info", "warning", "info")] == [
        False,
        True,
        False,
    ]
    assert tally.hidden == {"info": 2}
    assert tally.more() == {}


def test_a_file_with_hidden_problems_only_is_not_faulty() -> None:
    tally = Tally("error", 1)
    tally.begin_file()
    tally.spells_out(_problem("a", "warning"))
    assert tally.faulty_files == 0


def _summary(files: int, events: int, shown_from: Severity, *severities: Severity, streams: int = 0) -> str:
    tally = Tally(shown_from, 0)
    tally.begin_file()
    for severity in severities:
        tally.spells_out(_problem(severity, severity))
    tally.files, tally.streams, tally.events = files, streams or files, events
    return tally.summary()


def test_the_summary_is_one_line_in_words() -> None:
    assert _summary(1, 0, "info") == "checked 1 file, 0 events: no problems"
    assert _summary(1, 0, "info", streams=6) == "checked 1 file (6 streams), 0 events: no problems"
    assert _summary(1, 1, "info", "error") == "checked 1 file, 1 event: 1 error"
    assert _summary(3, 9, "info", "info", "error", "warning", "error") == (
        "checked 3 files, 9 events: 2 errors, 1 warning, 1 info in 1 file"
    )
    assert _summary(2, 9, "error", "info", "warning", "warning") == (
        "checked 2 files, 9 events: no problems (2 warnings, 1 info hidden)"
    )
    assert _summary(1, 9, "warning", "error", "info") == "checked 1 file, 9 events: 1 error (1 info hidden)"


def test_of_what_could_not_be_read_nothing_is_said_to_be_without_problems() -> None:
    assert _summary(0, 0, "info") == "checked 0 files"


def test_the_table_has_the_most_frequent_rule_first() -> None:
    tally = Tally("info", 0)
    for rule, severity in (("b", "warning"), ("a", "error"), ("b", "warning")):
        tally.spells_out(_problem(rule, severity))  # type: ignore[arg-type]
    assert tally.table() == "       2  warning  b\n       1  error    a\n"
    assert Tally("info", 0).table() == ""
