"""What the clients of event streams make of a stream: `streamconv compat`."""

from __future__ import annotations

from streamconv.compat.causes import Cause
from streamconv.compat.clients import CLIENTS, find
from streamconv.compat.comparison import Client, Comparison, Difference, Level, departed
from streamconv.compat.profile import WORDS, Departure, Handling, Profile
from streamconv.compat.reading import ClientEvent, Reader

__all__ = [
    "CLIENTS",
    "WORDS",
    "Cause",
    "Client",
    "ClientEvent",
    "Comparison",
    "Departure",
    "Difference",
    "Handling",
    "Level",
    "Profile",
    "Reader",
    "departed",
    "find",
]
