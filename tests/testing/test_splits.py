"""Splits and torture: every way to cut is tried, and the smallest cut that matters is shown."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

import pytest

from streamconv import Record, arun, decoder, run
from streamconv.testing import SPLITS, Split, resplit, torture
from tests.conftest import FIXTURES

DATA = "data: 今é\r\n\r\n".encode()  # 今 is bytes 6 to 8, é 9 and 10, CRLF 11 and 13


@pytest.mark.parametrize("split", SPLITS)
def test_no_split_changes_what_we_read(split: Split) -> None:
    data = (FIXTURES / "tokens.sse").read_bytes()
    whole = [*run([data], decoder("sse"))]
    chunkings = [*resplit(data, split)]
    assert chunkings
    for chunks in chunkings:
        assert b"".join(chunks) == data
        assert [*run(chunks, decoder("sse"))] == whole


def _cuts(split: Split, data: bytes = DATA) -> list[list[int]]:
    found = []
    for chunks in resplit(data, split):
        ends = [sum(map(len, chunks[: n + 1])) for n in range(len(chunks))]
        found.append(ends[:-1])
    return found


def test_each_split_cuts_where_it_says() -> None:
    assert _cuts("whole") == [[]]
    assert _cuts("inside-crlf") == [[12, 14]]
    assert _cuts("inside-utf-8") == [[7, 8, 10]]
    assert _cuts("bytes") == [[*range(1, 15)]]
    assert _cuts("every-cut") == [[at] for at in range(1, 15)]


def test_where_there_is_nothing_to_cut_it_is_the_whole() -> None:
    for split in SPLITS:
        assert [*resplit(b"", split)] == [[b""]]
        assert [*resplit(b"a", split)] == [[b"a"]]
    with pytest.raises(
        ValueError, match="no split 'crlf'; there are whole, every-cut, inside-crlf, inside-utf-8, bytes"
    ):
        resplit(b"", "crlf")  # type: ignore[arg-type]


def test_of_many_cuts_those_that_tell_the_most_are_made() -> None:
    data = b"x" * 5000 + "é\r\n".encode() + b"y" * 5000
    cuts = [cut for (cut,) in _cuts("every-cut", data)]
    assert len(cuts) == 1000
    assert {5001, 5003} < {*cuts}  # inside é, inside CRLF
    assert {5002, 5004} < {*cuts}  # before CR, after LF
    assert cuts == sorted({*cuts})
    assert min(cuts) < 20
    assert max(cuts) > 9980


def test_more_telling_cuts_than_can_be_made_are_spread() -> None:
    cuts = [cut for (cut,) in _cuts("every-cut", "é".encode() * 3000)]
    assert len(cuts) == 1000
    assert all(cut % 2 for cut in cuts)
    assert max(cuts) > 5900


def test_torture_passes_what_does_not_depend_on_chunks() -> None:
    torture(lambda chunks: run(chunks, decoder("sse")), DATA)

    async def read(chunks: AsyncIterable[bytes]) -> list[Record]:
        return [record async for record in arun(chunks, decoder("sse"))]

    torture(read, DATA)
    torture(lambda chunks: arun(chunks, decoder("sse")), DATA)


def _failure(parser: object, data: bytes = DATA) -> list[str]:
    with pytest.raises(AssertionError) as failed:
        torture(parser, data)  # type: ignore[arg-type]
    return str(failed.value).splitlines()


def test_torture_shows_a_cut_inside_a_character() -> None:
    def parse(chunks: Iterable[bytes]) -> str:
        return "".join(chunk.decode("utf-8", "replace") for chunk in chunks)

    assert _failure(parse) == [
        "torture: a cut after byte 7, inside '今', changes what the parser returns",
        r"  b'data: \xe4' | b'\xbb\x8a\xc3\xa9\r\n\r\n'",
        r"  whole: 'data: 今é\r\n\r\n'",
        r"  split: 'data: ���é\r\n\r\n'",
    ]


def test_torture_shows_what_a_parser_raises_and_awaits_it() -> None:
    async def parse(chunks: AsyncIterable[bytes]) -> AsyncIterator[str]:
        async for chunk in chunks:
            yield chunk.decode()

    first, _, _, split = _failure(parse, "é\n".encode())
    assert first == "torture: a cut after byte 1, inside 'é', changes what the parser returns"
    assert split.startswith("  split: raises UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3 in position 0")


def test_torture_shows_a_cut_inside_crlf() -> None:
    def parse(chunks: Iterable[bytes]) -> list[bytes]:
        return [line for chunk in chunks for line in (chunk.splitlines() if chunk.endswith(b"\r") else [])]

    lines = _failure(parse, b"a" * 40 + b"\r\n" + b"b" * 40)
    assert lines[0] == "torture: a cut after byte 41, between CR and LF, changes what the parser returns"
    assert lines[1] == r"  …b'aaaaaaaaaaaaaaaaaaaaaaa\r' | b'\nbbbbbbbbbbbbbbbbbbbbbbb'…"


def test_torture_shows_as_few_cuts_as_matter() -> None:
    """One cut by itself does nothing here: three chunks are one too many."""

    def parse(chunks: Iterable[bytes]) -> bool:
        return len([*chunks]) > 3

    lines = _failure(parse, b"abcdef")
    assert lines[0] == "torture: 3 cuts, the first after byte 3 change what the parser returns"
    assert _failure(parse)[0].startswith("torture: 3 cuts, the first after byte 7, inside '今', change")


def test_bytes_that_are_no_character_are_not_called_one() -> None:
    assert _failure(lambda chunks: len([*chunks]), b"\x80\x80")[0] == (
        "torture: a cut after byte 1 changes what the parser returns"
    )


def test_a_long_result_is_cut_and_made_safe() -> None:
    def parse(chunks: Iterable[bytes]) -> Iterator[str]:
        yield from ("\x1b" * 400 for _ in chunks)

    _, _, whole, _ = _failure(parse, b"ab")
    assert whole.startswith(r"  whole: ['\x1b\x1b")
    assert whole.endswith("…")
    assert len(whole) == len("  whole: ") + 300


def test_what_the_parser_makes_of_the_whole_is_the_measure() -> None:
    with pytest.raises(TypeError, match="the parser returned None for the whole data; it must return what it found"):
        torture(print, DATA)
    with pytest.raises(ZeroDivisionError):
        torture(lambda chunks: 1 / 0, DATA)


def test_a_decoder_that_keeps_its_state_passes() -> None:
    def parse(chunks: Iterable[bytes]) -> str:
        return "".join(codecs.iterdecode(chunks, "utf-8"))

    torture(parse, DATA)
