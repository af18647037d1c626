"""Problems as people, programs and GitHub read them. (SARIF is validated where the command writes it.)"""

from __future__ import annotations

import json

import pytest

from streamconv import Problem, Record
from streamconv.reports.findings import Tally
from streamconv.reports.problem_forms import JSON, GitHub, JSONLines, Text
from tests.rules.judging import judge

RECORD = Record("event", "x", raw=b"data: x\nfoo\n\n", number=7, format="sse")
PLACED = Problem(
    rule="r-one",
    severity="warning",
    message="100% odd",
    line=2,
    column=1,
    offset=8,
    length=3,
    record=RECORD,
    hint="mend it",
)
WITHOUT_COLUMN = Problem(rule="r-two", severity="error", message="m", line=3, offset=0)
OF_STREAM = Problem(rule="r-three", severity="info", message="not one")


def _tally(most: int = 1) -> Tally:
    """A file with three problems of one rule."""
    tally = Tally("info", most)
    tally.begin_file()
    for _ in range(3):
        tally.spells_out(PLACED)
    tally.files, tally.streams, tally.events = 1, 1, 7
    return tally


def test_text_shows_the_line_and_what_to_do() -> None:
    text = Text()
    assert text.problem("a.sse", PLACED) == (
        "a.sse:2:1: warning: 100% odd [r-one]\n2 | foo␊\n  | ^^^\n  = help: mend it\n\n"
    )
    assert text.problem("a.sse", WITHOUT_COLUMN) == "a.sse:3: error: m [r-two]\n\n"
    assert text.problem("a.sse", OF_STREAM) == "a.sse: info: not one [r-three]\n\n"
    assert text.file_end("a.sse", _tally()) == "a.sse: and 2 more [r-one]\n\n"
    assert text.file_end("a.sse", _tally(0)) == ""
    assert text.end(_tally()) == ""


def test_colour_is_for_place_severity_and_caret() -> None:
    assert Text(colour=True).problem("a.sse", PLACED) == (
        "\x1b[1ma.sse:2:1\x1b[0m: \x1b[33mwarning\x1b[0m: 100% odd [r-one]\n"
        "2 | foo␊\n  | \x1b[33m^^^\x1b[0m\n  = help: mend it\n\n"
    )


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_source_line_fits_the_columns(columns: int) -> None:
    stream = b"data: 1\n\n" * 500 + b"data: " + b"x" * 300 + b"\xff" + b"y" * 300 + b"\n\n"
    shown = Text(columns=columns).problem("a.sse", judge("sse", [stream])[0]).splitlines()
    assert shown[1].startswith("1001 | …")
    assert len(shown[1]) <= max(columns, len("1001 | ") + 20)
    assert shown[2].index("^") == shown[1].index("<FF>")


def test_nothing_of_a_capture_or_name_is_shown_raw() -> None:
    problem = judge("sse", [b"\x1b]0;owned\x07: x\r\n\r\ndata: \x1b[31m\n\n"])
    for form in (Text(), GitHub()):
        shown = "".join(form.problem("\x1b[31m\n::error::.sse", one) for one in problem)
        assert shown.replace("\n", "").isprintable()
        assert "owned" in shown
        assert "\n::error::" not in shown


def test_json_lines_are_an_object_each() -> None:
    lines = JSONLines()
    assert json.loads(lines.problem("a.sse", PLACED)) == {
        "file": "a.sse",
        "stream": None,
        "rule": "r-one",
        "severity": "warning",
        "message": "100% odd",
        "line": 2,
        "column": 1,
        "offset": 8,
        "length": 3,
        "record": 7,
        "help": "mend it",
    }
    assert json.loads(lines.problem("a.sse", OF_STREAM)) == {
        "file": "a.sse",
        "stream": None,
        "rule": "r-three",
        "severity": "info",
        "message": "not one",
        "line": None,
        "column": None,
        "offset": None,
        "length": 0,
        "record": None,
        "help": "",
    }
    assert lines.problem("a.sse", PLACED).endswith("}\n")
    assert lines.file_end("a.sse", _tally()) == lines.end(_tally()) == ""


def test_json_is_one_document() -> None:
    form = JSON()
    assert form.problem("a.sse", PLACED) == form.file_end("a.sse", _tally()) == ""
    document = json.loads(form.end(_tally()))
    assert [problem["rule"] for problem in document.pop("problems")] == ["r-one"]
    assert document == {
        "more": [{"file": "a.sse", "rule": "r-one", "count": 2}],
        "files": 1,
        "streams": 1,
        "events": 7,
        "counts": {"error": 0, "warning": 3, "info": 0},
    }


def test_a_name_that_is_no_unicode_is_written_all_the_same() -> None:
    assert json.loads(JSONLines().problem("a\udcff.sse", PLACED))["file"] == "a\\udcff.sse"
    form = JSON()
    form.file_end("a\udcff.sse", _tally())
    assert json.loads(form.end(_tally()))["more"][0]["file"] == "a\\udcff.sse"


def test_github_commands_are_escaped() -> None:
    github = GitHub()
    assert github.problem("a:b,c%.sse", PLACED) == (
        "::warning file=a%3Ab%2Cc%25.sse,line=2,col=1,title=r-one::100%25 odd%0Amend it\n"
    )
    assert github.problem("a.sse", WITHOUT_COLUMN) == "::error file=a.sse,line=3,title=r-two::m\n"
    assert github.problem("a.sse", OF_STREAM) == "::notice file=a.sse,title=r-three::not one\n"
    assert github.file_end("a.sse", _tally()) == "::notice file=a.sse,title=r-one::and 2 more\n"
    assert github.end(_tally()) == ""
