"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """The processor, how many cores of it may be used, and the interpreter."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()} (cores: {len(os.sched_getaffinity(0))}), {python}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
