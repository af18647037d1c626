"""streamconv: composable filters for streamed responses. Convert them, check them, see every record.

file · pipe · HTTP response
        │ bytes
    captures/    take off what is wrapped round the stream: gzip, an HTTP head, a HAR …
        │
    formats/     decode: sse · ndjson · stream+json · json · json-seq · records · AWS · Vercel
        │ batches of Record ─────────► protocols/  Records → the message they add up to, and a verdict
    filters/     Record → Record
        │
    formats/     encode
        │ bytes
       out

for record in streamconv.read("capture.sse"): ...
problems = list(streamconv.check("capture.sse"))
message = streamconv.assemble("capture.sse")
ndjson = b"".join(streamconv.convert("capture.sse", to="ndjson"))
streamconv.run(chunks, streamconv.decoder("sse"), streamconv.encoder("ndjson"))
"""

from streamconv.api import (
    AsyncConversion,
    Conversion,
    aassemble,
    aconvert,
    aread,
    assemble,
    check,
    convert,
    payloads,
    read,
)
from streamconv.captures import CaptureError
from streamconv.detect import UnrecognisedError
from streamconv.formats import decoder, encoder
from streamconv.pipeline import Filter, TimedBytes, arun, each, keep, pipe, run
from streamconv.problem import PayloadError, Problem, StreamError
from streamconv.protocols import Assembler, Message
from streamconv.record import Record

__version__ = "0.1.0.dev0"

__all__ = [
    "Assembler",
    "AsyncConversion",
    "CaptureError",
    "Conversion",
    "Filter",
    "Message",
    "PayloadError",
    "Problem",
    "Record",
    "StreamError",
    "TimedBytes",
    "UnrecognisedError",
    "aassemble",
    "aconvert",
    "aread",
    "arun",
    "assemble",
    "check",
    "convert",
    "decoder",
    "each",
    "encoder",
    "keep",
    "payloads",
    "pipe",
    "read",
    "run",
]
