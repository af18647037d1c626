"""Which rows are shown, and what of them: --filter, --event, --where, --path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import click

from streamconv import jsontext
from streamconv.examine import Row
from streamconv.filters import Events, ExpressionError, Where
from streamconv.filters.expressions import compile_expression
from streamconv.reports.payloads import is_json


class Found(NamedTuple):
    """What was found in a payload: a JSON text, the text of a string, or, aside, why there is nothing to show."""

    sort: Literal["json", "text", "aside"]
    text: str


class Chosen:
    """Tells which rows are shown. Raises click.UsageError for what cannot be asked."""

    def __init__(
        self, pattern: re.Pattern[str] | None, events: tuple[str, ...], where: str | None, path: str | None
    ) -> None:
        self._pattern = pattern
        self._events = Events(*events) if events else None
        try:
            self._where = Where(where) if where is not None else None
            self._path: Callable[..., Any] | None = compile_expression(path) if path is not None else None
        except ExpressionError as error:
            raise click.UsageError(str(error)) from None
        self.all = pattern is None and not events and where is None

    def __call__(self, row: Row) -> bool:
        """Whether the row is shown. What cannot be read is, unless a pattern is given that it does not match."""
        record = row.record
        if self._pattern is not None and not self._matches(row, self._pattern):
            return False
        if self._events is None and self._where is None:
            return True
        if record.kind != "event":
            return record.kind != "control"
        return (self._events is None or bool(self._events.feed([record]))) and (
            self._where is None or bool(self._where.feed([record]))
        )

    def _matches(self, row: Row, pattern: re.Pattern[str]) -> bool:
        record = row.record
        texts = (row.label, record.id, record.data, *record.comments)
        return any(text is not None and pattern.search(text) for text in texts)

    def found(self, row: Row) -> Found | None:
        """What --path finds in the payload; None where all of it is to be shown."""
        if self._path is None or row.record.kind != "event":
            return None
        value = self._path(row.record)
        if value is None:  # JMESPath does not tell a null from what is not there
            data = (row.record.data or "").encode("utf-8", "replace")
            return Found("aside", "—" if is_json(row.record) and jsontext.valid(data) else "(text)")
        if isinstance(value, str):
            return Found("text", value)
        try:
            return Found("json", jsontext.dumps(value).decode())
        except ValueError as error:
            return Found("aside", f"({error})")
