"""One message of `application/vnd.amazon.eventstream`: where it ends, whether it is whole, what its headers say.

total length (4 bytes, big-endian), length of the headers (4), CRC-32 of these 8 (4), headers, payload, CRC-32 of all
before (4). Amazon Lex V2 developer guide, "Event stream encoding"; the types of header values: Smithy 2.0,
"Amazon event stream specification".
"""

from __future__ import annotations

import re
import struct
from base64 import b64encode
from typing import Final
from zlib import crc32

PRELUDE: Final = 12  # bytes: two lengths and their checksum
CHECKSUM: Final = 4  # bytes
_LEAST: Final = PRELUDE + CHECKSUM

_LENGTHS = struct.Struct(">II")
_CRC = struct.Struct(">I")
# The first bytes of any prelude that the standard allows: headers up to 128 KiB, payloads up to 24 MiB.
_LIKELY_PRELUDE = re.compile(rb"(?=[\x00\x01]...\x00[\x00-\x02])(?!\x00{4})", re.DOTALL)


class MessageError(Exception):
    """Why bytes are no message: the rule, what was found, and at which of the bytes."""

    def __init__(self, rule: str, message: str, position: int) -> None:
        super().__init__(message)
        self.rule = rule
        self.position = position


def total_length(data: bytes | bytearray, start: int = 0) -> int:
    """The length of the message whose prelude, proved by its checksum, stands at `start`; 0 where none does."""
    lengths = data[start : start + 8]
    if len(data) < start + PRELUDE or crc32(lengths) != _CRC.unpack_from(data, start + 8)[0]:
        return 0
    total, headers = _LENGTHS.unpack(lengths)
    return int(total) if total >= headers + _LEAST else 0


def find_prelude(data: bytes | bytearray, start: int) -> int:
    """Where the next prelude begins, of a message no larger than the standard allows; -1 where there is none."""
    candidates = _LIKELY_PRELUDE.finditer(data, start)
    return next((match.start() for match in candidates if total_length(data, match.start())), -1)


def payload(raw: bytes) -> bytes:
    """What stands between the headers and the checksum of a message, or of as much of one as there is."""
    if len(raw) < PRELUDE:
        return b""
    total, headers = _LENGTHS.unpack_from(raw)
    return raw[PRELUDE + headers : total - CHECKSUM]


def read_headers(raw: bytes) -> dict[str, str]:
    """The headers of a message whose prelude is proved, values as text.

    Numbers are decimal, timestamps milliseconds since 1970, bytes base64. Raises MessageError where the message is not
    whole, or its headers are wrong.
    """
    total, size = _LENGTHS.unpack_from(raw)
    if len(raw) < total:
        raise MessageError("aws-cut-message", f"{len(raw)} of the {total} bytes of a message, then another", len(raw))
    found, wanted = crc32(raw[:-CHECKSUM]), _CRC.unpack_from(raw, total - CHECKSUM)[0]
    if found != wanted:
        message = f"the checksum of the message is {wanted:08X}, its bytes give {found:08X}"
        raise MessageError("aws-message-checksum", message, total - CHECKSUM)
    headers: dict[str, str] = {}
    data = raw[: PRELUDE + size]
    at = PRELUDE
    while at < len(data):
        name, value, after = _header(data, at)
        if name in headers:
            raise MessageError("aws-invalid-header", f"a second header {name!r}", at)
        headers[name] = value
        at = after
    return headers


def _header(data: bytes, at: int) -> tuple[str, str, int]:
    """The header at this byte: its name, its value as text, and where the next one begins."""
    try:
        name_end = at + 1 + data[at]
        name = data[at + 1 : name_end].decode()
        if not name:
            raise MessageError("aws-invalid-header", "a header without a name", at)
        kind, value = data[name_end], name_end + 1
        if kind in _LENGTH_FIRST:
            value += 2
            end = value + int.from_bytes(data[value - 2 : value])
        else:
            end = value + _SIZES[kind]
        if end > len(data):
            raise IndexError
        return name, _text(kind, data[value:end]), end
    except UnicodeDecodeError:
        raise MessageError("aws-invalid-header", "a header that is not UTF-8", at) from None
    except IndexError:
        raise MessageError(
            "aws-invalid-header", "a header that is longer than the headers are said to be", at
        ) from None
    except KeyError:
        message = f"the header {name!r} has a value of type {kind}; there are 0 to 9"
        raise MessageError("aws-invalid-header", message, name_end) from None


_TRUE, _FALSE, _BYTES, _STRING, _UUID = 0, 1, 6, 7, 9
_LENGTH_FIRST: Final = frozenset({_BYTES, _STRING})
_SIZES: Final = {_TRUE: 0, _FALSE: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, _UUID: 16}  # 2 to 5: integers; 8: a timestamp


def _text(kind: int, value: bytes) -> str:
    if kind == _STRING:
        return value.decode()
    if kind == _BYTES:
        return b64encode(value).decode()
    if kind == _UUID:
        digits = value.hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    if kind in (_TRUE, _FALSE):
        return "true" if kind == _TRUE else "false"
    return str(int.from_bytes(value, signed=True))


def fault(raw: bytes) -> MessageError | None:
    """Why these bytes are no message; None where they are one."""
    if len(raw) < PRELUDE:
        return MessageError("aws-invalid-prelude", f"{len(raw)} bytes that are not the start of a message", 0)
    total, headers = _LENGTHS.unpack_from(raw)
    found, wanted = crc32(raw[:8]), _CRC.unpack_from(raw, 8)[0]
    if found != wanted:
        message = f"no message starts here: the checksum of the prelude is {wanted:08X}, its bytes give {found:08X}"
        return MessageError("aws-invalid-prelude", message, 8)
    if not total_length(raw):
        message = f"a message of {total} bytes cannot have headers of {headers}"
        return MessageError("aws-invalid-prelude", message, 0)
    try:
        read_headers(raw)
    except MessageError as why:
        return why
    return None
