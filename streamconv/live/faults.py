"""Faults that a server makes on purpose, one line each: what a client must stand."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

# name -> what follows `=`, and what it does. Where N is left out, the seed chooses it.
FAULTS: Final = {
    "cut-byte": ("N", "break the connection after N bytes"),
    "cut-record": ("N", "break it after event N"),
    "stall": ("N[:SECONDS]", "send nothing more after event N, or only after SECONDS"),
    "duplicate": ("N", "send event N twice"),
    "drop-end": ("", "leave out the last event: [DONE], message_stop"),
    "split-utf8": ("", "end a chunk inside every character of several bytes"),
    "crlf": ("", "end lines with CRLF"),
    "bom": ("", "begin with a byte order mark"),
    "status": ("CODE[:TIMES]", "answer the first request, or so many, with this status"),
}


class Fault(NamedTuple):
    """A fault, and where: `number` is what stands after `=`, None where the seed chooses; `extra` what follows `:`."""

    name: str
    number: int | None = None
    extra: float | None = None


def parse_fault(text: str) -> Fault:
    """Read a fault as `name` or `name=number`: `cut-record=3`, `stall=2:0.5`. Raises ValueError, which says why not."""
    name, equals, value = text.strip().partition("=")
    if name not in FAULTS:
        near = get_close_matches(name, FAULTS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FAULTS)}"
        raise ValueError(f"no fault {name!r}; {hint}")
    form, _ = FAULTS[name]
    if not equals and name != "status":
        return Fault(name)
    match = re.fullmatch(r"([0-9]{1,15})(?::([0-9]{1,9}(?:\.[0-9]{1,9})?))?", value)
    if match is None or not form or (match[2] and ":" not in form):
        raise ValueError(f"{text!r}: write {name}{f'={form}' if form else ', without a number'}")
    fault = Fault(name, int(match[1]), float(match[2]) if match[2] else None)
    if name == "status" and not 400 <= int(match[1]) <= 599:
        raise ValueError(f"{text!r}: a status that is an error is 400 to 599")
    return fault
