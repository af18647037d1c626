"""How much of a block is regular, and that the rest is left alone."""

from __future__ import annotations

import pytest

from streamconv.formats.sse_frames import Frames, regular_frames


def test_data_lines_only() -> None:
    block = "data: 今\n\ndata:  x \n\ndata: \n\n".encode()
    fields = [("", "今", ""), ("", " x ", ""), ("", "", "")]
    assert regular_frames(block + b"data: cut\n") == Frames(
        len(block), ["data: 今".encode(), b"data:  x ", b"data: "], fields, None
    )


def test_names_and_ids() -> None:
    block = b"event: e\ndata: 1\n\ndata: 2\nid:  7\n\nevent: e\ndata: 3\nid: 8\n\n"
    frames = regular_frames(block)
    assert frames is not None
    assert frames.size == len(block)
    assert frames.fields == [("e", "1", ""), ("", "2", " 7"), ("e", "3", "8")]
    assert frames.lines == [3, 3, 4]


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
