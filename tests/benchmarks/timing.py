"""Timing: every contender in turn, round after round, so that what else the machine does strikes all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple


class Contender(NamedTuple):
    """A command. Its time is that of the whole process, or, `inside`, the `seconds` that it prints as JSON."""

    command: Sequence[str]
    inside: bool = False
    input: str | None = None  # the file on its stdin


def race(contenders: Mapping[str, Contender], rounds: int) -> dict[str, float]:
    """The median seconds of each contender. Raises RuntimeError with what a command said, where it failed."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            times[name].append(_time(name, contender))
    return {name: median(seconds) for name, seconds in times.items()}


def _time(name: str, contender: Contender) -> float:
    with (
        open(contender.input or os.devnull, "rb") as stdin,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as words,
    ):
        began = time.perf_counter()
        done = subprocess.run(contender.command, stdin=stdin, stdout=out, stderr=words, check=False)
        seconds = time.perf_counter() - began
        if done.returncode:
            words.seek(0)
            raise RuntimeError(f"{name}: exit code {done.returncode}: {words.read(2000).decode('utf-8', 'replace')}")
        if contender.inside:
            out.seek(0)
            seconds = json.load(out)["seconds"]
    return seconds


def peak_memory(command: Sequence[str]) -> int:
    """The largest resident size of a command, in bytes (`ru_maxrss` of wait4, in KiB on Linux)."""
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=nothing)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return usage.ru_maxrss * 1024
