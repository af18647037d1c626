"""Captures: where the bytes of a stream come from, and what is known of them."""

from streamconv.captures.sources import AsyncCapture, Capture, open_async_source, open_source

__all__ = ["AsyncCapture", "Capture", "open_async_source", "open_source"]
