"""How much of a block is regular, and that the rest is left alone."""

from __future__ import annotations

import pytest

from streamconv.formats.sse import SSEDecoder
from streamconv.formats.sse_frames import Frames, fields_of, regular_frames, single_frame, whole_frames
from tests.reading import decode, everything


def test_data_lines_only() -> None:
    block = "data: 今\n\ndata:  x \n\ndata: \n\n".encode()
    raws = ["data: 今\n\n".encode(), b"data:  x \n\n", b"data: \n\n"]
    assert regular_frames(block + b"data: cut\n") == Frames(len(block), raws, ["今", " x ", ""], None, None)


def test_names_and_ids() -> None:
    block = b"event: e\ndata: 1\n\ndata: 2\nid:  7\n\nevent: e\ndata: 3\nid: 8\n\n"
    frames = regular_frames(block)
    assert frames is not None
    assert frames.size == len(block) == sum(map(len, frames.raws))
    assert frames.datas == ["1", "2", "3"]
    assert frames.events == ["e", "", "e"]
    assert frames.ids == ["", " 7", "8"]


def test_only_names_or_only_ids() -> None:
    named = regular_frames(b"event: e\ndata: 1\n\ndata: 2\n\n")
    assert named is not None
    assert (named.events, named.ids) == (["e", ""], None)
    numbered = regular_frames(b"data: 1\nid: 7\n\ndata: 2\n\n")
    assert numbered is not None
    assert (numbered.events, numbered.ids) == (None, ["7", ""])


@pytest.mark.parametrize(
    "rest",
    [
        *(b"data:x\n\n", b": c\n\n", b"\n", b"event: \ndata: 1\n\n", b"data: 1\nid: \n\n", b"data: 1\ndata: 2\n\n"),
        *(b"data: 1\r\n\r\n", b"data: 1\rid: 2\n\n", b"id: 1\ndata: 1\n\n", b"\xef\xbb\xbfdata: 1\n\n", b"data: cut\n"),
    ],
)
def test_it_ends_before_the_first_frame_that_is_not_regular(rest: bytes) -> None:
    assert regular_frames(rest) is None
    frames = regular_frames(b"data: 1\n\n" + rest + b"data: 2\n\n")
    assert frames is not None
    assert frames.size == 9


def test_bytes_that_need_a_closer_look_get_it() -> None:
    assert regular_frames(b"data: \xff\n\n") is None
    assert regular_frames(b"data: 1\nid: a\0\n\n") is None


def test_the_fields_of_one_frame() -> None:
    frame = ": a\nevent: e\ndata:1\ndata:  2\ndata: 3\nid:\nretry: 05\n:"
    assert fields_of(frame) == (9, "1\n 2\n3", "e", "", 5, ("a", ""))
    assert fields_of(": ping") == (2, None, None, None, None, ("ping",))


@pytest.mark.parametrize(
    "frame",
    [
        *(
            "",
            "data: 1\n\ndata: 2",
            "data",
            "event",
            "id",
            ":\n" * 9 + ":",
            "x: 1",
            "retry: -1",
            "Data: 1",
            "\ufeffdata: 1",
        ),
        "retry: " + "1" * 5000,
    ],
)
def test_a_frame_that_is_odd_is_left_alone(frame: str) -> None:
    assert fields_of(frame) is None


def test_a_single_frame_has_lf_alone() -> None:
    assert single_frame(b"data: 1\n\n") == (2, "1", None, None, None, ())
    for block in (b"data: 1\n\ndata: 2\n\n", b"data: 1\r\ndata: 2\n\n", b"id: \0\n\n", b"data: \xff\n\n"):
        assert single_frame(block) is None


def test_whole_frames_are_those_that_a_blank_line_ends() -> None:
    assert whole_frames(b"data: 1\n\n: c\n\ndata: 2\n") == ([b"data: 1\n\n", b": c\n\n"], ["data: 1", ": c"])
    assert whole_frames(b"data: 1\r\n\r\ndata: 2\r\n") == ([b"data: 1\r\n\r\n"], ["data: 1"])


@pytest.mark.parametrize(
    "block",
    [
        b"data: 1\n",
        b"data: \xff\n\n",
        b"id: \0\n\n",
        b"data: 1\r\n\n",
        b"data: 1\rid: 2\n\n",
        b"a\n\r\n",
        b"a\n\r\n\r\n",
    ],
)
def test_frames_that_need_a_closer_look_get_it(block: bytes) -> None:
    assert whole_frames(block) == ([], [])


def test_what_somebody_else_has_read_is_passed_over() -> None:
    """The records behind it are those of the whole stream: places, numbers and the last id go on."""
    head, passed, rest = b"data: 1\n\n", b"data: 2\nid: 7\n\n: c\n\n", b"data: 3\n\ndata: 4"
    reader = SSEDecoder()
    assert not reader.between  # it must see what the stream carries
    reader.feed(head)
    assert reader.between
    reader.pass_over(len(passed), lines=5, events=1, last_event_id="7")
    read = reader.feed(rest)
    assert [*map(everything, read)] == [*map(everything, decode("sse", [head + passed + rest])[3:4])]
    assert not reader.between
    assert reader.finish()[0].last_event_id == "7"


def test_without_an_id_the_last_one_stays() -> None:
    reader = SSEDecoder()
    reader.feed(b"id: 7\ndata: 1\n\n")
    reader.pass_over(9, lines=2, events=1, last_event_id="")
    assert reader.feed(b"data: 3\n\n")[0].last_event_id == "7"
