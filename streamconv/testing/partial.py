"""Partial matching of payloads: what is asked for must be there, and what else is there does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from streamconv.reports.printable import printable

_SHOWN: Final = 80  # characters of a value
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def differences(found: Any, expected: Any, path: str = "") -> Iterator[str]:
    """What of `expected` is not in `found`, a line each, with the path to it.

    A dict matches one that has its members, a list one of the same length whose elements match, `...` anything. Other
    values match equal ones; `true` is not 1.
    """
    if expected is ...:
        return
    if isinstance(expected, Mapping) and isinstance(found, dict):
        for name, value in expected.items():
            inner = f"{path}.{name}" if _NAME.fullmatch(str(name)) else f"{path}[{name!r}]"
            if name in found:
                yield from differences(found[name], value, inner)
            else:
                yield f"{inner} is missing; there are {_cut(', '.join(map(repr, found)) or 'no members')}"
    elif isinstance(expected, Sequence) and not isinstance(expected, str) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path or 'the payload'} has length {len(found)}, expected {len(expected)}"
        for number, (one, other) in enumerate(zip(found, expected, strict=False)):
            yield from differences(one, other, f"{path}[{number}]")
    elif isinstance(found, bool) is not isinstance(expected, bool) or found != expected:
        yield f"{path or 'the payload'} is {_cut(repr(found))}, expected {_cut(repr(expected))}"


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
