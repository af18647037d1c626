"""The body that `content` of a HAR entry holds, as the bytes that the server sent. HAR 1.2; Polly.JS; Chrome.

`text` is the body as a string, or base64 of it. Exceptions that tools are known for: Polly.JS keeps a compressed body
as a JSON array of base64 pieces; mitmproxy shows binary bodies as characters of Latin-1; Chromium decodes a body
without a charset as windows-1252, although event streams are always UTF-8: undone where it provably was so.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from streamconv import jsontext
from streamconv.captures import values
from streamconv.captures.entries import names_stream
from streamconv.formats import decoder
from streamconv.pipeline import TimedBytes
from streamconv.problem import Problem, Report, Severity
from streamconv.record import Record

_BLOCK: Final = 48 * 1024  # characters made bytes at once
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]|=(?!=?\Z)")
_ONE_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BINARY: Final = ("application/vnd.amazon.eventstream", "application/octet-stream")
# WHATWG Encoding: windows-1252, whose five unused bytes stand for the controls of the same number.
_WINDOWS_1252: Final = {
    ord(bytes((byte,)).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def said(report: Report, message: str, *, severity: Severity = "error", hint: str = "") -> None:
    """Report a problem of a HAR."""
    report(Problem(rule="capture-har", severity=severity, message=message, hint=hint))


class Text:
    """The text of a body, in pieces, so that a large one is never there twice: `pieces()` begins anew each time."""

    def __init__(self, pieces: Callable[[], Iterator[str]]) -> None:
        self.pieces = pieces

    @property
    def start(self) -> str:
        """Its first piece."""
        return next(self.pieces(), "")


def text_of(value: Any) -> Text | None:
    """The text that a member of a HAR is: a string, or a Text; None for anything else, and where it is empty."""
    if isinstance(value, str) and value:
        return Text(lambda: (value[at : at + _BLOCK] for at in range(0, len(value), _BLOCK)))
    return value if isinstance(value, Text) else None


class Messages:
    """The events that Chrome kept of a stream (`_eventSourceMessages`), so that many are never values at once.

    `each()` begins anew each time.
    """

    def __init__(self, each: Callable[[], Iterator[Any]]) -> None:
        self._each = each

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (message for message in self._each() if isinstance(message, dict))


def messages_of(value: Any) -> Messages | None:
    """The messages that a member of a HAR is: a list, or Messages; None for anything else, and where there are none."""
    found = Messages(lambda: iter(value)) if isinstance(value, list) else value
    return found if isinstance(found, Messages) and any(True for _ in found) else None


def body(content: dict[str, Any], content_type: str, report: Report) -> Iterator[bytes]:
    """The bytes of `content`; what is wrong with them is reported."""
    text = text_of(content.get("text"))
    if text is None:
        return
    if content.get("encoding") == "base64":
        say = partial(said, report)
        yield from _polly_pieces(text, say) if is_in_pieces(content) else from_base64(text.pieces(), say)
        return
    if _is_binary(content_type) and _fits(text, "latin-1"):
        yield from _encoded(text, "latin-1")
    elif may_be_mojibake(content_type) and is_mojibake(text):
        said(
            report,
            "the body was decoded as windows-1252 when it was recorded, and is UTF-8 again now: "
            "its server names no charset",
            severity="info",
        )
        yield from (piece.translate(_WINDOWS_1252).encode("latin-1") for piece in text.pieces())
    else:
        yield from _encoded(text, "utf-8")


def _is_binary(content_type: str) -> bool:
    return content_type.lower().partition(";")[0].strip() in _BINARY


def may_be_mojibake(content_type: str) -> bool:
    """True for a stream of text whose server named no charset."""
    return names_stream(content_type) and not _is_binary(content_type) and "charset" not in content_type.lower()


def attached_body(chunks: Iterator[bytes], content_type: str, report: Report) -> Iterator[bytes]:
    """A body that stands in a file of its own: bytes, unless it was text that had to be decoded first."""
    if not may_be_mojibake(content_type):
        return chunks
    data = b"".join(chunks)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return iter((data,))
    return body({"text": text}, content_type, report)


def _encoded(text: Text, encoding: str) -> Iterator[bytes]:
    for piece in text.pieces():
        yield piece.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")


def _fits(text: Text, encoding: str) -> bool:
    try:
        for piece in text.pieces():
            piece.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def is_mojibake(text: Text) -> bool:
    """True when every character is one of windows-1252, and as its bytes the text is UTF-8, not all of it ASCII.

    It may end inside a character, as a stream that was cut does.
    """
    decode = codecs.getincrementaldecoder("utf-8")().decode
    found = False
    try:
        for piece in text.pieces():
            found = not decode(piece.translate(_WINDOWS_1252).encode("latin-1")).isascii() or found
    except UnicodeError:
        return False
    return found


def from_base64(pieces: Iterator[str], say: Callable[[str], None]) -> Iterator[bytes]:
    """The bytes of base64 text, white space in it ignored; what is wrong is said, and the bytes before it are given."""
    rest = ""
    read = 0
    for piece in pieces:
        compact = rest + "".join(piece.split())
        bad = _NOT_BASE64.search(compact)
        whole = (bad.start() if bad is not None else len(compact)) & ~3
        yield base64.b64decode(compact[:whole])
        read += whole
        rest = compact[whole:]
        if bad is not None:
            break
    if rest:
        say(f"the body is not base64 after {read} characters; what stands before is read")


def is_in_pieces(content: dict[str, Any]) -> bool:
    """True for a body that Polly.JS kept as it came: pieces of base64, the content coding not undone."""
    text = text_of(content.get("text"))
    return content.get("encoding") == "base64" and text is not None and text.start.startswith("[")


def _polly_pieces(text: Text, say: Callable[[str], None]) -> Iterator[bytes]:
    try:
        parts = jsontext.loads("".join(text.pieces()))
    except (ValueError, RecursionError) as error:
        say(f"the body should be a JSON array of base64 pieces, and is not: {error}")
        return
    for part in parts:
        yield from from_base64(iter((values.text(part),)), say)


def messages_body(messages: Messages, began: float | None) -> Iterator[bytes]:
    """The messages as an event stream, with their times."""
    for message, time in _with_time(messages, began):
        yield event_bytes(message) if time is None else TimedBytes(event_bytes(message), time)


def _with_time(messages: Messages, began: float | None) -> Iterator[tuple[dict[str, Any], float | None]]:
    """Each message, and when it came: seconds since the stream began."""
    first = began
    for message in messages:
        time = values.number(message.get("time"))
        if time is not None:
            first = time if first is None or first > time else first
            time = round(time - first, 6)
        yield message, time


def event_bytes(message: dict[str, Any]) -> bytes:
    """One event as an event stream writes it: `eventName`, `eventId` and `data`, as Chrome tells them.

    It says `message` for an event without a name. A name or an id over several lines is none, and left out.
    """
    name, id, data = (values.text(message.get(key)) for key in ("eventName", "eventId", "data"))
    lines = [f"event: {name}"] if name != "message" and _ONE_LINE.fullmatch(name) else []
    lines += [f"id: {id}"] if _ONE_LINE.fullmatch(id) else []
    lines += [f"data: {line}" for line in _LINE_END.split(data)]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogatepass")


def with_times(
    chunks: Callable[[Report], Iterator[bytes]], messages: Messages, began: float | None, report: Report
) -> Iterator[bytes]:
    """The body, cut where its events end, with the times that Chrome kept of them, if these are the same events.

    `chunks(report)` gives the body; it is read twice, so that neither it nor the messages need to be kept.
    """
    events = (record.data for record in _records(chunks(lambda problem: None)) if record.kind == "event")
    kept = (values.text(message.get("data")) for message in messages)
    if any(data != other for data, other in zip_longest(events, kept)):
        yield from chunks(report)
        return
    times = (time for _, time in _with_time(messages, began))
    last: float | None = None
    for record in _records(chunks(report)):
        last = next(times) if record.kind == "event" else last
        yield record.raw if last is None else TimedBytes(record.raw, last)


def _records(chunks: Iterator[bytes]) -> Iterator[Record]:
    decode = decoder("sse")
    for chunk in chunks:
        yield from decode.feed(chunk)
    yield from decode.finish()
