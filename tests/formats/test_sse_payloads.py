"""Payloads taken from the bytes of many frames are those of each frame, and what else they say is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.formats.sse_payloads import Payloads, payloads
from tests.reading import decode, framed


def _found(block: bytes) -> tuple[object, ...] | None:
    found = payloads(block)
    return None if found is None else (found.size, found.lines, found.datas, found.names)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_frames_that_begin_alike_are_split(end: bytes) -> None:
    frames = [b"event: e\ndata: %d\n\n".replace(b"\n", end) % number for number in range(5)]
    block = b"".join(frames)
    found = payloads(block + b"data: cut")
    assert found is not None
    assert found[:-1] == (len(block), 15, [b"0", b"1", b"2", b"3", b"4"], b"", b"e", 0, b"", 0)
    assert found.end_of(2) == 2 * len(frames[0])


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_frames_with_the_fields_of_the_first(end: bytes) -> None:
    frames = [b"event: e\ndata: %d\nid: %d\n\n".replace(b"\n", end) % (number, number) for number in range(5)]
    comment = b": c" + 2 * end
    block = comment + b"".join(frames) + comment
    found = payloads(block + b"data: x" + 2 * end)
    assert found is not None
    assert found[:-1] == (len(block), 24, [b"0", b"1", b"2", b"3", b"4"], b"", b"e", 5, b"4", 2)
    assert [found.end_of(count) for count in (1, 5)] == [
        len(comment + frames[0]),
        len(block) - len(comment),
    ]


def test_lines_of_data() -> None:
    two = payloads(b"data: a\ndata:  b\n\ndata: \ndata: \n\ndata: c\n\n")
    assert two is not None
    assert (two.datas, two.line_break, two.lines) == ([b"a\ndata:  b", b"\ndata: "], b"\ndata: ", 6)
    some = payloads(b"data: a\ndata:  b\n\n" + b"data: c\n\ndata: \ndata: \n\n" * 4 + b"data:\n\n")
    assert some is not None
    assert (some.datas, some.line_break) == ([b"a\ndata:  b", *[b"c", b"\ndata: "] * 4], b"\ndata: ")
    many = payloads(b"data: a\n" * 9 + b"\n")
    assert many is not None
    assert many.datas == [b"\ndata: ".join([b"a"] * 9)]
    unspaced = payloads(b"id: 1\ndata:a\ndata:data: b\n\n")
    assert unspaced is not None
    assert (unspaced.datas, unspaced.line_break) == ([b"a\ndata:data: b"], b"\ndata:")


def test_some_of_the_fields() -> None:
    rare = b"id: 7\ndata: a\n\n"
    block = rare + b"data: 1\n\nevent: e\ndata: 2\n\n" * 9 + b"event: f\nid: 8\ndata: 3\n\n"
    found = payloads(block + b"data: 4\nid: 9\n\n")
    assert found is not None
    assert found.datas == [b"a", *[b"1", b"2"] * 9, b"3"]
    assert found.names == [b"", *[b"", b"e"] * 9, b"f"]
    assert (found.ids, found.last_id) == (2, b"8")


@pytest.mark.parametrize("name", [b"e", b"a.b{1}{x}", b"(\\", b" two", b"\xe4\xbb\x8a", b""])
def test_a_name_that_comes_again(name: bytes) -> None:
    frame, other = b"event: %b\ndata: 1\nid: 2\n\n" % name, b"event: other\ndata: 3\nid: 4\n\n"
    assert _found(frame * 9 + other) == (len(frame * 9), 36, [b"1"] * 9, name)
    # What it takes is too little: the frames after it have the same fields, or some of them.
    mixed = other + frame * 9 + other
    assert _found(mixed) == (
        (len(mixed), 44, [b"3", *[b"1"] * 9, b"3"], [b"other", *[name] * 9, b"other"])
        if name
        else (len(other), 4, [b"3"], b"other")
    )


def test_a_long_name_makes_no_pattern_of_its_own() -> None:
    name = b"n" * 100
    frame, other = b"event: %b\ndata: 1\nid: 2\n\n" % name, b"event: other\ndata: 3\nid: 4\n\n"
    assert _found(frame * 9) == (len(frame * 9), 36, [b"1"] * 9, name)
    assert _found(frame * 9 + other) == (len(frame * 9 + other), 40, [b"1"] * 9 + [b"3"], [name] * 9 + [b"other"])


def test_names_after_the_data() -> None:
    assert _found(b"data: 1\nevent: e\n\ndata: 2\nevent: f\n\n") == (36, 6, [b"1", b"2"], [b"e", b"f"])


@pytest.mark.parametrize(
    "rest",
    [
        *(
            b"retry: 1\n\n",
            b"data\n\n",
            b"\n",
            b"data:\n\n",
            b"id: \ndata: 1\n\n",
            b"event: \ndata: 1\n\n",
            b"data: \xff\n\n",
        ),
        *(
            b"data:1\n\n",
            b"data: 1\r\n\r\n",
            b"data: 1\rid: 2\n\n",
            b": c\nid: 1\ndata: 2\n\n",
            b"id: 1\ndata: 2\nid: 3\n\n",
        ),
        *(
            b"event: e\nevent: e\ndata: 1\n\n",
            b"data: 1\nid: 2\ndata: 3\n\n",
            b"\xef\xbb\xbfdata: 1\n\n",
            b"data: cut\n",
            b"x",
        ),
    ],
)
def test_what_is_not_regular_ends_it(rest: bytes) -> None:
    of_first = (15, 3, [b"a"], None)
    lines_end_otherwise = b"\r" in rest
    assert _found(b"id: 1\ndata: a\n\n" + rest) == (None if lines_end_otherwise else of_first)
    found = payloads(rest)
    assert found is None or found.size == len(rest)  # it may be regular by itself
    mixed = b"id: 1\ndata: a\n\nevent: e\ndata: b\n\n" * 3
    of_all = (len(mixed), 18, [b"a", b"b"] * 3, [b"", b"e"] * 3)
    assert _found(mixed + rest) == (None if lines_end_otherwise else of_all)


def test_an_id_with_nul_is_none() -> None:
    assert payloads(b"id: 1\0\ndata: a\n\n") is None
    assert _found(b"event: e\0\ndata: a\n\ndata: b\n\n") == (19, 3, [b"a"], b"e\0")


@given(framed(), st.sampled_from([b"\n", b"\r\n"]))
def test_they_say_what_the_frames_say(stream: bytes, end: bytes) -> None:
    stream = stream.replace(b"\r\n", b"\n").replace(b"\n", end)
    stream = b"id: 1\ndata: 2\n\n".replace(b"\n", end) + stream
    assert payloads(stream) is not None or b"\r" in stream
    at = 0
    while at < len(stream):
        found = payloads(stream[at:])
        if found is None:
            at = stream.find(2 * end, at) + 2 * len(end) if 2 * end in stream[at:] else len(stream)
        else:
            _check(stream[at : at + found.size], found)
            at += found.size


def _check(part: bytes, found: Payloads) -> None:
    records = decode("sse", [b"data: {}\n\n" + part])[1:]
    events = [record for record in records if record.kind == "event"]
    datas = [data.replace(found.line_break or b"\n", b"\n").decode() for data in found.datas]
    names = found.names if isinstance(found.names, list) else [found.names or b""] * len(events)
    ids = [record.id for record in events if record.id is not None]
    assert [record.data for record in events] == datas
    assert [record.event or "" for record in events] == [name.decode() for name in names]
    assert (found.ids, found.last_id.decode()) == (len(ids), ids[-1] if ids else "")
    assert found.lines == part.count(b"\n")
    assert found.comments == len(records) - len(events)
    assert all(record.comments for record in records if record.kind != "event")
    for count, record in enumerate(events, 1):
        assert found.end_of(count) == record.offset + len(record.raw) - len(b"data: {}\n\n")
