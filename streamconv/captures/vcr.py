"""Recordings for tests: cassettes of Ruby's VCR, vcrpy and betamax (YAML or JSON), and Polly.JS's HAR as YAML.

One interaction at a time is made a value, and of it only the body of a stream is kept, or of the one asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv import jsontext
from streamconv.captures import values
from streamconv.captures.entries import Entry, names_stream, nothing, wanted
from streamconv.captures.har import begins_as_stream, har_entry
from streamconv.captures.har_content import from_base64
from streamconv.captures.json_elements import Elements
from streamconv.captures.layer import MORE, CaptureError, Known, Peel, is_line_begun
from streamconv.captures.yaml_items import yaml_items
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
    paths: ClassVar[dict[str, Any]] = {}  # to the list, in YAML

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
        events = yaml.parse(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        try:
            for value in yaml_items(events, self.paths, self._say):
                self.entries.append(self.entry(value, len(self.entries) + 1))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
            problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
            self._say(f"the YAML is wrong{place}: {problem}; {len(self.entries)} replies before are read")

    def _say(self, message: str) -> None:
        self.say(self.rule, message)

    def entry(self, value: Any, number: int) -> Entry:
        """What one interaction or entry says."""
        raise NotImplementedError


class YAMLHAR(_Recording):
    """Collects the entries of a HAR written as YAML."""

    name = "har-yaml"
    rule = "capture-har"
    paths: ClassVar = {"log": {"entries": None}}

    def entry(self, value: Any, number: int) -> Entry:
        """One entry of the HAR."""
        return har_entry(value, number, self.known.entry)


class VCRCassette(_Recording):
    """Collects the interactions of a cassette."""

    name = "vcr"
    rule = "capture-vcr"
    paths: ClassVar = dict.fromkeys(_KEYS)

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
                    self._say(f"interaction {len(self.entries) + 1} is not JSON: {error}")
                    value = {}
                self.entries.append(self.entry(value, len(self.entries) + 1))
        if not elements.complete:
            self._say(f"the cassette is cut after {len(self.entries)} whole interactions; they are read")

    def entry(self, value: Any, number: int) -> Entry:
        """One interaction, as Ruby or Python writes it."""
        request, response = values.member(value, "request"), values.member(value, "response")
        fields = values.headers(response.get("headers"))
        content_type = dict(fields).get("content-type", "")
        url = values.text(request.get("uri")) or values.text(request.get("url"))
        body = self._body(response.get("body"), number)
        start = body[:4096].decode("utf-8", "replace") if isinstance(body, bytes) else body
        is_stream = names_stream(content_type) or begins_as_stream(start, content_type, url)
        kept = (is_stream or wanted(number, url, self.known.entry)) and bool(body)
        status = response.get("status")
        return Entry(
            number=number,
            is_stream=is_stream,
            open=_Opener(body) if kept else nothing,
            method=values.text(request.get("method")).upper(),
            url=url,
            status=values.integer(status.get("code") if isinstance(status, dict) else status),
            content_type=content_type,
            headers=fields,
            size=len(body),
            encoded=True,
            started=values.text(value.get("recorded_at")) if isinstance(value, dict) else "",
            missing="" if body or not is_stream else "its body is empty",
        )

    def _body(self, value: Any, number: int) -> str | bytes:
        """A body: `string`, `base64_string`, or by itself."""
        if isinstance(value, dict):
            encoded = value.get("base64_string")
            if encoded is not None:
                pieces = from_base64(iter((values.text(encoded),)), lambda fault: self._say(f"reply {number}: {fault}"))
                return b"".join(pieces)
            value = value.get("string")
        return value if isinstance(value, str | bytes) else ""


class _Opener:
    """Gives the body of an interaction."""

    def __init__(self, text: str | bytes) -> None:
        self._text = text

    def __call__(self, report: Report) -> Iterator[bytes]:
        for at in range(0, len(self._text), _BLOCK):
            part = self._text[at : at + _BLOCK]
            yield part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")


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
