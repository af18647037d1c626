"""The formats: a decoder, an encoder and their names, one line each. To add one: a file here, and a line in FORMATS."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple

from streamconv.formats.payload import Mode, Writing
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.pipeline import Filter
from streamconv.problem import Report
from streamconv.record import Record

Decoder = Callable[..., Filter[bytes, list[Record]]]
Encoder = Callable[[Report | None, Writing], Filter[list[Record], bytes]]


class Format(NamedTuple):
    """A framing and its names. Reader and writer are imported when asked for: a stream needs those of its own format."""

    name: str
    reader: str | None  # the class of its decoder: the module here, and its name
    writer: str | None  # that of its encoder
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    about: str

    @property
    def decoder(self) -> Decoder | None:
        """The class that reads it."""
        return _imported(self.reader) if self.reader is not None else None

    @property
    def encoder(self) -> Encoder | None:
        """The class that writes it."""
        return _imported(self.writer) if self.writer is not None else None

    @property
    def holds_chunks(self) -> bool:
        """True where the bytes of another stream are held, whatever they are, and no records: see `timed`."""
        return self.reader is None and self.writer is None

    @property
    def reads(self) -> bool:
        """True where streams in this format can be read."""
        return self.reader is not None or self.holds_chunks

    @property
    def writes(self) -> bool:
        """True where they can be written."""
        return self.writer is not None or self.holds_chunks


def _imported(where: str) -> Any:
    module, _, name = where.partition(".")
    return getattr(import_module(f"{__name__}.{module}"), name)


# fmt: off
FORMATS: Final = (
    Format("sse", "sse.SSEDecoder", "sse_encoder.SSEEncoder", ("text/event-stream",), (".sse",), "Server-Sent Events"),
    Format("ndjson", "ndjson.NDJSONDecoder", "ndjson.NDJSONEncoder", ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"), (".ndjson", ".jsonl"), "one JSON text a line"),
    Format("stream+json", "stream_json.StreamJSONDecoder", "stream_json.StreamJSONEncoder", ("application/stream+json",), (".stream.json",), "JSON texts, one after the other"),
    Format("json", "json_document.JSONDecoder", "json_document.JSONEncoder", ("application/json",), (".json",), "one document; an array element by element"),
    Format("json-seq", "json_seq.JSONSeqDecoder", "json_seq.JSONSeqEncoder", ("application/json-seq",), (".json-seq",), "RFC 7464, RS before each JSON text"),
    Format("records", "records.RecordsDecoder", "records.RecordsEncoder", ("application/x-streamconv-records",), (".records",), "all that a record knows, one JSON object each"),
    Format("aws-eventstream", "aws_eventstream.AWSEventStreamDecoder", None, ("application/vnd.amazon.eventstream",), (".eventstream",), "AWS event stream, binary messages"),
    Format("vercel-data-stream", "vercel.VercelDecoder", None, (), (), "Vercel AI SDK data stream v1"),
    Format("timed", None, None, ("application/x-streamconv-timed",), (".timed",), "the chunks of a stream and their times of arrival"),
    Format("raw", None, "raw.RawEncoder", (), (), "the exact bytes of the records"),
)
# fmt: on

BINARY: Final = frozenset({"aws-eventstream"})  # formats without lines: records stand at bytes
_ALIASES: Final = {"jsonl": "ndjson", "event-stream": "sse", "stream-json": "stream+json", "jsonseq": "json-seq"}
_BY_NAME: Final = {one.name: one for one in FORMATS}


def find(name: str) -> Format:
    """The format of this name, alias or media type (any case, parameters ignored). ValueError suggests the near one."""
    given = name.partition(";")[0].strip().lower()
    found = _BY_NAME.get(_ALIASES.get(given, given)) or by_media_type(given)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(given, [*_BY_NAME, *_ALIASES], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_BY_NAME)}"
        raise ValueError(f"unknown format {name!r}; {hint}")
    return found


def readable(name: str) -> Format:
    """`find`, for a format to read. Raises ValueError also for one that can only be written."""
    found = find(name)
    if not found.reads:
        raise ValueError(f"the format {found.name!r} can be written, not read")
    return found


def writable(name: str) -> Format:
    """`find`, for a format to write. Raises ValueError also for one that can only be read."""
    found = find(name)
    if not found.writes:
        raise ValueError(f"the format {found.name!r} can be read, not written")
    return found


def by_media_type(content_type: str) -> Format | None:
    """The format of a content type, compared by essence: case-insensitively, without parameters."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence.endswith("+json-seq"):  # RFC 8091: geo+json-seq and others
        return _BY_NAME["json-seq"]
    return next((one for one in FORMATS if essence in one.media_types), None)


def media_type(name: str | None) -> str:
    """The first media type of the format of this name; "" where it has none, or there is no name."""
    return next(iter(find(name).media_types), "") if name is not None else ""


def by_suffix(name: str) -> Format | None:
    """The format that the end of a file name says; the suffixes of compression are looked through."""
    name = name.lower()
    for suffix in (".gz", ".zst", ".br"):
        name = name.removesuffix(suffix)
    ends = ((suffix, one) for one in FORMATS for suffix in one.suffixes if name.endswith(suffix))
    return max(ends, key=lambda end: len(end[0]), default=("", None))[1]


def decoder(
    format: str, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE
) -> Filter[bytes, list[Record]]:
    """A decoder of the format: bytes to batches of Records. It never raises for what it reads.

    `max_record_size` is in bytes; larger records come as invalid pieces. Raises ValueError for an unknown name.
    """
    found = readable(format).decoder
    if found is None:
        raise ValueError(f"{format!r} holds chunks, not records: streamconv.formats.timed.TimedReader reads them")
    return found(report=report, max_record_size=max_record_size)


def encoder(
    format: str, *, report: Report | None = None, payload: Mode = "auto", done: bool = False, stable: bool = False
) -> Filter[list[Record], bytes]:
    """An encoder of the format: batches of Records to bytes.

    What it cannot write goes to `report`; without one, an invalid record raises StreamError and losses are ignored.
    `payload` says which payloads are JSON ("auto", "json", "text"), `done` appends `[DONE]` (sse), `stable` leaves out
    what differs between two runs (records). Raises ValueError for an unknown name.
    """
    found = writable(format).encoder
    if found is None:
        raise ValueError(f"{format!r} holds chunks, not records: streamconv.formats.timed.TimedWriter writes them")
    return found(report, Writing(payload, done, stable))
