"""Record: what it says, what it is equal to, what its payload is."""

from __future__ import annotations

import math

import msgspec
import pytest

from streamconv import PayloadError, Record


def test_equality_hash_and_repr_ignore_where_a_record_came_from() -> None:
    here = Record(data="x", id="1", raw=b"data: x\n\n", offset=3, line=2, number=1, time=0.5, format="sse")
    there = Record(data="x", id="1")
    assert here == there
    assert hash(here) == hash(there)
    assert repr(here) == repr(there) == "Record(data='x', id='1')"
    assert here != Record(data="y", id="1")
    assert here != "x"
    assert repr(Record("control", comments=("hi",))) == "Record('control', comments=('hi',))"
    assert len(repr(Record(data="x" * 1000))) < 80


def test_a_record_cannot_be_changed_only_replaced() -> None:
    record = Record(data="x", number=3)
    with pytest.raises(AttributeError):
        record.data = "y"  # type: ignore[misc]
    assert record.replace(data="y") == Record(data="y")
    assert record.replace(data="y").number == 3


def test_type_is_message_where_none_or_an_empty_one_was_written() -> None:
    assert [Record(event=event).type for event in (None, "", "ping")] == ["message", "message", "ping"]


def test_json_is_exact() -> None:
    assert Record(data='{"a":123456789012345678901234567890}').json() == {"a": 123456789012345678901234567890}
    assert Record(data="1" + "0" * 5000).json() == 10**5000
    assert Record(data='"\\ud83d"').json() == "\ud83d"
    assert math.isinf(Record(data="1e400").json())
    assert Record(data="-18446744073709551616").json() == -(2**64)
    assert Record(data="[1.5,1e3]").json() == [1.5, 1000.0]


def test_json_names_the_place_of_what_is_not() -> None:
    with pytest.raises(PayloadError, match="line 7: the payload is not JSON: wrong at byte 4, expected ':'"):
        Record(data='{"a"1}', line=7).json()
    with pytest.raises(PayloadError, match="ends after 5 bytes, expected a value"):
        Record(data='{"a":').json()
    with pytest.raises(PayloadError, match="wrong at byte 0, expected a value"):
        Record(data="NaN").json()
    with pytest.raises(PayloadError, match="no payload"):
        Record("control").json()
    with pytest.raises(PayloadError, match="nested deeper"):
        Record(data="[" * 100_000 + "]" * 100_000).json()
    assert issubclass(PayloadError, ValueError)


def test_the_end_marker_is_known() -> None:
    assert Record(data="[DONE]").is_end
    assert not Record(data='"[DONE]"').is_end


def test_it_is_a_cheap_struct() -> None:
    assert msgspec.structs.fields(Record)[0].name == "kind"
    assert not Record.__struct_config__.gc
