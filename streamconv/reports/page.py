"""The page that `streamconv view` makes: the panel and its captures in one HTML file that needs nothing else.

What a capture holds stands in blocks of JSON that no browser runs (HTML 4.12.1, "data block"), and the page says in its
Content-Security-Policy (W3C CSP3) which one script and which one style are its own: nothing is fetched, nothing else
runs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import math
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import chain
from typing import Any, Final

import msgspec

from streamconv import jsontext
from streamconv.examine import Examination, Row
from streamconv.formats.faults import first_byte
from streamconv.problem import Problem
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Choice
from streamconv.reports.printable import printable

# Each script may use what stands before it.
SCRIPTS: Final = (
    "json.js",
    "bytes.js",
    "elements.js",
    "data.js",
    "list.js",
    "search.js",
    "clipboard.js",
    "tree.js",
    "problems.js",
    "message.js",
    "details.js",
    "grid.js",
    "timeline.js",
    "keys.js",
    "follow.js",
    "main.js",
)
BLOCK: Final = 256 * 1024  # bytes of rows that a block holds, about

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_PLACE = re.compile(r"\{\{([a-z]+)\}\}")
# What could end the block it stands in, or begin another; none of these is anywhere but in a string.
_INERT: Final = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


class Shown(msgspec.Struct, kw_only=True):
    """One capture of a page: what is known of it, its rows as they come, and, once they came, why they are not all."""

    examination: Examination
    rows: Iterable[Row]
    assembler: Assembler | None = None  # what the rows are handed to, where they are all those of the stream
    cut: str = ""


def page(captures: Iterable[Shown], title: str) -> Iterator[bytes]:
    """The page, piece by piece; no more is held than a block of rows. Raises what the rows raise."""
    before, after = shell(title)
    yield before
    for shown in captures:
        for block in blocks_of(shown):
            yield b'<script type="application/json">' + inert(block) + b"</script>\n"
    yield after


def shell(title: str, *, live: bool = False) -> tuple[bytes, bytes]:
    """What stands before the blocks of data, and after them. A live page asks its own server for `events`."""
    style, script = _text("page.css"), script_of()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            *(("connect-src 'self'",) if live else ()),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    words = {
        "policy": policy,
        "title": html.escape(printable(title)),
        "style": style,
        "script": script,
        "live": " data-live" if live else "",
    }
    before, after = _text("page.html").split("{{data}}")
    return _filled(before, words), _filled(after, words)


def blocks_of(shown: Shown, size: int = BLOCK) -> Iterator[bytes]:
    """The blocks of a capture: JSON objects with `capture` first, then `rows`, at last `end`.

    Rows are gathered until they have so many bytes.
    """
    rows = iter(shown.rows)
    first = next(rows, None)  # only then is the format known
    yield jsontext.quick_dumps({"capture": about(shown.examination)})
    held: list[bytes] = []
    gathered = 0
    for row in chain((first,) if first is not None else (), rows):
        if shown.assembler is not None:
            shown.assembler.feed([row.record])
        held.append(row_json(row))
        gathered += len(held[-1])
        if gathered >= size:
            yield _rows(held)
            held, gathered = [], 0
    if held:
        yield _rows(held)
    if shown.assembler is not None:
        shown.assembler.finish()
    yield jsontext.quick_dumps({"end": end_of(shown)})


def _rows(rows: list[bytes]) -> bytes:
    return b'{"rows":[' + b",\n".join(rows) + b"]}"


def inert(block: bytes) -> bytes:
    """A JSON text as it may stand in a script element: the same text to every reader of JSON."""
    for character, escape in _INERT:
        block = block.replace(character, escape)
    return block


def about(examination: Examination) -> dict[str, Any]:
    """What is known of a capture before its rows; what is not known is left out."""
    capture, choice = examination.capture, examination.choice
    names = [layer.name for layer in capture.layers]
    known = {
        "name": capture.name,
        "chain": ",".join([*names, choice.format] if choice is not None else names),
        "format": choice.format if choice is not None else None,
        "why": choice.why if choice is not None else None,
        "disagreement": choice.disagreement or None if choice is not None else None,
        "content_type": capture.content_type or None,
        "status": capture.status,
        "method": capture.method or None,
        "url": capture.url or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def end_of(shown: Shown) -> dict[str, Any]:
    """What is known of a capture after its rows."""
    layers = [problem for problem in shown.examination.capture.problems if problem.severity != "info"]
    loose = [_loose(problem) for problem in (*layers, *shown.examination.loose)]
    return {"loose": loose, "cut": shown.cut or None, "message": message_of(shown)}


def _loose(problem: Problem) -> dict[str, Any]:
    """A problem beside no row; `of` is the offset of the record that it is of after all, which was given before."""
    return _problem(problem) | ({} if problem.record is None else {"of": problem.record.offset})


def message_of(shown: Shown) -> dict[str, Any] | None:
    """What the stream adds up to; None where it speaks no protocol that is known. JSON values are given as texts."""
    if shown.assembler is None:
        return None
    message = shown.assembler.snapshot()
    if message.protocol is None and message.error is None:
        return None
    verdict = message.verdict
    return {
        "protocol": message.protocol,
        "id": message.id,
        "model": message.model,
        "choices": [_choice(choice) for choice in message.choices],
        "usage": _as_text(message.usage),
        "error": _as_text(message.error),
        "verdict": {"stream": verdict.stream, "complete": verdict.complete, "evidence": verdict.evidence},
        "at": verdict.number,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    parts = [
        {"type": part.type, "name": part.name, "id": part.id, "text": part.text, "partial": part.partial}
        | {"value": _as_text(part.value)}
        for part in choice.parts
    ]
    return {"role": choice.role, "finish": choice.finish, "reason": choice.reason, "parts": parts}


def _as_text(value: Any) -> str | None:
    """What is nested too deep to be written is said to be, as a JSON string."""
    try:
        return None if value is None else jsontext.dumps(value).decode()
    except ValueError as error:
        return jsontext.string(f"({error})").decode()


def row_json(row: Row) -> bytes:
    """A row as a JSON object; what it does not have is left out.

    `raw` is the text of its bytes, or `b64` where they are not UTF-8. The payload is a part of that text nearly always:
    then `span` says which one (in UTF-16 code units, as JavaScript counts), and only else it is `data`.
    """
    record = row.record
    start = first_byte(record)
    members: dict[str, Any] = {
        "n": record.number,
        "kind": record.kind if record.kind != "event" else None,
        "label": row.label if record.kind != "event" else None,
        "event": record.event,
        "id": record.id,
        "last": record.last_event_id if record.last_event_id not in ("", record.id) else None,
        "retry": record.retry,
        "comments": list(record.comments) or None,
        "unknown": [list(pair) for pair in record.unknown] or None,
        "json": True if record.kind == "event" and record.carries == "json" and not record.is_end else None,
        "time": _seconds(record.time),
        "gap": _seconds(row.gap),
        "line": record.line,
        "offset": record.offset,
        "start": start if start != record.offset else None,
        "size": row.size,
        "problems": [_problem(problem, start) for problem in row.problems] or None,
        **_content(record.raw, record.data),
    }
    return jsontext.quick_dumps({name: value for name, value in members.items() if value is not None})


def _content(raw: bytes, data: str | None) -> dict[str, Any]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode(), "data": data}
    at = text.find(data) if data is not None else -1
    if at < 0 or data is None:
        return {"raw": text, "data": data}
    begin = at if text.isascii() else _units(text[:at])
    return {"raw": text, "span": [begin, begin + (len(data) if data.isascii() else _units(data))]}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _seconds(time: float | None) -> float | None:
    return round(time, 6) if time is not None and math.isfinite(time) else None


def _problem(problem: Problem, start: int | None = None) -> dict[str, Any]:
    """`start` is where the bytes of its record begin; `within` is its place from there."""
    within = problem.within
    if within is None and start is not None and problem.offset is not None:
        within = problem.offset - start
    known = {
        "rule": problem.rule,
        "severity": problem.severity,
        "message": problem.message,
        "place": problem.place,
        "hint": problem.hint,
        "within": within if start is not None else None,
        "length": problem.length,
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def _text(name: str) -> str:
    return (files("streamconv.reports") / "web" / name).read_text(encoding="utf-8")


def script_of(names: Iterable[str] = SCRIPTS) -> str:
    """Modules as one script, in which they share one scope: what they import stands before them."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _text(name))) for name in names)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _filled(text: str, words: dict[str, str]) -> bytes:
    return _PLACE.sub(lambda match: words[match[1]], text).encode()
