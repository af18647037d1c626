"""HTTP Archives, HAR 1.2: the replies that a browser, a proxy or a recorder kept, one entry of `log.entries` each.

The file is streamed: one entry at a time is parsed, and of it only the body of a stream is kept, or of the entry that
was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec

from streamconv import jsontext
from streamconv.captures import values
from streamconv.captures.entries import Entry, names_stream, nothing, wanted
from streamconv.captures.har_content import (
    Messages,
    Text,
    body,
    is_in_pieces,
    messages_body,
    messages_of,
    text_of,
    with_times,
)
from streamconv.captures.json_elements import Elements
from streamconv.captures.layer import MORE, Known, Peel, is_begun
from streamconv.problem import Report

_FIRST_KEYS = rb"version|creator|browser|pages|entries|comment|_\w+"
_HAR = re.compile(rb'\s*\{\s*"log"\s*:\s*\{\s*"(?:%s)"\s*:' % _FIRST_KEYS)
_CREATOR = re.compile(rb'"creator"\s*:\s*\{[^}]{0,200}?"name"\s*:\s*"([^"\\]{1,40})"')
_HEAD: Final = 4096  # bytes in which the creator is looked for
_LARGE: Final = 256 * 1024  # bytes of an entry whose text is not made a value at once
_BLOCK: Final = 64 * 1024
_NULL: Final = msgspec.Raw(b"null")
_SANITIZED = "Chrome's sanitized export leaves out what the events said; export the HAR with sensitive data"
_NO_BODY = "no body in the HAR: the stream was still open, or the recorder did not keep it"


class HAR(Peel):
    """Collects the entries of a HAR."""

    name = "har"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.entries: list[Entry] = []
        self._elements = Elements(("log", "entries"))
        self._numbered = 0
        self._head = b""

    def feed(self, item: bytes, /) -> list[bytes]:
        """Nothing: the entries are complete at the end."""
        self._head += item[: _HEAD - len(self._head)]
        for raw in self._elements.feed(item):
            self._add(raw)
        return []

    def finish(self) -> list[bytes]:
        """Say what is wrong with the archive itself."""
        if not self._elements.found:
            self.say("capture-har", "no log.entries in it: this is no HAR, or one that is cut before its entries")
        elif not self._elements.complete:
            self.say(
                "capture-har", f"the HAR is cut after {self._numbered} whole entries; they are read, the rest is lost"
            )
        creator = _CREATOR.search(self._head)
        if creator:
            self.evidence += f" of {creator[1].decode('utf-8', 'replace')}"
        self.evidence = f"{self.evidence}; entries: {self._numbered}"
        return []

    def _add(self, raw: bytearray) -> None:
        self._numbered += 1
        try:
            value = _parsed(raw)
        except (ValueError, RecursionError) as error:
            self.say("capture-har", f"entry {self._numbered} is not JSON: {error}; the others are read")
            return
        self.entries.append(self.add(value, har_entry(value, self._numbered, self.known.entry)))

    def add(self, value: Any, entry: Entry) -> Entry:
        """The entry that a parsed element is; overridden where bodies stand elsewhere."""
        return entry


def _parsed(raw: bytearray) -> Any:
    """The value of an entry; the text and the messages of a large one are left where they are, and read in pieces."""
    if len(raw) > _LARGE:
        with suppress(ValueError, KeyError):
            entry = jsontext.views(raw)
            response = jsontext.views(entry.pop("response"))
            content = jsontext.views(response.pop("content"))
            text, messages = content.pop("text", _NULL), entry.pop("_eventSourceMessages", _NULL)
            value, known, rest = (
                {name: jsontext.quick_loads(bytes(one)) for name, one in members.items()}
                for members in (entry, response, content)
            )
            if bytes(memoryview(text)[:1]) == b'"':
                rest["text"] = Text(lambda: jsontext.string_pieces(text))
            value["_eventSourceMessages"] = Messages(lambda: _elements(messages))
            return {**value, "response": {**known, "content": rest}}
    return jsontext.quick_loads(raw)


def _elements(array: msgspec.Raw) -> Iterator[Any]:
    """The values in a JSON text, if it is an array, one by one."""
    view = memoryview(array)
    elements = Elements(())
    for at in range(0, len(view), _BLOCK):
        for element in elements.feed(bytes(view[at : at + _BLOCK])):
            with suppress(ValueError, RecursionError):
                yield jsontext.quick_loads(element)


def har_entry(value: Any, number: int, asked: int | str | None = None) -> Entry:
    """One element of `log.entries`, whatever it holds."""
    request, response = values.member(value, "request"), values.member(value, "response")
    content = values.member(response, "content")
    text = text_of(content.get("text"))
    fields = values.headers(response.get("headers"))
    url = values.text(request.get("url"))
    content_type = values.text(content.get("mimeType"))
    if not content_type or content_type.startswith("x-unknown"):
        content_type = dict(fields).get("content-type", "")
    messages = messages_of(value.get("_eventSourceMessages")) if isinstance(value, dict) else None
    is_stream = (
        messages is not None
        or names_stream(content_type)
        or "x-vercel-ai-data-stream" in dict(fields)
        or (isinstance(value, dict) and value.get("_resourceType") == "eventsource")
        or begins_as_stream(text.start if text is not None else None, content_type, url)
    )
    kept = is_stream or wanted(number, url, asked)
    started = values.text(value.get("startedDateTime")) if isinstance(value, dict) else ""
    missing = _missing(content, messages) if kept else ""
    return Entry(
        number=number,
        is_stream=is_stream,
        open=_Opener(content, messages, content_type, _epoch(started)) if kept and not missing else nothing,
        method=values.text(request.get("method")),
        url=url,
        status=values.integer(response.get("status")),
        content_type=content_type,
        headers=fields,
        size=values.integer(content.get("size")),
        encoded=is_in_pieces(content),
        started=started,
        missing=missing,
    )


class _Opener:
    """Gives the body of an entry."""

    def __init__(
        self, content: dict[str, Any], messages: Messages | None, content_type: str, began: float | None
    ) -> None:
        self._content = content
        self._messages = messages
        self._content_type = content_type
        self._began = began

    def __call__(self, report: Report) -> Iterator[bytes]:
        if self._messages is None:
            return self._body(report)
        if text_of(self._content.get("text")) is None:
            return messages_body(self._messages, self._began)
        return with_times(self._body, self._messages, self._began, report)

    def _body(self, report: Report) -> Iterator[bytes]:
        return body(self._content, self._content_type, report)


def _missing(content: dict[str, Any], messages: Messages | None) -> str:
    if text_of(content.get("text")) is not None:
        return ""
    if messages is not None:
        return "" if any("data" in message for message in messages) else _SANITIZED
    comment = content.get("comment")
    return f"{_NO_BODY}; it says: {comment}" if isinstance(comment, str) and comment else _NO_BODY


def begins_as_stream(text: str | None, content_type: str, url: str) -> bool:
    """True for a body that is a stream whatever its type says: event fields, JSON lines, an array from a stream URL."""
    if text is None or "html" in content_type or "javascript" in content_type or "css" in content_type:
        return False
    start = text[:4096].lstrip("\ufeff \t\r\n")
    if re.match(r"(?:data|event|id|retry):|:[ \w]", start):
        return True
    if re.match(r"[0-9a-k]:[\"\[{]", start):
        return True
    lines = start.split("\n")
    if len(lines) > 2 and all(line[:1] == "{" and line.rstrip("\r")[-1:] == "}" for line in lines[:2]):
        return True
    return start.startswith("[") and "stream" in url.lower() and "json" in content_type


def _epoch(started: str) -> float | None:
    from datetime import datetime

    try:
        return datetime.fromisoformat(started).timestamp()
    except (ValueError, OverflowError):
        return None


def is_har(start: bytes, known: Known) -> str | None:
    """`{"log": {` and one of the names that HAR has there; one whole line of a log that has no `entries` is none."""
    if not _HAR.match(start):
        return MORE if is_begun(start, b'{"log":{"') else None
    line, end, _ = start.partition(b"\n")
    if end and b'"entries"' not in line and jsontext.quickly_valid(line):
        return None
    return "a log of requests, as in a HAR"
