"""Every layer gives back what was inside, however its bytes arrive."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from streamconv.captures import CaptureError, parse_chain
from streamconv.captures.layer import PREFIX, Known
from streamconv.captures.layers import LAYERS
from streamconv.captures.peel import looked_for
from tests.captures.wrapping import SSE, VERBOSE, WRAPPED, peel, times
from tests.reading import bytewise, cut

NAMES = [*WRAPPED]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_inside_comes_out(name: str) -> None:
    chain, data, inside = WRAPPED[name]
    assert peel([data]) == (chain, inside, [] if "dots" not in chain else peel([data])[2])


@pytest.mark.parametrize("name", NAMES)
def test_chunks_do_not_change_it(name: str, unmeasured: None) -> None:
    chain, data, inside = WRAPPED[name]
    assert peel(bytewise(data))[:2] == (chain, inside)
    for at in {1, 2, 3, 7, len(data) // 3, len(data) // 2, len(data) - 2, len(data) - 1}:
        assert peel(cut(data, [at]))[:2] == (chain, inside), at


@pytest.mark.parametrize("name", ["zlib", "chunks", "HAR", "curl --trace-ascii", "utf-16 head", "cassette in JSON"])
def test_one_byte_at_a_time_is_the_same(name: str) -> None:
    chain, data, inside = WRAPPED[name]
    assert peel(bytewise(data))[:2] == (chain, inside)
    assert peel(bytewise(data), chain)[:2] == (chain, inside)


_METER = b"\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        (b'data: {"a"{ [5 bytes data]\n{ [7 bytes data]\n* not noise\n"}\n\n', b'data: {"a"* not noise\n"}\n\n'),
        (b"data: a{ [5 bytes data]\n" + _METER + b"\nb\n\n", b"data: a\nb\n\n"),
        (b"data: a\n\n" + _METER + b"\n* Connection #0 to host a left intact\n", b"data: a\n\n"),
        (b"data: a" + _METER + b"\n* Closing connection\n", b"data: a"),
        *((VERBOSE % pair, None) for pair in ((SSE[:20], SSE[20:]), (b"data: a\n\n", b"data: b"))),
    ],
)
def test_no_chunking_changes_what_curl_v_held(body: bytes, inside: bytes | None, unmeasured: None) -> None:
    data = b"* Connected\n" + body
    whole = peel([data], "curl-v")[1]
    assert inside in (None, whole)
    assert peel(bytewise(data), "curl-v")[1] == whole
    assert peel(data.splitlines(keepends=True), "curl-v")[1] == whole
    for at in range(1, len(data)):
        assert peel(cut(data, [at]), "curl-v")[1] == whole, at


@pytest.mark.parametrize("name", [name for name in NAMES if WRAPPED[name][0]])
def test_the_chain_that_is_told_can_be_asked_for(name: str) -> None:
    chain, data, inside = WRAPPED[name]
    assert peel([data], chain)[:2] == (chain, inside)


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_that_is_cut_anywhere_raises_nothing_unforeseen(name: str, unmeasured: None) -> None:
    _, data, _ = WRAPPED[name]
    for size in range(0, len(data), max(1, len(data) // 60)):
        try:
            _, given, problems = peel([data[:size]])
        except CaptureError:
            continue
        assert problems or len(given) <= len(data)


def test_a_layer_has_a_sample() -> None:
    covered = {part.partition("/")[0] for chain, _, _ in WRAPPED.values() for part in chain.split(",")}
    assert {layer.name for layer in LAYERS} <= covered


def test_nothing_of_a_live_stream_is_held_back() -> None:
    """The first event comes out before a byte of the second goes in."""
    first, second = b'data: {"n":1}\n\n', b'data: {"n":2}\n\n'
    heads = {
        "": b"",
        "http/1.1": b"HTTP/1.1 200 OK\r\n\r\n",
        "curl-v,http/1.1": b"* Connected\n> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n",
        "log-prefix": b"web-1  | ",
    }
    for chain, head in heads.items():
        from streamconv.captures import Opened, open_stream

        fed: list[bytes] = []

        def live(head: bytes = head, chain: str = chain, fed: list[bytes] = fed):  # type: ignore[no-untyped-def]
            for part in (head + first, (head if chain == "log-prefix" else b"") + second):
                fed.append(part)
                yield part

        capture = open_stream(Opened(live()))
        got = b""
        while not got.endswith(first if chain != "log-prefix" else first[:-1]):
            got += next(capture.chunks)
        assert len(fed) == 1, chain
        assert ",".join(layer.name for layer in capture.layers) == chain


def test_times_of_the_container_reach_the_chunks() -> None:
    assert times([WRAPPED["HAR, Chrome's messages"][1]]) == [0.5, 1.25]
    assert times([WRAPPED["DevTools bytes"][1]]) == [1.5]
    assert times([WRAPPED["curl --trace, no times, no sizes"][1]]) == [None, None]
    assert all(time == pytest.approx(0.000043, abs=1e-5) for time in times([WRAPPED["curl --trace"][1]]))
    assert times([WRAPPED["docker logs -t"][1]]) == [0.0] * SSE.count(b"\n")
    assert times([WRAPPED["docker's json-file"][1].replace(b"05.000000001Z", b"06.5Z")])[:2] == [0.0, 1.5]
    assert times([WRAPPED["kubectl"][1].replace(b"04:05Z data: second", b"04:06Z data: second")])[-2:] == [1.0, 0.0]


def test_a_name_of_a_layer_that_is_mistyped_suggests_the_near_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'gzip'"):
        parse_chain("gzp,sse")
    with pytest.raises(ValueError, match="there are gzip, zstd"):
        parse_chain("xyz,sse")
    with pytest.raises(ValueError, match="did you mean 'sse'"):
        parse_chain("gzip,see")
    with pytest.raises(ValueError, match=r"^'SSE' is a format, and stands last: gzip,http,SSE$"):
        parse_chain("gzip,SSE,http")
    assert parse_chain("timed,gzip,sse")[1:] == ("sse", None)
    assert parse_chain("HTTP/1.1, Chunked ,text/event-stream,JSON")[1:] == ("sse", "json")
    assert parse_chain("gz")[1:] == (None, None)
    assert parse_chain("sse,text") == ((), "sse", "text")
    with pytest.raises(ValueError, match="unknown layer"):
        parse_chain("x,json")


@given(some.sampled_from([b"data:", b"event:", b"id:", b"retry:", b": ", b":a", b":\n", b"::"]), some.binary())
@example(b"data:", b"")
@example(b"data:", b" {}\n\ndata: {}\n\n")
@example(b"id:", b"\0\0\0d\0")
@example(b"event:", b" 2024-01-01T00:00:00Z data: x\r\n")
@example(b":a", b"bout\ninteractions: \nlog:\n  entries:\n")
@example(b": ", b"x" * PREFIX)
def test_no_layer_is_round_what_begins_as_an_event_stream(begin: bytes, rest: bytes) -> None:
    """So none needs to be looked for: each would say no, and none would wait for more."""
    known = Known(name="x.har", content_type="application/json")
    assert not looked_for(begin + rest, known)
    assert {layer.recognise(begin + rest, known) for layer in LAYERS} == {None}


@pytest.mark.parametrize(
    ("start", "known"),
    [
        (b"data: 1", Known(name="x.sse.br")),
        (b"data: 1", Known(content_encoding="deflate")),
        (b"data: 1", Known(chunked=True)),
        (b"data: 1", Known(dotted=True)),
        (b":\0", Known()),
        (b":", Known()),
        (b"data", Known()),
        (b" data: 1", Known()),
    ],
)
def test_layers_are_looked_for_where_a_head_or_a_name_tells_of_one_and_round_all_else(
    start: bytes, known: Known
) -> None:
    assert looked_for(start, known) is LAYERS
    assert looked_for(b"", known) == ()
