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

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # the same names once more, for those who read and do not run: mypy, pyright, editors
    from streamconv.api import aassemble, aread, assemble, check, payloads, read
    from streamconv.captures import CaptureError
    from streamconv.conversion import AsyncConversion, Conversion, aconvert, convert
    from streamconv.detect import UnrecognisedError
    from streamconv.formats import decoder, encoder
    from streamconv.pipeline import Filter, TimedBytes, arun, each, keep, pipe, run
    from streamconv.problem import PayloadError, Problem, StreamError
    from streamconv.protocols.assembler import Assembler
    from streamconv.protocols.message import Message
    from streamconv.record import Record

__version__ = "0.1.0"

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

# Which module each public name is of. It is imported when the name is first asked for: who reads needs no protocols,
# and `streamconv --version` nothing at all.
_HOMES: Final = {
    "Assembler": "streamconv.protocols.assembler",
    "AsyncConversion": "streamconv.conversion",
    "CaptureError": "streamconv.captures",
    "Conversion": "streamconv.conversion",
    "Filter": "streamconv.pipeline",
    "Message": "streamconv.protocols.message",
    "PayloadError": "streamconv.problem",
    "Problem": "streamconv.problem",
    "Record": "streamconv.record",
    "StreamError": "streamconv.problem",
    "TimedBytes": "streamconv.pipeline",
    "UnrecognisedError": "streamconv.detect",
    "aassemble": "streamconv.api",
    "aconvert": "streamconv.conversion",
    "aread": "streamconv.api",
    "arun": "streamconv.pipeline",
    "assemble": "streamconv.api",
    "check": "streamconv.api",
    "convert": "streamconv.conversion",
    "decoder": "streamconv.formats",
    "each": "streamconv.pipeline",
    "encoder": "streamconv.formats",
    "keep": "streamconv.pipeline",
    "payloads": "streamconv.api",
    "pipe": "streamconv.pipeline",
    "read": "streamconv.api",
    "run": "streamconv.pipeline",
}


def __getattr__(name: str) -> object:
    """A public name that nobody asked for before (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'streamconv' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


class _Package(ModuleType):
    """The package. To import `streamconv.convert`, the module, must not put it in the place of the function: importing
    makes a module an attribute of its package.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
