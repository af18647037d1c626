"""Rules `records-…`: our own format of records, and what no event stream can carry."""

from __future__ import annotations

from typing import Final

from streamconv.rules.faulty import Faulty
from streamconv.rules.rule import Rule

_RECORDS: Final = ("records",)


class RecordsInvalid(Faulty):
    """A row is not a record: not JSON, or a key with a value of the wrong type.

    Only this record is invalid; the others go on.
    """

    name = "records-invalid"
    severity = "error"
    clause = "README, Records"
    formats = _RECORDS
    hint = "the message names the key"
    bad = b'{"data":{"n":1},"retry":"soon"}\n'
    good = b'{"data":{"n":1},"retry":3000}\n'


class RecordsTruncated(Faulty):
    """The stream ends inside a row.

    The stream was cut.
    """

    name = "records-truncated"
    severity = "error"
    clause = "README, Records"
    formats = _RECORDS
    hint = "the stream was cut: look at what closed the connection"
    bad = b'{"data":{"n":1}}\n{"data":'
    good = b'{"data":{"n":1}}\n{"data":{"n":2}}\n'


class RecordsUnknownKey(Rule):
    """A row has a key that records do not have.

    It is left out; most likely it is mistyped, or belongs inside data.
    """

    name = "records-unknown-key"
    severity = "warning"
    clause = "README, Records"
    formats = _RECORDS
    hint = "put it inside data"
    bad = b'{"data":{"n":1},"name":"x"}\n'
    good = b'{"data":{"n":1},"event":"x"}\n'


class UnwritableField(Rule):
    """A name or an id holds a character that no event stream can carry: CR or LF, or NUL in an id.

    A line end would start another field. Writing refuses the record instead of mending it by guessing.
    """

    name = "sse-unwritable-field"
    severity = "error"
    clause = "WHATWG HTML 9.2.5 (a line holds no line end)"
    formats = _RECORDS
    hint = "take the character out"
    target = "sse"
    bad = b'{"event":"a\\nb","data":{"n":1}}\n'
    good = b'{"event":"ab","data":{"n":1}}\n'


RULES: Final[tuple[type[Rule], ...]] = (RecordsInvalid, RecordsTruncated, RecordsUnknownKey, UnwritableField)
