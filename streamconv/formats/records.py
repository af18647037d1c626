"""`application/x-streamconv-records`: one JSON object a record, all that a record knows, for jq and friends.

A payload that is an object or array is embedded unchanged as `data`; every other payload is `text`, a string (with
`"json":true` where it is a JSON scalar of a stream that carries JSON, so that it is one again when read back). So `jq
.data.choices` never trips over text, and `jq '.data // .text'` is any payload.
"""

from __future__ import annotations

import math
from typing import Any, Final

from streamconv import jsontext
from streamconv.formats.losses import report_losses
from streamconv.formats.payload import Writing, carried_by
from streamconv.formats.pieces import MAX_RECORD_SIZE
from streamconv.formats.rows import read_row
from streamconv.formats.standing import Standing
from streamconv.formats.stream_json import StreamJSONDecoder
from streamconv.jsonscan import WHITE_SPACE
from streamconv.pipeline import Filter
from streamconv.problem import Problem, Report
from streamconv.record import Carried, Record


class RecordsEncoder(Filter[list[Record], bytes]):
    """Records to one JSON object a line. Blank lines are not written."""

    def __init__(self, report: Report | None = None, writing: Writing = Writing()) -> None:
        self._losses = report
        self._places = not writing.stable
        self.file: str | None = None  # the name of the input, where there are several
        self.entry: int | None = None  # which stream of the input, where there are several

    def feed(self, item: list[Record], /) -> bytes:
        """The objects of this batch."""
        rows = [self._row(record) for record in item if not _says_nothing(record)]
        if self._losses is not None:
            for record in item:
                report_losses(record, "records", self._losses)
        return b"".join(rows)

    def finish(self) -> bytes:
        """Nothing is held back."""
        return b""

    def _row(self, record: Record) -> bytes:
        members: list[bytes] = []
        if self.file is not None:
            members.append(b'"file":' + jsontext.string(self.file))
        if self.entry is not None:
            members.append(b'"entry":%d' % self.entry)
        if self._places and record.number is not None:
            members.append(b'"n":%d' % record.number)
        if record.kind != "event":
            members.append(b'"kind":"%s"' % record.kind.encode())
        if record.event is not None:
            members.append(b'"event":' + jsontext.string(record.event))
        if record.id is not None:
            members.append(b'"id":' + jsontext.string(record.id))
        if record.retry is not None:
            members.append(b'"retry":%d' % record.retry)
        if record.comments:
            members.append(b'"comments":[' + b",".join(map(jsontext.string, record.comments)) + b"]")
        if record.unknown:
            pairs = (
                b"[" + jsontext.string(name) + b"," + jsontext.string(value) + b"]" for name, value in record.unknown
            )
            members.append(b'"unknown":[' + b",".join(pairs) + b"]")
        if record.data is not None:
            text = record.data.encode("utf-8", "surrogatepass")
            embedded = record.kind == "event" and jsontext.embeddable(text)
            members.append(b'"data":' + text if embedded else b'"text":' + jsontext.string(record.data))
            if record.is_end:
                members.append(b'"end":true')
            elif record.kind == "event" and record.carries == "json" and _is_scalar(text):
                members.append(b'"json":true')
        if self._places:
            if record.time is not None and math.isfinite(record.time):
                members.append(b'"time":' + repr(round(record.time, 6)).encode())
            members.append(b'"line":%d,"offset":%d,"size":%d' % (record.line, record.offset, len(record.raw)))
        return b"{" + b",".join(members) + b"}\n"


def _is_scalar(text: bytes) -> bool:
    """True for a JSON text that is no object or array, which nothing else would tell from text."""
    return text.lstrip(WHITE_SPACE)[:1] not in (b"{", b"[") and jsontext.valid(text)


def _says_nothing(record: Record) -> bool:
    """A blank line, or what else only takes up room."""
    return record.kind == "control" and record == _BLANK


_BLANK: Final = Record("control")


class RecordsDecoder(Filter[bytes, list[Record]]):
    """Reads what the encoder wrote, also after jq edited, reordered or pretty-printed it.

    `n`, `line`, `offset` and `size` are ignored: the place of a record is its place in these bytes. A key it does not
    know is reported (`records-unknown-key`); a value of the wrong type makes only its record invalid.
    """

    def __init__(self, *, report: Report | None = None, max_record_size: int = MAX_RECORD_SIZE) -> None:
        self._report = report
        self._objects = StreamJSONDecoder(max_record_size=max_record_size)
        self._number = 0
        self._last_event_id = ""
        self._carries: Carried | None = None
        self._origin: tuple[object, object] = (None, None)

    @property
    def standing(self) -> Standing | None:
        """Where reading stands; None inside an object."""
        at = self._objects.standing
        if at is None:
            return None
        manner = (at.manner, self._carries, self._origin)
        return Standing(
            offset=at.offset, line=at.line, number=self._number, last_event_id=self._last_event_id, manner=manner
        )

    @standing.setter
    def standing(self, standing: Standing) -> None:
        self._number, self._last_event_id = standing.number, standing.last_event_id
        manner, self._carries, self._origin = standing.manner
        _, _, any_read = manner
        self._objects.standing = Standing(
            offset=standing.offset, line=standing.line, number=int(any_read), manner=manner
        )

    def feed(self, item: bytes, /) -> list[Record]:
        """The records that these bytes complete."""
        return [self._read(record) for record in self._objects.feed(item)]

    def finish(self) -> list[Record]:
        """What the stream ended in."""
        return [self._read(record) for record in self._objects.finish()]

    def _read(self, row: Record) -> Record:
        if row.kind != "event" or row.data is None:
            return row.replace(format="records", carries=None)
        try:
            values, unknown = read_row(row.data.encode())
        except ValueError:
            return row.replace(kind="invalid", number=None, format="records", carries=None)
        if self._report is not None:
            for name in unknown:
                self._report(_unknown_key(row, name))
        return self._record(row, values)

    def _record(self, row: Record, values: dict[str, Any]) -> Record:
        origin = (values.pop("file", None), values.pop("entry", None))
        if origin != self._origin:  # another stream begins
            self._origin, self._last_event_id, self._carries = origin, "", None
        is_json = values.pop("json", False) or "data" in values
        data = values.pop("text", values.pop("data", None))
        kind = values.pop("kind", "event")
        if kind == "event" and data is None:
            kind = "control"  # a client dispatches nothing without data
        if data and self._carries is None:
            self._carries = carried_by(data)
        number = None
        if kind == "event":
            self._number = number = self._number + 1
        if kind in ("event", "control") and "id" in values:
            self._last_event_id = values["id"]
        return Record(
            kind,
            data,
            **values,
            last_event_id=self._last_event_id,
            raw=row.raw,
            offset=row.offset,
            line=row.line,
            number=number,
            format="records",
            carries="json" if is_json else self._carries,
        )


def _unknown_key(row: Record, name: str) -> Problem:
    return Problem(
        rule="records-unknown-key",
        severity="warning",
        message=f"a key that the records format does not have: {name[:40]!r}",
        line=row.line,
        offset=row.offset,
        length=len((row.data or "").encode()),
        record=row,
        hint="put it inside data",
    )
