"""Rules `aws-…`: messages of `application/vnd.amazon.eventstream`, whose places are bytes."""

from __future__ import annotations

from binascii import crc32
from typing import Final

from streamconv.rules.faulty import Faulty
from streamconv.rules.rule import Rule

_AWS: Final = ("aws-eventstream",)
_CLAUSE: Final = "Amazon Lex V2 developer guide, Event stream encoding"


def _message(payload: bytes, headers: bytes = b"") -> bytes:
    """A whole message, for the examples."""
    lengths = (16 + len(headers) + len(payload)).to_bytes(4) + len(headers).to_bytes(4)
    start = lengths + crc32(lengths).to_bytes(4) + headers + payload
    return start + crc32(start).to_bytes(4)


_GOOD: Final = _message(b'{"n":1}') + _message(b'{"n":2}')


class Truncated(Faulty):
    """The stream ends inside a message.

    The connection was closed in the middle of it. botocore raises, and so loses only this message.
    """

    name = "aws-truncated"
    severity = "error"
    clause = _CLAUSE
    formats = _AWS
    hint = "the stream was cut: look at what closed the connection"
    bad = _GOOD[:-5]
    good = _GOOD


class CutMessage(Faulty):
    """A message ends early: another one begins inside it.

    Bytes were lost between two messages, or captures were joined after a cut.
    """

    name = "aws-cut-message"
    severity = "error"
    clause = _CLAUSE
    formats = _AWS
    hint = "was the capture taken with dropped bytes, or joined?"
    bad = _message(b'{"n":1,"text":"a long one"}')[:-20] + _GOOD
    good = _GOOD


class MessageChecksum(Faulty):
    """The checksum of a message does not fit its bytes.

    Something changed them on the way: most likely the capture was taken as text.
    """

    name = "aws-message-checksum"
    severity = "error"
    clause = _CLAUSE
    formats = _AWS
    hint = "take the capture as bytes, without re-encoding"
    bad = _GOOD.replace(b'"n":1', b'"n":7')
    good = _GOOD


class InvalidPrelude(Faulty):
    """No message begins where one should.

    The two lengths at the start of a message have a checksum of their own; here it does not fit, or they make no sense.
    """

    name = "aws-invalid-prelude"
    severity = "error"
    clause = _CLAUSE
    formats = _AWS
    hint = "is it an event stream of AWS? streamconv detect says what it looks like"
    bad = b"HTTP/1.1 200 OK\r\n\r\n" + _GOOD
    good = _GOOD


class InvalidHeader(Faulty):
    """The headers of a message are not well formed.

    The message is whole, and what its headers say cannot be read: an unknown type of value, or a length past the end.
    """

    name = "aws-invalid-header"
    severity = "error"
    clause = "Smithy 2.0, Amazon event stream specification"
    formats = _AWS
    hint = "the writer is broken: its checksums fit"
    bad = _message(b'{"n":1}', b"\x01a\x0b")
    good = _message(b'{"n":1}', b"\x01a\x00")


RULES: Final[tuple[type[Rule], ...]] = (Truncated, CutMessage, MessageChecksum, InvalidPrelude, InvalidHeader)
