"""Processes that help: what goes through the pipes, and that none of them is left, however it all ends."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from streamconv.cli.jobs.crew import FAILED, LARGE, Crew, Said, labour, worth
from streamconv.cli.jobs.tray import Tray
from tests.cli.running import read_until, start

RECORD = b'{"number":%d,"text":"' + b"x" * 200 + b'"}\n'
WHOLE = b"".join(RECORD % number for number in range(40_000))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of some eight segments."""
    path = tmp_path / "large.ndjson"
    path.write_bytes(WHOLE)
    return path


def helpers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that it has started."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent_of(pid) == process.pid]


def parent_of(pid: int) -> int | None:
    """None for a process that is gone. The name of a program, in brackets, may hold spaces."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def begun(path: Path, *args: str) -> subprocess.Popen[bytes]:
    """The command at work with helpers, and held up because nobody reads what it writes."""
    process = start("convert", "--jobs", "2", *args, str(path), measured=False)
    assert process.stdout is not None
    assert read_until(process.stdout, b"\n").startswith(RECORD % 0)
    return process


def test_two_processes_write_what_one_writes(large: Path) -> None:
    for target in ("ndjson", "records"):
        alone, shared = (
            start("convert", "--to", target, "--jobs", jobs, str(large)).communicate()[0] for jobs in ("1", "3")
        )
        assert alone == shared
        assert alone.count(b"\n") == 40_000


def test_a_helper_that_is_killed_is_not_missed(large: Path) -> None:
    for victims in (slice(0, 1), slice(0, 2)):
        with start("convert", "--jobs", "2", str(large), measured=False) as process:
            assert process.stdout is not None
            first = read_until(process.stdout, b"\n")
            for pid in helpers_of(process)[victims]:
                os.kill(pid, signal.SIGKILL)
            assert first + process.stdout.read() == WHOLE
            assert process.wait() == 0


@pytest.mark.parametrize("command", [["stats", "--json"], ["check"], ["check", "--format", "json"]], ids=" ".join)
@pytest.mark.parametrize("files", [1, 5])
def test_whoever_is_killed_the_same_is_told(large: Path, command: list[str], files: int) -> None:
    """Of one file and of several, in real processes, of which some are killed as soon as they are there."""
    with large.open("ab") as file:
        file.write(b"{\n")
    names = [str(large)] * files
    wanted = start(*command, *names).communicate()
    assert b"}" in wanted[0] or b"ndjson-invalid" in wanted[0]
    assert start(*command, "--jobs", "3", *names).communicate() == wanted
    for victims in (slice(0, 1), slice(0, 3)):
        with start(*command, "--jobs", "3", *names, measured=False) as process:
            while not (helpers := helpers_of(process)) and process.poll() is None:
                pass
            for pid in helpers[victims]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert process.communicate() == wanted
            assert process.wait() == 1


def test_none_is_left_when_nobody_reads_any_more(large: Path) -> None:
    with begun(large) as process:
        helpers = helpers_of(process)
        assert len(helpers) == 2
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() == 0
        assert not any(map(is_alive, helpers))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_none_is_left_when_a_signal_ends_it(large: Path, number: int, code: int) -> None:
    """Ctrl-C ends it with whole records."""
    with begun(large) as process:
        helpers = helpers_of(process)
        process.send_signal(number)
        output, _ = process.communicate()
        assert process.returncode == code
        assert not any(map(is_alive, helpers))
        if number == signal.SIGINT:
            assert output.endswith(b"\n")


def test_helpers_end_with_a_command_that_is_killed(large: Path) -> None:
    """They hold its stdout open as long as they live, so the end of it is theirs."""
    with begun(large) as process:
        assert helpers_of(process)
        process.kill()
        assert process.stdout is not None
        process.stdout.read()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def square(number: int) -> Generator[str, int, int]:
    """The work of these tests: it asks for what to add."""
    if number < 0:
        raise ValueError(number)
    return number * number + (yield "what to add?")


def spoken(*orders: Any) -> list[Said]:
    """What a helper says to these orders and answers."""
    answers = io.BytesIO()
    labour(square, Tray(), io.BytesIO(b"".join(map(pickle.dumps, orders))), answers)
    answers.seek(0)
    said = []
    while answers.tell() < len(answers.getvalue()):
        said.append(pickle.load(answers))
    return said


def test_a_helper_asks_in_the_middle_and_tells_the_result() -> None:
    question = Said(done=False, value="what to add?")
    assert spoken(3, 1, 4, 0) == [question, Said(done=True, value=10), question, Said(done=True, value=16)]


def test_what_raises_has_failed_and_the_next_work_is_done() -> None:
    assert spoken(-1, 2, 0)[::2] == [FAILED, Said(done=True, value=4)]


def test_orders_that_end_in_the_middle_end_it() -> None:
    assert spoken(3) == [Said(done=False, value="what to add?")]


def test_what_the_forked_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, so that it is seen: the other ends are closed, and the process ends."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    theirs, ours = os.pipe(), os.pipe()
    os.write(theirs[1], pickle.dumps(3) + pickle.dumps(1))
    reader = os.dup(ours[0])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    other = os.open(os.devnull, os.O_WRONLY)
    crew = Crew(0, square)
    crew._to.append(os.fdopen(other, "wb", closefd=False))
    try:
        crew._labour(square, Tray(), theirs, ours)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert ended == [0]
    with os.fdopen(reader, "rb") as answers:
        assert [pickle.load(answers) for _ in range(2)][1] == Said(done=True, value=10)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(other)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # pytest has threads of its own
def test_a_crew_is_heard_until_it_is_closed() -> None:
    crew = Crew(2, square)
    try:
        assert crew.listen() == []
        assert crew.idle() == 0
        crew.give(0, 3)
        assert crew.idle() == 1
        crew.give(1, -1)
        assert crew.idle() is None
        said = dict(crew.listen())
        while len(said) < 2:
            said |= dict(crew.listen())
        assert said == {0: Said(done=False, value="what to add?"), 1: FAILED}
        crew.give(0, 1)
        assert crew.listen() == [(0, Said(done=True, value=10))]
        os.kill(crew._pids[0], signal.SIGKILL)
        os.waitid(os.P_PID, crew._pids[0], os.WEXITED | os.WNOWAIT)
        crew.give(0, b"x" * 1_000_000)
        assert crew.listen() == [(0, FAILED)]
        assert crew.idle() == 1
        pids = [*crew._pids]
    finally:
        crew.close()
    assert not any(map(is_alive, pids))
    crew.close()


def test_a_crew_is_as_large_as_the_system_lets_it_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    descriptors = len(os.listdir("/proc/self/fd"))
    crew = Crew(3, lambda work: None)  # type: ignore[arg-type, return-value]
    assert (crew.size, crew.idle()) == (0, None)
    assert len(os.listdir("/proc/self/fd")) == descriptors
    crew.close()


def test_how_many_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    assert worth(None, [LARGE + 1, 3]) == 3
    assert worth(None, [LARGE]) == worth(None, []) == 1
    assert worth(2, [LARGE]) == 2
    assert worth(2, [1000]) == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert worth(None, [LARGE + 1]) == 5
