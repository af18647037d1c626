"""How much of a block is regular, and that the rest is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import decoder
from streamconv.formats import sse_blocks
from streamconv.formats.sse import SSEDecoder
from streamconv.formats.sse_frames import Alike, Frames, Like, alike_frames, fields_of, regular_frames, single_frame
from tests.reading import bytewise, decode, everything


def test_frames_that_begin_alike() -> None:
    block = "data: 今\n\ndata:  x \n\ndata: \n\n".encode()
    alike = Alike(b"data: ", None, ["今".encode(), b" x ", b""], b"\n\n")
    assert alike_frames(block + b"data: cut\n") == alike
    assert (alike.lines, alike.size(2), alike.size(3)) == (2, 22, 30)
    assert b"".join(alike.raws()) == block
    named = alike_frames(b"event: e\r\ndata:1\r\n\r\nevent: e\r\ndata:2\r\n\r\n")
    assert named == Alike(b"event: e\r\ndata:", b"e", [b"1", b"2"], b"\r\n\r\n")
    assert named.lines == 3


@pytest.mark.parametrize(
    "rest",
    [
        *(b"data:x\n\n", b": c\n\n", b"event: e\ndata: 1\n\n", b"data: 1\nid: 2\n\n", b"data: 1\ndata: 2\n\n"),
        *(b"data: 1\r\n\r\n", b"id: 1\ndata: 1\n\n", b"\xef\xbb\xbfdata: 1\n\n", b"data: cut\n"),
    ],
)
def test_they_end_before_the_first_of_another_kind(rest: bytes) -> None:
    alike = alike_frames(b"data: 1\n\ndata: 2\n\n" + rest + b"data: 3\n\n")
    assert alike is not None
    assert alike.payloads == [b"1", b"2"]


@pytest.mark.parametrize(
    "block",
    [
        *(b": c\n\n", b"id: 1\ndata: 1\n\n", b"data: 1\n", b"data: 1\r\n\n", b"event: e\r\ndata: 1\n\n"),
        *(
            b"data: 1\n\ndata: a\rb\n\n",
            b"data: 1\n\ndata: 2\r\n\ndata: 3\n\n",
            b"data:1\n\ndata: 2\n\n",
            b"data: 1\n\n\ndata: 2\n\n",
            b"event:\ndata: 1\n\n",
        ),
    ],
)
def test_nothing_is_alike_that_needs_a_closer_look(block: bytes) -> None:
    assert alike_frames(block) is None


def test_names_ids_and_lines() -> None:
    block = b"event: e\ndata: 1\n\ndata: 2\ndata:3\ndata:  4\nid:  7\n\n"
    block += b"id: 8\nevent:e\ndata:3\nid: 9\n\ndata: 1\ndata: 2\n\n"
    frames = regular_frames(block)
    assert frames is not None
    assert b"".join(frames.raws) == block
    assert frames.datas == ["1", "2\n3\n 4", "3", "1\n2"]
    assert frames.events == ["e", None, "e", None]
    assert frames.ids == [None, " 7", "9", None]
    assert frames.comments == {}


def test_comments_between() -> None:
    block = b"data: 1\r\n\r\n: a\r\n:b\r\n\r\ndata: 2\r\n\r\n"
    raws = [b"data: 1\r\n\r\n", b": a\r\n:b\r\n\r\n", b"data: 2\r\n\r\n"]
    assert regular_frames(block + b"data: cut") == Frames(raws, ["1", "", "2"], None, None, {1: ": a\r\n:b\r\n"}, None)


def test_only_names_or_only_ids() -> None:
    named = regular_frames(b"event: e\ndata: 1\n\ndata: 2\n\n")
    assert named is not None
    assert (named.events, named.ids) == (["e", None], None)
    numbered = regular_frames(b"data: 1\nid: 7\n\ndata: 2\n\n")
    assert numbered is not None
    assert (numbered.events, numbered.ids) == (None, ["7", None])


@pytest.mark.parametrize(
    "rest",
    [
        *(b"\n", b"event: \ndata: 1\n\n", b"data: 1\nid: \n\n", b"event: e\n\n", b"retry: 1\n\n", b"data: 1\n: c\n\n"),
        *(b"data: 1\nevent: e\n\n", b"\xef\xbb\xbfdata: 1\n\n"),
    ],
)
def test_they_end_before_the_first_that_is_not_regular(rest: bytes) -> None:
    assert regular_frames(rest) is None
    frames = regular_frames(b"data: 1\n\n" + rest + b"data: 2\n\n")
    assert frames is not None
    assert frames.raws == [b"data: 1\n\n"]


@pytest.mark.parametrize(
    "block",
    [
        b"data: \xff\n\n",
        b"data: 1\nid: a\0\n\n",
        b"data: 1\rid: 2\n\n",
        b"data: 1\n\r\n",
        b":\n\n: a\r\n",
        b"data: cut\n",
    ],
)
def test_bytes_that_need_a_closer_look_get_it(block: bytes) -> None:
    assert regular_frames(block) is None


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


@pytest.mark.parametrize(
    ("frame", "fields"),
    [
        (b"data: 1\n\n", (2, "1", None, None, None, ())),
        (b"data: 1\r\n\r\n", (2, "1", None, None, None, ())),
        (b"id: 1\nevent: e\ndata: 1\ndata:2\ndata: 3\nid: 2\n\n", (7, "1\n2\n3", "e", "2", None, ())),
        (b": a\n:b\n\n", (3, None, None, None, None, ("a", "b"))),
        (b"retry: 5\n: c\ndata: 1\n\n", (4, "1", None, None, 5, ("c",))),
        (b"event: e\r\ndata: 1\r\ndata:  2\r\nid: 3\r\n\r\n", (5, "1\n 2", "e", "3", None, ())),
        (b"data: 1\r\ndata:2\r\ndata: 3\r\n\r\n", (4, "1\n2\n3", None, None, None, ())),
        (b": a\r\n:b\r\n\r\n", (3, None, None, None, None, ("a", "b"))),
        (b"retry: 5\r\n: c\r\ndata: 1\r\n\r\n", (4, "1", None, None, 5, ("c",))),
    ],
)
def test_a_single_frame(frame: bytes, fields: tuple[object, ...]) -> None:
    assert single_frame(frame) == fields


@pytest.mark.parametrize(
    "block",
    [
        *(b"data: 1\n\ndata: 2\n\n", b"data: 1\r\ndata: 2\n\n", b"id: \0\n\n", b"data: \xff\n\n", b"data: 1\n"),
        *(b"data: 1\nid: \0\n\n", b"data: 1\r\n\n", b"data: 1\rid: 2\n\n", b"retry: 1\n\n\n"),
        *(b"data: 1\n2\r\n\r\n", b": a\n:b\r\n\r\n", b"retry: 1\r\ndata: \r2\n\r\n\r\n", b""),
    ],
)
def test_what_is_not_a_single_frame(block: bytes) -> None:
    assert single_frame(block) is None


def test_what_somebody_else_has_read_is_passed_over() -> None:
    """The records behind it are those of the whole stream: places, numbers and the last id go on."""
    head, passed, rest = b"data: 1\n\n", b"data: 2\nid: 7\n\n: c\n\n", b"data: 3\n\ndata: 4"
    reader = SSEDecoder()
    reader.feed(head)
    assert reader.standing is not None
    reader.standing = reader.standing.after(len(passed), lines=5, events=1, last_event_id="7")
    read = reader.feed(rest)
    assert [*map(everything, read)] == [*map(everything, decode("sse", [head + passed + rest])[3:4])]
    assert reader.standing is None
    assert reader.finish()[0].last_event_id == "7"


def test_without_an_id_the_last_one_stays() -> None:
    reader = SSEDecoder()
    reader.feed(b"id: 7\ndata: 1\n\n")
    assert reader.standing is not None
    reader.standing = reader.standing.after(9, lines=2, events=1)
    assert reader.feed(b"data: 3\n\n")[0].last_event_id == "7"


def test_a_chunk_that_is_one_frame_too_large_comes_in_pieces_too() -> None:
    reader = decoder("sse", max_record_size=12)
    assert [record.kind for record in reader.feed(b"data: 1\n\n")] == ["event"]
    assert [record.kind for record in reader.feed(b"data: 123\n\n")] == ["event"]
    assert [record.raw for record in reader.feed(b"data: 1234567\n\n")] == [b"data: 123456", b"7\n\n"]
    assert [record.kind for record in reader.feed(b"data: 2\n\n")] == ["event"]


@pytest.mark.parametrize(
    "stream",
    [
        (b"data: 1\n\n" * 3000 + b"data: \xff\n\n") * 4,
        (b"data: 1\nid: 2\n\n" * 2000 + b"data: \r \n\n") * 4,
        b"data: 1\n\nretry: 1\n\n" * 5000,
        b"data: 1\nid: 2\n\nunknown: 1\n\n" * 3000,
        b"data: 1\r\n\r\ndata: 2\n\n" * 4000,
    ],
)
def test_looks_that_are_in_vain_become_rare(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """All looks together see each byte a few times, whatever the stream does to make them fail."""
    looked_at = 0

    def counted(find: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def find_and_count(block: bytes) -> object:
            nonlocal looked_at
            looked_at += len(block)
            return find(block)

        return find_and_count

    for name in ("alike_frames", "regular_frames"):
        monkeypatch.setattr(sse_blocks, name, counted(getattr(sse_blocks, name)))
    read = [*map(everything, decode("sse", [stream]))]
    assert looked_at < 20 * len(stream)
    assert read == [*map(everything, decode("sse", bytewise(stream)))]


NAMED = Like(b"\n", "e", id_first=None)
CRLF = Like(b"\r\n", "e", id_first=False)
ID_FIRST = Like(b"\n", "e", id_first=True)


@pytest.mark.parametrize(
    ("like", "frame"),
    [
        (NAMED, "event: e\ndata:  今\0\n\n"),
        (NAMED, "event: e\ndata: \n\n"),
        (NAMED, "event: e\ndata: 1\ndata: \ndata: 3\n\n"),
        (CRLF, "event: e\r\ndata: 1\r\ndata:  2\r\nid: 年\r\n\r\n"),
        (CRLF, "event: e\r\ndata: id: 1\r\nid: \r\n\r\n"),
        (ID_FIRST, "id:  2\nevent: e\ndata: 1\ndata: id: 2\n\n"),
        (Like(b"\r\n", None, id_first=True), "id: \r\ndata: \r\n\r\n"),
        (Like(b"\n", None, id_first=False), "data: 2\nid: 2\n\n"),
    ],
)
def test_a_frame_like_another_says_what_its_lines_say(like: Like, frame: str) -> None:
    lines = frame.replace("\r\n", "\n").removesuffix("\n\n")
    assert like.fields(frame.encode()) == fields_of(lines)
    assert like.fields(frame.encode()) == single_frame(frame.encode())


@pytest.mark.parametrize(
    ("like", "frame"),
    [
        *((NAMED, frame) for frame in (b"data: 1\n\n", b"event: e\ndata: 1\n", b"event: e\ndata:1\n\n", b"\n\n", b"")),
        *((NAMED, b"event: e\ndata: " + value + b"\n\n") for value in (b"\xff", b"a\rb", b"1\r", b"1\r\ndata: 2")),
        *((NAMED, b"event: e\ndata: " + value + b"\n\n") for value in (b"1\nid: 2", b"1\n\ndata: 2", b"1\ndata:2")),
        *((CRLF, b"event: e\r\ndata: 1" + rest + b"\r\n\r\n") for rest in (b"", b"\nid: 2", b"\r\n: c\r\nid: 2")),
        *((CRLF, b"event: e\r\ndata: 1\r\nid: " + id + b"\r\n\r\n") for id in (b"\0", b"\xff", b"\n", b"a\rb")),
        *((ID_FIRST, b"id: " + rest + b"\n\n") for rest in (b"2", b"2\ndata: 1", b"2\nid: 3\nevent: e\ndata: 1")),
    ],
)
def test_a_frame_is_not_like_another_where_a_value_needs_a_closer_look(like: Like, frame: bytes) -> None:
    assert like.fields(frame) is None


_VALUES = st.sampled_from([b"", b" ", b"1", b"id: 2", "今".encode(), b"\xff", b"\0", b"\r", b"\n", b"\r\n", b":", b"e"])
_LINES = st.tuples(st.sampled_from([b"data: ", b"data:", b"id: ", b"event: ", b": ", b"retry: ", b"x: ", b""]), _VALUES)


@given(
    st.lists(st.lists(_LINES, max_size=4), min_size=1, max_size=3),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.tuples(st.integers(0, 60), _VALUES), max_size=3),
)
def test_frames_that_come_one_a_chunk_are_read_as_their_lines_are(
    frames: list[list[tuple[bytes, bytes]]], line_end: bytes, changes: list[tuple[int, bytes]]
) -> None:
    """Each frame comes again and again, so that the next is expected to be like it; then bytes get into the last."""
    written = [b"".join(name + value + line_end for name, value in lines) + line_end for lines in frames]
    chunks = [b"data: 0\n\n", *(frame for frame in written for _ in range(3))]
    for at, value in changes:
        chunks.append(written[-1][:at] + value + written[-1][at:])
    assert [*map(everything, decode("sse", chunks))] == [*map(everything, decode("sse", bytewise(b"".join(chunks))))]


def test_a_live_frame_like_the_last_one_but_for_its_bytes_is_read_by_its_lines() -> None:
    reader = SSEDecoder()
    reader.feed(b"data: 1\n\n")
    assert [record.data for record in reader.feed(b"data: \xff\n\n")] == ["\ufffd"]
