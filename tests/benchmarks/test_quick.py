"""The guard against regressions runs, and can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.quick import Guard, guards, judged


def _count(times: int) -> None:
    for _ in range(times):
        sum(range(20_000))


def test_what_is_slow_fails(capsys: pytest.CaptureFixture[str]) -> None:
    slow = Guard("slow", 2, lambda: _count(40), lambda: _count(1))
    quick = Guard("quick", 2, lambda: None, lambda: _count(1))
    assert judged([slow, quick]) == 1
    assert judged([quick]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" × ")[1] for line in said] == ["(limit 2) slow", "(limit 2) quick", "(limit 2) quick"]
    assert [line.split()[0] for line in said] == ["TOO", "ok", "ok"]


def test_a_moment_of_slowness_is_no_failure() -> None:
    runs: list[int] = []

    def settles() -> None:
        runs.append(1)
        _count(40 if len(runs) <= 5 else 0)

    assert judged([Guard("settles", 2, settles, lambda: _count(1))]) == 0


@pytest.mark.usefixtures("unmeasured")
def test_every_guard_runs(tmp_path: Path) -> None:
    for guard in guards(tmp_path):
        guard.ours()
        guard.bare()
