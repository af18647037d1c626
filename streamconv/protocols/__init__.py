"""What the payloads of a stream mean: the message that a model's stream adds up to, and whether it is whole.

A new protocol is one file, which says how it is recognised, adds up and ends, and one line in `registry`.
"""

from __future__ import annotations

from streamconv.protocols.assembler import Assembler, Said
from streamconv.protocols.message import Choice, Message, Part, Verdict
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.registry import PATIENCE, PROTOCOLS, find, protocol_of, recognise

__all__ = [
    "PATIENCE",
    "PROTOCOLS",
    "Assembler",
    "Choice",
    "Message",
    "Part",
    "Protocol",
    "Said",
    "Verdict",
    "find",
    "protocol_of",
    "recognise",
]
