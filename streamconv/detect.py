"""Which format a stream is in: from what was asked, its first bytes, its content type and its name.

The order: what was asked; decisive first bytes (an SSE field, RS, two JSON values, a value over several lines, a record
of ours); the content type; the suffix; the rest of the first bytes. A disagreement is said, never settled in silence.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from streamconv import jsontext
from streamconv.captures import Capture, Peeled, html_page
from streamconv.captures.capture import after
from streamconv.captures.layer import Known
from streamconv.captures.peel import recognise
from streamconv.formats import Format, by_media_type, by_suffix, decoder, readable
from streamconv.jsonscan import BOM, WHITE_SPACE, Scanner
from streamconv.record import Carried, Record

PREFIX: Final = 64 * 1024  # bytes looked at, at most
_PATIENCE: Final = 16 * PREFIX  # bytes of white space after which nothing more is waited for
_LOOKS: Final = 200  # how often the start is looked at as each chunk comes; after that, when it has doubled
_SHOWN: Final = 32  # bytes of an unrecognised stream that the message shows

_FIELD = re.compile(rb"(?:data|event|id|retry)(?::|[\r\n]|\Z)|:")
_FIELD_LINE = re.compile(rb"^(?:data|event|id|retry):.*$", re.MULTILINE)
_STARTS_TEXT: Final = frozenset(bytes((byte,)) for byte in b'{["-0123456789tfn')
_PART = re.compile(rb'[0-9a-k]:["\[{]')  # of a Vercel data stream: no code has a number or literal
_FIELD_NAMES: Final = (b"data", b"event", b"id", b"retry")


class UnrecognisedError(ValueError):
    """A stream whose format nothing tells; the message shows how it begins."""


Confidence = Literal["asked for", "certain", "likely", "guess"]
"""certain: the bytes can be nothing else; likely: bytes, and a type or name, agree; guess: only one of them speaks."""


class Choice(NamedTuple):
    """The format of a stream, why, and what disagrees."""

    format: str
    why: str
    disagreement: str = ""
    confidence: Confidence = "guess"
    runner_up: str | None = None  # the format that is likeliest after it


class Guess(NamedTuple):
    """What the first bytes say."""

    formats: tuple[str, ...]  # all that they fit, the likeliest first
    decisive: bool
    why: str


class Chooser:
    """Chooses the format while the first chunks come in: `feed` them until it answers, else `finish`.

    `layers` were taken off before. `held` are the chunks fed so far, which the decoder must still get.
    Raises ValueError for an unknown format.
    """

    def __init__(
        self, asked: str | None = None, content_type: str = "", name: str = "", layers: Sequence[Peeled] = ()
    ) -> None:
        self._asked = readable(asked).name if asked is not None else None
        self._content_type = content_type
        self._name = name
        self._layers = {layer.name for layer in layers}
        self.held: list[bytes] = []
        self._size = 0
        self._start = b""  # what the first bytes are, without leading white space
        self._judged = 0  # the size of the start when it was last looked at
        self._looks = 0

    def feed(self, chunk: bytes) -> Choice | None:
        """The choice, once the bytes so far are enough for it."""
        self.held.append(chunk)
        self._size += len(chunk)
        self._start = (self._start + chunk[:PREFIX] if self._start else chunk.lstrip(WHITE_SPACE))[:PREFIX]
        if self._asked is not None:
            return self._as_asked(guess(self._start, at_end=False))
        # Looking costs time in proportion to the start: not at every byte of a slow one.
        if self._looks >= (2 * _LOOKS if b"\n" in chunk else _LOOKS) and len(self._start) < 2 * self._judged:
            return None
        self._looks += 1
        self._judged = len(self._start)
        enough = self._judged == PREFIX or self._size >= _PATIENCE
        guessed = guess(self._start, at_end=enough)
        return self._chosen(guessed) if guessed is not None or enough else None

    def finish(self) -> Choice:
        """The choice at the end of the input. Raises UnrecognisedError."""
        if self._asked is not None:
            return self._as_asked(None)
        return self._chosen(guess(self._start, at_end=True))

    def _as_asked(self, guessed: Guess | None) -> Choice:
        assert self._asked is not None
        disagreement = ""
        layer = recognise(self._start, Known(name=self._name)) if self._start else None
        if layer is not None:
            disagreement = f"read as {self._asked}, but {layer.name} is round it: {layer.evidence}"
            disagreement += f" (--from {layer.name},{self._asked} takes it off)"
        elif guessed is not None and guessed.decisive and guessed.formats and self._asked not in guessed.formats:
            disagreement = f"read as {self._asked}, but the stream begins with {guessed.why}"
        return Choice(self._asked, "asked for", disagreement, "asked for")

    def _chosen(self, guessed: Guess | None) -> Choice:
        choice = self._weigh(guessed)
        layer = self._missing_layer()
        if layer and self._start and not choice.disagreement:
            return choice._replace(disagreement=f"{layer}, but no header of such a capture: read as {choice.format}")
        return choice

    def _missing_layer(self) -> str:
        """Where the type or name is that of a format taken off as a layer, and none was: what says so."""
        by_type, by_name = by_media_type(self._content_type), by_suffix(self._name)
        if by_type is not None and by_type.holds_chunks and by_type.name not in self._layers:
            return f"content type {self._content_type}"
        if by_name is not None and by_name.holds_chunks and by_name.name not in self._layers:
            return f"the name ends in {_suffix(self._name)}"
        return ""

    def _weigh(self, guessed: Guess | None) -> Choice:
        by_type, by_name = _of_records(by_media_type(self._content_type)), _of_records(by_suffix(self._name))
        outside = (
            (by_type.name, f"content type {self._content_type}") if by_type
            else (by_name.name, f"the name ends in {_suffix(self._name)}") if by_name
            else None
        )  # fmt: skip
        fits = guessed.formats if guessed is not None else ()
        if outside is None:
            if not fits:
                if self._start.strip(WHITE_SPACE + BOM):
                    raise UnrecognisedError(_unrecognised(self._start))
                return Choice("ndjson", "an empty input")
            assert guessed is not None
            return Choice(fits[0], guessed.why, "", "certain" if guessed.decisive else "guess", _other(fits, fits[0]))
        name, why = outside
        if not fits:
            return Choice(name, why)
        assert guessed is not None
        if name in fits:
            why = f"{guessed.why}; {why}"
            return Choice(name, why, "", "certain" if guessed.decisive else "likely", _other(fits, name))
        if guessed.decisive:
            disagreement = f"{why}, but the stream begins with {guessed.why}: read as {fits[0]}"
            return Choice(fits[0], guessed.why, disagreement, "certain", name)
        return Choice(name, why, f"{why}, and the stream begins with {guessed.why}: read as {name}", "guess", fits[0])


def _other(formats: tuple[str, ...], chosen: str) -> str | None:
    return next((one for one in formats if one != chosen), None)


def choose(chunks: Iterator[bytes], chooser: Chooser) -> tuple[Choice, Iterator[bytes]]:
    """Choose by the first chunks; returns all chunks again, too. Raises UnrecognisedError."""
    choice = next(filter(None, map(chooser.feed, chunks)), None) or chooser.finish()
    return choice, itertools.chain(chooser.held, chunks)


async def achoose(chunks: AsyncIterator[bytes], chooser: Chooser) -> tuple[Choice, AsyncIterator[bytes]]:
    """`choose`, awaited."""
    async for chunk in chunks:
        choice = chooser.feed(chunk)
        if choice is not None:
            return choice, after(chooser.held, chunks)
    return chooser.finish(), after(chooser.held, chunks)


class Spoken(NamedTuple):
    """The protocol of a stream, and what shows it."""

    protocol: str
    evidence: str


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture is: the layers round the stream, its format, what its events carry and mean, with the evidence."""

    layers: tuple[Peeled, ...]
    choice: Choice
    payload: Carried | None  # what an event stream carries; None where the first bytes do not tell, and elsewhere
    spoken: Spoken | None  # None where the first events show no protocol

    @property
    def chain(self) -> str:
        """All of it in one word, which `--from` takes: `gzip,http/1.1,chunked,sse,json`."""
        names = [*(layer.name for layer in self.layers), self.choice.format]
        return ",".join([*names, self.payload] if self.payload is not None else names)


def detect(capture: Capture, format: str | None = None) -> Detection:
    """Tell what an opened capture is from its first PREFIX bytes. Raises UnrecognisedError, ValueError."""
    first = next(filter(None, capture.chunks), None)
    if first is None:
        raise UnrecognisedError("empty")
    capture.chunks = itertools.chain((first,), capture.chunks)
    choice, chunks = choose(capture.chunks, Chooser(format, capture.content_type, capture.file, capture.layers))
    payload, spoken = _look_inside(choice.format, chunks)
    return Detection(layers=capture.layers, choice=choice, payload=payload, spoken=spoken)


def _look_inside(format: str, chunks: Iterator[bytes]) -> tuple[Carried | None, Spoken | None]:
    """What the first payload that tells is, where the format leaves that open, and the protocol of the first events."""
    from streamconv.protocols.event import event_of
    from streamconv.protocols.protocol import PATIENCE
    from streamconv.protocols.registry import recognise as recognise_protocol  # all of them: not needed to read

    payload: Carried | None = None
    events = 0
    for batch in _first_batches(format, chunks):
        for record in batch:
            if record.kind != "event":  # of a piece of JSON it cannot be told that it is some
                continue
            payload = payload or record.carries
            if events < PATIENCE:
                events += 1
                found = recognise_protocol(event_of(record))
                if found is not None:
                    return _of_sse(format, payload), Spoken(found[0].name, found[1])
        if events:  # a slow stream is not waited for
            break
    return _of_sse(format, payload), None


def _of_sse(format: str, payload: Carried | None) -> Carried | None:
    """Other formats carry nothing but JSON."""
    return payload if format == "sse" else None


def _first_batches(format: str, chunks: Iterator[bytes]) -> Iterator[list[Record]]:
    """The records of the first PREFIX bytes."""
    decode = decoder(format)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        yield decode.feed(chunk[:PREFIX])
        if size >= PREFIX:
            return
    yield decode.finish()


def claimed(name: str) -> str | None:
    """The format that a file claims by its name, which `check` holds it to. `.json` claims nothing: lines are often so
    named, too.
    """
    format = by_suffix(name)
    return format.name if format is not None and format.name != "json" and format.reader is not None else None


def _of_records(format: Format | None) -> Format | None:
    """None where the format holds chunks: with its header it was taken off as a layer, without it says nothing."""
    return None if format is not None and format.holds_chunks else format


def guess(start: bytes, *, at_end: bool) -> Guess | None:
    """What the first bytes say; None where more are needed, or nothing is left to look at."""
    if start.startswith((b"\0", b"\1")):  # no text begins so
        from streamconv.formats.aws_message import PRELUDE, total_length

        if total_length(start):
            why = "the start of an AWS event stream message, which its checksum proves"
            return Guess(("aws-eventstream",), True, why)
        if start.startswith(b"\0") and len(start) < PRELUDE and not at_end:
            return None
    text = start.removeprefix(BOM).lstrip(WHITE_SPACE)
    if not text:
        return None
    if text.startswith(b"\x1e"):
        return Guess(("json-seq",), True, "a record separator (RS)")
    line = re.split(rb"[\r\n]", text, maxsplit=1)[0]
    ended = len(line) < len(text) or at_end
    if _FIELD.match(line + b"\n" if ended else line + b"?"):
        shown = "a comment" if line.startswith(b":") else f"the field {line.partition(b':')[0].decode()!r}"
        return Guess(("sse",), True, f"{shown} of an event stream")
    if ended and _PART.match(line) and _is_part(line, at_end and line == text):
        from streamconv.formats.vercel import PARTS

        return Guess(
            ("vercel-data-stream",), True, f"the part {line[:1].decode()!r} ({PARTS[line[:1]]}) of a data stream"
        )
    if not ended and any(name.startswith(line) for name in _FIELD_NAMES):
        return None
    return _guess_json(text, at_end)


def _is_part(line: bytes, cut: bool) -> bool:
    """True for a code and its JSON text, which the end of the bytes may have cut."""
    found = jsontext.fault(line[2:])
    return found is None or (cut and found.truncated)


def _guess_json(text: bytes, at_end: bool) -> Guess | None:
    scanner = Scanner()
    stop = scanner.feed(text)
    if at_end:
        scanner.finish()
    array = text.startswith(b"[")
    of_objects = array and text[1:].lstrip(WHITE_SPACE).startswith(b"{")
    if scanner.outcome == "bad":
        return _guess_lines(text, at_end)
    if scanner.outcome == "open":
        lines = b"\n" in text
        if array and (lines or at_end or of_objects):
            return Guess(("json", "stream+json"), lines, "an array that goes on over lines" if lines else "an array")
        if not at_end:
            return None
        return Guess(
            ("stream+json", "json") if lines else ("ndjson", "stream+json", "json"), False, "a JSON text that is cut"
        )
    value = text[:stop]
    rest = text[stop:].lstrip(WHITE_SPACE)
    if _is_record(value):
        return Guess(("records", "ndjson", "stream+json"), True, "a record of streamconv's own format")
    if b"\n" in value:
        if array:
            return Guess(("json", "stream+json"), True, "an array over several lines")
        return Guess(("stream+json",) if rest else ("stream+json", "json"), True, "a JSON text over several lines")
    one_line = not text[stop:].lstrip(b" \t\r") or text[stop:].lstrip(b" \t\r").startswith(b"\n")
    if not one_line:
        if rest[:1] not in _STARTS_TEXT:  # `0:"text"`, `1234:…;`: a number is the start of many things
            return _guess_lines(text, at_end)
        return Guess(("stream+json",), text[stop : stop + 1] in b"{[", "two JSON texts on one line")
    if rest:
        return _guess_next(text, rest, at_end)
    if not at_end and b"\n" not in text[stop:] and not of_objects:
        return None  # another text may follow on the line; no decoder would give this one up yet either
    if array and (at_end or of_objects):
        return Guess(("json", "ndjson", "stream+json"), False, "one array")
    return Guess(("ndjson", "stream+json", "json"), False, "a JSON text on one line")


def _guess_next(text: bytes, rest: bytes, at_end: bool) -> Guess | None:
    """The first line is a JSON text; so is the next, as far as it can be seen, in a stream of such lines."""
    line, end, _ = rest.partition(b"\n")
    found = jsontext.fault(line)
    if found is None or (found.truncated and not end):
        return Guess(("ndjson", "stream+json"), True, "JSON texts, one a line")
    if text[:1] in b"{[":
        return Guess(("ndjson", "stream+json"), False, "a JSON text on the first line, and none on the next")
    return _guess_lines(text, at_end)


def _guess_lines(text: bytes, at_end: bool) -> Guess | None:
    """The first line is neither a field nor JSON; noise before a stream is common, so the next ones are asked."""
    if _FIELD_LINE.search(text):
        return Guess(("sse",), False, "lines that are fields of an event stream, after others")
    if not at_end:
        return None
    if any(line[:1] in (b"{", b"[") and jsontext.valid(line) for line in text.splitlines()):
        return Guess(("ndjson", "stream+json", "json"), False, "lines that are JSON, after others")
    return Guess((), False, "")


def _is_record(value: bytes) -> bool:
    """Ours say where they stood: integer `line`, `offset` and `size`; `event` and `data` are anybody's names."""
    if not all(key in value for key in (b'"line"', b'"offset"', b'"size"')):
        return False
    try:
        members = jsontext.members(value)
    except ValueError:
        return False
    return all(members.get(key, b"").isdigit() for key in ("line", "offset", "size"))


def _suffix(name: str) -> str:
    return "." + name.rpartition("/")[2].partition(".")[2]


def _unrecognised(start: bytes) -> str:
    if html_page.BEGINS.match(start):
        return f"this is {html_page.words(start)}"
    return f"no stream format recognised; it begins with {_shown(start)} (--from FORMAT names one)"


def _shown(start: bytes) -> str:
    """The first bytes, quoted: as text, or where they are none, each other byte as `\\xHH`."""
    try:
        text, _ = codecs.utf_8_decode(start[:_SHOWN], "strict", len(start) <= _SHOWN)  # it may end in a character
    except UnicodeDecodeError:
        return repr(start[:_SHOWN])[1:]
    return repr(text)
