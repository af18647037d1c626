"""Bytes, seconds and counts in few characters."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("", "K", "M", "G", "T")  # powers of 1024, as `ls -h` writes them


def size(count: int) -> str:
    """A number of bytes in at most five characters: `94`, `1.2K`, `10.0M`."""
    amount, unit = float(count), 0
    while amount >= 999.95 and unit < len(_UNITS) - 1:  # 1000 K would take six
        amount /= 1024
        unit += 1
    return f"{amount:.1f}{_UNITS[unit]}" if unit else str(count)


def size_in_words(count: int) -> str:
    """`1 byte`, `94 bytes`, `1.2 KB`."""
    short = size(count)
    return counted(count, "byte") if short.isdecimal() else f"{short[:-1]} {short[-1]}B"


def duration(seconds: float) -> str:
    """A time span in at most six characters: `35µs`, `1.5ms`, `515ms`, `12.3s`, `2m05s`, `1h05m`."""
    if seconds < 0:
        return "-" + duration(-seconds)
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f}µs" if seconds >= 5e-7 else "0"
    if seconds < 0.00995:
        return f"{seconds * 1e3:.1f}ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f}ms"
    if seconds < 9.995:
        return f"{seconds:.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 100:
        return f"{hours}h{minutes:02}m"
    return f"{hours / 24:.0f}d" if hours < 24 * 99999 else f"{hours / 24:.0e}d"


def seconds(time: float) -> str:
    """A time as seconds, to the millisecond where eight characters hold that."""
    precise = f"{time:.3f}"
    return precise if len(precise) <= 8 else f"{time:.0f}" if abs(time) < 1e7 else f"{time:.1e}"


def counted(count: int, what: str, plural: str = "") -> str:
    """`1 event`, `2 events`."""
    return f"{count} {what}" if count == 1 else f"{count} {plural or what + 's'}"
