"""Timing: every contender in turn, round after round, so that what else the machine does strikes all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple


class Contender(NamedTuple):
    """A command. Its time is that of the whole process, or, `inside`, the `seconds` that it prints as JSON."""

    command: Sequence[str]
    inside: bool = False
    input: str | None = None  # the file on its stdin
    needs: tuple[str, ...] = ()  # programs without which it cannot run


def race(contenders: Mapping[str, Contender], rounds: int, begin: Callable[[int, str], object]) -> dict[str, float]:
    """The median seconds of each contender; `begin` is told of each run. Raises RuntimeError with what a command said,
    where it failed.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(1, rounds + 1):
        for name, contender in contenders.items():
            begin(turn, name)
            times[name].append(_time(name, contender))
    return {name: median(seconds) for name, seconds in times.items()}


def _time(name: str, contender: Contender) -> float:
    with tempfile.TemporaryFile() as out:
        seconds = run(name, contender, out.fileno())
        if contender.inside:
            out.seek(0)
            seconds = json.load(out)["seconds"]
    return seconds


def run(name: str, contender: Contender, out: int) -> float:
    """Run it once, with stdout to a descriptor; returns its seconds. Raises RuntimeError."""
    with open(contender.input or os.devnull, "rb") as stdin, tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        done = subprocess.run(contender.command, stdin=stdin, stdout=out, stderr=words, check=False)
        seconds = time.perf_counter() - began
        if done.returncode:
            words.seek(0)
            raise RuntimeError(f"{name}: exit code {done.returncode}: {words.read(2000).decode('utf-8', 'replace')}")
    return seconds


def show(text: str) -> None:
    """Say on a terminal how far it is; "" takes that away again."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


# What a process starts is told to hold no less than the process itself did, so a small one starts it.
_WAITER = """
import os, sys
nothing = os.open(os.devnull, os.O_WRONLY)
into_nothing = [(os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)]
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=into_nothing), 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory(command: Sequence[str]) -> int:
    """The largest resident size of a command, given by its path, in bytes (`ru_maxrss` of wait4, in KiB on Linux)."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _WAITER, *command], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}")
    return int(done.stdout) * 1024
