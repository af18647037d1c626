"""`streamconv explain`, as a user runs it."""

from __future__ import annotations

from collections.abc import Callable

from streamconv.reports.pages import as_markdown, as_text
from streamconv.rules import RULES, find
from tests.conftest import Completed

Run = Callable[..., Completed]


def test_the_page_of_a_rule(streamconv: Run) -> None:
    done = streamconv("explain", "sse-unterminated-event")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == as_text(find("sse-unterminated-event"))


def test_several_pages_and_markdown(streamconv: Run) -> None:
    done = streamconv("explain", "sse-bom", "json-bom", "--format", "markdown")
    assert done.stdout.decode() == as_markdown(find("sse-bom")) + "\n" + as_markdown(find("json-bom"))


def test_all_pages_fit_a_terminal(streamconv: Run) -> None:
    lines = streamconv("explain", "--all").stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    for rule in RULES:
        assert f"{rule.name} ({rule.severity})" in lines


def test_without_a_name_all_rules_are_listed(streamconv: Run) -> None:
    lines = streamconv("explain").stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.name, rule.severity] for rule in RULES]
    assert all(line.endswith(".") for line in lines)


def test_an_unknown_rule_suggests_the_near_one(streamconv: Run) -> None:
    done = streamconv("explain", "sse-bomb")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "streamconv explain: no rule is named 'sse-bomb'; did you mean 'sse-bom'? (help: streamconv explain --help)\n"
    )
    done = streamconv("explain", "\x1b[31m")
    assert (done.returncode, b"\x1b" in done.stderr) == (2, False)
