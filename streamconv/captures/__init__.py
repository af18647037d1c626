"""Captures: where the bytes of a stream come from, and the layers taken off round it.

A layer is recognised by its first bytes, taken off as they come, and told as a Problem of severity info. One that holds
several streams (a HAR, a cassette, an archive) has entries, of which one is taken, or all.
"""

from streamconv.captures.capture import (
    AsyncCapture,
    Capture,
    open_async_source,
    open_source,
    open_stream,
    open_streams,
    reporting,
)
from streamconv.captures.chain import Chain, chain_of, parse_chain
from streamconv.captures.entries import Entry
from streamconv.captures.layer import CaptureError, NoStreamError, Peeled, SeveralStreamsError
from streamconv.captures.sources import Opened, open_bytes

__all__ = [
    "AsyncCapture",
    "Capture",
    "CaptureError",
    "Chain",
    "Entry",
    "NoStreamError",
    "Opened",
    "Peeled",
    "SeveralStreamsError",
    "chain_of",
    "open_async_source",
    "open_bytes",
    "open_source",
    "open_stream",
    "open_streams",
    "parse_chain",
    "reporting",
]
