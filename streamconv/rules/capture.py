"""Rules `capture-…`: what was captured is not the bare stream, but something round it, or something else.

Rules with `wraps` look at the first bytes of a stream whose format was named; what they recognise is said alone,
because whatever else could be said of it is not about the stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from streamconv.captures import html_page
from streamconv.captures.chunked import is_chunked
from streamconv.captures.layer import MORE, Known
from streamconv.formats import FORMATS, find
from streamconv.jsonscan import BOM, WHITE_SPACE
from streamconv.problem import Problem
from streamconv.record import Record
from streamconv.rules.rule import Rule
from streamconv.rules.stream import Stream

READABLE: Final = tuple(one.name for one in FORMATS if one.reader is not None)
_MARGIN: Final = 4096  # bytes at most before the first tag of a page
_LONGEST_TAG: Final = 10  # bytes: `<!doctype` and what ends the word


class Wrapper(Rule):
    """A rule about the first bytes."""

    formats = READABLE
    magic: ClassVar[tuple[bytes, ...]] = ()
    message: ClassVar[str] = ""  # of those that say the same of all bytes
    shown: ClassVar[re.Pattern[bytes] | None] = None  # what of the first bytes shows it; None where nothing is text

    @classmethod
    def wraps(cls, start: bytes, *, at_end: bool) -> bool | None:
        """Whether the stream begins so; None where more bytes are needed to tell."""
        if start.startswith(cls.magic):
            return True
        return None if not at_end and any(magic.startswith(start) for magic in cls.magic) else False

    def found(self, start: bytes) -> Problem:
        """The problem, once it is sure: of text at its first bytes, so that an editor shows them."""
        shown = self.shown.match(start) if self.shown is not None else None
        if shown is None:
            return self.of_stream(self.message)
        record = Record("invalid", raw=start[: start.find(b"\n", shown.end()) + 1] or start)
        return self.at(1, 1, 0, self.says(start), record, shown.end())

    def says(self, start: bytes) -> str:
        """The message."""
        return self.message


class CaptureGzip(Wrapper):
    """The body is compressed with gzip.

    A capture of the raw bytes, as a proxy or `curl` without `--compressed` takes them, holds what was on the wire:
    content coding included. No stream reader finds a single event in it.
    """

    name = "capture-gzip"
    severity = "error"
    clause = "RFC 9110, section 8.4.1.3"
    hint = "decompress it: gzip -dc"
    message = "these are gzip data, not a stream"
    magic = (b"\x1f\x8b",)
    bad = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03KI,I\xb4R0\xe4\xe2\x02\x00\xce\xcdxT\t\x00\x00\x00"
    good = b"data: 1\n\n"


class CaptureZstd(Wrapper):
    """The body is compressed with Zstandard.

    Browsers ask for it (`Accept-Encoding: zstd`) and servers behind a CDN send it; a capture of the raw bytes keeps it.
    """

    name = "capture-zstd"
    severity = "error"
    clause = "RFC 9110, section 8.4; RFC 8878"
    hint = "decompress it: zstd -dc"
    message = "these are Zstandard data, not a stream"
    magic = (b"\x28\xb5\x2f\xfd",)
    bad = b"\x28\xb5\x2f\xfd\x20\x09\x49\x00\x00data: 1\n\n"
    good = b"data: 1\n\n"


class CaptureUtf16(Wrapper):
    """The bytes are UTF-16, which no stream format is.

    PowerShell 5 writes UTF-16 when output is redirected with `>`; every reader sees a NUL in each second byte.
    """

    name = "capture-utf16"
    severity = "error"
    clause = "WHATWG HTML 9.2.5 (event streams are always UTF-8); RFC 8259, section 8.1"
    hint = "convert it: iconv -f UTF-16 -t UTF-8 (or write it with Out-File -Encoding utf8)"
    message = "a byte order mark of UTF-16: streams are UTF-8"
    mended = "the text is written in UTF-8"
    magic = (b"\xff\xfe", b"\xfe\xff")
    bad = b"\xff\xfed\x00a\x00t\x00a\x00:\x00 \x001\x00\n\x00\n\x00"
    good = b"data: 1\n\n"


class CaptureHttpHead(Wrapper):
    """The capture begins with the head of an HTTP response.

    `curl -i` and raw socket dumps put the status line and the header fields before the body. Read as an event stream
    they are unknown fields (`content-type: …`), and the first event may be glued to them.
    """

    name = "capture-http-head"
    severity = "error"
    clause = "RFC 9112, section 2.1"
    hint = "leave the head out: curl without -i"
    message = "the head of an HTTP response comes before the stream"
    mended = "the head is left out"
    magic = (b"HTTP/",)
    shown = re.compile(rb"HTTP/")
    bad = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n"
    good = b"data: 1\n\n"


class CaptureHtml(Wrapper):
    """The capture is an HTML or XML page, most likely an error page.

    Proxies, login walls and CDNs answer with a page where a stream was asked for, sometimes with status 200.
    """

    name = "capture-html"
    severity = "error"
    clause = "WHATWG HTML 9.2.3 (the content type must be text/event-stream)"
    hint = "read the page: it says what the server, or a proxy before it, did not like"
    shown = html_page.BEGINS
    bad = b"<!DOCTYPE html>\n<html><title>502 Bad Gateway</title></html>\n"
    good = b"data: 1\n\n"

    def says(self, start: bytes) -> str:
        """With the title of the page."""
        return html_page.words(start)

    @classmethod
    def wraps(cls, start: bytes, *, at_end: bool) -> bool | None:
        """A tag that begins pages, after white space."""
        head = start[:_MARGIN]
        if html_page.BEGINS.match(head):
            return True
        text = head.removeprefix(BOM).lstrip(WHITE_SPACE)
        undecided = BOM.startswith(head) or not text or (text.startswith(b"<") and len(text) < _LONGEST_TAG)
        return None if undecided and not at_end and len(head) < _MARGIN else False


class CaptureChunked(Wrapper):
    """The sizes of HTTP chunks were left in the body.

    `curl --raw` and socket dumps keep them: a line with a number in hexadecimal, so many bytes, and CRLF. Read as
    NDJSON the sizes are numbers, so that a reader finds records that nobody sent.
    """

    name = "capture-chunked"
    severity = "error"
    clause = "RFC 9112, section 7.1"
    hint = "take the capture without --raw"
    message = "sizes of HTTP chunks stand in the body"
    mended = "the sizes are left out"
    shown = re.compile(rb"[0-9a-fA-F]+")
    bad = b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"
    good = b"data: 1\n\n"

    @classmethod
    def wraps(cls, start: bytes, *, at_end: bool) -> bool | None:
        """Sizes that fit, as whoever takes them off sees it."""
        evidence = is_chunked(start, Known())
        return (False if at_end else None) if evidence == MORE else evidence is not None


class CaptureEmpty(Rule):
    """There is not one byte.

    The request failed before a body came, or the capture was taken too early.
    """

    name = "capture-empty"
    severity = "error"
    clause = "-"
    hint = "look at the status and at stderr of what took the capture"
    formats = READABLE
    bad = b""
    good = b"data: 1\n\n"

    def finish(self, stream: Stream) -> Iterable[Problem]:
        """At the end it is sure."""
        return () if stream.size else (self.of_stream("the stream holds no bytes"),)


class CaptureContentType(Rule):
    """The content type names another format than the one that the body is in, or none.

    EventSource closes the connection unless the type is `text/event-stream`; generic clients pick their parser by it.
    Types are compared without regard to case and parameters.
    """

    name = "capture-content-type"
    severity = "error"
    clause = "WHATWG HTML 9.2.3"
    hint = "let the server send the type of what it sends"
    formats = READABLE
    bad = b"data: 1\n\n"
    good = b"data: 1\n\n"
    shown_with: ClassVar = {
        "bad": {"content_type": "application/json"},
        "good": {"content_type": "Text/Event-Stream; charset=UTF-8"},
    }

    def begin(self, stream: Stream) -> Iterable[Problem]:
        """Known from the head."""
        named = stream.media_type
        if not named:
            return ()
        format = find(stream.format)
        if named in format.media_types or (format.name == "json-seq" and named.endswith("+json-seq")):
            return ()
        wanted = format.media_types[0]
        return (self.of_stream(f"the content type is {stream.content_type!r}, the body is {format.name} ({wanted})"),)


WRAPPERS: Final[tuple[type[Wrapper], ...]] = (
    CaptureGzip, CaptureZstd, CaptureUtf16, CaptureHttpHead, CaptureHtml, CaptureChunked
)  # fmt: skip
RULES: Final[tuple[type[Rule], ...]] = (*WRAPPERS, CaptureEmpty, CaptureContentType)


def wrapped(start: bytes, rules: Iterable[type[Rule]] = RULES) -> Problem | None:
    """What is round a stream that begins so and has no format of its own; None where none of the rules knows."""
    wrappers = (rule for rule in rules if issubclass(rule, Wrapper))
    return next((rule().found(start) for rule in wrappers if rule.wraps(start, at_end=True)), None)
