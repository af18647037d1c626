"""Recordings for tests: cassettes of Ruby's VCR, vcrpy and betamax (YAML or JSON), and Polly.JS's HAR as YAML.

YAML is read event by event: one interaction at a time is built, aliases are references and never copies, tags build
nothing but bytes (`!!binary`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

from streamconv import jsontext
from streamconv.captures.entries import Entry, names_stream, nothing, wanted
from streamconv.captures.har import begins_as_stream, har_entry
from streamconv.captures.json_elements import Elements
from streamconv.captures.layer import MORE, CaptureError, Known, Peel, is_line_begun
from streamconv.problem import Report

_KEYS: Final = ("interactions", "http_interactions")
_BLOCK: Final = 64 * 1024  # bytes or characters of a body given at once
_HEADER = r"(?:---[^\n]*\n)?(?:\#[^\n]*\n|[ \t\r]*+\n)*+(?:version:[^\n]*\n)?"
_LOG = r"log:[ \t\r]*+\n(?:[ \t\r]*+\n)*+"
_CASSETTE = re.compile(rf"{_HEADER}(?:http_)?interactions:\s".encode())
_JSON_CASSETTE = re.compile(rb'\s*\{\s*(?:"version"\s*:\s*\d+\s*,\s*)?"(?:http_)?interactions"\s*:\s*\[')
_YAML_HAR = re.compile(rf"{_HEADER}{_LOG}[ \t]++(?:version|creator|browser|pages|entries|comment|_\w+):".encode())
_JSON_OPENINGS: Final = (b'{"interactions":[', b'{"http_interactions":[', b'{"version":1,"interactions":[')
_HEADER_ONLY = re.compile(rf"{_HEADER}(?:{_LOG})?[^\n]*".encode())
_LEAST: Final = 64  # bytes that tell whether a JSON text is none of these
_LONGEST_HEADER: Final = 1024  # bytes of comments and the like before the first key


class _Recording(Peel):
    """Collects the replies of a YAML document, or of a JSON one."""

    rule = ""

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        from streamconv.captures.spool import Spool  # the library that it needs is large

        super().__init__(known, evidence, report)
        self.entries: list[Entry] = []
        self._file = Spool()

    def feed(self, item: bytes, /) -> list[bytes]:
        """Nothing: the entries are complete at the end."""
        self._file.write(item)
        return []

    def finish(self) -> list[bytes]:
        """Read the document."""
        with self._file as file:
            file.seek(0)
            self._read(file)
        self.evidence = f"{self.evidence}; replies: {len(self.entries)}"
        return []

    def _read(self, file: Any) -> None:
        try:
            import yaml
        except ImportError:
            raise CaptureError("this is a YAML recording; reading it needs: pip install 'streamconv[yaml]'") from None
        try:
            for value in _yaml_items(yaml, file):
                self.entries.append(self.entry(value, len(self.entries) + 1))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
            problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
            self.say(self.rule, f"the YAML is wrong{place}: {problem}; {len(self.entries)} replies before are read")

    def entry(self, value: Any, number: int) -> Entry:
        """What one interaction or entry says."""
        raise NotImplementedError


class YAMLHAR(_Recording):
    """Collects the entries of a HAR written as YAML."""

    name = "har-yaml"
    rule = "capture-har"

    def entry(self, value: Any, number: int) -> Entry:
        """One entry of the HAR."""
        return har_entry(value, number, self.known.entry)


class VCRCassette(_Recording):
    """Collects the interactions of a cassette."""

    name = "vcr"
    rule = "capture-vcr"

    def _read(self, file: Any) -> None:
        if not file.read(_LEAST).lstrip().startswith(b"{"):
            file.seek(0)
            super()._read(file)
            return
        file.seek(0)
        elements = Elements(*((key,) for key in _KEYS))
        while chunk := file.read(_BLOCK):
            for raw in elements.feed(chunk):
                try:
                    value = jsontext.quick_loads(raw)
                except (ValueError, RecursionError) as error:
                    self.say(self.rule, f"interaction {len(self.entries) + 1} is not JSON: {error}")
                    value = {}
                self.entries.append(self.entry(value, len(self.entries) + 1))
        if not elements.complete:
            self.say(self.rule, f"the cassette is cut after {len(self.entries)} whole interactions; they are read")

    def entry(self, value: Any, number: int) -> Entry:
        """One interaction, as Ruby or Python writes it."""
        value = value if isinstance(value, dict) else {}
        request, response = _object(value.get("request")), _object(value.get("response"))
        headers = _headers(response.get("headers"))
        content_type = dict(headers).get("content-type", "")
        url = str(request.get("uri") or request.get("url") or "")
        text = _body(response.get("body"))
        start = text[:4096].decode("utf-8", "replace") if isinstance(text, bytes) else text
        is_stream = names_stream(content_type) or begins_as_stream(start, content_type, url)
        kept = (is_stream or wanted(number, url, self.known.entry)) and bool(text)
        status = response.get("status")
        code = str(status.get("code") if isinstance(status, dict) else status)
        return Entry(
            number=number,
            is_stream=is_stream,
            open=_Opener(text) if kept else nothing,
            method=str(request.get("method") or "").upper(),
            url=url,
            status=int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None,
            content_type=content_type,
            headers=headers,
            size=len(text),
            encoded=True,
            started=str(value.get("recorded_at") or ""),
            missing="" if text or not is_stream else "its body is empty",
        )


class _Opener:
    """Gives the body of an interaction."""

    def __init__(self, text: str | bytes) -> None:
        self._text = text

    def __call__(self, report: Report) -> Iterator[bytes]:
        for at in range(0, len(self._text), _BLOCK):
            part = self._text[at : at + _BLOCK]
            yield part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")


def _body(value: Any) -> str | bytes:
    """A body: `string`, `base64_string`, or by itself."""
    if isinstance(value, dict):
        encoded = value.get("base64_string")
        if encoded is not None:
            try:
                return base64.b64decode("".join(str(encoded).split()))
            except (binascii.Error, ValueError):
                return b""
        value = value.get("string", "")
    return value if isinstance(value, str | bytes) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = _object(value).items()
    return tuple((str(name).lower(), str(one[-1] if isinstance(one, list) and one else one)) for name, one in pairs)


def _yaml_items(yaml: Any, file: Any) -> Iterator[Any]:
    """The items of `log.entries`, `interactions` or `http_interactions`, one by one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events = yaml.parse(file, Loader=loader)
    names: list[str] = []  # of the mappings that are open, down to the sequence
    for event in events:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            name = str(event.value)
            if name == "log" and not names:
                names.append(name)
            elif name in (*_KEYS, "entries"):
                following = next(events)
                if type(following).__name__ == "SequenceStartEvent":
                    yield from _sequence(events)
                    return
                _skip(following, events)
            elif not names or names == ["log"]:
                _skip(next(events), events)  # the value of another member


def _sequence(events: Iterator[Any]) -> Iterator[Any]:
    anchors: dict[str, Any] = {}
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            return
        yield _built(event, events, anchors)


def _skip(event: Any, events: Iterator[Any]) -> None:
    _built(event, events, {})


def _built(event: Any, events: Iterator[Any], anchors: dict[str, Any]) -> Any:
    """The value that begins with this event, built without recursion."""
    stack: list[tuple[Any, list[Any]]] = []  # each open collection, and the key that waits for its value
    while True:
        kind = type(event).__name__
        done: Any = None
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            opened: Any = {} if kind == "MappingStartEvent" else []
            if event.anchor:
                anchors[event.anchor] = opened
            stack.append((opened, []))
            event = next(events)
            continue
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()[0]
        elif kind == "AliasEvent":
            done = anchors.get(event.anchor)
        else:
            done = _scalar(event)
            if event.anchor:
                anchors[event.anchor] = done
        if not stack:
            return done
        collection, key = stack[-1]
        if isinstance(collection, list):
            collection.append(done)
        elif key:
            collection[key.pop()] = done
        else:
            key.append(done if isinstance(done, str) else str(done))
        event = next(events)


def _scalar(event: Any) -> Any:
    if event.tag in ("tag:yaml.org,2002:binary", "!binary"):
        try:
            return base64.b64decode("".join(event.value.split()))
        except (binascii.Error, ValueError):
            return b""
    value = event.value
    if event.style or event.tag:
        return value
    if value in ("", "~", "null", "Null", "NULL"):
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value


def is_vcr_cassette(start: bytes, known: Known) -> str | None:
    """`interactions:` or `http_interactions:`, in YAML or JSON."""
    if _CASSETTE.match(start) or _JSON_CASSETTE.match(start):
        return "a list of interactions, as in a cassette of VCR"
    compact = b"".join(start[:_LEAST].split())
    if compact.startswith(b"{"):
        return MORE if any(opening.startswith(compact) for opening in _JSON_OPENINGS) else None
    return MORE if _is_begun(start) else None


def is_yaml_har(start: bytes, known: Known) -> str | None:
    """`log:` and one of the names that HAR has there."""
    return "log: and its members, as in a HAR" if _YAML_HAR.match(start) else MORE if _is_begun(start) else None


def _is_begun(start: bytes) -> bool:
    """True while nothing but the header of a YAML document, and a line that may begin one, has come."""
    last = start.rpartition(b"\n")[2]
    return len(start) < _LONGEST_HEADER and _HEADER_ONLY.fullmatch(start) is not None and is_line_begun(last or b"l")
