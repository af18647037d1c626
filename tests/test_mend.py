"""What is mended, what is left alone, and that no payload changes by it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv.mend import Mender
from tests.reading import READABLE, bytewise, cut, decode, framed, hostile
from tests.rules.judging import names
from tests.rules.test_facts import VALUES


def mend(format: str, stream: bytes) -> bytes:
    mender = Mender(format)
    return mender.feed(stream) + mender.finish()


BOM = b"\xef\xbb\xbf"
TWO = b"data: 1\n\ndata: 2\n\n"

MENDED = {
    "sse": [
        (BOM + TWO, TWO),
        (BOM + BOM + TWO, BOM + BOM + TWO),  # the second belongs to the name of a field
        (b"data: 1\n\n" + BOM + b"data: 2\n\n", TWO),
        (b"data: 1\n\n" + BOM + b": ping\n\n", b"data: 1\n\n: ping\n\n"),
        (b"data: 1\r\rdata: 2\r\r", TWO),
        (b"data: 1\n\r\ndata: 2\r\n\r", TWO),
        (b"data: 1\r\n\ndata: 2\n\n", b"data: 1\r\n\r\ndata: 2\r\n\r\n"),
        (b"data: 1\n\ndata: 2\n", TWO),
        (b'data: {"a":1}', b'data: {"a":1}\n\n'),
        (b'data: {"a":1}\r\n\r\ndata: {"a":2}', b'data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n'),
        (b'data: {"a":1}\nid: 7\n', b'data: {"a":1}\nid: 7\n\n'),
        (b"data: 1\n\ndata: [DONE]", b"data: 1\n\ndata: [DONE]\n\n"),
        (b"data: 1\n\ndata: [DONE]\n", b"data: 1\n\ndata: [DONE]\n\n"),
        (b"data: 1\n\n: ping", b"data: 1\n\n: ping\n"),
    ],
    "ndjson": [
        (BOM + b"{}\n{}\n", b"{}\n{}\n"),
        (BOM + b"\n{}\n", b"{}\n"),
        (b"{}\n" + BOM + b"{}\n", b"{}\n{}\n"),
        (b"{}\n" + BOM + b"\n{}\n", b"{}\n{}\n"),
        (b"{}\n" + BOM + b" " + BOM + b"\n{}\n", b"{}\n{}\n"),
        (b'{"a":1}\n{"b":2}', b'{"a":1}\n{"b":2}\n'),
        (b"{}\n[1]", b"{}\n[1]\n"),
        (b'"x"\r\n"y"', b'"x"\r\n"y"\r\n'),
        (b"{}\n\n \t\r\n{}\n", b"{}\n{}\n"),
        (b"{}\n{}\r\n{}\n", b"{}\n{}\n{}\n"),
        (b"{}\r\n{}\n", b"{}\r\n{}\r\n"),
        (b"{},\n{} ,\n{},", b"{}\n{}\n{}\n"),
        (b'{ "a" : 1 }{"b":1} [] "x" 1\n', b'{ "a" : 1 }\n{"b":1}\n[]\n"x"\n1\n'),
        (b"{}\r{}\r\n", b"{}\n{}\n"),
        (b'{\n  "a" : 1.0\n}\n{"b":2}\n', b'{"a":1.0}\n{"b":2}\n'),
        (b'[{"a":1}, {"b":2}]\n', b'{"a":1}\n{"b":2}\n'),
        (b"[[1],[2]]", b"[1]\n[2]\n"),
        (BOM + b"[{}]\n\n" + BOM + b"\n", b"{}\n"),
        (b'[\n  {"a" : 1},\n  {\n    "b" : 2\n  }\n]\n', b'{"a" : 1}\n{"b":2}\n'),
        (b"[\n{}\n]\n\n{}\n", b"{}\n{}\n"),
    ],
    "stream+json": [
        (BOM + b"{}\n", b"{}\n"),
        (b"{},{}\n", b"{}\n{}\n"),
        (b"{} ,\n{}", b"{}\n{}\n"),
        (b"{}, {}\n", b"{} {}\n"),
        (b"1,2\n", b"1\n2\n"),
        (b"{}\n" + BOM + b"{}\n", b"{}\n{}\n"),
        (b'{"a":1} ', b'{"a":1} \n'),
        (b'"x"', b'"x"\n'),
    ],
    "json-seq": [(b"\x1e{}\x1e{}", b"\x1e{}\n\x1e{}\n"), (b"\x1e12 \x1e{}\n", b"\x1e12 \n\x1e{}\n")],
    "json": [(BOM + b"[1,\n2]", b"[1,\n2]")],
    "records": [(BOM + b'{"text":"a"}\n', b'{"text":"a"}\n')],
}

LEFT = {
    "sse": [
        *(TWO, b"", b"\n\n\n", b"data: 1\r\n\r\n: c\r\n\r\n"),
        b"data: cut",  # may have gone on
        b'data: {"a":',
        b'data: {"a":\n',
        b'data: {"a":1}\nid: 7',
        b"event: x\n",  # nothing is dispatched either way
        b"data: 1\n\nretry: 5",
        b"data: 1\n\nfoo",
        b"data: 1\n\n" + BOM + b"event: x\ndata: 2\n\n",  # without its mark the event would be another
        *(b"Data: 1\n\n", b"data : 1\n\n", b"data: caf\xe9\n\n", b"data: a\x00b\n\n", b"event: x\n\n"),
    ],
    "ndjson": [
        *(b"", b"{}\n{}\n", b"{}\r\n{}\r\n", b" {} \n"),
        *(b"{}\n12", b"{}\ntrue", b"{}\n-"),  # a number at the end may be cut
        *(b'{}\n{"a":', b'{}\n{"a":1', b"{'a':1}\n{}\n", b"# c\n{}\n", b"{}}\n{}\n", b"data: 1\n\x1e{}\n"),
        *(b"[1,2]\n", b"[1,2]\n[3,4]\n", b"[{}]\n{}\n", b"[]\n"),  # rows of values
        *(b"[\n{},\n{\n", b"[1,\nx\n2\n", b"[\n{}\n] x\n", b"[{},\n{}\n"),  # an array that is cut or broken
        *(b'{\n"a":\n}\n', b'{\n"a":1\n', b'{"a":"x\n"}\n{}\n'),
    ],
    "stream+json": [*(b"", b"{}{}\n{}\n", b"12", b"{}\n12", b",{}\n", b"{}\x1e{}\n", b"12true\n", b'{}\n{"a":\n')],
    "json-seq": [*(b"", b"\x1e{}\n", b"\x1e12\x1e{}\n", b"\x1e{}\n\x1etrue", b"{}\n", b'\x1e{"a":\n', b"\x1e\x1e{}\n")],
    "json": [*(b"", b"[1,]", b'{"a":1}', b"[1\n")],
    "records": [*(b"", b'{"text":"a"}{"text":"b"}', b"7\n")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("format", "stream", "mended"), [(format, *pair) for format, pairs in MENDED.items() for pair in pairs]
)
def test_mends(format: str, stream: bytes, mended: bytes) -> None:
    assert mend(format, stream) == mended
    mender = Mender(format)
    assert b"".join(map(mender.feed, bytewise(stream))) + mender.finish() == mended


@pytest.mark.parametrize(("format", "stream"), [(format, one) for format, streams in LEFT.items() for one in streams])
def test_leaves_alone_what_is_well_or_not_sure(format: str, stream: bytes) -> None:
    assert mend(format, stream) == stream


def test_a_record_over_the_limit_goes_through_as_it_is() -> None:
    """In pieces, each of which says only that it is too large."""
    line = b"data: " + b"x" * (64 * 2**20) + b"\r"
    mender = Mender("sse")
    pieces = [mender.feed(line), mender.feed(b"\n\ndata: 1\r\n\r\n"), mender.finish()]
    assert b"".join(pieces) == line + b"\n\ndata: 1\r\n\r\n"


def test_an_array_over_the_limit_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamconv.mend.MAX_RECORD_SIZE", 20)
    array = b"[\n" + b'{"a":1},\n' * 5 + b'{"a":2}\n]\n'
    assert mend("ndjson", array) == array
    assert mend("ndjson", b'[\n{"a":1}\n]\n') == b'{"a":1}\n'


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format 'xml'"):
        Mender("xml")


_OPENING = [b"", b"", BOM, b"HTTP/1.1 200 OK\r\n", b"{\n", b"[\n", b'{"a":1},\n']


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_mending_twice_changes_nothing_and_chunks_do_not_matter(format: str, data: st.DataObject) -> None:
    """Any bytes, any chunking: the same mended bytes, and nothing is left in them to mend."""
    stream = data.draw(st.sampled_from(_OPENING))
    stream += data.draw(st.one_of(hostile(format), framed()) if format == "sse" else hostile(format))
    mended = mend(format, stream)
    mender = Mender(format)
    assert b"".join(map(mender.feed, bytewise(stream))) + mender.finish() == mended
    mender = Mender(format)
    cuts = data.draw(st.lists(st.integers(0, 200), max_size=4))
    assert b"".join(map(mender.feed, cut(stream, cuts))) + mender.finish() == mended
    assert mend(format, mended) == mended


def _payloads(format: str, stream: bytes) -> list[str]:
    return [(record.data or "").strip() for record in decode(format, [stream]) if record.kind == "event"]


# These mends make records of what was none, or of one: what they give is asked for by example.
_MAKES_RECORDS = {"ndjson-array-document", "ndjson-multi-line-value", "sse-bom-inside"}


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_every_payload_survives_in_order(format: str, data: st.DataObject) -> None:
    """The payloads of the events before are among those after, in the same order."""
    stream = data.draw(st.one_of(hostile(format), framed()) if format == "sse" else hostile(format))
    if _MAKES_RECORDS.isdisjoint(names(format, stream)):
        after = iter(_payloads(format, mend(format, stream)))
        assert all(payload in after for payload in _payloads(format, stream))


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1, 2]), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_what_json_printed_in_any_way_becomes_one_value_a_line(
    values: list[object], indent: int | None, end: bytes, as_array: bool
) -> None:
    """An array of objects, or the objects one after the other, printed on one line or on many: the same lines."""
    objects = [{"v": value} for value in values] or [{}]
    printed = [objects] if as_array else objects
    stream = "".join(f"{json.dumps(one, indent=indent)}\n" for one in printed).encode().replace(b"\n", end)
    mended = mend("ndjson", stream)
    assert [json.loads(line) for line in mended.splitlines()] == objects
    assert [name for name in names("ndjson", mended) if name.startswith("ndjson-")] in ([], ["ndjson-crlf"])
