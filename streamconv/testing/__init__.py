"""For tests of code that reads or writes a stream: assertions, splits, snapshots. `strategies` is for hypothesis.

The fixtures `stream_capture` and `stream_server` come with the installation, as a plugin of pytest.
"""

from __future__ import annotations

from streamconv.testing.assertions import DataAssertions, StreamAssertions, assert_stream, assert_stream_async
from streamconv.testing.normalise import VOLATILE, normalise
from streamconv.testing.splits import SPLITS, Split, resplit, torture

__all__ = [
    "SPLITS",
    "VOLATILE",
    "DataAssertions",
    "Split",
    "StreamAssertions",
    "assert_stream",
    "assert_stream_async",
    "normalise",
    "resplit",
    "torture",
]
