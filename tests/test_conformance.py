"""The cases written from the standards and the peers' own suites: exact bytes, and what they must read as."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamconv import Record
from streamconv.formats.faults import fault
from tests.conftest import FIXTURES
from tests.reading import adecode, bytewise, cut, decode, everything

CASES: list[dict[str, Any]] = json.loads((FIXTURES / "conformance.json").read_text())


def test_no_case_is_missing() -> None:
    assert len(CASES) == 240


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reads_as_the_standard_says_however_it_is_cut(case: dict[str, Any]) -> None:
    data = base64.b64decode(case["input_b64"])
    format = case["format"]
    whole = decode(format, [data])
    assert b"".join(record.raw for record in whole) == data
    _says_what_is_expected(case, whole, data)
    said = [*map(everything, whole)]
    cuts = case.get("chunks", [])
    for read in (decode, adecode):
        assert [*map(everything, read(format, bytewise(data)))] == said
        assert [*map(everything, read(format, cut(data, cuts)))] == said
    for record in whole:
        if record.kind in ("invalid", "incomplete"):
            assert fault(record).line == record.line or format == "stream+json"


def _says_what_is_expected(case: dict[str, Any], records: list[Record], data: bytes) -> None:
    events = [record for record in records if record.kind == "event"]
    if case["format"] != "sse":
        assert [record.data for record in events] == case["expect_raw"]
        assert [record.line for record in events] == case["expect_lines"]
        if "expect" in case:
            assert [record.json() for record in events] == case["expect"]
        return
    dispatched = []
    for record in events:
        event = {"event": record.type, "data": record.data, "id": record.last_event_id}
        dispatched.append(event if record.retry is None else event | {"retry": record.retry})
    assert dispatched == case["expect"]
    assert [comment for record in records for comment in record.comments] == case["comments"]
    assert (records[-1].last_event_id if records else "") == case["last_event_id"]
    retries = [record.retry for record in records if record.retry is not None]
    assert (retries[-1] if retries else None) == case["reconnection_time"]
    # Discarded: an incomplete event, or a comment whose line has no end.
    last = records[-1] if records else Record()
    half_comment = last.kind == "control" and last.raw.startswith(b":") and not last.raw.endswith((b"\n", b"\r"))
    assert (last.kind == "incomplete" or half_comment) == case["discarded_at_eof"]
